//! Answers of Cloudonix' REST API, read with patience: ids are numbers or texts, lists stand bare or inside an object.
//!
//! Source: Cloudonix, "Data models" (domain, application, subscriber, trunk, DNID, session) and its OpenAPI document.

use opbx_telephony::backend::{
    Application, CarrierTrunk, DomainFacts, REMOTE_MAX, RoutedNumber, Subscriber, Voice,
};
use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

/// The longest text taken of any member, in characters.
pub const TEXT_LEN_MAX: usize = 255;
/// The longest reason taken from a refusal, in characters.
pub const REASON_LEN_MAX: usize = 200;
/// The names under which a list may stand inside an object.
const LISTS: [&str; 8] =
    ["data", "items", "results", "subscribers", "trunks", "voices", "dnids", "applications"];

/// Why an answer cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    #[error("it is not JSON")]
    NotJson,
    #[error("it is not an object")]
    NotAnObject,
    #[error("it holds no list")]
    NoList,
    #[error("its list is longer than {REMOTE_MAX}")]
    TooLong,
    #[error("it lacks {0}")]
    Lacks(&'static str),
}

type Members = Map<String, Json>;

/// Reads a domain with what its profile and its tenant's plan say.
pub fn domain(body: &[u8]) -> Result<DomainFacts, RestError> {
    let members = object(body)?;
    let profile = members.get("profile").and_then(Json::as_object);
    let in_profile = |name: &str| profile.and_then(|profile| profile.get(name));
    let package = ["tenant", "billingPlan", "package", "name"]
        .iter()
        .try_fold(&Json::Object(members.clone()), |value, name| value.get(name).map(|found| found as &Json))
        .and_then(said);
    Ok(DomainFacts {
        name: first(&members, &["domain", "name"]).ok_or(RestError::Lacks("a domain name"))?,
        uuid: first(&members, &["uuid"]),
        no_answer_timeout_s: in_profile("call-timeout")
            .and_then(whole)
            .and_then(|seconds| u16::try_from(seconds).ok()),
        recording_format: in_profile("recording-media-type").and_then(said).as_deref().and_then(format),
        package,
    })
}

/// `audio/x-wav`, `WAV` and `wav` are one format.
fn format(word: &str) -> Option<String> {
    let word = word.to_ascii_lowercase();
    let word = word.rsplit('/').next().unwrap_or_default();
    ["mp3", "wav"].into_iter().find(|known| word.ends_with(known)).map(str::to_owned).or_else(|| {
        // The media type of MP3 does not end with its name.
        (word == "mpeg").then(|| "mp3".to_owned())
    })
}

pub fn application(body: &[u8]) -> Result<Application, RestError> {
    let members = object(body)?;
    Ok(Application {
        id: identity(&members)?,
        uuid: first(&members, &["uuid"]),
        name: first(&members, &["name"]).unwrap_or_default(),
        url: first(&members, &["url"]).unwrap_or_default(),
    })
}

/// Reads one subscriber. Where many could be created at once, the answer is a list of one.
pub fn subscriber(body: &[u8]) -> Result<Subscriber, RestError> {
    match parsed(body)? {
        Json::Array(list) => {
            let first = list.first().and_then(Json::as_object).ok_or(RestError::NotAnObject)?;
            a_subscriber(first)
        }
        Json::Object(members) => a_subscriber(&members),
        _ => Err(RestError::NotAnObject),
    }
}

pub fn subscribers(body: &[u8]) -> Result<Vec<Subscriber>, RestError> {
    each(body, a_subscriber)
}

fn a_subscriber(members: &Members) -> Result<Subscriber, RestError> {
    let number = first(members, &["msisdn"]).ok_or(RestError::Lacks("an msisdn"))?;
    Ok(Subscriber {
        // Subscribers are addressed by their number as well as by their id.
        id: identity(members).unwrap_or_else(|_| number.clone()),
        uuid: first(members, &["uuid"]),
        number,
        active: is_active(members),
        password: first(members, &["sipPassword", "sip-password"]).map(Zeroizing::new),
    })
}

pub fn trunks(body: &[u8]) -> Result<Vec<CarrierTrunk>, RestError> {
    each(body, |members| {
        Ok(CarrierTrunk {
            id: identity(members)?,
            name: first(members, &["name"]).ok_or(RestError::Lacks("a trunk's name"))?,
            host: first(members, &["ip", "host"]),
            port: members.get("port").and_then(whole).and_then(|port| u16::try_from(port).ok()),
            transport: first(members, &["transport"]),
            prefix: first(members, &["prefix"]),
            direction: first(members, &["direction"]).unwrap_or_default(),
            active: is_active(members),
        })
    })
}

pub fn voices(body: &[u8]) -> Result<Vec<Voice>, RestError> {
    each(body, |members| {
        let id = first(members, &["id", "voice", "name"]).ok_or(RestError::Lacks("a voice's id"))?;
        let pricing = first(members, &["pricing", "tier"]);
        let is_premium = || pricing.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("premium"));
        Ok(Voice {
            name: first(members, &["name", "displayName"]).unwrap_or_else(|| id.clone()),
            provider: first(members, &["provider", "vendor"]).unwrap_or_default(),
            language: first(members, &["language", "languageCode", "locale"])
                .or_else(|| members.get("languages").and_then(Json::as_array)?.first().and_then(said))
                .unwrap_or_default(),
            gender: first(members, &["gender"]),
            premium: members.get("premium").and_then(Json::as_bool).unwrap_or_else(is_premium),
            id,
            pricing,
        })
    })
}

pub fn numbers(body: &[u8]) -> Result<Vec<RoutedNumber>, RestError> {
    each(body, a_number)
}

