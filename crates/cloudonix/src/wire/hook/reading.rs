//! The values of a webhook: numbers and instants in any of the forms they come in, and nothing that harms.

use crate::wire::request::RequestError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use opbx_kernel::ids::ID_END;
use serde_json::{Map, Value as Json};

/// The most parameters that a form or a query has.
const PARAMETERS_MAX: usize = 500;
/// How deep the names of a form's parameters nest.
const DEPTH_MAX: usize = 8;
/// The longest line that is kept, in characters.
const LINE_LEN_MAX: usize = 10_000;
/// Later than any call: 2200-01-01.
const SECONDS_END: i64 = 7_258_118_400;
/// Costs beyond this are none.
const COST_MAX: f64 = 1e9;
/// Members by these names open something; by the last ones, they say where secrets are sent.
const SECRET_NAMES: [&str; 8] =
    ["apikey", "authorization", "password", "passwd", "secret", "credential", "endpoint", "requestskey"];
/// Stands for what was left out.
const LEFT_OUT: &str = "•••";
/// The paths of webhooks end with a secret.
const HOOK_PATH: &str = "/api/webhooks/";

/// Reads query and body into one object.
pub(super) fn object(query: &str, content_type: Option<&str>, body: &[u8]) -> Result<Json, RequestError> {
    let mut read = Json::Object(Map::new());
    fill(&mut read, query.as_bytes())?;
    let kind = content_type.unwrap_or("").to_ascii_lowercase();
    let looks_json = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(read);
    }
    if !kind.contains("json") && !looks_json {
        fill(&mut read, body)?;
        return Ok(read);
    }
    let Ok(Json::Object(members)) = serde_json::from_slice(body) else { return Err(RequestError::NotJson) };
    if let Json::Object(read) = &mut read {
        read.extend(members);
    }
    Ok(read)
}

/// Adds the parameters of a form, whose names may nest: `session[token]`, `session.token`, `callIds[]`.
fn fill(object: &mut Json, form: &[u8]) -> Result<(), RequestError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(form).map_err(|_| RequestError::NotForm)?;
    if pairs.len() > PARAMETERS_MAX {
        return Err(RequestError::TooMany);
    }
    for (name, value) in pairs {
        let parts: Vec<&str> = name.split(['[', '.']).map(|part| part.trim_end_matches(']')).collect();
        if parts.len() <= DEPTH_MAX {
            put(object, &parts, value);
        }
    }
    Ok(())
}

fn put(into: &mut Json, parts: &[&str], value: String) {
    let Some((first, rest)) = parts.split_first() else {
        *into = Json::String(value);
        return;
    };
    if first.is_empty() && rest.is_empty() {
        if !into.is_array() {
            *into = Json::Array(Vec::new());
        }
        if let Json::Array(list) = into {
            list.push(Json::String(value));
        }
        return;
    }
    if !into.is_object() {
        *into = Json::Object(Map::new());
    }
    if let Json::Object(members) = into {
        put(members.entry(*first).or_insert(Json::Null), rest, value);
    }
}

/// A plain value as one line without control characters; empty is none.
pub(super) fn line(value: &Json) -> Option<String> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(is) => is.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => return None,
    };
    let line: String = text.chars().filter(|c| !c.is_control()).take(LINE_LEN_MAX).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// A whole number within what JavaScript can hold, as a number or as text.
pub(super) fn number(value: &Json) -> Option<i64> {
    let read = match value {
        Json::Number(number) => match number.as_i64() {
            Some(number) => Some(number),
            // 12.0 is whole; a cast from a float saturates, and what is out of range falls below.
            None => number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64),
        },
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // The lowest number has no positive twin, so its size is taken without a sign.
    read.filter(|number| number.unsigned_abs() < ID_END.unsigned_abs())
}

/// An instant: seconds, milliseconds or microseconds since 1970, told apart by their size; RFC 3339; or a date and a
/// time, in UTC. Zero, which engines send for what did not happen, is none.
pub(super) fn instant(value: &Json) -> Option<Timestamp> {
    let count = match value {
        Json::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number as i64))?,
        Json::String(text) => match text.trim().parse::<i64>() {
            Ok(count) => count,
            Err(_) => return written(text.trim()),
        },
        _ => return None,
    };
    let micros = match count {
        ..=0 => return None,
        1..SECONDS_END => count.checked_mul(1_000_000)?,
        SECONDS_END..100_000_000_000_000 => count.checked_mul(1_000)?,
        _ => count,
    };
    let at = Timestamp::from_microsecond(micros).ok()?;
    (at.as_second() < SECONDS_END).then_some(at)
}

