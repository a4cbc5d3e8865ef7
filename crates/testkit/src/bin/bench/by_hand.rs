//! What a sensible person would write by hand instead of `records`: one statement for each deed, and serde for the JSON.

use crate::broken::{Broken, While as _};
use crate::hooks::{self, Kind};
use opbx_kernel::fold::fold;
use opbx_testkit::{Engine, TestDb};
use serde::Serialize;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};
use std::sync::Arc;

/// The role that row-level security does not bind, so that the tenant is named by the statements alone.
const POSTGRES_ROLE: &str = "postgres";
const CONNECTIONS_MAX: u32 = 4;
/// Who changes what, as on the other side.
pub(crate) const USER: i64 = 7;

const READ: &str = "SELECT id, version, name, email, phone, street, zip, city FROM res_partner \
     WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT id, version, name, email, phone, street, zip, city FROM res_partner \
     WHERE tenant_id = $1 AND active ORDER BY id LIMIT $2";
const CREATE: &str = "INSERT INTO res_partner (tenant_id, name, name_folded, email, email_folded, phone, street, zip, \
     city, is_company, active, created_at, created_by, updated_at, updated_by, version) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NOW($12), $13, NOW($12), $13, 1) \
     RETURNING id, version, name, email, phone, street, zip, city";
const UPDATE: &str = "UPDATE res_partner SET city = $3, updated_at = NOW($4), updated_by = $5, version = version + 1 \
     WHERE tenant_id = $1 AND id = $2 RETURNING id, version, name, email, phone, street, zip, city";
const AUDIT: &str = "INSERT INTO ir_audit (tenant_id, at, \"user\", actor, deed, model, record, record_name, changes, \
     tracked, created_at, created_by, updated_at, updated_by, version) \
     VALUES ($1, NOW($2), $3, $4, $5, 'res.partner', $6, $7, $8, $9, NOW($2), $3, NOW($2), $3, 1)";
const PLACE: &str =
    "UPDATE res_tenant SET outbox_sequence = outbox_sequence + 1 WHERE id = $1 RETURNING outbox_sequence";
const OUTBOX: &str = "INSERT INTO ir_outbox (tenant_id, sequence, topic, model, record, record_version, at, payload, \
     created_at, created_by, updated_at, updated_by, version) \
     VALUES ($1, $2, $3, 'res.partner', $4, $5, NOW($6), $7, NOW($6), $8, NOW($6), $8, 1)";

const HOOK_STAMPS: &str = "NOW($1), NOW($1), 1";
const UPDATES: &str = "INSERT INTO pbx_session_update (tenant_id, session_id, event_id, waiting, token, caller_id, \
     destination, direction, status, session_created_at, session_modified_at, \
     profile, created_at, updated_at, version) VALUES ";
const RECORDS: &str = "INSERT INTO pbx_cdr (tenant_id, digest, waiting, session_timestamp, session_token, session_id, \
     from_number, from_number_folded, to_number, to_number_folded, disposition, duration_s, billsec_s, call_id, raw, \
     created_at, updated_at, version) VALUES ";

/// Calls of a year, one after the other; every company calls and is called by some thousands of numbers.
const CALLS: &str = "WITH RECURSIVE n(i) AS (SELECT CAST($3 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $4), \
     c(i, own, other) AS (SELECT i, '+1212555' || (1000 + i % 20), '+4420' || (79000000 + (i * 7919) % 50000) FROM n) \
     INSERT INTO pbx_call (tenant_id, call_id, direction, from_number, from_number_folded, to_number, \
     to_number_folded, number, number_folded, status, started_at, answered_at, ended_at, duration_s, billsec_s, steps, \
     created_at, updated_at, version) SELECT $1, 'call-' || i, CASE i % 3 WHEN 0 THEN 'outbound' ELSE 'inbound' END, \
     other, other, own, own, own, own, CASE i % 20 WHEN 0 THEN 'busy' WHEN 1 THEN 'failed' WHEN 2 THEN 'no_answer' \
     ELSE 'completed' END, NOW(($2 + i * 31000000)), NOW(($2 + i * 31000000 + 5000000)), NOW(($2 + i * 31000000 + 9000000)), \
     (i * 31) % 3600, (i * 31) % 3590, 1, NOW($2), NOW($2), 1 FROM c";

/// A contact with the fields that are read and written, in the order of the JSON.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Contact {
    pub(crate) id: i64,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) zip: Option<String>,
    pub(crate) city: Option<String>,
}

type Text = Option<String>;
type Cells = (i64, i64, String, Text, Text, Text, Text, Text);

impl From<Cells> for Contact {
    fn from((id, version, name, email, phone, street, zip, city): Cells) -> Self {
        Self { id, version, name, email, phone, street, zip, city }
    }
}

