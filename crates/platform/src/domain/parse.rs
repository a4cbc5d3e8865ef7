//! Reads a domain from JSON and checks it against its model and those that its relations lead to.

use super::left::{Class, Left, check_text};
use super::relative::Here;
use super::{Domain, Op, Operand, Term};
use crate::model::{Model, ModelName};
use crate::registry::Registry;
use crate::source::{plain, unknown_word};
use crate::value::Value;
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

mod moments;
mod relations;

/// Terms of one domain at most, those inside `any` and those that one term stands for included.
pub const TERMS_MAX: usize = 200;
/// How deep `&`, `|`, `!`, `any` and the dots of paths may alternate.
pub const DEPTH_MAX: usize = 16;
/// Values of one `in` or `not in` list at most.
pub const OPERANDS_MAX: usize = 1_000;
/// Values of one domain at most, all together; SQLite takes 32,766 in one statement.
pub const VALUES_MAX: usize = 10_000;
/// The longest pattern of `like` and its kin, in bytes; SQLite takes 50,000 once it is escaped.
pub const PATTERN_LEN_MAX: usize = 4_000;
/// Terms on parts of dates (`at.month_number`) of one domain at most: each spells out the zone's history.
pub const DATE_PARTS_MAX: usize = 20;

/// What the words of a domain mean besides the fields of models: who asks, when, and where.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    pub registry: &'a Registry,
    /// What relative dates begin at.
    pub now: Timestamp,
    /// The zone of whoever asks: of relative dates, of days compared with instants, and of parts of instants.
    pub zone: TimeZone,
    /// What `week_start` means, and where a week ends.
    pub week_start: Weekday,
}

impl<'a> Reading<'a> {
    /// In UTC, with weeks from Monday.
    pub fn new(registry: &'a Registry, now: Timestamp) -> Self {
        Self { registry, now, zone: TimeZone::UTC, week_start: Weekday::Monday }
    }

    #[must_use]
    pub fn within(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    fn here(&self) -> Here<'_> {
        Here { now: self.now, zone: &self.zone, week_start: self.week_start }
    }
}

/// What stands in the middle of a term.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    Op(Op),
    /// The opposite of an operator.
    Not(Op),
    EqIfSet,
    Any,
    NotAny,
}

/// Every word that may stand for an operator, `<>` and `==` as in Odoo.
const WORDS: &[(&str, Word)] = &[
    ("=", Word::Op(Op::Eq)),
    ("!=", Word::Op(Op::Ne)),
    ("<", Word::Op(Op::Lt)),
    ("<=", Word::Op(Op::Le)),
    (">", Word::Op(Op::Gt)),
    (">=", Word::Op(Op::Ge)),
    ("in", Word::Op(Op::In)),
    ("not in", Word::Op(Op::NotIn)),
    ("like", Word::Op(Op::Like)),
    ("ilike", Word::Op(Op::Ilike)),
    ("not like", Word::Not(Op::Like)),
    ("not ilike", Word::Not(Op::Ilike)),
    ("=like", Word::Op(Op::EqLike)),
    ("=ilike", Word::Op(Op::EqIlike)),
    ("not =like", Word::Not(Op::EqLike)),
    ("not =ilike", Word::Not(Op::EqIlike)),
    ("=?", Word::EqIfSet),
    ("child_of", Word::Op(Op::ChildOf)),
    ("parent_of", Word::Op(Op::ParentOf)),
    ("any", Word::Any),
    ("not any", Word::NotAny),
    ("==", Word::Op(Op::Eq)),
    ("<>", Word::Op(Op::Ne)),
];

/// Why a domain is refused; `term` is the term at fault, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    #[error("a domain is a list of terms [field, operator, value] and of \"&\", \"|\", \"!\"; found {found}")]
    NotADomain { found: String },
    #[error("{operator:?} needs {needs} conditions after it")]
    MissingOperand { operator: char, needs: usize },
    #[error("a domain has at most {TERMS_MAX} terms")]
    TooManyTerms,
    #[error("a domain is at most {DEPTH_MAX} levels deep")]
    TooDeep,
    #[error("a domain holds at most {VALUES_MAX} values")]
    TooManyValues,
    #[error("a domain has at most {DATE_PARTS_MAX} terms on parts of dates")]
    TooManyDateParts,
    #[error("{term}: {reason}")]
    UnknownField { term: String, reason: String },
    #[error("{term}: {reason}")]
    UnknownOperator { term: String, reason: String },
    #[error("{term}: {op:?} does not go with a field that holds {holds}")]
    OperatorForType { term: String, op: String, holds: &'static str },
    #[error("{term}: the value {reason}")]
    Operand { term: String, reason: String },
}

