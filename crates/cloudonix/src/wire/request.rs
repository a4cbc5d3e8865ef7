//! Voice requests, in every form they come in: JSON (a POST by Cloudonix), form (a POST as TwiML has it), query (a GET).
//!
//! Source: Cloudonix, "Voice Application Request"; the original's own words are accepted besides.

use opbx_kernel::ids::ID_END;
use opbx_routing::{DialResult, Direction, Recording};
use serde_json::Value as Json;
use std::borrow::Cow;

/// The longest `CallSid` taken, in bytes.
pub const CALL_ID_LEN_MAX: usize = 255;
/// The longest `From`, `To` or `CallerName` taken, in bytes.
pub const PARTY_LEN_MAX: usize = 128;
/// The longest recording's address taken, in bytes.
pub const RECORDING_URL_LEN_MAX: usize = 2_048;
/// The most parameters looked at in one request.
const PARAMETERS_MAX: usize = 200;

/// Under which name the number of the session stands among the parameters.
const SESSION: &str = "SessionData.id";

/// The parameters of a request by name; a body's come after the query's and win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceRequest {
    parameters: Vec<(String, String)>,
    /// How many of them stood in the URL.
    in_query: usize,
}

/// Why a voice request cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("the body is not a JSON object")]
    NotJson,
    #[error("the body is not a form")]
    NotForm,
    #[error("the request has more than {PARAMETERS_MAX} parameters")]
    TooMany,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is too long or holds control characters")]
    Unusable(&'static str),
}

impl VoiceRequest {
    /// Reads a request from its query and body. An empty body is fine.
    ///
    /// The content type decides how the body is read; a body that begins with `{` is JSON whatever it is called,
    /// because no form begins so, and command line clients call everything a form.
    pub fn read(query: &str, content_type: Option<&str>, body: &[u8]) -> Result<Self, RequestError> {
        let mut parameters = form(query.as_bytes())?;
        let in_query = parameters.len();
        let kind = content_type.unwrap_or("").to_ascii_lowercase();
        let looks_json = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if body.iter().all(u8::is_ascii_whitespace) {
            // A GET, or a POST that says all in its URL.
        } else if kind.contains("json") || looks_json {
            parameters.extend(json(body)?);
        } else {
            parameters.extend(form(body)?);
        }
        if parameters.len() > PARAMETERS_MAX {
            return Err(RequestError::TooMany);
        }
        Ok(Self { parameters, in_query })
    }

    /// Whom a call that OPBX started itself is to reach, and on whose behalf: (extension, what it would dial).
    ///
    /// Read from the URL alone, which OPBX wrote and the engine only repeats.
    pub fn started_for(&self) -> Result<Option<(&str, &str)>, RequestError> {
        let (Some(by), Some(to)) = (self.in_query("as"), self.in_query("dial")) else { return Ok(None) };
        let by = bounded("as", by, PARTY_LEN_MAX).and_then(|by| required("as", by))?;
        let to = bounded("dial", to, PARTY_LEN_MAX).and_then(|to| required("dial", to))?;
        Ok(Some((by, to)))
    }

    /// The call's name. On every request.
    pub fn call_id(&self) -> Result<&str, RequestError> {
        let told = self.get("CallSid").or_else(|| self.get("call_id")).unwrap_or("");
        bounded("CallSid", told, CALL_ID_LEN_MAX).and_then(|id| required("CallSid", id))
    }

    /// Who calls; empty when withheld, which JSON may say as null, and which is not the same as not being told.
    pub fn from(&self) -> Result<&str, RequestError> {
        bounded("From", self.get("From").ok_or(RequestError::Missing("From"))?, PARTY_LEN_MAX)
    }

    pub fn to(&self) -> Result<&str, RequestError> {
        let told = self.get("To").or_else(|| self.get("did")).unwrap_or("");
        bounded("To", told, PARTY_LEN_MAX).and_then(|to| required("To", to))
    }

    /// The caller's display name, cut where it is too long to keep.
    pub fn caller_name(&self) -> String {
        let name = self.get("CallerName").unwrap_or("");
        name.chars().filter(|c| !c.is_control()).take(PARTY_LEN_MAX / 4).collect()
    }

