//! Search across all that the asker may read: for somebody who types a name or a number and wants to be there.

use crate::App;
use crate::records::{self, Deed};
use crate::resources::{ResourceError, archived_or_not};
use opbx_kernel::fold::fold;
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, OrderBy, Value};
use opbx_store::{Search, Tx};

/// Finds of one answer at most.
pub const HITS_MAX: usize = 50;
/// The longest text that is searched for, in characters.
pub const TEXT_LEN_MAX: usize = 100;
/// Records of one kind that are looked at.
const CANDIDATES_MAX: usize = 50;
/// Calls that an answer holds at most: each is one of many.
const CALLS_MAX: usize = 5;
/// Fewer digits are no number worth looking for among calls.
const CALL_DIGITS_MIN: usize = 3;

/// A kind of record, and by what it is found.
struct Kind {
    model: &'static str,
    title: &'static str,
    subtitle: Option<&'static str>,
    /// Folded texts.
    texts: &'static [&'static str],
    /// Numbers, of whose writing nothing counts but the digits.
    numbers: &'static [Number],
}

struct Number {
    field: &'static str,
    is_folded: bool,
}

const fn folded(field: &'static str) -> Number {
    Number { field, is_folded: true }
}

const fn exact(field: &'static str) -> Number {
    Number { field, is_folded: false }
}

const fn named(model: &'static str) -> Kind {
    Kind { model, title: "name", subtitle: None, texts: &["name"], numbers: &[] }
}

/// In the order in which finds of one rank are told.
const KINDS: &[Kind] = &[
    Kind { subtitle: Some("number"), numbers: &[folded("number")], ..named("pbx.extension") },
    Kind { subtitle: Some("email"), texts: &["name", "email"], ..named("res.users") },
    Kind { title: "number", subtitle: Some("name"), numbers: &[folded("number")], ..named("pbx.number") },
    named("pbx.ring_group"),
    named("pbx.menu"),
    named("pbx.hours"),
    named("pbx.conference"),
    Kind { subtitle: Some("number"), numbers: &[exact("number")], ..named("pbx.assistant") },
    named("pbx.voicemail"),
    named("pbx.prompt"),
    Kind { subtitle: Some("engine_name"), texts: &["name", "engine_name"], ..named("pbx.trunk") },
    Kind { subtitle: Some("prefix"), numbers: &[exact("prefix")], ..named("pbx.outbound_rule") },
    Kind { title: "caller", texts: &[], numbers: &[exact("caller")], ..named("pbx.blocked_caller") },
    named("ir.webhook"),
];

/// How well a record fits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Beginning,
    Word,
    Part,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub model: &'static str,
    pub id: RecordId,
    pub title: String,
    pub subtitle: Option<String>,
    pub active: bool,
}

/// What somebody typed: the text folded, and the digits where it could be a number.
struct Asked {
    text: String,
    digits: Option<String>,
}

impl Asked {
    fn read(typed: &str) -> Option<Self> {
        let plain = typed.chars().filter(|c| !c.is_control());
        let text: String = plain.take(TEXT_LEN_MAX).collect();
        let text = text.trim().to_owned();
        (!text.is_empty()).then(|| Self { digits: digits(&text), text: fold(&text) })
    }
}

/// The digits of what could be a telephone number, however it is written: with its `+`, or without the zeros that a
/// country puts before it.
fn digits(text: &str) -> Option<String> {
    let is_writing = |c: char| c.is_ascii_digit() || " +-()./".contains(c);
    if !text.chars().all(is_writing) {
        return None;
    }
    let bare: String = text.chars().filter(char::is_ascii_digit).collect();
    // No country's code begins with a zero; `000` is dialled as it stands.
    let international = bare.strip_prefix("00").filter(|rest| !rest.is_empty() && !rest.starts_with('0'));
    match (text.starts_with('+'), international) {
        (true, _) if !bare.is_empty() => Some(format!("+{bare}")),
        (false, Some(rest)) => Some(format!("+{rest}")),
        (false, None) if bare.len() > 3 => Some(bare.trim_start_matches('0').to_owned()),
        (false, None) if !bare.is_empty() => Some(bare),
        _ => None,
    }
}

