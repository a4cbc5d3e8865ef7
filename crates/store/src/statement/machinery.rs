//! Statements on what is nobody's record: the schema, the journal's position, the transaction's own settings.

use super::Statement;
use crate::dialect::{ColumnType, Dialect};
use opbx_kernel::{Operator, TenantId};
use opbx_platform::Model;
use sea_query::{Expr, ExprTrait as _, OnConflict, Order, Query, Values};

pub(crate) const SCHEMA_TABLE: &str = "store_schema";
pub(crate) const JOURNAL_TABLE: &str = "store_journal";

/// Tells a transaction which tenant it serves.
pub(crate) fn enter_tenant(dialect: Dialect, tenant: TenantId) -> Option<Statement> {
    let sql = dialect.enter_tenant()?;
    Some(Statement {
        sql: sql.to_owned(),
        values: Values(vec![tenant.to_string().into()]),
        shape: Vec::new(),
    })
}

/// Tells a transaction that it is the operator's.
pub(crate) fn enter_operator(dialect: Dialect, _operator: &Operator) -> Option<Statement> {
    Some(Statement::plain(dialect.enter_operator()?.to_owned(), Vec::new()))
}

/// Every tenant, in the order of their ids: the one statement that crosses tenants, hence the operator.
pub(crate) fn tenants(dialect: Dialect, _operator: &Operator, model: &Model) -> Statement {
    let mut query = Query::select();
    query
        .columns(["id", "slug", "name", "status", "plan_version"])
        .from(model.name.table())
        .order_by("id", Order::Asc);
    let (integer, text) = (ColumnType::Integer, ColumnType::Text);
    Statement::new(dialect, &query, vec![integer, text, text, text, integer])
}

/// Ids that no record of the model has or had, in rising order.
pub(crate) fn draw_ids(dialect: Dialect, model: &Model, count: usize) -> Statement {
    Statement::plain(dialect.draw_ids(&model.name.table(), count), vec![ColumnType::Integer])
}

pub(crate) fn lock_schema(dialect: Dialect) -> Vec<Statement> {
    dialect.lock_schema().into_iter().map(definition).collect()
}

/// A statement that defines a part of the schema, or copies a table while it is rebuilt.
pub(crate) fn definition(sql: String) -> Statement {
    Statement::plain(sql, Vec::new())
}

/// A question to the database's own catalogue.
pub(crate) fn catalogue(sql: &'static str, shape: &[ColumnType]) -> Statement {
    Statement::plain(sql.to_owned(), shape.to_vec())
}

pub(crate) fn schema_format(dialect: Dialect) -> Statement {
    let mut query = Query::select();
    query.column("format").from(SCHEMA_TABLE).order_by("format", Order::Desc).limit(1);
    Statement::new(dialect, &query, vec![ColumnType::Integer])
}

pub(crate) fn set_schema_format(dialect: Dialect, format: i64) -> Statement {
    let mut query = Query::insert();
    query
        .into_table(SCHEMA_TABLE)
        .columns(["format"])
        .values_panic([format.into()])
        .on_conflict(OnConflict::column("format").do_nothing().to_owned());
    Statement::new(dialect, &query, Vec::new())
}

pub(crate) fn journal_position(dialect: Dialect, node: &str) -> Statement {
    let mut query = Query::select();
    query.column("seq").from(JOURNAL_TABLE).and_where(Expr::col("node").eq(node));
    Statement::new(dialect, &query, vec![ColumnType::Integer])
}

/// Touches no row where the position is already there or beyond.
pub(crate) fn advance_journal(dialect: Dialect, node: &str, seq: i64) -> Statement {
    let mut query = Query::insert();
    query
        .into_table(JOURNAL_TABLE)
        .columns(["node", "seq"])
        .values_panic([node.into(), seq.into()])
        .on_conflict(
            OnConflict::column("node")
                .update_column("seq")
                .action_and_where(Expr::col((JOURNAL_TABLE, "seq")).lt(seq))
                .to_owned(),
        );
    Statement::new(dialect, &query, Vec::new())
}
