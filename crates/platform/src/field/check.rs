//! Whether a value fits a field.

use super::{Field, FieldKind, Format, html, round_money};
use crate::value::Value;
use opbx_kernel::ids::ID_END;
use opbx_kernel::{Country, E164};

/// The longest text field, in characters.
pub const TEXT_LEN_MAX: usize = 100_000;
/// The longest secret, in bytes.
pub const SECRET_LEN_MAX: usize = 4_096;
/// The largest JSON or binary value, in bytes.
pub const BLOB_LEN_MAX: usize = 4 << 20;
/// The longest target of a `forward:` destination, in bytes.
pub const FORWARD_LEN_MAX: usize = 255;
/// Records that a many2many holds at most.
pub const RELATED_MAX: usize = 1_000;
/// The longest e-mail address (RFC 5321, 4.5.3.1.3, without its brackets).
const EMAIL_LEN_MAX: usize = 254;
/// The longest part of an address before its `@` (RFC 5321, 4.5.3.1.1).
const EMAIL_LOCAL_LEN_MAX: usize = 64;
/// The longest label of a host name (RFC 1035, 2.3.4).
const LABEL_LEN_MAX: usize = 63;
/// The most keys that one choice of a menu takes.
const MENU_KEYS_LEN_MAX: usize = 10;
/// The longest beginning of a number that a rule can name.
const PREFIX_DIGITS_MAX: usize = 12;
/// Minutes from midnight to midnight.
const DAY_MIN: u16 = 24 * 60;

/// Why a value does not fit its field. The sentence follows the field's title and never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("is required")]
    Required,
    #[error("must be {expected}, not {found}")]
    WrongType { expected: &'static str, found: &'static str },
    #[error("must have at most {max} {unit}")]
    TooLong { max: usize, unit: &'static str },
    #[error("must be at least {min}")]
    TooSmall { min: i64 },
    #[error("must be at most {max}")]
    TooBig { max: i64 },
    #[error("must be at least {min}")]
    BelowLimit { min: String },
    #[error("must be at most {max}")]
    AboveLimit { max: String },
    #[error("must be a number that is neither infinite nor undefined")]
    NotFinite,
    #[error("must be one of: {}", options.join(", "))]
    NotAnOption { options: Vec<String> },
    #[error("must be {}", .0.sentence())]
    BadFormat(Format),
    #[error("must be {expected}")]
    BadPattern { expected: String },
    #[error("must hold at most {max} tags")]
    TooManyTags { max: usize },
    #[error("must be a record of one of: {}", models.join(", "))]
    NotAModel { models: Vec<String> },
    #[error("must have at most {digits} digits after the point")]
    TooPrecise { digits: u8 },
    #[error("must not hold line breaks or other control characters")]
    ControlCharacter,
    #[error("must name at most {max} records")]
    TooMany { max: usize },
    #[error("is not a field of these records")]
    Unknown,
    #[error(
        "must be a command: [0, 0, values], [1, id, values], [2, id], [3, id], [4, id], [5] or [6, 0, ids]"
    )]
    NotACommand,
    #[error("must not create records more than {max} deep")]
    TooDeep { max: usize },
}

impl FieldError {
    /// The stable name by which texts for people are looked up.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::WrongType { .. } => "wrong_type",
            Self::TooLong { .. } => "too_long",
            Self::TooSmall { .. } | Self::BelowLimit { .. } => "too_small",
            Self::TooBig { .. } | Self::AboveLimit { .. } => "too_big",
            Self::NotFinite => "not_finite",
            Self::BadPattern { .. } => "bad_pattern",
            Self::TooManyTags { .. } => "too_many_tags",
            Self::NotAModel { .. } => "not_a_model",
            Self::NotAnOption { .. } => "not_an_option",
            Self::BadFormat(_) => "bad_format",
            Self::TooPrecise { .. } => "too_precise",
            Self::ControlCharacter => "control_character",
            Self::TooMany { .. } => "too_many",
            Self::Unknown => "unknown_field",
            Self::NotACommand => "not_a_command",
            Self::TooDeep { .. } => "too_deep",
        }
    }
}