/// Whether a write also says who did it and tells those who follow, as `records` always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    Nobody,
    AuditAndOutbox,
}

/// Connections of its own to the same database.
pub(crate) struct ByHand {
    pool: Pool,
    tenant: i64,
    now_us: i64,
    create: Arc<str>,
    update: Arc<str>,
    audit: Arc<str>,
    outbox: Arc<str>,
    written: fn(&str) -> Arc<str>,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Does the same on the pool of either database: sqlx has no pool that is either.
macro_rules! on_pool {
    ($by_hand:expr, |$pool:ident, $begin:ident| $work:block) => {
        match &$by_hand.pool {
            Pool::Sqlite($pool) => {
                let $begin = "BEGIN IMMEDIATE";
                $work
            }
            Pool::Postgres($pool) => {
                let $begin = "BEGIN";
                $work
            }
        }
    };
}

/// Writes the audit's entry, takes the tenant's next place and publishes: three statements.
macro_rules! tell {
    ($by_hand:ident, $tx:ident, $deed:literal, $contact:ident, $changes:expr, $payload:expr) => {{
        sqlx::query(AssertSqlSafe(Arc::clone(&$by_hand.audit)))
            .bind($by_hand.tenant)
            .bind($by_hand.now_us)
            .bind(USER)
            .bind("user 7")
            .bind($deed)
            .bind($contact.id)
            .bind(&$contact.name)
            .bind(Json($changes))
            .bind(true)
            .execute(&mut *$tx)
            .await?;
        let (place,): (i64,) = sqlx::query_as(PLACE).bind($by_hand.tenant).fetch_one(&mut *$tx).await?;
        sqlx::query(AssertSqlSafe(Arc::clone(&$by_hand.outbox)))
            .bind($by_hand.tenant)
            .bind(place)
            .bind(concat!("record.", $deed, "d"))
            .bind($contact.id)
            .bind($contact.version)
            .bind($by_hand.now_us)
            .bind(Json($payload))
            .bind(USER)
            .execute(&mut *$tx)
            .await?;
    }};
}

impl ByHand {
    /// Connects with the settings that the store has, as far as they decide how lasting a commit is.
    pub(crate) async fn open(database: &TestDb, tenant: i64) -> Result<Self, Broken> {
        let pool = match database.engine() {
            Engine::Sqlite => {
                let file = database.file().ok_or_else(|| Broken::new("find the file", "there is none"))?;
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true);
                let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX).connect_with(options);
                Pool::Sqlite(pool.await.doing("connect to SQLite")?)
            }
            Engine::Postgres => {
                let pool = PgPool::connect(&database.url_as(POSTGRES_ROLE)).await;
                Pool::Postgres(pool.doing("connect to PostgreSQL")?)
            }
        };
        // The one thing that is not written alike: SQLite keeps an instant as microseconds.
        let written: fn(&str) -> Arc<str> = match pool {
            Pool::Sqlite(_) => |sql| sql.replace("NOW(", "(").into(),
            Pool::Postgres(_) => |sql| sql.replace("NOW(", "to_timestamp(0.000001 * ").into(),
        };
        let (create, update) = (written(CREATE), written(UPDATE));
        let (audit, outbox) = (written(AUDIT), written(OUTBOX));
        let now_us = database.clock_now().as_microsecond();
        Ok(Self { pool, tenant, now_us, create, update, audit, outbox, written })
    }

    pub(crate) async fn read(&self, id: i64) -> Result<String, Broken> {
        let cells: Result<Cells, _> = on_pool!(self, |pool, _begin| {
            sqlx::query_as(READ).bind(self.tenant).bind(id).fetch_one(pool).await
        });
        json_of(&[Contact::from(cells.doing("read by hand")?)])
    }

    pub(crate) async fn list(&self, limit: i64) -> Result<String, Broken> {
        let rows: Result<Vec<Cells>, _> = on_pool!(self, |pool, _begin| {
            sqlx::query_as(LIST).bind(self.tenant).bind(limit).fetch_all(pool).await
        });
        let rows = rows.doing("list by hand")?;
        json_of(&rows.into_iter().map(Contact::from).collect::<Vec<_>>())
    }

    pub(crate) async fn create(&self, new: &Contact, telling: Telling) -> Result<String, Broken> {
        let created: Result<Contact, sqlx::Error> = on_pool!(self, |pool, begin| {
            async {
                let mut tx = pool.begin_with(begin).await?;
                let cells: Cells = sqlx::query_as(AssertSqlSafe(Arc::clone(&self.create)))
                    .bind(self.tenant)
                    .bind(&new.name)
                    .bind(fold(&new.name))
                    .bind(&new.email)
                    .bind(new.email.as_deref().map(fold))
                    .bind(&new.phone)
                    .bind(&new.street)
                    .bind(&new.zip)
                    .bind(&new.city)
                    .bind(false)
                    .bind(true)
                    .bind(self.now_us)
                    .bind(USER)
                    .fetch_one(&mut *tx)
                    .await?;
                let contact = Contact::from(cells);
                if telling == Telling::AuditAndOutbox {
                    let changes = json!({"name": [null, contact.name], "email": [null, contact.email],
                        "phone": [null, contact.phone], "street": [null, contact.street],
                        "zip": [null, contact.zip], "city": [null, contact.city], "active": [null, true]});
                    tell!(self, tx, "create", contact, changes, json!({}));
                }
                tx.commit().await?;
                Ok(contact)
            }
            .await
        });
        json_of(&[created.doing("create by hand")?])
    }

    pub(crate) async fn update(&self, id: i64, city: &str, telling: Telling) -> Result<String, Broken> {
        let updated: Result<Contact, sqlx::Error> = on_pool!(self, |pool, begin| {
            async {
                let mut tx = pool.begin_with(begin).await?;
                let cells: Cells = sqlx::query_as(AssertSqlSafe(Arc::clone(&self.update)))
                    .bind(self.tenant)
                    .bind(id)
                    .bind(city)
                    .bind(self.now_us)
                    .bind(USER)
                    .fetch_one(&mut *tx)
                    .await?;
                let contact = Contact::from(cells);
                if telling == Telling::AuditAndOutbox {
                    // What it was before would take one statement more.
                    tell!(
                        self,
                        tx,
                        "update",
                        contact,
                        json!({"city": [null, city]}),
                        json!({"fields": ["city"]})
                    );
                }
                tx.commit().await?;
                Ok(contact)
            }
            .await
        });
        json_of(&[updated.doing("update by hand")?])
    }
}

