//! Judges records in memory: the reference that the SQL of both databases is tested against.

use super::{Domain, ESCAPE, Op, Operand, PartTerm, Term};
use crate::field::{Field, FieldKind};
use crate::model::Model;
use crate::registry::Registry;
use crate::value::{Value, Values};
use opbx_kernel::RecordId;
use opbx_kernel::fold::fold;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Records in memory, by model and id: all that a domain may come by on its way.
///
/// Slow and obvious. It knows no tenants and no rights: whoever fills it puts in what may be seen. A record that is
/// named but not here does not exist. Fields that are not given are unset; one2many fields follow from the many2ones
/// that they are the other side of. Secrets are set where they hold anything.
#[derive(Debug, Clone)]
pub struct World<'r> {
    registry: &'r Registry,
    records: BTreeMap<String, BTreeMap<RecordId, Values>>,
    archived: bool,
}

impl<'r> World<'r> {
    pub fn new(registry: &'r Registry) -> Self {
        Self { registry, records: BTreeMap::new(), archived: false }
    }

    /// Lets archived records in lists count as others do, as a search for archived records too does.
    #[must_use]
    pub fn with_archived(self) -> Self {
        Self { archived: true, ..self }
    }

    /// Puts a record in, in the place of one of the same id.
    pub fn insert(&mut self, model: &Model, id: RecordId, values: Values) {
        self.records.entry(model.name.to_string()).or_default().insert(id, values);
    }

    pub fn registry(&self) -> &'r Registry {
        self.registry
    }

    /// What was put in for a record.
    pub fn record(&self, model: &Model, id: RecordId) -> Option<&Values> {
        self.records.get(model.name.as_str())?.get(&id)
    }

    /// The model's records for which a domain holds, archived ones too.
    pub fn find(&self, model: &Model, domain: &Domain) -> BTreeSet<RecordId> {
        self.ids(model).into_iter().filter(|id| self.holds(model, *id, domain)).collect()
    }

    /// Whether a domain holds for a record.
    pub fn holds(&self, model: &Model, id: RecordId, domain: &Domain) -> bool {
        match domain {
            Domain::All => true,
            Domain::And(members) => members.iter().all(|member| self.holds(model, id, member)),
            Domain::Or(members) => members.iter().any(|member| self.holds(model, id, member)),
            Domain::Not(inner) => !self.holds(model, id, inner),
            Domain::Any { field, domain } => self.any(model, id, field, domain),
            Domain::Part(term) => term.matches(&self.value(model, id, &term.field)),
            Domain::Term(term) if matches!(term.op, Op::ChildOf | Op::ParentOf) => {
                self.is_in_tree(model, id, term)
            }
            Domain::Term(term) => term.matches(&self.value(model, id, &term.field)),
        }
    }

    /// What a field of a record holds; `id` is a `Value::Record`.
    pub(super) fn value(&self, model: &Model, id: RecordId, name: &str) -> Value {
        if name == "id" {
            return Value::Record(id);
        }
        if let Some(Field { kind: FieldKind::One2many { to, inverse, .. }, .. }) = model.field(name) {
            let Some(child) = self.registry.model(to.as_str()) else { return Value::Null };
            let names_it = |other: &RecordId| self.value(child, *other, inverse) == Value::Record(id);
            return Value::Records(self.ids(child).into_iter().filter(names_it).collect());
        }
        self.record(model, id).and_then(|values| values.get(name)).cloned().unwrap_or(Value::Null)
    }

    fn ids(&self, model: &Model) -> Vec<RecordId> {
        self.records.get(model.name.as_str()).into_iter().flat_map(BTreeMap::keys).copied().collect()
    }

    fn any(&self, model: &Model, id: RecordId, name: &str, domain: &Domain) -> bool {
        let Some((target, is_list)) = model.field(name).and_then(|field| self.target(field)) else {
            return false;
        };
        let named = match self.value(model, id, name) {
            Value::Record(to) => vec![to],
            Value::Records(all) => all,
            _ => Vec::new(),
        };
        let hides = is_list && !self.archived && target.archives() && !domain.names("active");
        named.into_iter().any(|to| {
            let is_hidden = hides && self.value(target, to, "active") != Value::Bool(true);
            self.record(target, to).is_some() && !is_hidden && self.holds(target, to, domain)
        })
    }

    /// The model that a field leads to, and whether by a list.
    pub(super) fn target(&self, field: &Field) -> Option<(&'r Model, bool)> {
        match &field.kind {
            FieldKind::Many2one { to, .. } => Some((self.registry.model(to.as_str())?, false)),
            FieldKind::One2many { to, .. } | FieldKind::Many2many { to } => {
                Some((self.registry.model(to.as_str())?, true))
            }
            _ => None,
        }
    }

    fn is_in_tree(&self, model: &Model, id: RecordId, term: &Term) -> bool {
        let (Operand::Many(wanted), Some(field)) = (&term.operand, term.tree_field(model)) else {
            return false;
        };
        let is_wanted = |id: RecordId| wanted.iter().any(|value| self.is_named_by(model, id, value));
        if term.op == Op::ChildOf {
            return self.above(model, id, field).into_iter().any(is_wanted);
        }
        let below = |other: &RecordId| self.above(model, *other, field).contains(&id);
        self.ids(model).into_iter().filter(below).any(is_wanted)
    }

    fn is_named_by(&self, model: &Model, id: RecordId, value: &Value) -> bool {
        match value {
            Value::Record(wanted) => *wanted == id,
            Value::Text(part) => self.holds(model, id, &Domain::ilike(&model.display, part)),
            _ => false,
        }
    }

    /// A record, and all that come when its many2one is followed, each once: a circle ends where it began.
    fn above(&self, model: &Model, id: RecordId, field: &Field) -> BTreeSet<RecordId> {
        let mut seen = BTreeSet::new();
        let mut next = Some(id);
        while let Some(here) = next.filter(|here| seen.insert(*here)) {
            next = match self.value(model, here, &field.name) {
                Value::Record(up) => Some(up),
                _ => None,
            };
        }
        seen
    }
}

