//! Statements on what is nobody's record: the schema, the journal's position, the transaction's own settings.

use super::Statement;
use crate::dialect::{ColumnType, Dialect};
use crate::tx::jobs::JOB_MODEL;
use crate::tx::outbox::{OUTBOX_MODEL, OUTBOX_SEQUENCE};
use opbx_kernel::{Operator, TenantId, Timestamp};
use opbx_platform::{Model, Value};
use sea_query::{Expr, ExprTrait as _, OnConflict, Order, Query, Values};

pub(crate) const SCHEMA_TABLE: &str = "store_schema";
pub(crate) const JOURNAL_TABLE: &str = "store_journal";
/// What the models were when the database last followed them.
pub(crate) const FIELDS_TABLE: &str = "store_fields";
/// Which migrations ran.
pub(crate) const MIGRATIONS_TABLE: &str = "store_migrations";

/// Tenants that one question about a queue names at most.
pub const QUEUE_TENANTS_MAX: usize = 1_000;

/// Tenants in which one address may be a user's, as far as a login looks.
pub const LOGIN_TENANTS_MAX: usize = 16;

const LOGIN_MODEL: &str = "res.users";
const LOGIN_COLUMN: &str = "email_folded";

/// What OPBX works through in all tenants. Which tenants have something waiting, the operator may ask; what it is, only
/// a transaction inside the tenant sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Jobs to run, and jobs whose runner went away.
    Jobs,
    /// Schedules whose next time has come.
    Crons,
    /// Outbox entries that have no place in the tenant's order yet.
    Outbox,
    /// Users by their address: whoever logs in names no tenant.
    Logins,
}

impl Queue {
    pub(crate) const ALL: [Self; 4] = [Self::Jobs, Self::Crons, Self::Outbox, Self::Logins];

    pub(crate) fn model(self) -> &'static str {
        match self {
            Self::Jobs => JOB_MODEL,
            Self::Crons => "ir.cron",
            Self::Outbox => OUTBOX_MODEL,
            Self::Logins => LOGIN_MODEL,
        }
    }

    /// The column that says what waits, indexed over all tenants.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Jobs => "due_at",
            Self::Crons => "next_run",
            Self::Outbox => "sequence",
            Self::Logins => LOGIN_COLUMN,
        }
    }
}

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

/// As `tenants`, with the last place of each one's outbox.
pub(crate) fn outbox_heads(dialect: Dialect, _operator: &Operator, model: &Model) -> Statement {
    let mut query = Query::select();
    query.columns(["id", OUTBOX_SEQUENCE]).from(model.name.table()).order_by("id", Order::Asc);
    Statement::new(dialect, &query, vec![ColumnType::Integer, ColumnType::Integer])
}

/// The tenants with something waiting, and nothing of what it is; hence the operator.
pub(crate) fn tenants_waiting(
    dialect: Dialect,
    _operator: &Operator,
    queue: Queue,
    model: &Model,
    now: Timestamp,
) -> Statement {
    let column = || Expr::col(queue.column());
    let bound = |column, value: Value| {
        let value = dialect.bind(column, &value);
        value.expect("both databases hold every instant that a clock tells, and every boolean")
    };
    let is_due = || column().lte(bound(ColumnType::Instant, Value::Instant(now)));
    let mut query = Query::select();
    query.column("tenant_id").from(model.name.table());
    match queue {
        Queue::Jobs => query.and_where(is_due()),
        Queue::Crons => query
            .and_where(Expr::col("active").eq(bound(ColumnType::Boolean, Value::Bool(true))))
            .and_where(column().is_null().or(is_due())),
        Queue::Outbox => query.and_where(column().is_null()),
        // Nobody waits to log in.
        Queue::Logins => query.and_where(column().is_null()),
    };
    query
        .group_by_col("tenant_id")
        .order_by_expr(column().min(), Order::Asc)
        .order_by("tenant_id", Order::Asc)
        .limit(QUEUE_TENANTS_MAX as u64);
    Statement::new(dialect, &query, vec![ColumnType::Integer])
}

/// How many jobs wait and run in all tenants, with when the first of each is due; hence the operator.
pub(crate) fn job_counts(dialect: Dialect, _operator: &Operator, model: &Model) -> Statement {
    let column = || Expr::col(Queue::Jobs.column());
    let mut query = Query::select();
    query
        .column("state")
        .expr(column().count())
        .expr(column().min())
        .from(model.name.table())
        .and_where(column().is_not_null())
        .group_by_col("state");
    Statement::new(dialect, &query, vec![ColumnType::Text, ColumnType::Integer, ColumnType::Instant])
}

