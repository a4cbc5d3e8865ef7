//! Statements ready to run. They are made in two places only: for records, inside a scope; and for machinery.

pub(crate) mod backup;
pub(crate) mod conditions;
pub(crate) mod groups;
pub(crate) mod machinery;
pub(crate) mod records;
mod sorting;

use crate::dialect::{ColumnType, Dialect};
use sea_query::{QueryStatementWriter, Values};

/// A text with its parameters and the columns it answers with.
///
/// Invariant: only the modules below this one can make one. Those for records demand a scope, so that no statement
/// on a tenant's table can be written without the tenant's name in it.
#[derive(Debug)]
pub(crate) struct Statement {
    sql: String,
    values: Values,
    shape: Vec<ColumnType>,
}

impl Statement {
    fn new(dialect: Dialect, query: &impl QueryStatementWriter, shape: Vec<ColumnType>) -> Self {
        let (sql, values) = dialect.write(query);
        Self { sql, values, shape }
    }

    fn plain(sql: String, shape: Vec<ColumnType>) -> Self {
        Self { sql, values: Values(Vec::new()), shape }
    }

    /// Asks how it would be done, instead of for what it answers.
    pub(crate) fn explained(self, dialect: Dialect) -> Self {
        let (explain, shape) = dialect.explain();
        Self { sql: format!("{explain}{}", self.sql), values: self.values, shape }
    }

    pub(crate) fn into_parts(self) -> (String, Values, Vec<ColumnType>) {
        (self.sql, self.values, self.shape)
    }
}