impl DomainError {
    /// The stable name by which texts for people are looked up.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotADomain { .. } | Self::MissingOperand { .. } => "malformed_domain",
            Self::TooManyTerms | Self::TooDeep | Self::TooManyValues | Self::TooManyDateParts => {
                "domain_too_large"
            }
            Self::UnknownField { .. } => "unknown_field",
            Self::UnknownOperator { .. } | Self::OperatorForType { .. } => "unknown_operator",
            Self::Operand { .. } => "wrong_operand",
        }
    }
}

/// What is wrong with a term, before the term itself is said.
enum Fault {
    Field(String),
    Operator(String),
    OperatorForType(String, &'static str),
    Operand(String),
    /// A fault of a domain inside this term, or of the whole.
    Whole(DomainError),
}

impl Fault {
    fn of(self, parts: &[Json]) -> DomainError {
        let term = shown(&Json::Array(parts.to_vec()));
        match self {
            Self::Field(reason) => DomainError::UnknownField { term, reason },
            Self::Operator(reason) => DomainError::UnknownOperator { term, reason },
            Self::OperatorForType(op, holds) => DomainError::OperatorForType { term, op, holds },
            Self::Operand(reason) => DomainError::Operand { term, reason },
            Self::Whole(error) => error,
        }
    }
}

impl Domain {
    /// Reads a prefix list, `["|", ["a", "=", 1], ["b", "in", [1, 2]]]`; terms side by side are joined by `&`.
    pub fn parse(reading: &Reading<'_>, model: &Model, json: &Json) -> Result<Self, DomainError> {
        Parser { reading, terms: 0, values: 0, date_parts: 0 }.list(model, json, 1)
    }

    /// Invariant: recursion is bounded, for no domain deeper than `DEPTH_MAX` is ever built upon.
    fn depth(&self) -> usize {
        match self {
            Self::All | Self::Term(_) | Self::Part(_) => 1,
            Self::Not(inner) | Self::Any { domain: inner, .. } => 1 + inner.depth(),
            Self::And(members) | Self::Or(members) => 1 + members.iter().map(Self::depth).max().unwrap_or(0),
        }
    }

    /// The terms that this would be written with, inside `any` too.
    fn size(&self) -> usize {
        match self {
            Self::All | Self::Term(_) | Self::Part(_) => 1,
            Self::Not(inner) | Self::Any { domain: inner, .. } => inner.size(),
            Self::And(members) | Self::Or(members) => members.iter().map(Self::size).sum::<usize>().max(1),
        }
    }
}

/// A domain while it is read, with what was used of its bounds.
struct Parser<'a> {
    reading: &'a Reading<'a>,
    terms: usize,
    values: usize,
    date_parts: usize,
}

impl<'a> Parser<'a> {
    fn list(&mut self, model: &Model, json: &Json, level: usize) -> Result<Domain, DomainError> {
        let Json::Array(items) = json else { return Err(not_a_domain(json)) };
        // No list of more items than this can be within the bound: each operator joins or turns terms.
        if items.len() > TERMS_MAX * 4 {
            return Err(DomainError::TooManyTerms);
        }
        let mut stack: Vec<Domain> = Vec::new();
        // From the right, an operator finds its conditions ready: the first one on top.
        for item in items.iter().rev() {
            let domain = match item {
                Json::String(operator) if operator == "!" => !pop(&mut stack, '!', 1)?,
                Json::String(operator) if operator == "&" => {
                    let left = pop(&mut stack, '&', 2)?;
                    left.and(pop(&mut stack, '&', 2)?)
                }
                Json::String(operator) if operator == "|" => {
                    let left = pop(&mut stack, '|', 2)?;
                    left.or(pop(&mut stack, '|', 2)?)
                }
                Json::Array(parts) => self.outer_term(model, parts, level)?,
                other => return Err(not_a_domain(other)),
            };
            check_depth(&domain, level)?;
            stack.push(domain);
        }
        let whole = stack.into_iter().rev().fold(Domain::All, Domain::and);
        check_depth(&whole, level)?;
        Ok(whole)
    }