/// How many outbox entries of all tenants have no place yet; hence the operator.
pub(crate) fn unplaced_count(dialect: Dialect, _operator: &Operator, model: &Model) -> Statement {
    let mut query = Query::select();
    query
        .expr(Expr::col("id").count())
        .from(model.name.table())
        .and_where(Expr::col(Queue::Outbox.column()).is_null());
    Statement::new(dialect, &query, vec![ColumnType::Integer])
}

/// The tenants with a user of this folded address, and nothing else of them; hence the operator.
pub(crate) fn tenants_with_login(
    dialect: Dialect,
    _operator: &Operator,
    model: &Model,
    folded: &str,
) -> Statement {
    let mut query = Query::select();
    query
        .column("tenant_id")
        .from(model.name.table())
        .and_where(Expr::col(LOGIN_COLUMN).eq(folded))
        .group_by_col("tenant_id")
        .order_by("tenant_id", Order::Asc)
        .limit(LOGIN_TENANTS_MAX as u64);
    Statement::new(dialect, &query, vec![ColumnType::Integer])
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

pub(crate) fn remembered(dialect: Dialect) -> Statement {
    let mut query = Query::select();
    query.columns(["model", "field", "shape"]).from(FIELDS_TABLE);
    Statement::new(dialect, &query, vec![ColumnType::Text; 3])
}

pub(crate) fn remember(dialect: Dialect, model: &str, field: &str, shape: &str) -> Statement {
    let mut query = Query::insert();
    query
        .into_table(FIELDS_TABLE)
        .columns(["model", "field", "shape"])
        .values_panic([model.into(), field.into(), shape.into()])
        .on_conflict(OnConflict::columns(["model", "field"]).update_column("shape").to_owned());
    Statement::new(dialect, &query, Vec::new())
}

pub(crate) fn forget(dialect: Dialect, model: &str, field: &str) -> Statement {
    let mut query = Query::delete();
    query
        .from_table(FIELDS_TABLE)
        .and_where(Expr::col("model").eq(model))
        .and_where(Expr::col("field").eq(field));
    Statement::new(dialect, &query, Vec::new())
}

pub(crate) fn migrations_run(dialect: Dialect) -> Statement {
    let mut query = Query::select();
    query.columns(["module", "version"]).from(MIGRATIONS_TABLE);
    Statement::new(dialect, &query, vec![ColumnType::Text; 2])
}

pub(crate) fn note_migration(dialect: Dialect, module: &str, version: &str, at: Timestamp) -> Statement {
    let at =
        dialect.bind(ColumnType::Instant, &Value::Instant(at)).expect("both databases hold every instant");
    let mut query = Query::insert();
    query.into_table(MIGRATIONS_TABLE).columns(["module", "version", "ran_at"]).values_panic([
        module.into(),
        version.into(),
        Expr::val(at),
    ]);
    Statement::new(dialect, &query, Vec::new())
}

/// Counts the rows of a table for which a condition holds, whosever they are; the table's fence must be down.
pub(crate) fn counted(table: &str, condition: &str) -> Statement {
    let sql = format!("SELECT count(*) FROM \"{table}\" WHERE {condition}");
    Statement::plain(sql, vec![ColumnType::Integer])
}

/// Texts whose folded form is missing, some at a time, whosever they are.
pub(crate) fn unfolded(dialect: Dialect, table: &str, column: &str, folded: &str, limit: u64) -> Statement {
    let mut query = Query::select();
    query
        .columns(["id".to_owned(), column.to_owned()])
        .from(table.to_owned())
        .and_where(Expr::col(column.to_owned()).is_not_null())
        .and_where(Expr::col(folded.to_owned()).is_null())
        .order_by("id", Order::Asc)
        .limit(limit);
    Statement::new(dialect, &query, vec![ColumnType::Integer, ColumnType::Text])
}

pub(crate) fn set_folded(dialect: Dialect, table: &str, folded: &str, id: i64, text: &str) -> Statement {
    let mut query = Query::update();
    query.table(table.to_owned()).value(folded.to_owned(), text).and_where(Expr::col("id").eq(id));
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

/// What keeps a planner from reading and sorting whole tables, for this transaction.
pub(crate) fn prefer_indexes(dialect: Dialect) -> Vec<Statement> {
    let settings = dialect.prefer_indexes().iter();
    settings.map(|setting| Statement::plain((*setting).to_owned(), Vec::new())).collect()
}
