//! Reads a domain from JSON and checks it against a model.

use super::{Domain, Op, Operand, Term};
use crate::field::{Field, FieldError, FieldKind};
use crate::model::Model;
use crate::source::unknown_word;
use crate::value::Value;
use opbx_kernel::RecordId;
use serde_json::Value as Json;

/// Terms of one domain at most.
pub const TERMS_MAX: usize = 200;
/// How deep `&`, `|` and `!` may alternate.
pub const DEPTH_MAX: usize = 16;
/// Values of one `in` or `not in` list at most.
pub const OPERANDS_MAX: usize = 1_000;

/// Every word that may stand for an operator, `<>` and `==` as in Odoo.
const OPS: &[(&str, Op)] = &[
    ("=", Op::Eq),
    ("!=", Op::Ne),
    ("<", Op::Lt),
    ("<=", Op::Le),
    (">", Op::Gt),
    (">=", Op::Ge),
    ("in", Op::In),
    ("not in", Op::NotIn),
    ("like", Op::Like),
    ("ilike", Op::Ilike),
    ("==", Op::Eq),
    ("<>", Op::Ne),
];

/// Operators of Odoo that this version does not have, so that they are refused by their name.
const OPS_LATER: &[&str] = &[
    "=?",
    "=like",
    "=ilike",
    "not like",
    "not ilike",
    "not =like",
    "not =ilike",
    "child_of",
    "parent_of",
    "any",
    "not any",
    "any!",
    "not any!",
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
    #[error("{term}: {reason}")]
    UnknownField { term: String, reason: String },
    #[error("{term}: {reason}")]
    UnknownOperator { term: String, reason: String },
    #[error("{term}: {op:?} does not go with a field that holds {holds}")]
    OperatorForType { term: String, op: &'static str, holds: &'static str },
    #[error("{term}: the value {reason}")]
    Operand { term: String, reason: String },
}

impl DomainError {
    /// The stable name by which texts for people are looked up.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotADomain { .. } | Self::MissingOperand { .. } => "malformed_domain",
            Self::TooManyTerms | Self::TooDeep => "domain_too_large",
            Self::UnknownField { .. } => "unknown_field",
            Self::UnknownOperator { .. } | Self::OperatorForType { .. } => "unknown_operator",
            Self::Operand { .. } => "wrong_operand",
        }
    }
}

impl Domain {
    /// Reads a prefix list, `["|", ["a", "=", 1], ["b", "in", [1, 2]]]`; terms side by side are joined by `&`.
    pub fn parse(model: &Model, json: &Json) -> Result<Self, DomainError> {
        let Json::Array(items) = json else { return Err(not_a_domain(json)) };
        // No list of more items than this can be within the bound: each operator joins or turns terms.
        if items.len() > TERMS_MAX * 4 {
            return Err(DomainError::TooManyTerms);
        }
        let mut terms = 0;
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
                Json::Array(parts) => {
                    terms += 1;
                    if terms > TERMS_MAX {
                        return Err(DomainError::TooManyTerms);
                    }
                    term(model, parts)?
                }
                other => return Err(not_a_domain(other)),
            };
            if domain.depth() > DEPTH_MAX {
                return Err(DomainError::TooDeep);
            }
            stack.push(domain);
        }
        Ok(stack.into_iter().rev().fold(Self::All, Self::and))
    }

    /// Invariant: recursion is bounded, for no domain deeper than `DEPTH_MAX` is ever built upon.
    fn depth(&self) -> usize {
        match self {
            Self::All | Self::Term(_) => 1,
            Self::Not(inner) => 1 + inner.depth(),
            Self::And(members) | Self::Or(members) => 1 + members.iter().map(Self::depth).max().unwrap_or(0),
        }
    }
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
    let text = json.to_string();
    match text.char_indices().nth(SHOWN_LEN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn term(model: &Model, parts: &[Json]) -> Result<Domain, DomainError> {
    let whole = || shown(&Json::Array(parts.to_vec()));
    let [field, op, operand] = parts else { return Err(DomainError::NotADomain { found: whole() }) };
    let op = operator(op).map_err(|reason| DomainError::UnknownOperator { term: whole(), reason })?;
    if let Some(constant) = constant(field, op, operand) {
        return Ok(constant);
    }
    let column =
        Column::find(model, field).map_err(|reason| DomainError::UnknownField { term: whole(), reason })?;
    if !column.takes(op) {
        return Err(DomainError::OperatorForType { term: whole(), op: op.as_str(), holds: column.holds() });
    }
    let refuse = |reason| DomainError::Operand { term: whole(), reason };
    let operand = match op {
        Op::In | Op::NotIn => {
            let Json::Array(values) = operand else { return Err(refuse("must be a list".to_owned())) };
            if values.len() > OPERANDS_MAX {
                return Err(refuse(format!("must have at most {OPERANDS_MAX} members")));
            }
            let values = values.iter().map(|value| column.operand(value)).collect::<Result<_, _>>();
            Operand::Many(values.map_err(refuse)?)
        }
        _ => Operand::One(column.operand(operand).map_err(refuse)?),
    };
    if matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge) && operand == Operand::One(Value::Null) {
        return Err(refuse("must be set: nothing is before or after an unset value".to_owned()));
    }
    if let (Op::Like | Op::Ilike, Operand::One(value)) = (op, &operand) {
        match value {
            // As in Odoo: what everything contains is no condition, not even on unset values.
            Value::Text(text) if text.is_empty() => return Ok(Domain::All),
            Value::Text(_) => {}
            _ => return Err(refuse("must be a text".to_owned())),
        }
    }
    Ok(Domain::Term(Term { field: column.name().to_owned(), op, operand }))
}