pub fn number(body: &[u8]) -> Result<RoutedNumber, RestError> {
    a_number(&object(body)?)
}

fn a_number(members: &Members) -> Result<RoutedNumber, RestError> {
    Ok(RoutedNumber {
        id: identity(members)?,
        number: first(members, &["dnid", "source"]).unwrap_or_default(),
        application: first(members, &["applicationId"]),
        active: is_active(members),
    })
}

/// Reads the name of a call that was started.
pub fn session(body: &[u8]) -> Result<String, RestError> {
    let members = object(body)?;
    let inside = members.get("session").and_then(Json::as_object);
    first(&members, &["token"])
        .or_else(|| inside.and_then(|session| first(session, &["token"])))
        .ok_or(RestError::Lacks("a session's token"))
}

/// Reads what a refusal says, as one line; empty where it says nothing.
pub fn reason(body: &[u8]) -> String {
    let said = match parsed(body) {
        Ok(Json::Object(members)) => {
            let nested = members.get("error").and_then(Json::as_object);
            first(&members, &["message", "error", "reason", "description"])
                .or_else(|| nested.and_then(|error| first(error, &["message", "reason"])))
        }
        Ok(Json::String(text)) => Some(text),
        _ => None,
    };
    let line = said.unwrap_or_default();
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_LEN_MAX).collect()
}

fn parsed(body: &[u8]) -> Result<Json, RestError> {
    serde_json::from_slice(body).map_err(|_| RestError::NotJson)
}

fn object(body: &[u8]) -> Result<Members, RestError> {
    match parsed(body)? {
        Json::Object(members) => Ok(members),
        _ => Err(RestError::NotAnObject),
    }
}

fn list(body: &[u8]) -> Result<Vec<Json>, RestError> {
    let list = match parsed(body)? {
        Json::Array(list) => list,
        Json::Object(mut members) => {
            let named = LISTS.into_iter().find_map(|name| match members.remove(name) {
                Some(Json::Array(list)) => Some(list),
                _ => None,
            });
            named.ok_or(RestError::NoList)?
        }
        _ => return Err(RestError::NoList),
    };
    if list.len() > REMOTE_MAX { Err(RestError::TooLong) } else { Ok(list) }
}

/// Reads each element of a list; what is no object is passed by, and so is what lacks what everybody needs.
fn each<T>(body: &[u8], read: impl Fn(&Members) -> Result<T, RestError>) -> Result<Vec<T>, RestError> {
    let all = list(body)?;
    Ok(all.iter().filter_map(Json::as_object).filter_map(|members| read(members).ok()).collect())
}

fn identity(members: &Members) -> Result<String, RestError> {
    first(members, &["id", "uuid"]).ok_or(RestError::Lacks("an id"))
}

/// The first member of these that says something.
fn first(members: &Members, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| members.get(*name).and_then(said))
}

/// A text or number as one line; none where it is empty, too long, or something else.
fn said(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_line =
        !text.is_empty() && text.chars().nth(TEXT_LEN_MAX).is_none() && !text.chars().any(char::is_control);
    is_line.then_some(text)
}

fn whole(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What says nothing of it is active.
fn is_active(members: &Members) -> bool {
    match members.get("active") {
        Some(Json::Bool(active)) => *active,
        Some(Json::Number(number)) => number.as_i64() != Some(0),
        Some(Json::String(word)) => !matches!(word.as_str(), "false" | "0" | "no" | ""),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_with_its_profile_and_package() {
        let body = br#"{"id": 7, "uuid": "u-1", "domain": "acme.example", "profile": {"call-timeout": "45",
            "recording-media-type": "audio/mpeg"}, "tenant": {"billingPlan": {"package": {"name": "Pro"}}}}"#;
        let facts = domain(body).expect("a domain");
        assert_eq!(facts.name, "acme.example");
        assert_eq!((facts.no_answer_timeout_s, facts.recording_format.as_deref()), (Some(45), Some("mp3")));
        assert_eq!(facts.package.as_deref(), Some("Pro"));
        assert_eq!(domain(b"{}"), Err(RestError::Lacks("a domain name")));
        assert_eq!(domain(b"[]"), Err(RestError::NotAnObject));
    }

    #[test]
    fn ids_are_numbers_or_texts_and_lists_stand_bare_or_inside() {
        let bare = subscribers(br#"[{"id": 5, "msisdn": "1001"}, 7, {"id": "6"}]"#).expect("a list");
        let inside =
            subscribers(br#"{"data": [{"id": "5", "msisdn": 1001, "active": false}]}"#).expect("a list");
        assert_eq!((bare.len(), bare[0].id.as_str(), bare[0].active), (1, "5", true));
        assert_eq!(
            (inside[0].id.as_str(), inside[0].number.as_str(), inside[0].active),
            ("5", "1001", false)
        );
        assert!(subscribers(br#"{"message": "no"}"#).is_err());
    }

    #[test]
    fn a_call_is_known_by_its_token_wherever_it_stands() {
        assert_eq!(session(br#"{"token": "t1"}"#).as_deref(), Ok("t1"));
        assert_eq!(session(br#"{"session": {"token": "t2"}}"#).as_deref(), Ok("t2"));
        assert!(session(b"{}").is_err());
    }

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(reason(b"{\"message\": \"bad\"}"), "bad");
        assert_eq!(reason(b"{\"error\": {\"message\": \"worse\"}}"), "worse");
        assert_eq!(reason(b"<html>"), "");
        let long = format!("{{\"message\": \"{}\"}}", "x".repeat(230));
        assert_eq!(reason(long.as_bytes()).len(), REASON_LEN_MAX);
    }
}
