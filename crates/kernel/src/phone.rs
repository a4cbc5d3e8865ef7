//! Telephone numbers: reading them as a country would, and hiding them in logs.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest text that is even looked at as a telephone number.
const RAW_LEN_MAX: usize = 64;
/// Digits of an E.164 number, country code included (ITU-T E.164, 6.2).
const E164_DIGITS_MAX: usize = 15;
/// Shorter than this is an internal number or a short code, never an E.164 number.
const E164_DIGITS_MIN: usize = 7;

/// An ISO 3166-1 alpha-2 country code in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    pub fn new(code: &str) -> Option<Self> {
        match code.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a country is two ASCII letters")
    }
}

impl TryFrom<String> for Country {
    type Error = String;
    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::new(&code).ok_or_else(|| format!("{code:?} is not a two-letter country code"))
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.as_str().to_owned()
    }
}

/// A number in E.164: `+`, then 7 to 15 digits, the first of which is not 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

impl E164 {
    /// Takes a text that already is E.164, to the letter.
    pub fn new(text: &str) -> Option<Self> {
        is_e164(text).then(|| Self(text.to_owned()))
    }

    /// Reads a number as somebody in `country` would dial or write it.
    ///
    /// `None` for what no telephone network would take, and for short and internal numbers.
    /// A bare run of digits is tried as a national number first, then as an international one
    /// without its `+`, which is how Cloudonix and many carriers send it. Of the two, the one whose range is assigned
    /// is meant; where that is both or neither, the national one. What is still no number may begin with `00`, which
    /// carriers everywhere write in the place of the `+`.
    ///
    /// ```
    /// # use opbx_kernel::{Country, E164};
    /// let gb = Country::new("GB");
    /// assert_eq!(E164::normalise("020 7946 0018", gb), E164::new("+442079460018"));
    /// assert_eq!(E164::normalise("00442079460018", gb), E164::new("+442079460018"));
    /// assert_eq!(E164::normalise("442079460018", gb), E164::new("+442079460018"));
    /// assert_eq!(E164::normalise("1001", gb), None);
    /// let us = Country::new("US");
    /// assert_eq!(E164::normalise("00442079460018", us), E164::new("+442079460018"));
    /// ```
    pub fn normalise(raw: &str, country: Option<Country>) -> Option<Self> {
        let raw = raw.trim();
        if raw.is_empty() || raw.len() > RAW_LEN_MAX || !raw.chars().all(may_stand_in_number) {
            return None;
        }
        if is_e164(raw) {
            return Self::new(raw);
        }
        let national = country.and_then(|country| parsed(raw, Some(country)));
        if let Some(Reading { number, valid: true }) = national {
            return Some(number);
        }
        let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
        let international = parsed(&format!("+{digits}"), None);
        let likelier = international.filter(|reading| reading.valid || national.is_none());
        let with_zeros = || parsed(&format!("+{}", digits.strip_prefix("00")?), None);
        likelier.or(national).or_else(with_zeros).map(|reading| reading.number)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn masked(&self) -> Masked<'_> {
        Masked(&self.0)
    }

    /// The country in whose numbering plan this number lies; `None` where the plan does not say.
    ///
    /// Countries that share a calling code are told apart, as far as their area codes do it (ITU-T E.164, annex A).
    ///
    /// ```
    /// # use opbx_kernel::{Country, E164};
    /// assert_eq!(E164::new("+14165550100").and_then(|number| number.country()), Country::new("CA"));
    /// ```
    pub fn country(&self) -> Option<Country> {
        let number = PHONE_NUMBER_UTIL.parse(&self.0, None).ok()?;
        Country::new(&number.get_region_code()?.to_string())
    }

    /// The country and the digits after the calling code, read in one go; as [`E164::country`] and [`E164::national`].
    pub fn taken_apart(&self) -> (Option<Country>, &str) {
        let Ok(number) = PHONE_NUMBER_UTIL.parse(&self.0, None) else { return (None, "") };
        let country = number.get_region_code().and_then(|region| Country::new(&region.to_string()));
        let national = number.get_national_significant_number();
        let begins = self.0.len().saturating_sub(national.len());
        (country, self.0.get(begins..).filter(|tail| **tail == *national).unwrap_or(""))
    }

    /// The digits after the calling code: what is dialled inside the country, without its trunk prefix.
    pub fn national(&self) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(&self.0, None).ok()?;
        Some(number.get_national_significant_number())
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for E164 {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text).ok_or_else(|| format!("{text:?} is not a number in E.164 (+ and 7 to 15 digits)"))
    }
}

impl From<E164> for String {
    fn from(number: E164) -> String {
        number.0
    }
}

