//! Domains: Odoo's prefix lists as a checked tree, and a slow, obvious judge of them in memory.

mod build;
mod matching;
mod parse;

pub use parse::{DEPTH_MAX, DomainError, OPERANDS_MAX, TERMS_MAX};

use crate::value::Value;

/// A condition on records, already checked against a model.
///
/// Every condition is either true or false of a record, unset fields included: `Not` turns one into the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// Everything.
    All,
    /// Without members, everything.
    And(Vec<Domain>),
    /// Without members, nothing.
    Or(Vec<Domain>),
    Not(Box<Domain>),
    Term(Term),
}

/// `[field, operator, value]`
///
/// Besides the model's fields, `id` (as `Value::Record`), `created_at` and `updated_at` may stand here.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub field: String,
    pub op: Op,
    pub operand: Operand,
}

/// `Many` goes with `in` and `not in`, `One` with every other operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    One(Value),
    Many(Vec<Value>),
}

/// The operators of this version; `!=` and `not in` include unset values, order never does.
///
/// An unset value equals `Null`, and is in a list that holds `Null`. An unset boolean is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    /// Contains, case matters; `%` and `_` in the operand are wildcards, `\` is a character like any other.
    Like,
    /// Contains, folded; wildcards as in `Like`. Only for folded fields, so that both databases agree.
    Ilike,
}

impl Op {
    /// The operator as domains write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Like => "like",
            Self::Ilike => "ilike",
        }
    }
}

#[cfg(test)]
mod tests;
