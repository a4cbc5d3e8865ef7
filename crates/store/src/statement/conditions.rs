//! Domains as SQL. What is negated is true or false, never unknown, so that `not` means what it says; elsewhere unknown
//! is as good as false, and a term is said so that an index finds what it names.

use super::records::Visible;
use crate::dialect::ColumnType;
use crate::error::ReadError;
use opbx_kernel::fold::fold;
use opbx_platform::domain::{Domain, OPERANDS_MAX, Op, Operand, PartTerm, Term, ZoneOffsets};
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Model, Value};
use sea_query::{CommonTableExpression, Expr, ExprTrait as _, Query, SelectStatement, UnionType, WithClause};

/// What the records found on a walk through a tree are called while they are.
const TREE: &str = "tree";

/// Whether a condition may be unknown where a column is unset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sure {
    /// It is true or false, because it is going to be negated.
    OfBoth,
    /// Unknown counts as false.
    OfTrue,
}

impl Sure {
    /// A condition on what is at a column, which holds for nothing that is unset.
    ///
    /// `IS NOT NULL` is said only where it must be: SQLite takes it for a range to walk through, and passes by the index
    /// that would find the values.
    pub(crate) fn set(self, at: &Expr, condition: Expr) -> Expr {
        match self {
            Self::OfBoth => at.clone().is_not_null().and(condition),
            Self::OfTrue => condition,
        }
    }
}

/// Says a domain as a condition on the visible table, for whoever takes unknown for false.
pub(crate) fn condition(visible: &Visible<'_>, domain: &Domain) -> Result<Expr, ReadError> {
    surely(visible, domain, Sure::OfTrue)
}

