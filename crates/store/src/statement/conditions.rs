//! Domains as SQL. Every term is true or false, never unknown, so that `not` means what it says.

use super::records::Visible;
use crate::dialect::ColumnType;
use crate::error::ReadError;
use opbx_kernel::fold::fold;
use opbx_platform::domain::{Domain, OPERANDS_MAX, Op, Operand, Term};
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Model, Value};
use sea_query::{Expr, ExprTrait as _};

/// Says a domain as a condition on the visible table.
pub(crate) fn condition(visible: &Visible<'_>, domain: &Domain) -> Result<Expr, ReadError> {
    let each = |domains: &[Domain]| {
        domains.iter().map(|domain| condition(visible, domain)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match domain {
        Domain::All => Expr::val(1).eq(1),
        Domain::And(domains) => {
            each(domains)?.into_iter().reduce(Expr::and).unwrap_or_else(|| Expr::val(1).eq(1))
        }
        Domain::Or(domains) => {
            each(domains)?.into_iter().reduce(Expr::or).unwrap_or_else(|| Expr::val(1).eq(0))
        }
        Domain::Not(domain) => condition(visible, domain)?.not(),
        Domain::Term(term) => term_condition(visible, term)?,
    })
}

/// Whether a domain speaks of a field anywhere.
pub(crate) fn names(domain: &Domain, field: &str) -> bool {
    match domain {
        Domain::All => false,
        Domain::And(domains) | Domain::Or(domains) => domains.iter().any(|domain| names(domain, field)),
        Domain::Not(domain) => names(domain, field),
        Domain::Term(term) => term.field == field,
    }
}

/// The type of a column that can be compared, sorted by and read: a field's, or one that every model has.
pub(crate) fn column_type(model: &Model, name: &str) -> Option<ColumnType> {
    match name {
        "id" | "version" | "created_by" | "updated_by" => Some(ColumnType::Integer),
        "created_at" | "updated_at" => Some(ColumnType::Instant),
        _ => ColumnType::of(&model.field(name)?.kind),
    }
}

fn term_condition(visible: &Visible<'_>, term: &Term) -> Result<Expr, ReadError> {
    let model = visible.model();
    if let Some(field) = model.field(&term.field) {
        match &field.kind {
            FieldKind::Many2many { .. } | FieldKind::One2many { .. } => {
                return related_condition(visible, field, term);
            }
            // Sealed anew at each write: there is nothing to compare but whether it is set.
            FieldKind::Secret if !matches!(&term.operand, Operand::One(Value::Null)) => {
                return Err(not_comparable(visible, term));
            }
            _ => {}
        }
    }
    let column = column_type(model, &term.field).ok_or_else(|| ReadError::UnknownField {
        model: model.name.to_string(),
        field: term.field.clone(),
    })?;
    let at = || visible.column(&term.field);
    let bind = |value: &Value| {
        visible.dialect().bind(column, value).map(Expr::val).ok_or_else(|| not_comparable(visible, term))
    };
    if column == ColumnType::Boolean {
        return boolean_condition(visible, term).ok_or_else(|| not_comparable(visible, term));
    }
    match (&term.op, &term.operand) {
        (Op::Eq, Operand::One(Value::Null)) => Ok(at().is_null()),
        (Op::Ne, Operand::One(Value::Null)) => Ok(at().is_not_null()),
        (_, Operand::One(Value::Null)) => Ok(Expr::val(1).eq(0)),
        (Op::Eq, Operand::One(value)) => Ok(at().is_not_null().and(at().eq(bind(value)?))),
        (Op::Ne, Operand::One(value)) => Ok(at().is_null().or(at().ne(bind(value)?))),
        (Op::Lt, Operand::One(value)) => Ok(at().is_not_null().and(at().lt(bind(value)?))),
        (Op::Le, Operand::One(value)) => Ok(at().is_not_null().and(at().lte(bind(value)?))),
        (Op::Gt, Operand::One(value)) => Ok(at().is_not_null().and(at().gt(bind(value)?))),
        (Op::Ge, Operand::One(value)) => Ok(at().is_not_null().and(at().gte(bind(value)?))),
        (Op::In, Operand::Many(values)) => is_in(visible, term, values, bind),
        (Op::NotIn, Operand::Many(values)) => Ok(is_in(visible, term, values, bind)?.not()),
        (Op::Like, Operand::One(Value::Text(text))) if column == ColumnType::Text => {
            Ok(at().is_not_null().and(visible.dialect().like(at(), &format!("%{text}%"))))
        }
        (Op::Ilike, Operand::One(Value::Text(text))) => folded_like(visible, term, text),
        _ => Err(not_comparable(visible, term)),
    }
}

/// A boolean is never empty in the database, and one that is unset in a domain means false.
fn boolean_condition(visible: &Visible<'_>, term: &Term) -> Option<Expr> {
    let (wanted, values) = match (&term.op, &term.operand) {
        (Op::Eq, Operand::One(value)) => (true, std::slice::from_ref(value)),
        (Op::Ne, Operand::One(value)) => (false, std::slice::from_ref(value)),
        (Op::In, Operand::Many(values)) => (true, values.as_slice()),
        (Op::NotIn, Operand::Many(values)) => (false, values.as_slice()),
        _ => return None,
    };
    let mut bound = Vec::new();
    for value in values.iter().take(OPERANDS_MAX) {
        let value = if value.is_null() { &Value::Bool(false) } else { value };
        bound.push(Expr::val(visible.dialect().bind(ColumnType::Boolean, value)?));
    }
    let held = visible.column(&term.field).is_in(bound);
    Some(if wanted { held } else { held.not() })
}

fn is_in(
    visible: &Visible<'_>,
    term: &Term,
    values: &[Value],
    bind: impl Fn(&Value) -> Result<Expr, ReadError>,
) -> Result<Expr, ReadError> {
    if values.len() > OPERANDS_MAX {
        return Err(ReadError::TooMany { max: OPERANDS_MAX });
    }
    let at = || visible.column(&term.field);
    let bound = values.iter().filter(|value| !value.is_null()).map(bind).collect::<Result<Vec<_>, _>>()?;
    let held = if bound.is_empty() { Expr::val(1).eq(0) } else { at().is_not_null().and(at().is_in(bound)) };
    Ok(if values.iter().any(Value::is_null) { at().is_null().or(held) } else { held })
}

fn folded_like(visible: &Visible<'_>, term: &Term, text: &str) -> Result<Expr, ReadError> {
    let folded = visible.model().field(&term.field).and_then(Field::folded_column);
    let column = visible.column(&folded.ok_or_else(|| not_comparable(visible, term))?);
    let pattern = format!("%{}%", fold(text));
    Ok(column.clone().is_not_null().and(visible.dialect().like(column, &pattern)))
}

/// A list of records equals a record if it contains it; it equals nothing if it is empty.
fn related_condition(visible: &Visible<'_>, field: &Field, term: &Term) -> Result<Expr, ReadError> {
    let refused = || not_comparable(visible, term);
    let values = match (&term.op, &term.operand) {
        (Op::Eq | Op::Ne, Operand::One(value)) => std::slice::from_ref(value),
        (Op::In | Op::NotIn, Operand::Many(values)) => values,
        _ => return Err(refused()),
    };
    if values.len() > OPERANDS_MAX {
        return Err(ReadError::TooMany { max: OPERANDS_MAX });
    }
    let mut ids = Vec::new();
    for value in values {
        match value {
            Value::Record(id) => ids.push(id.get()),
            Value::Int(id) => ids.push(*id),
            Value::Null => {}
            _ => return Err(refused()),
        }
    }
    let contains = Expr::exists(visible.related(field, Some(ids)).ok_or_else(refused)?);
    let held = if values.iter().any(Value::is_null) {
        Expr::exists(visible.related(field, None).ok_or_else(refused)?).not().or(contains)
    } else {
        contains
    };
    Ok(if matches!(term.op, Op::Ne | Op::NotIn) { held.not() } else { held })
}

fn not_comparable(visible: &Visible<'_>, term: &Term) -> ReadError {
    ReadError::NotComparable {
        model: visible.model().name.to_string(),
        field: term.field.clone(),
        op: term.op,
    }
}