/// Finds what a text stands for, the best first.
pub async fn search(app: &App, scope: &Scope, typed: &str, limit: usize) -> Result<Vec<Hit>, ResourceError> {
    let Some(asked) = Asked::read(typed) else { return Ok(Vec::new()) };
    let limit = limit.clamp(1, HITS_MAX);
    let mut tx = app.store().read(scope).await?;
    let mut found: Vec<(Fit, usize, Hit)> = Vec::new();
    for (order, kind) in KINDS.iter().enumerate() {
        for (fit, hit) in of_kind(&mut tx, kind, &asked).await? {
            found.push((fit, order, hit));
        }
    }
    found.sort_by(|one, other| {
        (one.0, !one.2.active, one.1, &one.2.title).cmp(&(other.0, !other.2.active, other.1, &other.2.title))
    });
    let mut hits: Vec<Hit> = found.into_iter().map(|(_, _, hit)| hit).take(limit).collect();
    if hits.len() < limit {
        hits.extend(calls(&mut tx, &asked, limit - hits.len()).await?);
    }
    Ok(hits)
}

async fn of_kind(tx: &mut Tx, kind: &Kind, asked: &Asked) -> Result<Vec<(Fit, Hit)>, ResourceError> {
    let models = tx.models();
    let Some(model) = models.model(kind.model) else { return Ok(Vec::new()) };
    if records::require(tx.scope(), model, Deed::Read).is_err() {
        return Ok(Vec::new());
    }
    let has_archive = model.field("active").is_some();
    let mut fields = vec![kind.title];
    fields.extend(kind.subtitle);
    fields.extend(has_archive.then_some("active"));
    let mut found: Vec<(Fit, Hit)> = Vec::new();
    // What begins with the text comes first, so that it is there however much contains it.
    for at_beginning in [true, false] {
        let Some(domain) = domain(kind, asked, at_beginning) else { continue };
        let domain = if has_archive { domain.and(archived_or_not()) } else { domain };
        let search = Search { fields: &fields, limit: CANDIDATES_MAX, archived: true, ..Search::default() };
        for row in records::search(tx, model, &domain, search).await? {
            if found.iter().any(|(_, hit)| hit.id == row.id) {
                continue;
            }
            let text = |at: usize| match row.values.get(at) {
                Some(Value::Text(text)) if !text.is_empty() => Some(text.clone()),
                _ => None,
            };
            let subtitle = kind.subtitle.and_then(|_| text(1));
            let title = text(0).or_else(|| subtitle.clone()).unwrap_or_default();
            let active = !has_archive || row.values.last() == Some(&Value::Bool(true));
            let fit = fit(asked, [Some(title.as_str()), subtitle.as_deref()].into_iter().flatten());
            found.push((fit, Hit { model: kind.model, id: row.id, title, subtitle, active }));
        }
        if found.len() >= CANDIDATES_MAX {
            break;
        }
    }
    Ok(found)
}

/// The records that begin with what is asked for, or contain it; none where the kind is not found by such a thing.
fn domain(kind: &Kind, asked: &Asked, at_beginning: bool) -> Option<Domain> {
    let text = |field: &&str| match at_beginning {
        true => Domain::begins_folded(field, &asked.text),
        false => Domain::contains_folded(field, &asked.text),
    };
    let mut domains: Vec<Domain> = kind.texts.iter().map(text).collect();
    if let Some(digits) = &asked.digits
        && !at_beginning
    {
        domains.extend(kind.numbers.iter().map(|number| match number.is_folded {
            true => Domain::ilike(number.field, digits),
            false => Domain::like(number.field, digits),
        }));
    }
    domains.into_iter().reduce(Domain::or)
}

