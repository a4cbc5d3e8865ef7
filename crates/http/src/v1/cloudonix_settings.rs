//! The carrier's settings: shown and saved by owners, tried out, and provisioned.

use super::calls::told;
use super::words::{instant, masked};
use crate::Web;
use crate::api::{Access, Api, Input, Patch, Problem, Signed, request_id};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use opbx_app::carrier::{self, CarrierError, Circuit, SettingsView};
use opbx_app::models::{
    PbxCloudonixSettingsDraft, PbxCloudonixSettingsRecordingFormat, PbxCloudonixSettingsSyncState,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Settings";
/// For how many seconds a call may ring: what can be saved.
const NO_ANSWER_MIN_S: u16 = 5;
const NO_ANSWER_MAX_S: u16 = 120;
const NAMES: crate::api::Names = &[("no_answer_timeout_s", "no_answer_timeout")];

pub(super) fn declare(api: &mut Api) {
    let path = "/settings/cloudonix";
    api.get(path, "settings.cloudonix", Access::OWNERS, show, |operation| {
        operation
            .about(TAG, "Show the carrier's settings; keys are masked")
            .gives::<Shown>(200, "The settings, or none yet.");
    })
    .put(path, "settings.cloudonix_update", Access::OWNERS, update, |operation| {
        operation
            .about(TAG, "Save the carrier's settings, and tell the carrier")
            .gives::<Written>(200, "Saved; a warning says why the carrier does not know yet.");
    })
    .post(
        "/settings/cloudonix/validate",
        "settings.cloudonix_validate",
        Access::OWNERS,
        validate,
        |operation| {
            operation.about(TAG, "Try a domain and its key out").gives::<Validated>(200, "They are right.");
        },
    )
    .post(
        "/settings/cloudonix/generate-requests-key",
        "settings.cloudonix_generate_key",
        Access::OWNERS,
        generate_key,
        |operation| {
            operation
                .about(TAG, "Draw a key for the engine's requests")
                .gives::<Generated>(200, "It is kept once it is saved.");
        },
    )
    .post(
        "/settings/cloudonix/rotate-webhook-secret",
        "settings.cloudonix_rotate_secret",
        Access::OWNERS,
        rotate,
        |operation| {
            operation
                .about(TAG, "Draw a new secret for the addresses of webhooks; the old one works for a day")
                .gives::<Written>(200, "With the new addresses.");
        },
    )
    .post(
        "/settings/cloudonix/provision",
        "settings.cloudonix_provision",
        Access::OWNERS,
        provision,
        |operation| {
            operation
                .about(TAG, "Tell the carrier of the settings once more")
                .gives::<Started>(202, "A job does it; `sync_state` of the settings tells how it went.");
        },
    )
    .get(
        "/settings/cloudonix/outbound-trunks",
        "settings.cloudonix_trunks",
        Access::OWNERS,
        trunks,
        |operation| {
            operation
                .about(TAG, "List the carrier's trunks by which calls can leave")
                .gives::<Trunks>(200, "As the carrier knew them at most five minutes ago.")
                .refuses(422);
        },
    );
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Mp3,
    Wav,
}

impl Format {
    fn of(word: &str) -> Option<Self> {
        match word {
            "mp3" => Some(Self::Mp3),
            "wav" => Some(Self::Wav),
            _ => None,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Settings {
    #[serde(default)]
    #[schemars(with = "Patch<Uuid>")]
    domain_uuid: Patch<String>,
    #[serde(default)]
    #[schemars(with = "Patch<DomainName>")]
    domain_name: Patch<String>,
    /// Left as it is where it is empty or masked.
    #[serde(default)]
    #[schemars(length(max = 255), regex(pattern = "^[!-~•]*$"))]
    #[schemars(extend("x-may-be-empty" = true))]
    domain_api_key: Option<String>,
    /// As `domain_api_key`.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(extend("x-may-be-empty" = true))]
    domain_requests_api_key: Option<String>,
    /// As `domain_api_key`: what webhooks are signed with, where the carrier signs them.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(extend("x-may-be-empty" = true))]
    webhook_secret: Option<String>,
    #[serde(default)]
    #[schemars(with = "Patch<Address>")]
    webhook_base_url: Patch<String>,
    #[schemars(range(min = NO_ANSWER_MIN_S, max = NO_ANSWER_MAX_S))]
    no_answer_timeout: i64,
    recording_format: Format,
    #[serde(default)]
    #[schemars(length(max = 100))]
    #[schemars(extend("x-may-be-empty" = true))]
    cloudonix_package: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Uuid(#[schemars(length(max = 64), extend("format" = "uuid"))] String);

#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct DomainName(#[schemars(length(max = 253))] String);

#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Address(#[schemars(length(max = 255), url)] String);

#[derive(Debug, Deserialize, JsonSchema)]
struct Credentials {
    #[schemars(length(min = 1, max = 64), extend("format" = "uuid"))]
    domain_uuid: String,
    /// Empty or masked: the one that is saved.
    #[serde(default)]
    #[schemars(length(max = 255), regex(pattern = "^[!-~•]*$"))]
    domain_api_key: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Nothing {}

#[derive(Debug, Serialize, JsonSchema)]
struct View {
    id: i64,
    organization_id: i64,
    domain_uuid: Option<String>,
    domain_name: Option<String>,
    /// Masked.
    domain_api_key: Option<&'static str>,
    /// Masked.
    domain_requests_api_key: Option<&'static str>,
    /// Masked.
    webhook_secret: Option<&'static str>,
    webhook_base_url: Option<String>,
    no_answer_timeout: i64,
    recording_format: &'static str,
    cloudonix_package: Option<String>,
    is_configured: bool,
    has_webhook_auth: bool,
    voice_application_id: Option<String>,
    voice_application_uuid: Option<String>,
    voice_application_name: Option<String>,
    /// `unconfigured`, `pending`, `synced` or `failed`.
    sync_state: Option<&'static str>,
    sync_error: Option<String>,
    synced_at: Option<String>,
    /// `closed` where the carrier answers, `open` where it is left alone for a while.
    circuit: &'static str,
    webhook_secret_rotated_at: Option<String>,
}

/// Where the carrier asks and tells. The last two end with a secret.
#[derive(Debug, Serialize, JsonSchema)]
struct AddressesView {
    route: String,
    session_update: String,
    cdr: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    settings: Option<View>,
    /// Where the carrier tells of sessions.
    callback_url: Option<String>,
    cdr_url: Option<String>,
    addresses: Option<AddressesView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: String,
    #[serde(flatten)]
    shown: Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Validated {
    valid: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_settings: Option<ProfileSettings>,
    /// Of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Validated {
    fn refusal(message: String) -> Response {
        let body = Self { valid: false, message, profile_settings: None, request_id: Some(request_id()) };
        (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
    }
}

/// What the carrier says of the domain. Pages save it as it came, so that what could not be saved is left out.
#[derive(Debug, Serialize, JsonSchema)]
struct ProfileSettings {
    domain_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = NO_ANSWER_MIN_S, max = NO_ANSWER_MAX_S))]
    no_answer_timeout: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_format: Option<Format>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloudonix_package: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Generated {
    api_key: String,
    message: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Started {
    message: &'static str,
    job_id: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Trunks {
    trunks: Vec<TrunkView>,
    count: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TrunkView {
    id: String,
    name: String,
    ip: Option<String>,
    port: Option<u16>,
    transport: Option<String>,
    prefix: Option<String>,
    direction: String,
    active: bool,
}

fn shown(asker: &Signed, seen: Option<SettingsView>) -> Shown {
    let Some(seen) = seen else {
        return Shown { settings: None, callback_url: None, cdr_url: None, addresses: None };
    };
    let settings = seen.settings;
    let view = View {
        id: settings.id.get(),
        organization_id: asker.tenant.get(),
        is_configured: settings.domain_uuid.is_some() && seen.has_domain_api_key,
        has_webhook_auth: seen.has_requests_api_key || seen.has_webhook_secret,
        domain_uuid: settings.domain_uuid,
        domain_name: settings.domain_name,
        domain_api_key: masked(seen.has_domain_api_key),
        domain_requests_api_key: masked(seen.has_requests_api_key),
        webhook_secret: masked(seen.has_webhook_secret),
        webhook_base_url: settings.webhook_base_url,
        no_answer_timeout: settings.no_answer_timeout_s,
        recording_format: settings.recording_format.as_str(),
        cloudonix_package: settings.cloudonix_package,
        voice_application_id: settings.application_id,
        voice_application_uuid: settings.application_uuid,
        voice_application_name: settings.application_name,
        sync_state: settings.sync_state.map(|state| state.as_str()),
        sync_error: settings.sync_error,
        synced_at: instant(settings.synced_at),
        circuit: if matches!(seen.circuit, Circuit::Closed) { "closed" } else { "open" },
        webhook_secret_rotated_at: instant(settings.hook_secret_rotated_at),
    };
    let addresses = seen.addresses.map(|addresses| AddressesView {
        route: addresses.route,
        session_update: addresses.session_update,
        cdr: addresses.cdr,
    });
    Shown {
        settings: Some(view),
        callback_url: addresses.as_ref().map(|addresses| addresses.session_update.clone()),
        cdr_url: addresses.as_ref().map(|addresses| addresses.cdr.clone()),
        addresses,
    }
}

fn refused(error: CarrierError) -> Problem {
    match error {
        CarrierError::Record(error) => Problem::of_record(&error, NAMES),
        other => told(&other),
    }
}

/// A key that somebody typed; none for one that is masked.
fn typed(key: Option<String>) -> Option<String> {
    key.filter(|key| !key.trim().is_empty() && !key.chars().all(|letter| matches!(letter, '*' | '•')))
}

async fn show(State(web): State<Web>, asker: Signed) -> Result<Json<Shown>, Problem> {
    let seen = carrier::get(&web.app, &asker.scope).await.map_err(refused)?;
    Ok(Json(shown(&asker, seen)))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Input(settings): Input<Settings>,
) -> Result<Json<Written>, Problem> {
    let draft = PbxCloudonixSettingsDraft {
        domain_uuid: settings.domain_uuid.into_draft(),
        domain_name: settings.domain_name.into_draft(),
        domain_api_key: typed(settings.domain_api_key),
        domain_requests_api_key: typed(settings.domain_requests_api_key),
        webhook_secret: typed(settings.webhook_secret),
        webhook_base_url: settings.webhook_base_url.into_draft(),
        no_answer_timeout_s: Some(settings.no_answer_timeout),
        recording_format: Some(match settings.recording_format {
            Format::Mp3 => PbxCloudonixSettingsRecordingFormat::Mp3,
            Format::Wav => PbxCloudonixSettingsRecordingFormat::Wav,
        }),
        cloudonix_package: settings.cloudonix_package.map(Some),
        ..PbxCloudonixSettingsDraft::default()
    };
    let saved = carrier::save(&web.app, &asker.scope, draft).await.map_err(refused)?;
    let message = message(saved.view.settings.sync_state, saved.warning.as_deref());
    Ok(Json(Written { message, shown: shown(&asker, Some(saved.view)), warning: saved.warning }))
}

/// What a save says: only a carrier that was asked, and did not do it, has failed.
fn message(state: Option<PbxCloudonixSettingsSyncState>, warning: Option<&str>) -> String {
    match (state, warning) {
        (Some(PbxCloudonixSettingsSyncState::Failed), Some(warning)) => {
            format!("Settings saved locally, but failed to sync to Cloudonix: {warning}")
        }
        (_, Some(warning)) => format!("Settings saved. {warning}"),
        (_, None) => "Cloudonix settings updated successfully.".to_owned(),
    }
}

async fn validate(
    State(web): State<Web>,
    asker: Signed,
    Input(credentials): Input<Credentials>,
) -> Result<Response, Problem> {
    let key = typed(credentials.domain_api_key).unwrap_or_default();
    match carrier::validate(&web.app, &asker.scope, &credentials.domain_uuid, &key).await {
        Ok(facts) => {
            let can_be_saved = |timeout: &u16| (NO_ANSWER_MIN_S..=NO_ANSWER_MAX_S).contains(timeout);
            let profile_settings = Some(ProfileSettings {
                domain_name: facts.name,
                no_answer_timeout: facts.no_answer_timeout_s.filter(can_be_saved),
                recording_format: facts.recording_format.as_deref().and_then(Format::of),
                cloudonix_package: facts.package,
            });
            let message = "Cloudonix credentials are valid.".to_owned();
            Ok(Json(Validated { valid: true, message, profile_settings, request_id: None }).into_response())
        }
        Err(CarrierError::Backend(error)) if !error.passes() => {
            let message =
                format!("Invalid Cloudonix credentials. Please check your domain UUID and API key: {error}.");
            Ok(Validated::refusal(message))
        }
        Err(error @ CarrierError::Unconfigured(_)) => {
            let message = format!("No key is saved yet, and none was given: {error}.");
            Ok(Validated::refusal(message))
        }
        Err(error) => Err(untold(error)),
    }
}

/// Of a carrier that tells nothing of the credentials: in the same words, they are not known to be valid.
fn untold(error: CarrierError) -> Problem {
    refused(error).with("valid", false)
}

async fn generate_key(
    State(web): State<Web>,
    asker: Signed,
    _: Input<Nothing>,
) -> Result<Json<Generated>, Problem> {
    let api_key = carrier::generate_requests_key(&web.app, &asker.scope).map_err(refused)?;
    let message = "API key generated successfully. Copy and save this key as it cannot be retrieved later.";
    Ok(Json(Generated { api_key, message }))
}

async fn rotate(State(web): State<Web>, asker: Signed, _: Input<Nothing>) -> Result<Json<Written>, Problem> {
    let seen = carrier::rotate_hook_secret(&web.app, &asker.scope).await.map_err(refused)?;
    let message = "The addresses have a new secret. The old one works for a day more.".to_owned();
    Ok(Json(Written { message, shown: shown(&asker, Some(seen)), warning: None }))
}

async fn provision(
    State(web): State<Web>,
    asker: Signed,
    _: Input<Nothing>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let job = carrier::provision(&web.app, &asker.scope).await.map_err(refused)?;
    let message = "The carrier is being told.";
    Ok((StatusCode::ACCEPTED, Json(Started { message, job_id: job.get() })))
}

async fn trunks(State(web): State<Web>, asker: Signed) -> Result<Json<Trunks>, Problem> {
    let trunks = carrier::trunks(&web.app, &asker.scope).await.map_err(refused)?;
    let view = |trunk: &opbx_app::carrier::CarrierTrunk| TrunkView {
        id: trunk.id.clone(),
        name: trunk.name.clone(),
        ip: trunk.host.clone(),
        port: trunk.port,
        transport: trunk.transport.clone(),
        prefix: trunk.prefix.clone(),
        direction: trunk.direction.clone(),
        active: trunk.active,
    };
    let trunks: Vec<TrunkView> = trunks.iter().map(view).collect();
    Ok(Json(Trunks { count: trunks.len(), trunks }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_that_no_carrier_judges_are_not_valid() {
        let away = untold(CarrierError::Resting(std::time::Duration::from_secs(9)));
        assert_eq!((away.status, &away.body()["valid"]), (StatusCode::SERVICE_UNAVAILABLE, &false.into()));
    }

    #[test]
    fn a_save_that_the_carrier_hears_of_later_has_not_failed() {
        use PbxCloudonixSettingsSyncState::{Failed, Pending, Synced};
        assert!(message(Some(Failed), Some("It is away.")).contains("failed to sync"));
        assert_eq!(message(Some(Pending), Some("It is being told.")), "Settings saved. It is being told.");
        assert_eq!(message(None, Some("There is no key.")), "Settings saved. There is no key.");
        assert_eq!(message(Some(Synced), None), "Cloudonix settings updated successfully.");
    }
}