impl Field {
    /// Judges a value by itself; whether it is unique or names an existing record, only the store can say.
    pub fn check(&self, value: &Value) -> Result<(), FieldError> {
        match (&self.kind, value) {
            (_, Value::Null) => self.check_unset(),
            (FieldKind::Char { size }, Value::Text(text)) => self.check_char(text, *size),
            (FieldKind::Text, Value::Text(text)) => check_text(text),
            (FieldKind::Html, Value::Text(markup)) => self.check_html(markup),
            (FieldKind::Boolean, Value::Bool(_))
            | (FieldKind::Date, Value::Date(_))
            | (FieldKind::Datetime, Value::Instant(_))
            | (FieldKind::Many2one { .. }, Value::Record(_)) => Ok(()),
            (FieldKind::Integer { min, max }, Value::Int(number)) => check_integer(*number, *min, *max),
            (FieldKind::Decimal { digits, min, max }, Value::Decimal(number)) => {
                check_decimal(*number, *digits)
                    .and_then(|()| check_within(number, min.as_ref(), max.as_ref()))
            }
            // Rounded to the currency's digits when it is saved, so that more of them are no mistake.
            (FieldKind::Monetary { digits, min, max, .. }, Value::Decimal(number)) => {
                check_decimal(round_money(*number, *digits), *digits)
                    .and_then(|()| check_within(number, min.as_ref(), max.as_ref()))
            }
            (FieldKind::Float { min, max }, Value::Float(number)) => match number.is_finite() {
                true => check_within(number, min.as_ref(), max.as_ref()),
                false => Err(FieldError::NotFinite),
            },
            (FieldKind::Reference { to, .. }, Value::Reference(reference)) => {
                match to.contains(&reference.model) {
                    true => Ok(()),
                    false => {
                        Err(FieldError::NotAModel { models: to.iter().map(ToString::to_string).collect() })
                    }
                }
            }
            (FieldKind::Selection { options }, Value::Text(text)) => match options.contains(text) {
                true => Ok(()),
                false => Err(FieldError::NotAnOption { options: options.clone() }),
            },
            (FieldKind::One2many { max, .. }, Value::Records(ids)) => check_count(ids.len(), *max),
            (FieldKind::Many2many { .. }, Value::Records(ids)) => {
                if self.required && ids.is_empty() {
                    return Err(FieldError::Required);
                }
                check_count(ids.len(), None)
            }
            (FieldKind::Destination, Value::Destination(destination)) => {
                let text = destination.to_string();
                check_line(&text, FORWARD_LEN_MAX)
            }
            (FieldKind::Json, Value::Json(json)) => check_bytes(json.to_string().len(), BLOB_LEN_MAX),
            (FieldKind::Binary, Value::Bytes(bytes)) => check_bytes(bytes.len(), BLOB_LEN_MAX),
            (FieldKind::Secret, Value::Bytes(bytes)) => {
                if self.required && bytes.is_empty() {
                    return Err(FieldError::Required);
                }
                check_bytes(bytes.len(), SECRET_LEN_MAX)
            }
            (kind, other) => Err(FieldError::WrongType { expected: kind.shape(), found: other.shape() }),
        }
    }

    fn check_unset(&self) -> Result<(), FieldError> {
        if self.required { Err(FieldError::Required) } else { Ok(()) }
    }

    fn check_char(&self, text: &str, size: usize) -> Result<(), FieldError> {
        if self.required && text.trim().is_empty() {
            return Err(FieldError::Required);
        }
        check_line(text, size)?;
        // An empty text in a field that may be unset is as good as unset.
        if text.is_empty() {
            return Ok(());
        }
        if let Some(format) = self.format {
            format.check(text)?;
        }
        match &self.pattern {
            Some(pattern) if !pattern.matches(text) => {
                Err(FieldError::BadPattern { expected: pattern.sentence() })
            }
            _ => Ok(()),
        }
    }

    /// Invariant: what passes is clean, for `normal` cleans whatever is not too large.
    fn check_html(&self, markup: &str) -> Result<(), FieldError> {
        if self.required && markup.trim().is_empty() {
            return Err(FieldError::Required);
        }
        check_text(markup)?;
        match html::is_too_large(markup) {
            true => Err(FieldError::TooManyTags { max: html::TAGS_MAX }),
            false => Ok(()),
        }
    }
}

impl FieldKind {
    /// What a value of this kind is, for a sentence.
    pub fn shape(&self) -> &'static str {
        match self {
            Self::Char { .. } | Self::Text | Self::Secret => "a text",
            Self::Html => "a text with markup",
            Self::Boolean => "true or false",
            Self::Integer { .. } => "a whole number",
            Self::Decimal { .. } => "a decimal number",
            Self::Float { .. } => "a number",
            Self::Monetary { .. } => "an amount",
            Self::Date => "a date (YYYY-MM-DD)",
            Self::Datetime => "an instant (RFC 3339)",
            Self::Selection { .. } => "one of its options",
            Self::Many2one { .. } => "a record's id",
            Self::One2many { .. } | Self::Many2many { .. } => "a list of record ids",
            Self::Reference { .. } => "a record, as \"model,id\"",
            Self::Destination => "a destination",
            Self::Json => "JSON",
            Self::Binary => "bytes in base64",
        }
    }
}