fn written(text: &str) -> Option<Timestamp> {
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(civil).ok()
    })?;
    // Instants are kept to the microsecond.
    let at = Timestamp::from_microsecond(at.as_microsecond()).ok()?;
    (1..SECONDS_END).contains(&at.as_second()).then_some(at)
}

/// An amount in ten-thousandths of its unit.
pub(super) fn ten_thousandths(value: &Json) -> Option<i64> {
    let amount = match value {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (amount.abs() <= COST_MAX).then(|| (amount * 10_000.0).round() as i64)
}

/// A value without what opens anything, and without what a database cannot hold.
pub(super) fn harmless(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| {
                let kept =
                    if is_secret(name) && !value.is_null() { LEFT_OUT.into() } else { harmless(value) };
                (name.replace('\0', ""), kept)
            });
            Json::Object(members.collect())
        }
        Json::Array(list) => list.iter().map(harmless).collect(),
        Json::String(text) if text.contains(HOOK_PATH) => LEFT_OUT.into(),
        Json::String(text) if text.contains('\0') => text.replace('\0', "").into(),
        plain => plain.clone(),
    }
}

fn is_secret(name: &str) -> bool {
    let letters: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_NAMES.iter().any(|secret| letters.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(value: &Json) -> Option<String> {
        instant(value).map(|at| at.to_string())
    }

    #[test]
    fn a_number_beyond_what_ids_can_hold_is_none_at_either_end() {
        for value in
            [json!(i64::MIN), json!(i64::MAX), json!(ID_END), json!(-ID_END), json!("-9223372036854775808")]
        {
            assert_eq!(number(&value), None, "{value}");
        }
        assert_eq!(number(&json!(ID_END - 1)), Some(ID_END - 1));
        assert_eq!(number(&json!("-7")), Some(-7));
        assert_eq!(number(&json!(12.0)), Some(12));
    }

    #[test]
    fn instants_are_read_in_every_form_and_zero_is_none() {
        let noon = Some("2026-03-01T12:00:00Z".to_owned());
        for value in [
            json!(1_772_366_400),
            json!(1_772_366_400_000_i64),
            json!("1772366400000"),
            json!("2026-03-01T12:00:00Z"),
            json!("2026-03-01T13:00:00+01:00"),
            json!("2026-03-01 12:00:00"),
        ] {
            assert_eq!(at(&value), noon, "{value}");
        }
        for value in [
            json!(0),
            json!("0"),
            json!(-1),
            json!(null),
            json!("soon"),
            json!("9999-01-01T00:00:00Z"),
            json!({}),
        ] {
            assert_eq!(at(&value), None, "{value}");
        }
    }

    #[test]
    fn numbers_are_whole_and_amounts_exact_to_four_places() {
        let numbers = [json!(7), json!("7"), json!(7.0), json!(7.5), json!("x"), json!(1_u64 << 60)];
        assert_eq!(numbers.map(|value| number(&value)), [Some(7), Some(7), Some(7), None, None, None]);
        let amounts = [json!(0.0123), json!("1.5"), json!(1e300), json!("NaN"), json!(null)];
        assert_eq!(amounts.map(|value| ten_thousandths(&value)), [Some(123), Some(15_000), None, None, None]);
    }

    #[test]
    fn a_form_nests_like_the_object_it_stands_for() {
        let read = object("domain=acme", None, b"session[token]=t&session.id=7&callIds[]=a&callIds[]=b&x=1");
        let expected = json!({
            "domain": "acme", "session": { "token": "t", "id": "7" }, "callIds": ["a", "b"], "x": "1"
        });
        assert_eq!(read, Ok(expected));
        assert_eq!(object("", Some("application/json"), b"[1]"), Err(RequestError::NotJson));
    }

    #[test]
    fn what_opens_something_is_not_kept() {
        let told = json!({
            "profile": {
                "authorization-api-key": "k", "cdr-endpoint": "https://x/s", "password": null, "ok": "a\u{0}b",
                "list": [{ "X-Api-Key": 1 }, "https://pbx.example/api/webhooks/cloudonix/cdr/s"],
            }
        });
        let kept = json!({
            "profile": {
                "authorization-api-key": "•••", "cdr-endpoint": "•••", "password": null, "ok": "ab",
                "list": [{ "X-Api-Key": "•••" }, "•••"],
            }
        });
        assert_eq!(harmless(&told), kept);
    }
}
