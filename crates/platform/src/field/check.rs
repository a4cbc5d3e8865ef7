//! Whether a value fits a field.

use super::{Field, FieldKind, Format};
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
    #[error("must be one of: {}", options.join(", "))]
    NotAnOption { options: Vec<String> },
    #[error("must be {}", .0.sentence())]
    BadFormat(Format),
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
            Self::TooSmall { .. } => "too_small",
            Self::TooBig { .. } => "too_big",
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
            (FieldKind::Boolean, Value::Bool(_))
            | (FieldKind::Date, Value::Date(_))
            | (FieldKind::Datetime, Value::Instant(_))
            | (FieldKind::Many2one { .. }, Value::Record(_)) => Ok(()),
            (FieldKind::Integer { min, max }, Value::Int(number)) => check_integer(*number, *min, *max),
            (FieldKind::Decimal { digits }, Value::Decimal(number)) => check_decimal(*number, *digits),
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
        match self.format {
            // An empty text in a field that may be unset is as good as unset.
            Some(format) if !text.is_empty() => format.check(text),
            _ => Ok(()),
        }
    }
}

impl FieldKind {
    /// What a value of this kind is, for a sentence.
    pub fn shape(&self) -> &'static str {
        match self {
            Self::Char { .. } | Self::Text | Self::Secret => "a text",
            Self::Boolean => "true or false",
            Self::Integer { .. } => "a whole number",
            Self::Decimal { .. } => "a decimal number",
            Self::Date => "a date (YYYY-MM-DD)",
            Self::Datetime => "an instant (RFC 3339)",
            Self::Selection { .. } => "one of its options",
            Self::Many2one { .. } => "a record's id",
            Self::One2many { .. } | Self::Many2many { .. } => "a list of record ids",
            Self::Destination => "a destination",
            Self::Json => "JSON",
            Self::Binary => "bytes in base64",
        }
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
            Self::Url => is_url(text),
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

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A name or password before an `@` would end up in logs and in front of people.
    !authority.is_empty()
        && !authority.starts_with(':')
        && !authority.contains('@')
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests;