impl ByHand {
    /// Inserts these calls of a history, the first of which began at this instant.
    pub(crate) async fn insert_calls(&self, from: i64, to: i64, first_us: i64) -> Result<(), Broken> {
        let sql = (self.written)(CALLS);
        let inserted = on_pool!(self, |pool, _begin| {
            let insert = sqlx::query(AssertSqlSafe(sql)).bind(self.tenant).bind(first_us);
            insert.bind(from).bind(to).execute(pool).await.map(drop)
        });
        inserted.doing("insert calls by hand")
    }

    /// Lets the database learn what its tables hold, as it does by itself in time.
    pub(crate) async fn analyze(&self) -> Result<(), Broken> {
        let learned = on_pool!(self, |pool, _begin| { sqlx::query("ANALYZE").execute(pool).await.map(drop) });
        learned.doing("analyze")
    }

    /// Inserts the rows of webhooks, so many in each statement and commit as the product takes at most.
    pub(crate) async fn insert_hooks(&self, kind: Kind, from: usize, rows: usize) -> Result<(), Broken> {
        let ids: Vec<i64> = (from..from + rows).map(|id| id as i64).collect();
        for some in ids.chunks(hooks::BATCH) {
            // Tenant and instant, then two parameters a row.
            let row = |at: usize| {
                let (id, text) = (at * 2 + 4, at * 2 + 5);
                match kind {
                    Kind::Update => format!(
                        "($2, ${id}, ${text}, TRUE, ${text}, '+442079460018', '+12125550100', 'incoming', 'ringing', \
                         NOW($1), NOW($1), $3, {HOOK_STAMPS})"
                    ),
                    Kind::Record => format!(
                        "($2, ${text}, TRUE, NOW($1), ${text}, ${id}, '+442079460018', '+442079460018', \
                         '+12125550100', '+12125550100', 'ANSWERED', 60, 50, ${text}, $3, {HOOK_STAMPS})"
                    ),
                }
            };
            let values: Vec<String> = (0..some.len()).map(row).collect();
            let head = if kind == Kind::Update { UPDATES } else { RECORDS };
            let sql = (self.written)(&format!("{head}{}", values.join(", ")));
            let inserted: Result<(), sqlx::Error> = on_pool!(self, |pool, begin| {
                async {
                    let mut tx = pool.begin_with(begin).await?;
                    let insert = sqlx::query(AssertSqlSafe(sql));
                    let mut insert = insert.bind(self.now_us).bind(self.tenant).bind(Json(hooks::raw()));
                    for id in some {
                        insert = insert.bind(*id).bind(format!("by-hand-{id}"));
                    }
                    insert.execute(&mut *tx).await?;
                    tx.commit().await
                }
                .await
            });
            inserted.doing("insert by hand")?;
        }
        Ok(())
    }
}

fn json_of(contacts: &[Contact]) -> Result<String, Broken> {
    serde_json::to_string(contacts).doing("write JSON")
}