    fn outer_term(&mut self, model: &Model, parts: &[Json], level: usize) -> Result<Domain, DomainError> {
        let [field, word, operand] = parts else {
            return Err(DomainError::NotADomain { found: shown(&Json::Array(parts.to_vec())) });
        };
        let before = self.terms;
        let domain = self.term(model, field, word, operand, level).map_err(|fault| fault.of(parts))?;
        // Those inside `any` were counted while it was read, and are part of its size.
        self.terms = before + domain.size();
        if self.terms > TERMS_MAX {
            return Err(DomainError::TooManyTerms);
        }
        Ok(domain)
    }

    fn term(
        &mut self,
        model: &Model,
        field: &Json,
        word: &Json,
        operand: &Json,
        level: usize,
    ) -> Result<Domain, Fault> {
        let op = word_of(word).map_err(Fault::Operator)?;
        if let Some(constant) = constant(field, op, operand) {
            return Ok(constant);
        }
        let Json::String(path) = field else {
            return Err(Fault::Field(format!("{} is no field's name", shown(field))));
        };
        self.path(model, path, op, operand, level)
    }

    /// Follows a dotted path: each step but the last is an `any`.
    fn path(
        &mut self,
        model: &Model,
        path: &str,
        op: Word,
        operand: &Json,
        level: usize,
    ) -> Result<Domain, Fault> {
        if level > DEPTH_MAX {
            return Err(Fault::Whole(DomainError::TooDeep));
        }
        let Some((head, rest)) = path.split_once('.') else {
            let left = Left::find(model, path).map_err(Fault::Field)?;
            return self.leaf(model, &left, op, operand, level);
        };
        let left = Left::find(model, head).map_err(Fault::Field)?;
        match left.class {
            Class::One(to) | Class::Many(to) => {
                let inner = self.path(self.model(to)?, rest, op, operand, level + 1)?;
                Ok(Domain::any(head, inner))
            }
            Class::Day | Class::Instant => self.date_part(&left, rest, op, operand),
            _ => Err(Fault::Field(format!("`{head}` holds {}, no path leads through it", left.holds()))),
        }
    }

    fn model(&self, name: &ModelName) -> Result<&'a Model, Fault> {
        let found = self.reading.registry.model(name.as_str());
        found.ok_or_else(|| Fault::Field(format!("there is no model {name}")))
    }

    fn leaf(
        &mut self,
        model: &Model,
        left: &Left<'_>,
        word: Word,
        operand: &Json,
        level: usize,
    ) -> Result<Domain, Fault> {
        match word {
            Word::EqIfSet if is_falsy(operand) => Ok(Domain::All),
            Word::EqIfSet => self.leaf(model, left, Word::Op(Op::Eq), operand, level),
            Word::NotAny => Ok(!self.leaf(model, left, Word::Any, operand, level)?),
            Word::Not(op) => Ok(!self.leaf(model, left, Word::Op(op), operand, level)?),
            Word::Any => {
                let (Class::One(to) | Class::Many(to)) = left.class else {
                    return Err(Fault::OperatorForType("any".to_owned(), left.holds()));
                };
                if level >= DEPTH_MAX {
                    return Err(Fault::Whole(DomainError::TooDeep));
                }
                let to = self.model(to)?;
                let inner = self.list(to, operand, level + 1).map_err(Fault::Whole)?;
                Ok(Domain::any(left.name, inner))
            }
            Word::Op(op) if !left.takes(op) && !self.is_by_name(left, op, operand) => {
                Err(Fault::OperatorForType(op.as_str().to_owned(), left.holds()))
            }
            // As Odoo reads it.
            Word::Op(op @ (Op::Eq | Op::Ne)) if operand.is_array() && left.takes(Op::In) => {
                let op = if op == Op::Eq { Op::In } else { Op::NotIn };
                self.leaf(model, left, Word::Op(op), operand, level)
            }
            Word::Op(op) => self.compare(model, left, op, operand),
        }
    }

    fn compare(&mut self, model: &Model, left: &Left<'_>, op: Op, operand: &Json) -> Result<Domain, Fault> {
        if matches!(op, Op::ChildOf | Op::ParentOf) {
            return self.tree(model, left, op, operand);
        }
        if self.is_by_name(left, op, operand) {
            return self.by_name(left, op, operand);
        }
        if matches!(op, Op::Like | Op::Ilike | Op::EqLike | Op::EqIlike) {
            return pattern(left, op, operand);
        }
        if matches!(left.class, Class::Day | Class::Instant) {
            return self.by_moment(left, op, operand);
        }
        let operand = match op {
            Op::In | Op::NotIn => {
                let members = self.members(operand)?;
                let values = members.iter().map(|value| left.operand(value)).collect::<Result<_, _>>();
                Operand::Many(values.map_err(Fault::Operand)?)
            }
            _ => Operand::One(left.operand(operand).map_err(Fault::Operand)?),
        };
        check_order(op, &operand)?;
        Ok(Domain::Term(Term { field: left.name.to_owned(), op, operand }))
    }

    fn members<'j>(&mut self, operand: &'j Json) -> Result<&'j [Json], Fault> {
        let Json::Array(members) = operand else {
            return Err(Fault::Operand("must be a list".to_owned()));
        };
        if members.len() > OPERANDS_MAX {
            return Err(Fault::Operand(format!("must have at most {OPERANDS_MAX} members")));
        }
        self.values += members.len();
        if self.values > VALUES_MAX {
            return Err(Fault::Whole(DomainError::TooManyValues));
        }
        Ok(members)
    }
}