fn check_within<N: PartialOrd + std::fmt::Display>(
    number: &N,
    min: Option<&N>,
    max: Option<&N>,
) -> Result<(), FieldError> {
    if let Some(min) = min.filter(|min| number < *min) {
        return Err(FieldError::BelowLimit { min: min.to_string() });
    }
    match max.filter(|max| number > *max) {
        Some(max) => Err(FieldError::AboveLimit { max: max.to_string() }),
        None => Ok(()),
    }
}

fn check_line(text: &str, len_max: usize) -> Result<(), FieldError> {
    if text.chars().any(char::is_control) {
        return Err(FieldError::ControlCharacter);
    }
    check_len(text, len_max)
}

/// Lines and tabs belong into a long text; a NUL does not, and PostgreSQL could not store it.
fn check_text(text: &str) -> Result<(), FieldError> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(FieldError::ControlCharacter);
    }
    check_len(text, TEXT_LEN_MAX)
}

fn check_len(text: &str, max: usize) -> Result<(), FieldError> {
    // Bytes first: no text has more characters than bytes, so most are never counted.
    let fits = text.len() <= max || text.chars().nth(max).is_none();
    if fits { Ok(()) } else { Err(FieldError::TooLong { max, unit: "characters" }) }
}

fn check_bytes(len: usize, max: usize) -> Result<(), FieldError> {
    if len <= max { Ok(()) } else { Err(FieldError::TooLong { max, unit: "bytes" }) }
}

fn check_count(count: usize, max: Option<usize>) -> Result<(), FieldError> {
    let max = max.unwrap_or(RELATED_MAX);
    if count <= max { Ok(()) } else { Err(FieldError::TooMany { max }) }
}

/// JavaScript must be able to hold every whole number, as it must ids.
fn check_integer(number: i64, min: Option<i64>, max: Option<i64>) -> Result<(), FieldError> {
    let min = min.unwrap_or(1 - ID_END);
    let max = max.unwrap_or(ID_END - 1);
    if number < min {
        Err(FieldError::TooSmall { min })
    } else if number > max {
        Err(FieldError::TooBig { max })
    } else {
        Ok(())
    }
}

fn check_decimal(number: rust_decimal::Decimal, digits: u8) -> Result<(), FieldError> {
    let number = number.normalize();
    if number.scale() > u32::from(digits) {
        return Err(FieldError::TooPrecise { digits });
    }
    // SQLite keeps it as a whole number of the smallest unit, which must fit 64 bits.
    let unit = 10_i64.checked_pow(u32::from(digits)).unwrap_or(i64::MAX);
    let whole_max = i64::MAX / unit - 1;
    if number > rust_decimal::Decimal::from(whole_max) {
        Err(FieldError::TooBig { max: whole_max })
    } else if number < rust_decimal::Decimal::from(-whole_max) {
        Err(FieldError::TooSmall { min: -whole_max })
    } else {
        Ok(())
    }
}

