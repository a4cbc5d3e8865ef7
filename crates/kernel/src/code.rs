//! What an error means to whoever asked, free of any transport.

/// The kinds of failure. `http` owns the one mapping to status and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is understood and wrong: a field or parameter must change.
    Invalid,
    /// The request cannot be read at all.
    Malformed,
    Unauthenticated,
    Forbidden,
    /// It does not exist, or belongs to another tenant; nobody is told which.
    Absent,
    /// Somebody else's change, or a rule about other records, stands in the way.
    Conflict,
    TooLarge,
    TooMany,
    /// A part this needs does not answer now; the same request may succeed later.
    Unavailable,
    Internal,
}

/// A failure's kind and its stable name, by which texts for people are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    pub kind: Kind,
    pub name: &'static str,
}

impl Code {
    pub const fn new(kind: Kind, name: &'static str) -> Self {
        Self { kind, name }
    }
}