fn check_depth(domain: &Domain, level: usize) -> Result<(), DomainError> {
    if domain.depth() + level - 1 > DEPTH_MAX { Err(DomainError::TooDeep) } else { Ok(()) }
}

fn pop(stack: &mut Vec<Domain>, operator: char, needs: usize) -> Result<Domain, DomainError> {
    stack.pop().ok_or(DomainError::MissingOperand { operator, needs })
}

fn not_a_domain(json: &Json) -> DomainError {
    DomainError::NotADomain { found: shown(json) }
}

/// How much of a refused term is repeated.
const SHOWN_LEN_MAX: usize = 80;

fn shown(json: &Json) -> String {
    // JSON itself lets some control characters stand.
    plain(&json.to_string(), SHOWN_LEN_MAX)
}

fn word_of(json: &Json) -> Result<Word, String> {
    let Json::String(word) = json else { return Err(format!("{} is no operator", shown(json))) };
    if let Some((_, op)) = WORDS.iter().find(|(known, _)| known == word) {
        return Ok(*op);
    }
    Err(unknown_word("operator", word, WORDS.iter().map(|(known, _)| *known)))
}

/// `[1, "=", 1]` is always true and `[0, "=", 1]` never.
fn constant(field: &Json, op: Word, operand: &Json) -> Option<Domain> {
    match (field.as_i64()?, op, operand.as_i64()?) {
        (1, Word::Op(Op::Eq), 1) => Some(Domain::All),
        (0, Word::Op(Op::Eq), 1) => Some(Domain::none()),
        _ => None,
    }
}

/// As Python counts: what `=?` takes for "not asked".
fn is_falsy(json: &Json) -> bool {
    match json {
        Json::Null | Json::Bool(false) => true,
        Json::Bool(true) => false,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(all) => all.is_empty(),
        Json::Object(all) => all.is_empty(),
    }
}

fn check_order(op: Op, operand: &Operand) -> Result<(), Fault> {
    if matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge) && *operand == Operand::One(Value::Null) {
        return Err(Fault::Operand("must be set: nothing is before or after an unset value".to_owned()));
    }
    Ok(())
}

fn check_pattern(text: &str) -> Result<(), Fault> {
    check_text(text).map_err(Fault::Operand)?;
    if text.len() > PATTERN_LEN_MAX {
        return Err(Fault::Operand(format!("must have at most {PATTERN_LEN_MAX} bytes to be searched for")));
    }
    Ok(())
}

fn pattern(left: &Left<'_>, op: Op, operand: &Json) -> Result<Domain, Fault> {
    let Json::String(text) = operand else { return Err(Fault::Operand("must be a text".to_owned())) };
    check_pattern(text)?;
    // As in Odoo: what everything contains is no condition, not even on unset values.
    if text.is_empty() && matches!(op, Op::Like | Op::Ilike) {
        return Ok(Domain::All);
    }
    let operand = Operand::One(Value::Text(text.clone()));
    Ok(Domain::Term(Term { field: left.name.to_owned(), op, operand }))
}
