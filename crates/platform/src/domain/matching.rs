//! Judges one record in memory: the reference that the SQL of both databases is tested against.

use super::{Domain, Op, Operand, Term};
use crate::value::Value;
use opbx_kernel::fold::fold;
use std::cmp::Ordering;

impl Domain {
    /// Whether this is true of the record whose fields `get` returns.
    pub fn matches(&self, get: impl Fn(&str) -> Value) -> bool {
        self.matches_with(&get)
    }

    fn matches_with(&self, get: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::All => true,
            Self::And(members) => members.iter().all(|member| member.matches_with(get)),
            Self::Or(members) => members.iter().any(|member| member.matches_with(get)),
            Self::Not(inner) => !inner.matches_with(get),
            Self::Term(term) => term.matches(&get(&term.field)),
        }
    }
}

impl Term {
    fn matches(&self, held: &Value) -> bool {
        match (&self.operand, self.op) {
            (Operand::Many(values), Op::In) => values.iter().any(|value| same(held, value)),
            (Operand::Many(values), Op::NotIn) => !values.iter().any(|value| same(held, value)),
            (Operand::One(value), Op::Eq) => same(held, value),
            (Operand::One(value), Op::Ne) => !same(held, value),
            (Operand::One(value), Op::Lt) => compared(held, value).is_some_and(Ordering::is_lt),
            (Operand::One(value), Op::Le) => compared(held, value).is_some_and(Ordering::is_le),
            (Operand::One(value), Op::Gt) => compared(held, value).is_some_and(Ordering::is_gt),
            (Operand::One(value), Op::Ge) => compared(held, value).is_some_and(Ordering::is_ge),
            (Operand::One(Value::Text(pattern)), Op::Like) => {
                text(held).is_some_and(|text| like(text, pattern))
            }
            (Operand::One(Value::Text(pattern)), Op::Ilike) => {
                text(held).is_some_and(|text| like(&fold(text), &fold(pattern)))
            }
            // No parsed domain has such a term; one written in Rust by mistake matches nothing.
            _ => false,
        }
    }
}

fn same(held: &Value, operand: &Value) -> bool {
    match (held, operand) {
        (Value::Null, Value::Bool(flag)) | (Value::Bool(flag), Value::Null) => !flag,
        (held, operand) => held == operand,
    }
}

/// `None` where there is no order between the two, as with anything unset.
fn compared(held: &Value, operand: &Value) -> Option<Ordering> {
    match (held, operand) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        (Value::Record(a), Value::Record(b)) => Some(a.cmp(b)),
        // By bytes, the binary collation of both databases.
        (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        _ => None,
    }
}

fn text(held: &Value) -> Option<&str> {
    if let Value::Text(text) = held { Some(text) } else { None }
}

/// Whether the pattern stands anywhere in the text: `%` is any run of characters, `_` any one.
///
/// Keeps the place of the last `%` and goes back to it, so the time is at worst the product of both lengths.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = std::iter::once('%').chain(pattern.chars()).chain(['%']).collect();
    let (mut at, mut want) = (0, 0);
    let mut last_run: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(want) {
            Some('%') => {
                last_run = Some((want, at));
                want += 1;
            }
            Some(&c) if c == '_' || c == text[at] => {
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
    pattern[want..].iter().all(|c| *c == '%')
}