    /// Where the call comes from. An unknown word, or none, is trusted least.
    pub fn direction(&self) -> Direction {
        match self.get("Direction").unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "subscriber" => Direction::Subscriber,
            "application" => Direction::Application,
            "outbound" => Direction::Outbound,
            "outbound-api" => Direction::OutboundApi,
            _ => Direction::Inbound,
        }
    }

    /// The engine's token for the session.
    pub fn token(&self) -> Option<String> {
        let token = bounded("Session", self.get("Session")?, CALL_ID_LEN_MAX).ok()?;
        (!token.is_empty()).then(|| token.to_owned())
    }

    /// The engine's own number for the session, by which its other news name the call; not every engine version tells it.
    pub fn session(&self) -> Option<i64> {
        self.get(SESSION)?.parse().ok().filter(|session| (0..ID_END).contains(session))
    }

    /// The domain named in the request, by name or UUID; not every engine version names it.
    pub fn domain(&self) -> Option<&str> {
        self.get("Domain").map(str::trim).filter(|domain| !domain.is_empty())
    }

    /// How the dial ended: `CallStatus`, or its alias `DialCallStatus` where that says no result.
    pub fn dial_result(&self) -> DialResult {
        let read = |name| self.get(name).map_or(DialResult::Unknown, dial_result);
        match read("CallStatus") {
            DialResult::Unknown => read("DialCallStatus"),
            result => result,
        }
    }

    /// The keys that answered a question; empty when none came.
    ///
    /// Quirk: engines differ in whether they tell the key that ended the answer, so a `#` at its end is no part of it.
    pub fn digits(&self) -> &str {
        let digits = self.get("Digits").unwrap_or("").trim();
        digits.strip_suffix('#').unwrap_or(digits)
    }

    /// What came of a recording. Without an http or https address nothing was recorded.
    ///
    /// Read by the names of CXML and TwiML (`RecordingUrl`, `RecordingDuration`, whole or broken seconds), and by
    /// those of Cloudonix' own records (`recording_url`, `recording_duration`).
    pub fn recording(&self) -> Recording {
        let first = |names: [&str; 2]| names.into_iter().find_map(|name| self.get(name)).map(str::trim);
        let absent = self.get("RecordingStatus").is_some_and(|status| {
            ["absent", "failed"].iter().any(|word| word.eq_ignore_ascii_case(status.trim()))
        });
        let url = first(["RecordingUrl", "recording_url"]).filter(|url| !absent && is_fetchable(url));
        let length =
            first(["RecordingDuration", "recording_duration"]).and_then(|text| text.parse::<f64>().ok());
        Recording {
            url: url.map(Into::into),
            // A cast from a float saturates: what is no length becomes 0 or the longest there is.
            length_s: length.filter(|length| *length >= 0.0).map(|length| length as u32),
        }
    }

    /// A parameter of the URL only: what we put there ourselves, which a body must not replace.
    pub fn in_query(&self, name: &str) -> Option<&str> {
        find(&self.parameters[..self.in_query], name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        find(&self.parameters, name)
    }
}

fn find<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .rev()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

pub(super) fn is_fetchable(url: &str) -> bool {
    let schemed = ["http://", "https://"].iter().any(|scheme| {
        url.len() > scheme.len()
            && url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    schemed && url.len() <= RECORDING_URL_LEN_MAX && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn dial_result(word: &str) -> DialResult {
    match word.trim().to_ascii_lowercase().as_str() {
        "completed" => DialResult::Completed,
        "busy" => DialResult::Busy,
        // Quirk: both spellings are seen; Cloudonix documents "canceled".
        "canceled" | "cancelled" => DialResult::Canceled,
        "failed" => DialResult::Failed,
        "no-answer" | "no_answer" | "noanswer" => DialResult::NoAnswer,
        _ => DialResult::Unknown,
    }
}

fn bounded<'a>(name: &'static str, value: &'a str, len_max: usize) -> Result<&'a str, RequestError> {
    let value = value.trim();
    if value.len() > len_max || value.chars().any(char::is_control) {
        return Err(RequestError::Unusable(name));
    }
    Ok(value)
}

fn required<'a>(name: &'static str, value: &'a str) -> Result<&'a str, RequestError> {
    if value.is_empty() { Err(RequestError::Missing(name)) } else { Ok(value) }
}

fn form(bytes: &[u8]) -> Result<Vec<(String, String)>, RequestError> {
    serde_urlencoded::from_bytes(bytes).map_err(|_| RequestError::NotForm)
}

/// Reads an object's plain members; of nested ones only the number of the session is needed.
fn json(body: &[u8]) -> Result<Vec<(String, String)>, RequestError> {
    let Ok(Json::Object(members)) = serde_json::from_slice(body) else { return Err(RequestError::NotJson) };
    let plain = |value: &Json| -> Option<Cow<'static, str>> {
        match value {
            Json::String(text) => Some(text.clone().into()),
            Json::Number(number) => Some(number.to_string().into()),
            Json::Bool(true) => Some("true".into()),
            Json::Bool(false) => Some("false".into()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    };
    let session = members.get("SessionData").and_then(|session| session.get("id"));
    let session = session.and_then(plain).map(|id| (SESSION.to_owned(), id.into_owned()));
    let own = members.iter().filter_map(|(name, value)| {
        let is_withheld = value.is_null() && name.eq_ignore_ascii_case("From");
        let value = if is_withheld { "".into() } else { plain(value)? };
        Some((name.clone(), value.into_owned()))
    });
    Ok(own.chain(session).collect())
}
