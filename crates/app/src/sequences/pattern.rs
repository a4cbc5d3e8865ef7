//! Prefixes and suffixes with placeholders of the date: `INV/{year}/`.

use jiff::civil::DateTime;

/// Each placeholder with the format of its part of the date.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("year", "%Y"),
    ("year2", "%y"),
    ("month", "%m"),
    ("day", "%d"),
    ("day_of_year", "%j"),
    ("week", "%V"),
    ("week_year", "%G"),
    ("weekday", "%u"),
    ("hour", "%H"),
    ("minute", "%M"),
    ("second", "%S"),
];
/// The placeholders, for sentences.
pub(crate) const KNOWN: &str = "{year}, {year2}, {month}, {day}, {day_of_year}, {week}, {week_year}, {weekday}, {hour}, \
                                {minute} and {second}";

/// The first thing in braces that stands for nothing; a brace that is never closed counts as one.
pub(super) fn unknown(text: &str) -> Option<String> {
    pieces(text).find_map(|piece| match piece {
        Piece::Placeholder(name) if format_of(name).is_none() => Some(name.to_owned()),
        _ => None,
    })
}

/// Puts the parts of a moment in the place of their placeholders; the first unknown one is the error.
pub(super) fn filled(text: &str, at: DateTime) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Placeholder(name) => {
                let format = format_of(name).ok_or_else(|| name.to_owned())?;
                out.push_str(&at.strftime(format).to_string());
            }
        }
    }
    Ok(out)
}

fn format_of(name: &str) -> Option<&'static str> {
    PLACEHOLDERS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
}

enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

/// Splits a text, whose length its field bounds.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inside) = rest.strip_prefix('{') {
            let (name, after) = inside.split_once('}').unwrap_or((inside, ""));
            rest = after;
            return Some(Piece::Placeholder(name));
        }
        let (text, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
        rest = after;
        Some(Piece::Text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_the_parts_of_the_date() {
        let at = "2026-03-01T09:05:07".parse().expect("a moment");
        assert_eq!(filled("INV/{year}/{month}-{day}/", at).as_deref(), Ok("INV/2026/03-01/"));
        assert_eq!(
            filled("{year2}.{day_of_year}.W{week}.{weekday} {hour}{minute}{second}", at).as_deref(),
            Ok("26.060.W09.7 090507")
        );
        assert_eq!(filled("no placeholder", at).as_deref(), Ok("no placeholder"));
        // The first of January 2027 belongs to the last week of 2026.
        let at = "2027-01-01T00:00:00".parse().expect("a moment");
        assert_eq!(filled("{year}:{week_year}-{week}", at).as_deref(), Ok("2027:2026-53"));
    }

    #[test]
    fn what_stands_for_nothing_is_named() {
        let at = "2026-03-01T09:05:07".parse().expect("a moment");
        for (text, name) in [("A{yeer}B", "yeer"), ("{", ""), ("x{year", "year"), ("{}", "")] {
            let known = format_of(name).is_some();
            assert_eq!(unknown(text).as_deref(), (!known).then_some(name), "{text}");
            assert_eq!(filled(text, at).is_err(), !known, "{text}");
        }
        for (name, _) in PLACEHOLDERS {
            assert!(KNOWN.contains(&format!("{{{name}}}")), "{name}");
        }
    }
}
