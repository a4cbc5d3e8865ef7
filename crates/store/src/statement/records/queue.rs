//! Statements on what is worked through in order: entries get their place, waiting records are taken one by one.

use super::Visible;
use crate::dialect::ColumnType;
use crate::error::ReadError;
use crate::statement::{Statement, conditions};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, OrderBy};
use sea_query::{CaseStatement, Expr, ExprTrait as _, LockBehavior, LockType, OnConflict, Query};

/// How records that were found are held until the transaction ends. SQLite has one writer, which holds everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// For oneself; those that another transaction holds are passed over.
    Free,
    /// Against a change; other transactions may hold them likewise.
    Shared,
}

impl Visible<'_> {
    /// Counts the tenant's plan on by one, where it changed, and its outbox by `rows`; answers with both. The row
    /// stays locked until the commit.
    pub(crate) fn advance_tenant(&self, plan: bool, rows: usize) -> Statement {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let counted = |name: &'static str, by: i64| Expr::col(name).if_null(0).add(by);
        let mut query = self.update_here();
        query
            .value("plan_version", counted("plan_version", i64::from(plan)))
            .value("outbox_sequence", counted("outbox_sequence", rows))
            .and_where(Expr::col("id").eq(self.tenant.get()))
            .returning(Query::returning().columns(["plan_version", "outbox_sequence"]));
        Statement::new(self.dialect, &query, vec![ColumnType::Integer, ColumnType::Integer])
    }

    /// Gives entries of the outbox their places: `first` to the first of them, and so on.
    pub(crate) fn place(&self, ids: &[RecordId], first: i64) -> Statement {
        let mut places = CaseStatement::new();
        for (place, id) in (first..).zip(ids) {
            places = places.case(Expr::col("id").eq(id.get()), Expr::val(place));
        }
        let mut query = self.update_here();
        query.value("sequence", places).and_where(Expr::col("id").is_in(Self::ids(ids)));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Finds records in an order, and holds them.
    pub(crate) fn hold_where(
        &self,
        columns: &[(&str, ColumnType)],
        domain: &Domain,
        order: &[OrderBy],
        limit: usize,
        hold: Hold,
    ) -> Result<Statement, ReadError> {
        let (mut query, shape) = self.select(columns);
        query.and_where(conditions::condition(self, domain)?);
        self.sort(&mut query, order)?;
        query.limit(limit as u64);
        match hold {
            Hold::Free => query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
            Hold::Shared => query.lock(LockType::Share),
        };
        Ok(Statement::new(self.dialect, &query, shape))
    }

    /// Inserts a row unless the tenant has one with the same value in `key`; then it touches none.
    pub(crate) fn insert_unless_taken(
        &self,
        columns: &[String],
        id: RecordId,
        row: Vec<sea_query::Value>,
        key: &str,
    ) -> Statement {
        let mut names = vec!["id".to_owned(), "tenant_id".to_owned()];
        names.extend_from_slice(columns);
        let mut values = vec![Expr::val(id.get()), Expr::val(self.tenant.get())];
        values.extend(row.into_iter().map(Expr::val));
        let mut query = Query::insert();
        query.into_table(self.table()).columns(names).values_panic(values).on_conflict(
            OnConflict::columns(["tenant_id".to_owned(), key.to_owned()]).do_nothing().to_owned(),
        );
        Statement::new(self.dialect, &query, Vec::new())
    }
}
