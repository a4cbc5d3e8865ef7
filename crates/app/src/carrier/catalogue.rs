//! What the carrier offers: trunks to go out by and voices to speak with, kept for a while on each node.

use super::CarrierError;
use super::account::{self, SETTINGS};
use super::line::{Haste, Repeat, ask};
use crate::app::App;
use crate::records::{self, Deed};
use opbx_kernel::{Scope, TenantId, Timestamp};
use opbx_telephony::backend::{CarrierTrunk, Voice};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long trunks are kept.
const TRUNKS_FOR: Duration = Duration::from_secs(5 * 60);
/// How long voices are kept.
const VOICES_FOR: Duration = Duration::from_secs(60 * 60);
/// Tenants whose lists are kept at once; the oldest leave first.
const TENANTS_MAX: usize = 500;

/// Voices with what they can be chosen by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Voices {
    pub voices: Vec<Voice>,
    pub filters: Filters,
}

/// Every value that some voice has, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Code and name.
    pub languages: Vec<(String, String)>,
    pub genders: Vec<String>,
    pub providers: Vec<String>,
    pub pricing: Vec<String>,
}

/// A tenant and its domain.
type Place = (TenantId, String);

/// Lists of one kind, each with the instant from which it is kept.
struct Kept<T>(Mutex<HashMap<Place, (Timestamp, Arc<T>)>>);

#[derive(Default)]
pub(super) struct Catalogue {
    trunks: Kept<Vec<CarrierTrunk>>,
    voices: Kept<Voices>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    fn get(&self, tenant: TenantId, domain: &str, now: Timestamp, length: Duration) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, list) = kept.get(&(tenant, domain.to_owned()))?;
        let age = Duration::try_from(now.duration_since(*since)).unwrap_or_default();
        (age < length).then(|| list.clone())
    }

    fn keep(&self, tenant: TenantId, domain: &str, now: Timestamp, list: T) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TENANTS_MAX
            && let Some(oldest) = kept.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        let list = Arc::new(list);
        kept.insert((tenant, domain.to_owned()), (now, list.clone()));
        list
    }
}

/// The carrier's trunks by which calls can leave, for the owner. Kept for five minutes.
pub async fn trunks(app: &App, scope: &Scope) -> Result<Arc<Vec<CarrierTrunk>>, CarrierError> {
    let model = app.store().registry().model(SETTINGS).ok_or(CarrierError::NoRecord)?;
    records::require(scope, model, Deed::Read)?;
    let account = account::of(app.store(), scope.tenant()).await?;
    let (access, now) = (&account.access, app.clock().now());
    let kept = &app.carrier().catalogue.trunks;
    if let Some(trunks) = kept.get(scope.tenant(), &access.uuid, now, TRUNKS_FOR) {
        return Ok(trunks);
    }
    let all = ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.trunks(access)).await?;
    let out = all.into_iter().filter(CarrierTrunk::goes_out).collect();
    Ok(kept.keep(scope.tenant(), &access.uuid, now, out))
}

/// The carrier's voices, for everybody in the tenant. Kept for an hour.
pub async fn voices(app: &App, scope: &Scope) -> Result<Arc<Voices>, CarrierError> {
    let account = account::of(app.store(), scope.tenant()).await?;
    let (access, now) = (&account.access, app.clock().now());
    let kept = &app.carrier().catalogue.voices;
    if let Some(voices) = kept.get(scope.tenant(), &access.uuid, now, VOICES_FOR) {
        return Ok(voices);
    }
    let all = ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.voices(access)).await?;
    let filters = filters(&all);
    Ok(kept.keep(scope.tenant(), &access.uuid, now, Voices { voices: all, filters }))
}

fn filters(voices: &[Voice]) -> Filters {
    let distinct = |value: &dyn Fn(&Voice) -> Option<String>| -> Vec<String> {
        let all: BTreeSet<String> = voices.iter().filter_map(value).filter(|text| !text.is_empty()).collect();
        all.into_iter().collect()
    };
    let codes = distinct(&|voice| Some(voice.language.clone()));
    let names: BTreeMap<String, String> =
        codes.into_iter().map(|code| (language_name(&code), code)).collect();
    Filters {
        languages: names.into_iter().map(|(name, code)| (code, name)).collect(),
        genders: distinct(&|voice| voice.gender.clone()),
        providers: distinct(&|voice| Some(voice.provider.clone())),
        pricing: distinct(&|voice| voice.pricing.clone()),
    }
}

/// Languages that voices speak most, in English.
const LANGUAGES: &[(&str, &str)] = &[
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("fi", "Finnish"),
    ("fil", "Filipino"),
    ("fr", "French"),
    ("gu", "Gujarati"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("is", "Icelandic"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("nb", "Norwegian"),
    ("nl", "Dutch"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sv", "Swedish"),
    ("th", "Thai"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("vi", "Vietnamese"),
    ("zh", "Chinese"),
];

/// `en-GB` is English (GB); what is not known is its code.
fn language_name(code: &str) -> String {
    let mut parts = code.splitn(2, ['-', '_']);
    let (language, region) = (parts.next().unwrap_or_default(), parts.next());
    let known = LANGUAGES.iter().find(|(known, _)| known.eq_ignore_ascii_case(language));
    match (known, region) {
        (Some((_, name)), Some(region)) => format!("{name} ({region})"),
        (Some((_, name)), None) => (*name).to_owned(),
        (None, _) => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(id: &str, language: &str, gender: Option<&str>) -> Voice {
        Voice {
            id: id.to_owned(),
            name: id.to_owned(),
            provider: "Google".to_owned(),
            language: language.to_owned(),
            gender: gender.map(str::to_owned),
            premium: false,
            pricing: None,
        }
    }

    #[test]
    fn filters_hold_each_value_once_with_languages_by_name() {
        let voices =
            [voice("a", "en-GB", Some("female")), voice("b", "de", None), voice("c", "en-GB", Some("male"))];
        let filters = filters(&voices);
        let languages: Vec<&str> = filters.languages.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(languages, ["English (GB)", "German"]);
        assert_eq!(filters.genders, ["female", "male"]);
        assert_eq!((filters.providers, filters.pricing), (vec!["Google".to_owned()], Vec::new()));
    }

    #[test]
    fn a_list_is_kept_for_its_time_and_for_its_tenant_and_domain() {
        let kept = Kept::default();
        let (red, blue) = (TenantId::new(1).expect("positive"), TenantId::new(2).expect("positive"));
        let at = |s: i64| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(s);
        kept.keep(red, "a", at(0), "list");
        assert_eq!(kept.get(red, "a", at(299), TRUNKS_FOR).as_deref(), Some(&"list"));
        assert_eq!(kept.get(red, "a", at(300), TRUNKS_FOR), None);
        assert_eq!(kept.get(red, "b", at(0), TRUNKS_FOR), None);
        assert_eq!(kept.get(blue, "a", at(0), TRUNKS_FOR), None);
    }
}
