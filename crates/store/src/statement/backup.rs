//! Statements of backup and restore: whole tables, whosever their rows are; hence the operator.

use super::Statement;
use crate::backup::BackupTable;
use crate::dialect::{ColumnType, Dialect};
use crate::tx::PLAN_VERSION;
use crate::tx::jobs::JOB_MODEL;
use opbx_kernel::{Operator, TenantId, Timestamp};
use opbx_platform::Value;
use sea_query::{Expr, ExprTrait as _, Order, Query};

/// Rows of a table in the order of its key, behind those that were read: all of one tenant's where the table has any.
pub(crate) fn rows(
    dialect: Dialect,
    _operator: &Operator,
    table: &BackupTable,
    tenant: Option<TenantId>,
    after: Option<&[Value]>,
    limit: usize,
) -> Statement {
    let mut query = Query::select();
    query.columns(table.columns.iter().map(|column| column.name.clone())).from(table.name.clone());
    if let Some(tenant) = tenant {
        query.and_where(Expr::col("tenant_id").eq(tenant.get()));
    }
    let keys = table.order();
    if let Some(after) = after {
        let last = keys.iter().zip(after).map(|((name, kind), value)| {
            let bound = dialect.bind(*kind, value).expect("what a column held fits it");
            (Expr::col((*name).to_owned()), Expr::val(bound))
        });
        let (columns, values): (Vec<_>, Vec<_>) = last.unzip();
        query.and_where(Expr::tuple(columns).gt(Expr::tuple(values)));
    }
    for (name, _) in &keys {
        query.order_by((*name).to_owned(), Order::Asc);
    }
    query.limit(limit as u64);
    let shape = table.columns.iter().map(|column| column.kind).collect();
    Statement::new(dialect, &query, shape)
}

/// Writes rows as they were. `None` where a value does not fit its column.
pub(crate) fn insert(
    dialect: Dialect,
    _operator: &Operator,
    table: &BackupTable,
    rows: &[Vec<Value>],
) -> Option<Statement> {
    let mut query = Query::insert();
    query.into_table(table.name.clone()).columns(table.columns.iter().map(|column| column.name.clone()));
    for row in rows {
        let cells = table.columns.iter().zip(row);
        let bound: Option<Vec<Expr>> =
            cells.map(|(column, value)| dialect.bind(column.kind, value).map(Expr::val)).collect();
        query.values_panic(bound?);
    }
    Some(Statement::new(dialect, &query, Vec::new()))
}

pub(crate) fn last_id(dialect: Dialect, table: &str) -> Statement {
    Statement::plain(dialect.last_id(table), vec![ColumnType::Integer])
}

pub(crate) fn number_on(dialect: Dialect, table: &str, last_id: i64) -> Vec<Statement> {
    let statements = dialect.number_on(table, last_id).into_iter();
    statements.map(|sql| Statement::plain(sql, Vec::new())).collect()
}

pub(crate) fn orphans(dialect: Dialect) -> Option<Statement> {
    Some(Statement::plain(dialect.orphans()?.to_owned(), vec![ColumnType::Integer]))
}

/// Lets every job that ran be claimed by the next who looks: its runner is not of this database any more.
pub(crate) fn let_go_of_jobs(dialect: Dialect, _operator: &Operator, now: Timestamp) -> Statement {
    let bound = || {
        let now = dialect.bind(ColumnType::Instant, &Value::Instant(now));
        now.expect("both databases hold every instant that a clock tells")
    };
    let mut query = Query::update();
    query
        .table(JOB_MODEL.replace('.', "_"))
        .value("due_at", bound())
        .value("lease_until", bound())
        .and_where(Expr::col("state").eq("running"));
    Statement::new(dialect, &query, Vec::new())
}

/// Counts every tenant's plan far on.
pub(crate) fn plans_far_ahead(
    dialect: Dialect,
    _operator: &Operator,
    tenants: &str,
    ahead: i64,
) -> Statement {
    let mut query = Query::update();
    query.table(tenants.to_owned()).value(PLAN_VERSION, Expr::col(PLAN_VERSION).add(ahead));
    Statement::new(dialect, &query, Vec::new())
}