fn surely(visible: &Visible<'_>, domain: &Domain, sure: Sure) -> Result<Expr, ReadError> {
    let each = |domains: &[Domain]| {
        domains.iter().map(|domain| surely(visible, domain, sure)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match domain {
        Domain::All => Expr::val(1).eq(1),
        Domain::And(domains) => {
            each(domains)?.into_iter().reduce(Expr::and).unwrap_or_else(|| Expr::val(1).eq(1))
        }
        Domain::Or(domains) => {
            each(domains)?.into_iter().reduce(Expr::or).unwrap_or_else(|| Expr::val(1).eq(0))
        }
        Domain::Not(domain) => surely(visible, domain, Sure::OfBoth)?.not(),
        Domain::Term(term) if matches!(term.op, Op::ChildOf | Op::ParentOf) => tree_condition(visible, term)?,
        Domain::Term(term) => term_condition(visible, term, sure)?,
        Domain::Any { field, domain } => {
            let field = visible.model().field(field).ok_or_else(|| unknown_field(visible, field))?;
            visible.leads_to(field, domain, sure)?
        }
        Domain::Part(term) => part_condition(visible, term, sure)?,
    })
}

/// Leaves archived records out, unless the domain itself speaks of them.
pub(crate) fn unarchived(model: &Model, domain: &Domain) -> Domain {
    if !model.archives() || domain.names("active") {
        return domain.clone();
    }
    Domain::And(vec![Domain::eq("active", true), domain.clone()])
}

/// The type of a column that can be compared, sorted by and read: a field's, or one that every model has.
pub(crate) fn column_type(model: &Model, name: &str) -> Option<ColumnType> {
    match name {
        "id" | "version" | "created_by" | "updated_by" => Some(ColumnType::Integer),
        "created_at" | "updated_at" => Some(ColumnType::Instant),
        _ => ColumnType::of(&model.field(name)?.kind),
    }
}

fn term_condition(visible: &Visible<'_>, term: &Term, sure: Sure) -> Result<Expr, ReadError> {
    let model = visible.model();
    if let Some(field) = model.field(&term.field) {
        match &field.kind {
            FieldKind::Many2many { .. } | FieldKind::One2many { .. } => {
                return related_condition(visible, field, term);
            }
            // A secret is sealed anew at each write, and each database writes JSON its own way: there is nothing to
            // compare but whether it is set.
            FieldKind::Secret | FieldKind::Json | FieldKind::Binary
                if !matches!(&term.operand, Operand::One(Value::Null)) =>
            {
                return Err(not_comparable(visible, term));
            }
            _ => {}
        }
    }
    let column = column_type(model, &term.field).ok_or_else(|| unknown_field(visible, &term.field))?;
    let at = visible.column(&term.field);
    let bind = |value: &Value| {
        visible.dialect().bind(column, value).map(Expr::val).ok_or_else(|| not_comparable(visible, term))
    };
    if column == ColumnType::Boolean {
        return boolean_condition(visible, term).ok_or_else(|| not_comparable(visible, term));
    }
    match (&term.op, &term.operand) {
        (op, Operand::One(Value::Text(text))) if is_pattern(*op) && column == ColumnType::Text => {
            pattern_condition(visible, term, text, sure)
        }
        _ => compare(&at, bind, term.op, &term.operand, sure)?.ok_or_else(|| not_comparable(visible, term)),
    }
}

/// Compares what may be unset with values; `None` where the operator wants something else.
fn compare(
    at: &Expr,
    bind: impl Fn(&Value) -> Result<Expr, ReadError>,
    op: Op,
    operand: &Operand,
    sure: Sure,
) -> Result<Option<Expr>, ReadError> {
    let set = |condition: Expr| sure.set(at, condition);
    let at = || at.clone();
    Ok(Some(match (op, operand) {
        (Op::Eq, Operand::One(Value::Null)) => at().is_null(),
        (Op::Ne, Operand::One(Value::Null)) => at().is_not_null(),
        (Op::Lt | Op::Le | Op::Gt | Op::Ge, Operand::One(Value::Null)) => Expr::val(1).eq(0),
        (Op::Eq, Operand::One(value)) => set(at().eq(bind(value)?)),
        (Op::Ne, Operand::One(value)) => at().is_null().or(at().ne(bind(value)?)),
        (Op::Lt, Operand::One(value)) => set(at().lt(bind(value)?)),
        (Op::Le, Operand::One(value)) => set(at().lte(bind(value)?)),
        (Op::Gt, Operand::One(value)) => set(at().gt(bind(value)?)),
        (Op::Ge, Operand::One(value)) => set(at().gte(bind(value)?)),
        (Op::In, Operand::Many(values)) => is_in(at, bind, values, sure)?,
        (Op::NotIn, Operand::Many(values)) => is_in(at, bind, values, Sure::OfBoth)?.not(),
        _ => return Ok(None),
    }))
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
    at: impl Fn() -> Expr,
    bind: impl Fn(&Value) -> Result<Expr, ReadError>,
    values: &[Value],
    sure: Sure,
) -> Result<Expr, ReadError> {
    if values.len() > OPERANDS_MAX {
        return Err(ReadError::TooMany { max: OPERANDS_MAX });
    }
    let bound = values.iter().filter(|value| !value.is_null()).map(bind).collect::<Result<Vec<_>, _>>()?;
    let held = if bound.is_empty() { Expr::val(1).eq(0) } else { sure.set(&at(), at().is_in(bound)) };
    Ok(if values.iter().any(Value::is_null) { at().is_null().or(held) } else { held })
}

fn is_pattern(op: Op) -> bool {
    matches!(op, Op::Like | Op::Ilike | Op::EqLike | Op::EqIlike)
}

fn pattern_condition(visible: &Visible<'_>, term: &Term, text: &str, sure: Sure) -> Result<Expr, ReadError> {
    let folds = matches!(term.op, Op::Ilike | Op::EqIlike);
    let field = visible.model().field(&term.field);
    let column = match field.filter(|_| folds) {
        None => term.field.clone(),
        // The words of a selection are folded as they are.
        Some(Field { kind: FieldKind::Selection { .. }, name, .. }) => name.clone(),
        Some(field) => field.folded_column().ok_or_else(|| not_comparable(visible, term))?,
    };
    let text = if folds { fold(text) } else { text.to_owned() };
    let pattern = if matches!(term.op, Op::Like | Op::Ilike) { format!("%{text}%") } else { text };
    let at = visible.column(&column);
    Ok(sure.set(&at, visible.dialect().like(at.clone(), &pattern)))
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
    let owners =
        |ids| visible.owners(field, ids).map(|ids| visible.column("id").in_subquery(ids)).ok_or_else(refused);
    let contains = if ids.is_empty() { Expr::val(1).eq(0) } else { owners(Some(ids))? };
    let held = if values.iter().any(Value::is_null) { owners(None)?.not().or(contains) } else { contains };
    Ok(if matches!(term.op, Op::Ne | Op::NotIn) { held.not() } else { held })
}

/// Walks a tree from the records named, each of which is visited once: a circle ends where it began.
fn tree_condition(visible: &Visible<'_>, term: &Term) -> Result<Expr, ReadError> {
    let refused = || not_comparable(visible, term);
    let (Operand::Many(named), Some(by)) = (&term.operand, term.tree_field(visible.model())) else {
        return Err(refused());
    };
    if named.len() > OPERANDS_MAX {
        return Err(ReadError::TooMany { max: OPERANDS_MAX });
    }
    let mut ids = Vec::new();
    let mut roots = Vec::new();
    for value in named {
        match value {
            Value::Record(_) => ids.push(value.clone()),
            Value::Text(part) => roots.push(Domain::ilike(&visible.model().display, part)),
            _ => return Err(refused()),
        }
    }
    roots.push(Domain::is_in("id", ids));
    let up = visible.column(&by.name);
    let mut start = visible.ids_for(&Domain::Or(roots))?;
    let mut step = visible.select_here();
    step.from(TREE);
    if term.op == Op::ChildOf {
        step.expr(visible.column("id")).and_where(up.equals((TREE, "id")));
    } else {
        step.expr(up.clone())
            .and_where(visible.column("id").equals((TREE, "id")))
            .and_where(up.is_not_null());
    }
    let mut tree = CommonTableExpression::new();
    tree.table_name(TREE).column("id").query(start.union(UnionType::Distinct, step).take());
    let mut with = WithClause::new();
    with.recursive(true).cte(tree);
    let mut found: SelectStatement = Query::select();
    found.column("id").from(TREE).with_cte(with);
    Ok(visible.column("id").in_subquery(found))
}

fn part_condition(visible: &Visible<'_>, term: &PartTerm, sure: Sure) -> Result<Expr, ReadError> {
    let refused = || ReadError::NotComparable {
        model: visible.model().name.to_string(),
        field: format!("{}.{}", term.field, term.part.as_str()),
        op: term.op,
    };
    let dialect = visible.dialect();
    let column =
        column_type(visible.model(), &term.field).ok_or_else(|| unknown_field(visible, &term.field))?;
    let table = visible.model().name.table();
    let part = match column {
        ColumnType::Date if !term.part.is_of_time() => dialect.part_of_date(&table, &term.field, term.part),
        ColumnType::Instant => {
            dialect.part_of_instant(&table, &term.field, term.part, &ZoneOffsets::of(&term.zone))
        }
        _ => return Err(refused()),
    };
    let bind = |value: &Value| dialect.bind(ColumnType::Integer, value).map(Expr::val).ok_or_else(refused);
    compare(&part, bind, term.op, &term.operand, sure)?.ok_or_else(refused)
}

fn unknown_field(visible: &Visible<'_>, field: &str) -> ReadError {
    ReadError::UnknownField { model: visible.model().name.to_string(), field: field.to_owned() }
}

fn not_comparable(visible: &Visible<'_>, term: &Term) -> ReadError {
    ReadError::NotComparable {
        model: visible.model().name.to_string(),
        field: term.field.clone(),
        op: term.op,
    }
}

#[cfg(test)]
mod tests;
