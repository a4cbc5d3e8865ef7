//! Orders as clients write them: `name desc nulls last, parent`.

use crate::field::FieldKind;
use crate::model::Model;
use crate::source::{plain, unknown_word};
use std::fmt;

/// Fields of one order at most.
pub const ORDER_FIELDS_MAX: usize = 16;
/// How many models a many2one may lead through until a record sorts by its id.
pub const ORDER_MODELS_MAX: usize = 2;

/// One field of an order.
///
/// A folded text sorts by its folded form; a many2one by the order of its own model; true comes after false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    pub field: String,
    pub descending: bool,
    /// Where unset values go; first when rising and last when falling unless said.
    pub nulls: Option<Nulls>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    First,
    Last,
}

/// Why an order is refused; `part` is the part at fault, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    #[error("{part:?}: expected a field, then asc or desc, then nulls first or nulls last")]
    Malformed { part: String },
    #[error("{part:?}: {reason}")]
    UnknownField { part: String, reason: String },
    #[error("{part:?}: nothing can be sorted by {holds}")]
    NotSortable { part: String, holds: &'static str },
    #[error("an order has at most {ORDER_FIELDS_MAX} fields")]
    TooManyFields,
}

impl OrderError {
    /// The stable name by which texts for people are looked up.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed_order",
            Self::UnknownField { .. } => "unknown_field",
            Self::NotSortable { .. } => "not_sortable",
            Self::TooManyFields => "order_too_long",
        }
    }
}

/// The columns of every model that can be sorted by besides its fields.
const STAMPS: &[&str] = &["id", "created_at", "created_by", "updated_at", "updated_by"];

impl OrderBy {
    pub fn asc(field: &str) -> Self {
        Self { field: field.to_owned(), descending: false, nulls: None }
    }

    pub fn desc(field: &str) -> Self {
        Self { field: field.to_owned(), descending: true, nulls: None }
    }

    /// A model's own order.
    pub fn of(model: &Model) -> Vec<Self> {
        model
            .order
            .iter()
            .map(|(field, down)| if *down { Self::desc(field) } else { Self::asc(field) })
            .collect()
    }

    /// Reads `field [asc|desc] [nulls first|last]`, several of them joined by commas; the words in any case.
    ///
    /// An empty text is an empty order.
    pub fn parse(model: &Model, text: &str) -> Result<Vec<Self>, OrderError> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        if text.split(',').count() > ORDER_FIELDS_MAX {
            return Err(OrderError::TooManyFields);
        }
        text.split(',').map(|part| Self::parse_part(model, part.trim())).collect()
    }

    /// Where unset values go.
    pub fn unset_first(&self) -> bool {
        self.nulls.map_or(!self.descending, |nulls| nulls == Nulls::First)
    }

    fn parse_part(model: &Model, part: &str) -> Result<Self, OrderError> {
        let shown = || shown(part);
        let malformed = || OrderError::Malformed { part: shown() };
        let words: Vec<&str> = part.split_ascii_whitespace().collect();
        let (name, rest) = words.split_first().ok_or_else(malformed)?;
        let rest: Vec<String> = rest.iter().take(4).map(|word| word.to_ascii_lowercase()).collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let (descending, nulls) = match rest.as_slice() {
            ["asc", nulls @ ..] => (false, nulls),
            ["desc", nulls @ ..] => (true, nulls),
            nulls => (false, nulls),
        };
        let nulls = match nulls {
            [] => None,
            ["nulls", "first"] => Some(Nulls::First),
            ["nulls", "last"] => Some(Nulls::Last),
            _ => return Err(malformed()),
        };
        if !STAMPS.contains(name) {
            let names = model.fields.iter().map(|field| field.name.as_str()).chain(STAMPS.iter().copied());
            let field = model.field(name).ok_or_else(|| OrderError::UnknownField {
                part: shown(),
                reason: unknown_word("field", name, names),
            })?;
            if let Some(holds) = unsortable(&field.kind) {
                return Err(OrderError::NotSortable { part: shown(), holds });
            }
        }
        Ok(Self { field: (*name).to_owned(), descending, nulls })
    }
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        if self.descending {
            f.write_str(" desc")?;
        }
        match self.nulls {
            Some(Nulls::First) => f.write_str(" nulls first"),
            Some(Nulls::Last) => f.write_str(" nulls last"),
            None => Ok(()),
        }
    }
}

fn unsortable(kind: &FieldKind) -> Option<&'static str> {
    match kind {
        FieldKind::One2many { .. } | FieldKind::Many2many { .. } => Some("a list of records"),
        FieldKind::Json => Some("JSON"),
        FieldKind::Binary => Some("bytes"),
        FieldKind::Secret => Some("a secret"),
        _ => None,
    }
}

/// How much of a refused part is repeated, in characters.
const SHOWN_LEN_MAX: usize = 80;

fn shown(part: &str) -> String {
    plain(part, SHOWN_LEN_MAX)
}

#[cfg(test)]
mod tests;