impl Format {
    /// Each format by its word in `model.toml`.
    pub const WORDS: &[(&'static str, Format)] = &[
        ("extension_number", Self::ExtensionNumber),
        ("e164", Self::E164),
        ("email", Self::Email),
        ("slug", Self::Slug),
        ("time_zone", Self::TimeZone),
        ("country", Self::Country),
        ("url", Self::Url),
        ("websocket_url", Self::WebsocketUrl),
        ("sip_address", Self::SipAddress),
        ("caller_id", Self::CallerId),
        ("menu_keys", Self::MenuKeys),
        ("dial_prefix", Self::DialPrefix),
        ("time_of_day", Self::TimeOfDay),
        ("end_of_day", Self::EndOfDay),
        ("language", Self::Language),
    ];

    pub fn check(self, text: &str) -> Result<(), FieldError> {
        let fits = match self {
            Self::ExtensionNumber => {
                (3..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::E164 => E164::new(text).is_some(),
            Self::Email => is_email(text),
            Self::Slug => is_label(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase()),
            Self::TimeZone => is_time_zone(text),
            Self::Country => Country::new(text).is_some_and(|country| country.as_str() == text),
            Self::Url => is_url(text, ["https://", "http://"]),
            Self::WebsocketUrl => is_url(text, ["wss://", "ws://"]),
            Self::SipAddress => is_sip_address(text),
            Self::CallerId => E164::new(text).is_some() || is_sip_address(text),
            Self::MenuKeys => is_menu_keys(text),
            Self::DialPrefix => is_dial_prefix(text),
            Self::TimeOfDay => minute_of_day(text).is_some_and(|minute| minute < DAY_MIN),
            Self::EndOfDay => minute_of_day(text).is_some(),
            Self::Language => is_language(text),
        };
        if fits { Ok(()) } else { Err(FieldError::BadFormat(self)) }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::ExtensionNumber => "3 to 5 digits",
            Self::E164 => "a number in E.164: + and 7 to 15 digits",
            Self::Email => "an e-mail address",
            Self::Slug => "lower-case letters, digits and inner hyphens, at most 63",
            Self::TimeZone => "a time zone such as Europe/Brussels",
            Self::Country => "a country's two capital letters (ISO 3166-1)",
            Self::Url => "an address that starts with http:// or https://",
            Self::WebsocketUrl => "an address that starts with ws:// or wss://",
            Self::SipAddress => "a SIP address such as sip:1001@pbx.example.com",
            Self::CallerId => "a number in E.164 or a SIP address",
            Self::MenuKeys => "1 to 10 keys out of 0 to 9 and *",
            Self::DialPrefix => "the beginning of a number: perhaps a +, then 1 to 12 digits",
            Self::TimeOfDay => "a time from 00:00 to 23:59",
            Self::EndOfDay => "a time from 00:00 to 24:00",
            Self::Language => "a language such as en or pt-BR",
        }
    }
}

fn is_label(text: &str) -> bool {
    (1..=LABEL_LEN_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let may_stand =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '@' | '"' | '<' | '>' | ',' | ';');
    text.len() <= EMAIL_LEN_MAX
        && (1..=EMAIL_LOCAL_LEN_MAX).contains(&local.len())
        && local.chars().all(may_stand)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// Names are compared to the letter, for jiff would also take `europe/brussels`.
fn is_time_zone(text: &str) -> bool {
    jiff::tz::TimeZone::get(text).is_ok_and(|zone| zone.iana_name() == Some(text))
}

/// Language, script and region of RFC 5646, section 2.1; no variants or extensions, which nothing is translated into.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-').peekable();
    let is = |part: &str, lens: &[usize], fits: fn(&u8) -> bool| {
        lens.contains(&part.len()) && part.as_bytes().iter().all(fits)
    };
    let is_script = |part: &str| {
        is(part, &[4], u8::is_ascii_alphabetic)
            && part.starts_with(|c: char| c.is_ascii_uppercase())
            && !part[1..].contains(|c: char| c.is_ascii_uppercase())
    };
    let has_language = parts.next().is_some_and(|part| is(part, &[2, 3], u8::is_ascii_lowercase));
    parts.next_if(|part| is_script(part));
    parts.next_if(|part| is(part, &[2], u8::is_ascii_uppercase) || is(part, &[3], u8::is_ascii_digit));
    has_language && parts.next().is_none()
}

fn is_url(text: &str, schemes: [&str; 2]) -> bool {
    let rest = schemes.into_iter().find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = rest else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A name or password before an `@` would end up in logs and in front of people.
    !authority.is_empty()
        && !authority.starts_with(':')
        && !authority.contains('@')
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_sip_address(text: &str) -> bool {
    let rest = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:"));
    let Some(rest) = rest else { return false };
    let (user, host) = rest.split_once('@').unwrap_or(("-", rest));
    let is_of_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%#".contains(&byte);
    let is_of_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_;=".contains(&byte);
    !user.is_empty()
        && user.bytes().all(is_of_user)
        && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host.bytes().all(is_of_host)
}

fn is_menu_keys(text: &str) -> bool {
    (1..=MENU_KEYS_LEN_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
}

fn is_dial_prefix(text: &str) -> bool {
    let groups = text.strip_prefix('+').unwrap_or(text).split([' ', '-']);
    let mut digits = 0;
    for group in groups {
        if group.is_empty() || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        digits += group.len();
    }
    digits <= PREFIX_DIGITS_MAX
}

/// The minutes after midnight that `HH:MM` names, 24:00 included; `None` for any other text.
pub fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    two(hour).and(two(minute))?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MIN).then_some(total)
}

#[cfg(test)]
mod tests;
