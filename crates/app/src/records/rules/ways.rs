//! Records that come in several kinds: each has what its kind needs and nothing of another's.

use super::{Broken, Candidate};
use crate::records::RecordError;
use opbx_platform::Value;
use opbx_platform::field::{FieldError, Format};
use opbx_store::Tx;
use serde_json::Value as Json;

/// What an assistant's service is told at most.
const PARAMETERS_MAX: usize = 50;
/// The longest name of a parameter.
const PARAMETER_NAME_LEN_MAX: usize = 64;

pub(super) async fn prompt(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["kind", "text", "voice", "language", "url"]).await?;
    // A recording is attached to its prompt, which must be there first.
    let ways: &[(&str, &[&str], &[&str])] =
        &[("text", &["text"], &["voice", "language"]), ("url", &["url"], &[]), ("recording", &[], &[])];
    candidate.keep_to("kind", ways)
}

pub(super) async fn assistant(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["how", "provider", "number", "url", "parameters"]).await?;
    candidate.keep_to(
        "how",
        &[
            ("provider", &["provider", "number"], &[]),
            ("service", &["url"], &["parameters", "service_token"]),
            ("sip", &["url"], &[]),
            ("stream", &["url"], &[]),
        ],
    )?;
    let format = match candidate.text("how") {
        "service" => Some(Format::Url),
        "sip" => Some(Format::SipAddress),
        "stream" => Some(Format::WebsocketUrl),
        _ => None,
    };
    if let Some(format) = format {
        let checked = format.check(candidate.text("url"));
        checked.map_err(|error: FieldError| candidate.refuse("url", Broken::Unfit(error)))?;
    }
    match candidate.value("parameters") {
        Value::Null => Ok(()),
        Value::Json(parameters) if are_parameters(parameters) => Ok(()),
        _ => Err(candidate.refuse("parameters", Broken::NotParameters { max: PARAMETERS_MAX })),
    }
}

/// Names that can be attributes of an engine's markup, and plain values.
fn are_parameters(json: &Json) -> bool {
    let is_name = |name: &str| {
        name.len() <= PARAMETER_NAME_LEN_MAX
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    match json {
        Json::Null => true,
        Json::Object(table) => {
            table.len() <= PARAMETERS_MAX
                && table.iter().all(|(name, value)| {
                    is_name(name) && (value.is_string() || value.is_number() || value.is_boolean())
                })
        }
        _ => false,
    }
}

pub(super) async fn outbound_rule(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    candidate.learn(tx, &["country", "prefix"]).await?;
    if candidate.is_set("country") || candidate.is_set("prefix") {
        return Ok(());
    }
    Err(candidate.refuse("prefix", Broken::NeitherCountryNorPrefix))
}