fn operator(json: &Json) -> Result<Op, String> {
    let Json::String(word) = json else { return Err(format!("{} is no operator", shown(json))) };
    if let Some((_, op)) = OPS.iter().find(|(known, _)| known == word) {
        return Ok(*op);
    }
    if OPS_LATER.contains(&word.as_str()) {
        return Err(format!("the operator {word:?} is not supported yet"));
    }
    Err(unknown_word("operator", word, OPS.iter().map(|(known, _)| *known)))
}

/// `[1, "=", 1]` is always true and `[0, "=", 1]` never.
fn constant(field: &Json, op: Op, operand: &Json) -> Option<Domain> {
    match (field.as_i64()?, op, operand.as_i64()?) {
        (1, Op::Eq, 1) => Some(Domain::All),
        (0, Op::Eq, 1) => Some(Domain::none()),
        _ => None,
    }
}

/// What stands left in a term.
enum Column<'a> {
    Id,
    Stamp(&'static str),
    Field(&'a Field),
}

impl<'a> Column<'a> {
    fn find(model: &'a Model, json: &Json) -> Result<Self, String> {
        let Json::String(name) = json else { return Err(format!("{} is no field's name", shown(json))) };
        let fields = model.fields.iter().map(|field| field.name.as_str());
        match name.as_str() {
            "id" => Ok(Self::Id),
            "created_at" => Ok(Self::Stamp("created_at")),
            "updated_at" => Ok(Self::Stamp("updated_at")),
            path if path.contains('.') => Err(format!("the dotted path {path:?} is not supported yet")),
            name => match model.field(name) {
                Some(field) if field.is_stored() => Ok(Self::Field(field)),
                Some(_) => Err(format!("conditions on the list of records `{name}` are not supported yet")),
                None => Err(unknown_word("field", name, fields.chain(["id", "created_at", "updated_at"]))),
            },
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Id => "id",
            Self::Stamp(name) => name,
            Self::Field(field) => &field.name,
        }
    }

    fn holds(&self) -> &'static str {
        match self {
            Self::Id => "a record's id",
            Self::Stamp(_) => FieldKind::Datetime.shape(),
            Self::Field(Field { kind: FieldKind::Secret, .. }) => "a secret",
            Self::Field(field) => match field.folded {
                false if matches!(field.kind, FieldKind::Char { .. } | FieldKind::Text) => {
                    "a text that is not folded"
                }
                _ => field.kind.shape(),
            },
        }
    }

    fn takes(&self, op: Op) -> bool {
        let Self::Field(field) = self else { return !matches!(op, Op::Like | Op::Ilike) };
        match (op, &field.kind) {
            // Whoever may ask whether a secret equals something can find it out.
            (_, FieldKind::Secret | FieldKind::Json | FieldKind::Binary) => false,
            (Op::Eq | Op::Ne | Op::In | Op::NotIn, _) => true,
            (Op::Like, kind) => matches!(kind, FieldKind::Char { .. } | FieldKind::Text | FieldKind::Html),
            (Op::Ilike, kind) => field.folded && matches!(kind, FieldKind::Char { .. } | FieldKind::Text),
            (Op::Lt | Op::Le | Op::Gt | Op::Ge, kind) => matches!(
                kind,
                FieldKind::Char { .. }
                    | FieldKind::Integer { .. }
                    | FieldKind::Decimal { .. }
                    | FieldKind::Monetary { .. }
                    | FieldKind::Float { .. }
                    | FieldKind::Date
                    | FieldKind::Datetime
            ),
        }
    }

    /// `null` is unset, and so is `false` but for a boolean.
    fn operand(&self, json: &Json) -> Result<Value, String> {
        let is_boolean = matches!(self, Self::Field(Field { kind: FieldKind::Boolean, .. }));
        match json {
            Json::Null => return Ok(Value::Null),
            Json::Bool(false) if !is_boolean => return Ok(Value::Null),
            Json::String(text) if text.contains('\0') => {
                return Err("must not hold a NUL character".to_owned());
            }
            _ => {}
        }
        match self {
            Self::Id => {
                let id = json.as_i64().and_then(|id| RecordId::new(id).ok());
                id.map(Value::Record).ok_or_else(|| "must be a record's id".to_owned())
            }
            Self::Stamp(_) => {
                let instant = json.as_str().and_then(|text| text.parse().ok());
                let instant = instant.map(opbx_kernel::clock::to_micros).map(Value::Instant);
                instant.ok_or_else(|| "must be an instant (RFC 3339)".to_owned())
            }
            Self::Field(field) => {
                let value = Value::from_json(field, json).map_err(|error| error.to_string())?;
                match (&field.kind, &value) {
                    // An option that does not exist is a mistake, not a search without results.
                    (FieldKind::Selection { .. }, _) => {
                        field.check(&value).map_err(|error| error.to_string())?;
                    }
                    (FieldKind::Integer { .. }, Value::Int(number)) if !fits_53_bits(*number) => {
                        return Err(FieldError::TooBig { max: opbx_kernel::ids::ID_END - 1 }.to_string());
                    }
                    _ => {}
                }
                Ok(value)
            }
        }
    }
}

fn fits_53_bits(number: i64) -> bool {
    number.unsigned_abs() < opbx_kernel::ids::ID_END.unsigned_abs()
}
