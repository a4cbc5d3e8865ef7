//! Domains: Odoo's prefix lists as a checked tree, and a slow, obvious judge of them in memory.

mod build;
mod left;
mod matching;
mod parse;
mod parts;
mod print;
mod relative;
mod sorting;

pub use build::literal;
pub use matching::{Piece, World, pieces};
pub use parse::{
    DATE_PARTS_MAX, DEPTH_MAX, DomainError, OPERANDS_MAX, PATTERN_LEN_MAX, Reading, TERMS_MAX, VALUES_MAX,
};
pub use parts::{Part, ZONE_YEARS, ZoneOffsets, offset_s};
pub use relative::RELATIVE_TERMS_MAX;

use crate::value::Value;
use jiff::tz::TimeZone;

/// Before a wildcard, and before itself: it stands for itself. Nobody types it, and no text holds it.
pub const ESCAPE: char = '\u{1b}';

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
    /// `[field, "any", domain]`: the domain holds for the record that a many2one names, or for one in a list.
    ///
    /// A many2one is followed to archived records too; in a list they count only where the domain names `active`.
    /// Never true of an unset field, so that `Not` of it (`not any`) is.
    Any {
        field: String,
        domain: Box<Domain>,
    },
    /// `[field.month_number, operator, number]`
    Part(PartTerm),
}

/// `[field, operator, value]`
///
/// Besides the model's fields, `id` (as `Value::Record`), `created_at`, `updated_at`, `created_by` and `updated_by`
/// may stand here.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub field: String,
    pub op: Op,
    pub operand: Operand,
}

/// A part of a date or datetime, as it is in a zone, compared with whole numbers.
///
/// The zone of a date means nothing. Takes `=`, `!=`, orders, `in` and `not in`; `Null` is unset.
#[derive(Debug, Clone, PartialEq)]
pub struct PartTerm {
    pub field: String,
    pub part: Part,
    pub zone: TimeZone,
    pub op: Op,
    pub operand: Operand,
}

/// `Many` goes with `in`, `not in`, `child_of` and `parent_of`, `One` with every other operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    One(Value),
    Many(Vec<Value>),
}

/// What a term does; `!=` and `not in` include unset values, order never does.
///
/// An unset value equals `Null`, and is in a list that holds `Null`. An unset boolean is false. What domains write
/// besides is made of these: `not like` is `Not` of `Like`, `=?` is `All` or `Eq`.
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
    /// Contains, case matters; `%` and `_` in the operand are wildcards, but after [`ESCAPE`]; `\` is a character like
    /// any other.
    Like,
    /// Contains, folded; wildcards as in `Like`. Only for folded fields, so that both databases agree.
    Ilike,
    /// The whole text, case matters; wildcards as in `Like`.
    EqLike,
    /// The whole text, folded; wildcards as in `Like`, fields as in `Ilike`.
    EqIlike,
    /// Below one of the records named, or one of them, by way of a many2one of the model to itself.
    ///
    /// The field is that many2one, or `id` for the model's own (`Model::tree`). The operand is `Many`: a `Record`
    /// is a record, a `Text` stands for all whose names contain it, folded.
    ChildOf,
    /// Above one of the records named, or one of them; otherwise as `ChildOf`.
    ParentOf,
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
            Self::EqLike => "=like",
            Self::EqIlike => "=ilike",
            Self::ChildOf => "child_of",
            Self::ParentOf => "parent_of",
        }
    }
}

#[cfg(test)]
mod tests;
