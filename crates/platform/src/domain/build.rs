//! Domains written in Rust: `Domain::eq("active", true).and(Domain::ilike("name", "sales"))`.

use super::{Domain, ESCAPE, Op, Operand, Term};
use crate::value::Value;
use opbx_kernel::fold::fold;

impl Domain {
    /// True of no record.
    pub fn none() -> Self {
        Self::Or(Vec::new())
    }

    pub fn eq(field: &str, value: impl Into<Value>) -> Self {
        Self::one(field, Op::Eq, value)
    }

    /// True of unset values, too.
    pub fn ne(field: &str, value: impl Into<Value>) -> Self {
        Self::one(field, Op::Ne, value)
    }

    pub fn lt(field: &str, value: impl Into<Value>) -> Self {
        Self::one(field, Op::Lt, value)
    }

    pub fn le(field: &str, value: impl Into<Value>) -> Self {
        Self::one(field, Op::Le, value)
    }

    pub fn gt(field: &str, value: impl Into<Value>) -> Self {
        Self::one(field, Op::Gt, value)
    }

    pub fn ge(field: &str, value: impl Into<Value>) -> Self {
        Self::one(field, Op::Ge, value)
    }

    /// Contains what a pattern stands for; what somebody typed is no pattern: see `contains`.
    pub fn like(field: &str, text: &str) -> Self {
        Self::one(field, Op::Like, text)
    }

    /// As `like`, in whatever case; for what somebody typed see `contains_folded`.
    pub fn ilike(field: &str, text: &str) -> Self {
        Self::one(field, Op::Ilike, text)
    }

    /// Contains the text as it stands; case matters.
    pub fn contains(field: &str, text: &str) -> Self {
        Self::one(field, Op::Like, literal(text))
    }

    /// Contains the text as it stands, in whatever case.
    pub fn contains_folded(field: &str, text: &str) -> Self {
        Self::one(field, Op::Ilike, literal(&fold(text)))
    }

    /// Begins with the text as it stands, in whatever case.
    pub fn begins_folded(field: &str, text: &str) -> Self {
        Self::one(field, Op::EqIlike, format!("{}%", literal(&fold(text))))
    }

    /// True of the whole text in whatever case; `%` and `_` stand for others, as in `like`.
    pub fn eq_ilike(field: &str, text: &str) -> Self {
        Self::one(field, Op::EqIlike, text)
    }

    pub fn is_in<V: Into<Value>>(field: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self::many(field, Op::In, values)
    }

    /// True of unset values, too, unless `Null` is among the values.
    pub fn not_in<V: Into<Value>>(field: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self::many(field, Op::NotIn, values)
    }

    pub fn is_set(field: &str) -> Self {
        Self::one(field, Op::Ne, Value::Null)
    }

    pub fn is_unset(field: &str) -> Self {
        Self::one(field, Op::Eq, Value::Null)
    }

    /// True where `domain` holds for the record that `field` names, or for one in its list.
    pub fn any(field: &str, domain: Self) -> Self {
        Self::Any { field: field.to_owned(), domain: Box::new(domain) }
    }

    /// True of the records given and of all below them; `field` is a many2one to the model itself, or `id`.
    pub fn child_of<V: Into<Value>>(field: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self::many(field, Op::ChildOf, values)
    }

    /// True of the records given and of all above them; `field` as in `child_of`.
    pub fn parent_of<V: Into<Value>>(field: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self::many(field, Op::ParentOf, values)
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, rest) | (rest, Self::All) => rest,
            (left, right) => {
                let (mut members, right) = (left.and_members(), right.and_members());
                members.extend(right);
                Self::And(members)
            }
        }
    }

    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (left, right) => {
                let (mut members, right) = (left.or_members(), right.or_members());
                members.extend(right);
                // What remains of "nothing or x" is x.
                if members.len() == 1 { members.remove(0) } else { Self::Or(members) }
            }
        }
    }

    fn one(field: &str, op: Op, value: impl Into<Value>) -> Self {
        Self::Term(Term { field: field.to_owned(), op, operand: Operand::One(value.into()) })
    }

    fn many<V: Into<Value>>(field: &str, op: Op, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self::Term(Term { field: field.to_owned(), op, operand: Operand::Many(values) })
    }

    fn and_members(self) -> Vec<Self> {
        if let Self::And(members) = self { members } else { vec![self] }
    }

    fn or_members(self) -> Vec<Self> {
        if let Self::Or(members) = self { members } else { vec![self] }
    }
}

/// A pattern that stands for the text alone.
pub fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern
}

impl std::ops::Not for Domain {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