fn fit<'a>(asked: &Asked, texts: impl Iterator<Item = &'a str>) -> Fit {
    let of = |text: &str| {
        let text = fold(text);
        let bare = |number: &str| number.trim_start_matches('+').to_owned();
        let is_number = |digits: &String| bare(digits) == bare(&text);
        let begins =
            |digits: &String| text.starts_with(digits.as_str()) || bare(&text).starts_with(&bare(digits));
        let digits = asked.digits.as_ref();
        if text == asked.text || digits.is_some_and(is_number) {
            Fit::Whole
        } else if text.starts_with(&asked.text) || digits.is_some_and(begins) {
            Fit::Beginning
        } else if text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&asked.text)) {
            Fit::Word
        } else {
            Fit::Part
        }
    };
    texts.map(of).min().unwrap_or(Fit::Part)
}

/// The newest calls from or to numbers that begin so; beginnings go by an index.
async fn calls(tx: &mut Tx, asked: &Asked, limit: usize) -> Result<Vec<Hit>, ResourceError> {
    let Some(digits) = asked.digits.as_ref().filter(|digits| digits.len() >= CALL_DIGITS_MIN) else {
        return Ok(Vec::new());
    };
    let models = tx.models();
    let Some(model) = models.model("pbx.call") else { return Ok(Vec::new()) };
    if records::require(tx.scope(), model, Deed::Read).is_err() {
        return Ok(Vec::new());
    }
    let newest = [OrderBy::desc("started_at"), OrderBy::desc("id")];
    let mut found: Vec<(Value, Hit)> = Vec::new();
    for field in ["from_number", "to_number"] {
        // An extension, or a number whose sign was left out.
        let bare = Domain::eq_ilike(field, &format!("{digits}%"));
        let domain = match digits.starts_with('+') {
            true => bare,
            false => bare.or(Domain::eq_ilike(field, &format!("+{digits}%"))),
        };
        let search = Search {
            fields: &["from_number", "to_number", "started_at"],
            order: Some(&newest),
            limit: limit.min(CALLS_MAX),
            ..Search::default()
        };
        for row in records::search(tx, model, &domain, search).await? {
            let [from, to, started_at] = row.values.as_slice() else { continue };
            let said =
                |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
            let at = if let Value::Instant(at) = started_at { at.to_string() } else { String::new() };
            let title = format!("{} → {}", said(from), said(to));
            let hit = Hit { model: "pbx.call", id: row.id, title, subtitle: Some(at), active: true };
            if found.iter().all(|(_, known)| known.id != hit.id) {
                found.push((started_at.clone(), hit));
            }
        }
    }
    let instant = |value: &Value| if let Value::Instant(at) = value { Some(*at) } else { None };
    found.sort_by_key(|(at, hit)| std::cmp::Reverse((instant(at), hit.id)));
    Ok(found.into_iter().map(|(_, hit)| hit).take(limit.min(CALLS_MAX)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for (typed, read) in [
            ("+44 20", Some("+4420")),
            ("0044 (20) 7946", Some("+44207946")),
            ("020 7946", Some("207946")),
            ("1001", Some("1001")),
            ("000", Some("000")),
            ("Sales 2", None),
            ("+", None),
        ] {
            assert_eq!(digits(typed).as_deref(), read, "{typed}");
        }
    }

    #[test]
    fn the_better_fit_comes_first() {
        let fit =
            |asked: &str, text: &str| super::fit(&Asked::read(asked).expect("a text"), [text].into_iter());
        assert_eq!(fit("sales", "Sales"), Fit::Whole);
        assert_eq!(fit("sal", "Sales"), Fit::Beginning);
        assert_eq!(fit("sal", "Direct sales"), Fit::Word);
        assert_eq!(fit("ales", "Sales"), Fit::Part);
        assert_eq!(fit("+1 212 555 0100", "+12125550100"), Fit::Whole);
        assert_eq!(fit("+1 212", "+12125550100"), Fit::Beginning);
        assert_eq!(fit("0100", "+12125550100"), Fit::Part);
    }
}