fn is_e164(text: &str) -> bool {
    match text.as_bytes() {
        [b'+', b'1'..=b'9', rest @ ..] => {
            (E164_DIGITS_MIN - 1..E164_DIGITS_MAX).contains(&rest.len())
                && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn may_stand_in_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '.' | '(' | ')' | '/')
}

struct Reading {
    number: E164,
    /// Whether the number's range is assigned, not only its length possible.
    valid: bool,
}

fn parsed(text: &str, country: Option<Country>) -> Option<Reading> {
    let region = country.and_then(|country| Region::try_from(country.as_str()).ok());
    let number = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    if number.is_possible_with_reason().ok()? != NumberLengthType::IsPossible {
        return None;
    }
    let e164 = E164::new(&number.format_as(PhoneNumberFormat::E164))?;
    Some(Reading { number: e164, valid: number.is_valid() })
}

/// The digits after the `+` in a country's numbers; `None` for a country without numbers of its own.
pub fn calling_code(country: Country) -> Option<u16> {
    let region = Region::try_from(country.as_str()).ok()?;
    PHONE_NUMBER_UTIL.get_country_code_for_region(region).and_then(|code| u16::try_from(code).ok())
}

/// Shows enough of a number to recognise it and too little to call it: `+1212***0100`.
#[derive(Clone, Copy)]
pub struct Masked<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars: Vec<char> = self.0.chars().collect();
        if chars.len() <= 5 {
            return f.write_str(self.0);
        }
        let (head, tail) = if chars.len() >= 10 { (4, 2) } else { (1, 1) };
        f.write_str(&chars[..head].iter().collect::<String>())?;
        f.write_str("***")?;
        f.write_str(&chars[chars.len() - tail..].iter().collect::<String>())
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(raw: &str) -> Option<String> {
        E164::normalise(raw, Country::new("US")).map(String::from)
    }

    #[test]
    fn a_number_is_read_as_its_country_writes_it() {
        assert_eq!(us("(212) 555-0100").as_deref(), Some("+12125550100"));
        assert_eq!(us("12125550100").as_deref(), Some("+12125550100"));
        assert_eq!(us("011 44 20 7946 0018").as_deref(), Some("+442079460018"));
        assert_eq!(us("442079460018").as_deref(), Some("+442079460018"));
    }

    #[test]
    fn of_two_readings_that_were_assigned_to_nobody_the_national_one_is_meant() {
        assert_eq!(us("5551234567").as_deref(), Some("+15551234567"), "and not Brazil's +55");
        assert_eq!(us("6561234567").as_deref(), Some("+6561234567"), "Singapore's are assigned");
        assert_eq!(us("4422079460").as_deref(), Some("+14422079460"), "California's are assigned");
    }

    #[test]
    fn two_zeros_stand_for_the_plus_wherever_the_company_is() {
        for country in ["US", "GB", "AU", "JP"].map(Country::new).into_iter().chain([None]) {
            let read = E164::normalise("00442079460018", country);
            assert_eq!(read, E164::new("+442079460018"), "{country:?}");
        }
        assert_eq!(us("00 1 (212) 555-0100").as_deref(), Some("+12125550100"));
        for raw in ["00", "001001", "00911", "000442079460018", "0000000000000"] {
            assert_eq!(us(raw), None, "{raw:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_guessed_at() {
        for raw in [
            "",
            "1001",
            "911",
            "sip:bob@example.com",
            "anonymous",
            "+",
            "+0123456789",
            "１２１２５５５０１００",
        ] {
            assert_eq!(us(raw), None, "{raw:?}");
        }
        assert_eq!(us(&"1".repeat(5_000)), None);
    }

    #[test]
    fn a_number_tells_its_country_and_its_national_part() {
        let parts = |text| {
            let number = E164::new(text).expect("E.164");
            (number.country().map(String::from), number.national())
        };
        assert_eq!(parts("+442079460018"), (Some("GB".into()), Some("2079460018".into())));
        assert_eq!(parts("+12125550100"), (Some("US".into()), Some("2125550100".into())));
        assert_eq!(parts("+390612345678"), (Some("IT".into()), Some("0612345678".into())));
        assert_eq!(parts("+9991234567"), (None, None));
    }

    #[test]
    fn a_masked_number_cannot_be_called() {
        assert_eq!(Masked("+12125550100").to_string(), "+121***00");
        assert_eq!(Masked("1001").to_string(), "1001");
        assert_eq!(Masked("1234567").to_string(), "1***7");
        assert_eq!(Masked("аб+12125550100").to_string(), "аб+1***00");
    }
}