impl Domain {
    /// Whether a domain speaks of a field of its own model anywhere.
    pub fn names(&self, field: &str) -> bool {
        match self {
            Self::All => false,
            Self::And(members) | Self::Or(members) => members.iter().any(|member| member.names(field)),
            Self::Not(inner) => inner.names(field),
            Self::Term(term) => term.field == field,
            Self::Any { field: named, .. } => named == field,
            Self::Part(term) => term.field == field,
        }
    }
}

impl Term {
    /// The many2one by which `child_of` and `parent_of` climb; `None` where the model has none.
    pub fn tree_field<'m>(&self, model: &'m Model) -> Option<&'m Field> {
        match self.field.as_str() {
            "id" => model.tree(),
            name => model.field(name).filter(|field| model.is_own(field)),
        }
    }

    fn matches(&self, held: &Value) -> bool {
        match (&self.operand, self.op) {
            (Operand::One(Value::Text(pattern)), op @ (Op::Like | Op::Ilike | Op::EqLike | Op::EqIlike)) => {
                text(held).is_some_and(|text| op.matches(text, pattern))
            }
            (operand, op) => compares(held, op, operand),
        }
    }
}

impl PartTerm {
    fn matches(&self, held: &Value) -> bool {
        let held = match held {
            Value::Date(day) => Value::Int(self.part.of_date(*day)),
            Value::Instant(at) => Value::Int(self.part.of_instant(*at, &self.zone)),
            _ => Value::Null,
        };
        compares(&held, self.op, &self.operand)
    }
}

impl Op {
    fn matches(self, text: &str, pattern: &str) -> bool {
        match self {
            Self::Like => like(text, &format!("%{pattern}%")),
            Self::Ilike => like(&fold(text), &format!("%{}%", fold(pattern))),
            Self::EqLike => like(text, pattern),
            Self::EqIlike => like(&fold(text), &fold(pattern)),
            _ => false,
        }
    }
}

fn compares(held: &Value, op: Op, operand: &Operand) -> bool {
    match (operand, op) {
        (Operand::Many(values), Op::In) => values.iter().any(|value| same(held, value)),
        (Operand::Many(values), Op::NotIn) => !values.iter().any(|value| same(held, value)),
        (Operand::One(value), Op::Eq) => same(held, value),
        (Operand::One(value), Op::Ne) => !same(held, value),
        (Operand::One(value), Op::Lt) => compared(held, value).is_some_and(Ordering::is_lt),
        (Operand::One(value), Op::Le) => compared(held, value).is_some_and(Ordering::is_le),
        (Operand::One(value), Op::Gt) => compared(held, value).is_some_and(Ordering::is_gt),
        (Operand::One(value), Op::Ge) => compared(held, value).is_some_and(Ordering::is_ge),
        // No parsed domain has such a term; one written in Rust by mistake matches nothing.
        _ => false,
    }
}

/// A list of records equals a record if it contains it, and is unset if it is empty.
fn same(held: &Value, operand: &Value) -> bool {
    match (held, operand) {
        (Value::Null, Value::Bool(flag)) | (Value::Bool(flag), Value::Null) => !flag,
        (Value::Records(held), Value::Null) => held.is_empty(),
        (Value::Records(held), Value::Record(id)) => held.contains(id),
        (held, operand) => held == operand,
    }
}

/// `None` where there is no order between the two, as with anything unset.
pub(super) fn compared(held: &Value, operand: &Value) -> Option<Ordering> {
    match (held, operand) {
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        (Value::Record(a), Value::Record(b)) => Some(a.cmp(b)),
        // By bytes, the binary collation of both databases.
        (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Value::Destination(a), Value::Destination(b)) => Some(a.to_string().cmp(&b.to_string())),
        (Value::Reference(a), Value::Reference(b)) => Some(a.to_string().cmp(&b.to_string())),
        _ => None,
    }
}

fn text(held: &Value) -> Option<&str> {
    if let Value::Text(text) = held { Some(text) } else { None }
}

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// `%`: any run of characters.
    Run,
    /// `_`: any one.
    One,
    /// Itself.
    Char(char),
}

/// What a pattern says, piece by piece. An `ESCAPE` at its end stands for itself.
pub fn pieces(pattern: &str) -> impl Iterator<Item = Piece> {
    let mut chars = pattern.chars();
    std::iter::from_fn(move || {
        Some(match chars.next()? {
            '%' => Piece::Run,
            '_' => Piece::One,
            ESCAPE => Piece::Char(chars.next().unwrap_or(ESCAPE)),
            c => Piece::Char(c),
        })
    })
}

/// Whether the pattern is the whole text.
///
/// Keeps the place of the last `%` and goes back to it, so the time is at worst the product of both lengths.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<Piece> = pieces(pattern).collect();
    let (mut at, mut want) = (0, 0);
    let mut last_run: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(want) {
            Some(Piece::Run) => {
                last_run = Some((want, at));
                want += 1;
            }
            Some(&piece) if piece == Piece::One || piece == Piece::Char(text[at]) => {
                at += 1;
                want += 1;
            }
            _ => {
                let Some((run, from)) = last_run else { return false };
                last_run = Some((run, from + 1));
                at = from + 1;
                want = run + 1;
            }
        }
    }
    pattern[want..].iter().all(|piece| *piece == Piece::Run)
}
