//! The few ways in which SQLite and PostgreSQL differ. Nothing outside this file asks which one it is.

use crate::config::SCHEMA_WAIT_S;
use crate::schema::{Column, Conversion, Fence, Index, Reference, Remake, Table, Unfitting};
use jiff::Timestamp;
use jiff::civil::Date;
use opbx_kernel::TenantId;
use opbx_platform::Value;
use opbx_platform::domain::{Part, Piece, ZoneOffsets, pieces};
use opbx_platform::field::FieldKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sea_query::extension::sqlite::SqliteExpr as _;
use sea_query::{
    Expr, ExprTrait as _, LikeExpr, PostgresQueryBuilder, QueryBuilder as _, QueryStatementWriter,
    SqliteQueryBuilder, Values,
};
use sqlx::ColumnIndex;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Every table of SQLite that grew tenfold (0x10000) is looked at anew (0x2), by a bounded part of each of its indexes:
/// nobody else writes meanwhile. A much smaller part would have SQLite take a tenant's calls for a few hundred.
pub(crate) const LEARN: &str = "PRAGMA analysis_limit = 10000; PRAGMA optimize = 0x10002";

/// A superuser's connection goes on as a role that row-level security binds; it would walk past it otherwise.
///
/// Two connections may do this at once: the loser finds the winner's role there, in one of several ways.
pub(crate) const STEP_DOWN: &str = r"
DO $$ BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
    BEGIN
      CREATE ROLE opbx_fenced NOLOGIN NOSUPERUSER NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    IF NOT has_schema_privilege('opbx_fenced', current_schema(), 'CREATE') THEN
      BEGIN
        EXECUTE format('GRANT ALL ON SCHEMA %I TO opbx_fenced', current_schema());
      EXCEPTION WHEN internal_error OR unique_violation THEN NULL;
      END;
    END IF;
    SET ROLE opbx_fenced;
  END IF;
END $$";

/// Places kept of every decimal on SQLite, whatever its field declares: so that a field may change its number of
/// places without a rewrite. Leaves room for 9.2 million millions.
pub const DECIMAL_PLACES_MAX: u8 = 6;
/// The largest whole part of a decimal, either way.
pub(crate) const DECIMAL_MAX: i64 = i64::MAX / 10_i64.pow(DECIMAL_PLACES_MAX as u32);

/// The smallest unit of a decimal on SQLite, in one.
const DECIMAL_UNIT: i64 = 10_i64.pow(DECIMAL_PLACES_MAX as u32);

/// Any number that no other user of the same PostgreSQL database locks: "opbx" in ASCII.
const SCHEMA_LOCK: i64 = 0x6f70_6278;

/// Seconds from the year 1 to 1970.
const YEAR_1_S: i64 = 62_135_596_800;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The storage forms of decisions that both databases share; each has its own type for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Integer,
    Boolean,
    Text,
    Decimal,
    Float,
    Date,
    Instant,
    Json,
    Bytes,
}

/// A rule of the database that a statement broke.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// PostgreSQL names the index.
    UniqueIndex(String),
    /// SQLite names the columns.
    UniqueColumns(Vec<String>),
    Reference,
    Busy,
}

/// Periods by which dates and instants are grouped. A week begins on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatePart {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl DatePart {
    pub(crate) const WORDS: &[(&str, Self)] = &[
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, part)| *part == self).map_or("day", |(word, _)| word)
    }
}

impl ColumnType {
    /// The column of a field; fields that hold lists of records have none.
    pub(crate) fn of(kind: &FieldKind) -> Option<Self> {
        Some(match kind {
            FieldKind::Char { .. }
            | FieldKind::Text
            | FieldKind::Html
            | FieldKind::Selection { .. }
            | FieldKind::Reference { .. }
            | FieldKind::Destination => Self::Text,
            FieldKind::Boolean => Self::Boolean,
            FieldKind::Integer { .. } | FieldKind::Many2one { .. } => Self::Integer,
            FieldKind::Decimal { .. } | FieldKind::Monetary { .. } => Self::Decimal,
            FieldKind::Float { .. } => Self::Float,
            FieldKind::Date => Self::Date,
            FieldKind::Datetime => Self::Instant,
            FieldKind::Json => Self::Json,
            FieldKind::Binary | FieldKind::Secret => Self::Bytes,
            FieldKind::One2many { .. } | FieldKind::Many2many { .. } => return None,
        })
    }
}

// ---- statements

impl Dialect {
    pub(crate) fn write(self, query: &impl QueryStatementWriter) -> (String, Values) {
        match self {
            Self::Sqlite => query.build(SqliteQueryBuilder),
            Self::Postgres => query.build(PostgresQueryBuilder),
        }
    }

    /// Turns a value into what the driver binds; `None` where the value does not fit the column.
    pub(crate) fn bind(self, column: ColumnType, value: &Value) -> Option<sea_query::Value> {
        use sea_query::Value as Sql;
        Some(match (column, value) {
            (_, Value::Null) => self.null(column),
            (ColumnType::Integer, Value::Int(number)) => Sql::BigInt(Some(*number)),
            (ColumnType::Integer, Value::Record(id)) => Sql::BigInt(Some(id.get())),
            (ColumnType::Boolean, Value::Bool(held)) => match self {
                Self::Sqlite => Sql::BigInt(Some(i64::from(*held))),
                Self::Postgres => Sql::Bool(Some(*held)),
            },
            (ColumnType::Text, Value::Text(text)) => text.as_str().into(),
            (ColumnType::Text, Value::Destination(destination)) => destination.to_string().into(),
            (ColumnType::Text, Value::Reference(reference)) => reference.to_string().into(),
            // SQLite would make nothing of what is no number.
            (ColumnType::Float, Value::Float(number)) if number.is_finite() => Sql::Double(Some(*number)),
            (ColumnType::Decimal, Value::Decimal(number)) => match self {
                Self::Sqlite => Sql::BigInt(Some(scaled(*number)?)),
                // What one of the databases cannot hold, the other does not take either.
                Self::Postgres => scaled(*number).map(|_| Sql::Decimal(Some(*number)))?,
            },
            (ColumnType::Date, Value::Date(date)) => match self {
                Self::Sqlite => date.to_string().into(),
                Self::Postgres => Sql::ChronoDate(Some(to_chrono(*date)?)),
            },
            (ColumnType::Instant, Value::Instant(at)) => match self {
                Self::Sqlite => Sql::BigInt(Some(at.as_microsecond())),
                Self::Postgres => Sql::ChronoDateTimeUtc(Some(chrono::DateTime::from_timestamp_micros(
                    at.as_microsecond(),
                )?)),
            },
            (ColumnType::Json, Value::Json(json)) => match self {
                Self::Sqlite => json.to_string().into(),
                Self::Postgres => Sql::Json(Some(Box::new(json.clone()))),
            },
            (ColumnType::Bytes, Value::Bytes(bytes)) => bytes.clone().into(),
            _ => return None,
        })
    }

    /// PostgreSQL wants to know the type even of nothing.
    fn null(self, column: ColumnType) -> sea_query::Value {
        use sea_query::Value as Sql;
        match (self, column) {
            (_, ColumnType::Text) => Sql::String(None),
            (_, ColumnType::Bytes) => Sql::Bytes(None),
            (_, ColumnType::Float) => Sql::Double(None),
            (_, ColumnType::Integer) | (Self::Sqlite, _) => Sql::BigInt(None),
            (Self::Postgres, ColumnType::Boolean) => Sql::Bool(None),
            (Self::Postgres, ColumnType::Decimal) => Sql::Decimal(None),
            (Self::Postgres, ColumnType::Date) => Sql::ChronoDate(None),
            (Self::Postgres, ColumnType::Instant) => Sql::ChronoDateTimeUtc(None),
            (Self::Postgres, ColumnType::Json) => Sql::Json(None),
        }
    }

    /// Compares by a pattern as `opbx_platform::domain` writes them, case mattering. A backslash in it is a backslash.
    ///
    /// Quirk: SQLite's LIKE ignores the case of ASCII letters, its GLOB does not.
    pub(crate) fn like(self, column: Expr, pattern: &str) -> Expr {
        match self {
            Self::Sqlite => column.glob(glob(pattern)),
            Self::Postgres => column.like(LikeExpr::new(like(pattern))),
        }
    }

    /// A part of a date; the names come from the registry.
    pub(crate) fn part_of_date(self, table: &str, column: &str, part: Part) -> Expr {
        let at = format!("{}.{}", quoted(table), quoted(column));
        self.part(&at, part)
    }

    /// A part of an instant as clocks show it whose offsets are given, so that both databases know the same zone.
    pub(crate) fn part_of_instant(
        self,
        table: &str,
        column: &str,
        part: Part,
        offsets: &ZoneOffsets,
    ) -> Expr {
        let at = format!("{}.{}", quoted(table), quoted(column));
        let mut offset_s = offsets.first_s.to_string();
        if !offsets.changes.is_empty() {
            let mut cases = String::from("CASE");
            let mut before_s = offsets.first_s;
            for (change, after_s) in &offsets.changes {
                let change = match self {
                    Self::Sqlite => change.as_microsecond().to_string(),
                    Self::Postgres => format!("to_timestamp({})", change.as_second()),
                };
                // Writing to a String cannot fail.
                let _ = write!(cases, " WHEN {at} < {change} THEN {before_s}");
                before_s = *after_s;
            }
            offset_s = format!("({cases} ELSE {before_s} END)");
        }
        match self {
            // From the year 1 on, so that a division of what lies before 1970 rounds down, too.
            Self::Sqlite => self.part(
                &format!(
                    "({at} + {offset_s} * 1000000 + {YEAR_1_S}000000) / 1000000 - {YEAR_1_S}, 'unixepoch'"
                ),
                part,
            ),
            Self::Postgres => {
                self.part(&format!("(({at} AT TIME ZONE 'UTC') + {offset_s} * INTERVAL '1 second')"), part)
            }
        }
    }

    fn part(self, at: &str, part: Part) -> Expr {
        let sqlite = |format: &str| format!("CAST(strftime('{format}', {at}) AS INTEGER)");
        let postgres = |name: &str| format!("FLOOR(EXTRACT({name} FROM {at}))::bigint");
        let (format, name) = match part {
            Part::Year => ("%Y", "YEAR"),
            Part::Quarter => ("%m", "QUARTER"),
            Part::Month => ("%m", "MONTH"),
            Part::IsoWeek => ("%V", "WEEK"),
            Part::DayOfYear => ("%j", "DOY"),
            Part::DayOfMonth => ("%d", "DAY"),
            Part::DayOfWeek => ("%w", "DOW"),
            Part::Hour => ("%H", "HOUR"),
            Part::Minute => ("%M", "MINUTE"),
            Part::Second => ("%S", "SECOND"),
        };
        Expr::cust(match (self, part) {
            (Self::Sqlite, Part::Quarter) => format!("(({} + 2) / 3)", sqlite(format)),
            (Self::Sqlite, _) => format!("({})", sqlite(format)),
            (Self::Postgres, _) => format!("({})", postgres(name)),
        })
    }

    /// Adds up whole numbers or decimals, without leaving their type.
    pub(crate) fn sum(self, column: Expr, of: ColumnType) -> Expr {
        match (self, of) {
            (Self::Postgres, ColumnType::Integer) => Expr::cust_with_expr("SUM($1)::bigint", column),
            _ => column.sum(),
        }
    }

    /// An average to sort by; the one that is shown is divided in Rust, exactly.
    pub(crate) fn average(self, column: Expr) -> Expr {
        match self {
            Self::Sqlite => Expr::cust_with_exprs("SUM(?) * 1.0 / COUNT(?)", [column.clone(), column]),
            Self::Postgres => Expr::cust_with_exprs("SUM($1)::float8 / COUNT($2)", [column.clone(), column]),
        }
    }

    /// The first day of the period that a date lies in.
    pub(crate) fn period_of_date(self, column: Expr, part: DatePart) -> Expr {
        match self {
            Self::Sqlite => sqlite_period("?", part, &column),
            Self::Postgres => {
                Expr::cust_with_expr(format!("date_trunc('{}', $1::timestamp)::date", part.word()), column)
            }
        }
    }

    /// The first day of the period that an instant lies in, for a clock that is `offset` seconds ahead of UTC.
    pub(crate) fn period_of_instant(self, column: Expr, offset: Expr, part: DatePart) -> Expr {
        match self {
            Self::Sqlite => {
                // Rounded down, also before 1970.
                let seconds = Expr::cust_with_exprs(
                    "((? - ((? % 1000000) + 1000000) % 1000000) / 1000000 + ?)",
                    [column.clone(), column, offset],
                );
                sqlite_period("?, 'unixepoch'", part, &seconds)
            }
            Self::Postgres => Expr::cust_with_exprs(
                format!(
                    "date_trunc('{}', timezone('UTC', $1) + $2 * interval '1 second')::date",
                    part.word()
                ),
                [column, offset],
            ),
        }
    }

    /// Draws `count` ids that no record of the table has or had; the names come from the registry.
    pub(crate) fn draw_ids(self, table: &str, count: usize) -> String {
        match self {
            // The one writer holds the database, so nobody draws the same ones.
            Self::Sqlite => format!(
                "WITH RECURSIVE drawn(id) AS (SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = \
                 '{table}'), 0) + 1 UNION ALL SELECT id + 1 FROM drawn LIMIT {count}) SELECT id FROM drawn"
            ),
            Self::Postgres => format!(
                "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, {count})"
            ),
        }
    }

    /// Asks for the last id that a table gave, 0 before the first.
    pub(crate) fn last_id(self, table: &str) -> String {
        match self {
            Self::Sqlite => {
                format!("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0)")
            }
            Self::Postgres => {
                let sequence = format!("pg_get_serial_sequence('{table}', 'id')::regclass");
                format!("SELECT COALESCE(pg_sequence_last_value({sequence}), 0)")
            }
        }
    }

    /// Lets a table number on behind an id, and behind every id that it holds.
    pub(crate) fn number_on(self, table: &str, last_id: i64) -> Vec<String> {
        match self {
            Self::Sqlite => vec![
                format!("DELETE FROM sqlite_sequence WHERE name = '{table}'"),
                format!(
                    "INSERT INTO sqlite_sequence (name, seq) \
                     SELECT '{table}', max({last_id}, COALESCE((SELECT max(id) FROM {0}), 0))",
                    quoted(table)
                ),
            ],
            Self::Postgres => vec![format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), last) FROM \
                 (SELECT GREATEST({last_id}, (SELECT max(id) FROM {})) AS last) AS given WHERE last > 0",
                quoted(table)
            )],
        }
    }

    /// Counts the rows that name one that is not there; nothing to ask where references are looked at as they are made.
    pub(crate) fn orphans(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("SELECT count(*) FROM pragma_foreign_key_check"),
            Self::Postgres => None,
        }
    }

    pub(crate) const fn begin_to_read(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    pub(crate) const fn begin_to_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// What a transaction is told, so that row-level security can stand behind it.
    pub(crate) fn enter_tenant(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT set_config('opbx.tenant', $1, true)"),
        }
    }

    /// Begins a transaction that serves a tenant, in one message to the server: `enter_tenant` would be another.
    pub(crate) fn begin_in(self, begin: &str, tenant: TenantId) -> String {
        match self {
            Self::Sqlite => begin.to_owned(),
            // Invariant: a tenant's id is a positive number, so its text means nothing but itself.
            Self::Postgres => format!("{begin}; SET LOCAL opbx.tenant = '{tenant}'"),
        }
    }

    pub(crate) fn enter_operator(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT set_config('opbx.operator', 'on', true)"),
        }
    }

    pub(crate) fn lock_schema(self) -> Vec<String> {
        match self {
            // BEGIN IMMEDIATE is the lock.
            Self::Sqlite => Vec::new(),
            Self::Postgres => vec![
                format!("SET LOCAL lock_timeout = '{SCHEMA_WAIT_S}s'"),
                format!("SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"),
            ],
        }
    }

    /// Reads which rule a statement broke, where it is one of ours.
    pub(crate) fn violation(self, error: &sqlx::Error) -> Option<Violation> {
        let sqlx::Error::Database(error) = error else { return None };
        let code = error.code().unwrap_or_default();
        match (self, &*code) {
            // SQLITE_CONSTRAINT_UNIQUE and _PRIMARYKEY: "UNIQUE constraint failed: t.a, t.b"
            (Self::Sqlite, "2067" | "1555") => {
                let columns = error.message().rsplit(": ").next().unwrap_or_default();
                let bare = |column: &str| column.rsplit('.').next().unwrap_or_default().trim().to_owned();
                Some(Violation::UniqueColumns(columns.split(',').map(bare).collect()))
            }
            (Self::Sqlite, "787") => Some(Violation::Reference),
            // SQLITE_BUSY, _LOCKED, _BUSY_SNAPSHOT
            (Self::Sqlite, "5" | "6" | "517") => Some(Violation::Busy),
            (Self::Postgres, "23505") => {
                Some(Violation::UniqueIndex(error.constraint().unwrap_or_default().to_owned()))
            }
            (Self::Postgres, "23503") => Some(Violation::Reference),
            // serialization failure, deadlock, lock not available
            (Self::Postgres, "40001" | "40P01" | "55P03") => Some(Violation::Busy),
            _ => None,
        }
    }
}

// ---- definitions

/// Questions to the database's catalogue, each answering in the same columns on both.
pub(crate) struct Catalogue {
    /// table, column, type, flags: 1 never empty, 2 fenced
    pub(crate) columns: &'static str,
    /// table, index, column in order, unique, partial
    pub(crate) indexes: &'static str,
    /// table, reference, column in order, table referred to, column referred to
    pub(crate) references: &'static str,
}

const SQLITE_CATALOGUE: Catalogue = Catalogue {
    columns: "SELECT t.name, c.name, c.type, c.\"notnull\" + 2 FROM sqlite_schema t, pragma_table_info(t.name) c \
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    indexes: "SELECT t.name, i.name, c.name, i.\"unique\", i.partial FROM sqlite_schema t, \
              pragma_index_list(t.name) i, pragma_index_info(i.name) c \
              WHERE t.type = 'table' AND i.origin = 'c' ORDER BY i.name, c.seqno",
    references: "SELECT t.name, CAST(f.id AS TEXT), f.\"from\", f.\"table\", f.\"to\" FROM sqlite_schema t, \
                 pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq",
};

const POSTGRES_CATALOGUE: Catalogue = Catalogue {
    columns: "SELECT t.relname::text, a.attname::text, \
              format_type(a.atttypid, NULL) || CASE WHEN c.collname = 'C' THEN ' COLLATE \"C\"' ELSE '' END, \
              (CASE WHEN a.attnotnull THEN 1 ELSE 0 END \
               + CASE WHEN t.relrowsecurity AND t.relforcerowsecurity THEN 2 ELSE 0 END)::bigint \
              FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped \
              LEFT JOIN pg_collation c ON c.oid = a.attcollation \
              WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace",
    indexes: "SELECT t.relname::text, n.relname::text, a.attname::text, i.indisunique::int::bigint, \
              (i.indpred IS NOT NULL)::int::bigint FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
              JOIN pg_class n ON n.oid = i.indexrelid \
              CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) \
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
              WHERE NOT i.indisprimary AND t.relnamespace = current_schema()::regnamespace \
              ORDER BY n.relname, k.place",
    references: "SELECT t.relname::text, f.conname::text, a.attname::text, o.relname::text, b.attname::text \
                 FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class o ON o.oid = f.confrelid \
                 CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k(here, there, place) \
                 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.here \
                 JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = k.there \
                 WHERE f.contype = 'f' AND t.relnamespace = current_schema()::regnamespace \
                 ORDER BY t.relname, f.conname, k.place",
};

impl Dialect {
    pub(crate) fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::Sqlite => &SQLITE_CATALOGUE,
            Self::Postgres => &POSTGRES_CATALOGUE,
        }
    }

    /// Asks whether row-level security binds the role; nothing to ask where there is none.
    pub(crate) fn is_fenced(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => {
                Some("SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user")
            }
        }
    }

    /// As the catalogue names it.
    pub(crate) fn type_name(self, column: ColumnType) -> &'static str {
        match (self, column) {
            (Self::Sqlite, ColumnType::Text | ColumnType::Date | ColumnType::Json) => "TEXT",
            (Self::Sqlite, ColumnType::Bytes) => "BLOB",
            (Self::Sqlite, ColumnType::Float) => "REAL",
            (Self::Sqlite, _) => "INTEGER",
            (Self::Postgres, ColumnType::Integer) => "bigint",
            (Self::Postgres, ColumnType::Boolean) => "boolean",
            (Self::Postgres, ColumnType::Text) => "text COLLATE \"C\"",
            (Self::Postgres, ColumnType::Decimal) => "numeric",
            (Self::Postgres, ColumnType::Float) => "double precision",
            (Self::Postgres, ColumnType::Date) => "date",
            (Self::Postgres, ColumnType::Instant) => "timestamp with time zone",
            (Self::Postgres, ColumnType::Json) => "jsonb",
            (Self::Postgres, ColumnType::Bytes) => "bytea",
        }
    }

    /// Creates a table under a name, which is another's while one is rebuilt.
    pub(crate) fn create_table(self, name: &str, table: &Table) -> String {
        let mut parts: Vec<String> = table.columns.iter().map(|column| self.column(table, column)).collect();
        match self {
            Self::Sqlite if table.numbered => {
                if table.key.len() > 1 {
                    parts.push(format!("UNIQUE ({})", names(&table.key)));
                }
            }
            _ => parts.push(format!("PRIMARY KEY ({})", names(&table.key))),
        }
        if table.fence == Fence::TenantItself {
            parts.push("CHECK (tenant_id = id)".to_owned());
        }
        let strict = match self {
            Self::Sqlite => {
                parts.extend(table.references.iter().map(refers));
                " STRICT"
            }
            Self::Postgres => "",
        };
        format!("CREATE TABLE {} ({}){strict}", quoted(name), parts.join(", "))
    }

    fn column(self, table: &Table, column: &Column) -> String {
        let name = quoted(&column.name);
        if table.numbered && column.name == "id" {
            return match self {
                // AUTOINCREMENT: an id is never given twice, even after its record is gone.
                Self::Sqlite => format!("{name} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"),
                Self::Postgres => format!("{name} bigint GENERATED BY DEFAULT AS IDENTITY"),
            };
        }
        let not_null = if column.not_null { " NOT NULL" } else { "" };
        format!("{name} {}{not_null}{}", self.type_name(column.column), self.default(column))
    }

    /// What records that exist already get when the column comes: filled in past the fence, and without a rewrite.
    fn default(self, column: &Column) -> String {
        match self.literal(column.column, &column.default) {
            Some(literal) if !column.default.is_null() => format!(" DEFAULT {literal}"),
            _ => String::new(),
        }
    }

    pub(crate) fn add_column(self, table: &str, column: &Column) -> String {
        let kind = self.type_name(column.column);
        format!(
            "ALTER TABLE {} ADD COLUMN {} {kind}{}",
            quoted(table),
            quoted(&column.name),
            self.default(column)
        )
    }

    pub(crate) fn create_index(self, table: &Table, index: &Index) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let active = match self {
            _ if !index.active_only => "",
            Self::Sqlite => " WHERE active = 1",
            Self::Postgres => " WHERE active",
        };
        let columns: Vec<String> = index.columns.iter().map(|column| self.indexed(table, column)).collect();
        let (name, table) = (quoted(&index.name), quoted(&table.name));
        format!("CREATE {unique}INDEX {name} ON {table} ({}){active}", columns.join(", "))
    }

    /// A column as its index sorts it: unset values first, as every order of ours has them when it rises.
    fn indexed(self, table: &Table, name: &str) -> String {
        let may_be_unset = table.columns.iter().any(|column| column.name == name && !column.not_null);
        match self {
            Self::Postgres if may_be_unset => format!("{} NULLS FIRST", quoted(name)),
            Self::Sqlite | Self::Postgres => quoted(name),
        }
    }

    /// What makes a statement tell how it would be done, with the columns of that answer; the last one tells.
    pub(crate) fn explain(self) -> (&'static str, Vec<ColumnType>) {
        match self {
            Self::Sqlite => (
                "EXPLAIN QUERY PLAN ",
                vec![ColumnType::Integer, ColumnType::Integer, ColumnType::Integer, ColumnType::Text],
            ),
            Self::Postgres => ("EXPLAIN ", vec![ColumnType::Text]),
        }
    }

    /// What keeps a planner from reading and sorting a whole table that is too small for it to care.
    pub(crate) fn prefer_indexes(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[],
            Self::Postgres => &[
                "SET LOCAL enable_seqscan = off",
                "SET LOCAL enable_sort = off",
                "SET LOCAL enable_bitmapscan = off",
            ],
        }
    }

    pub(crate) fn drop_index(self, name: &str) -> String {
        format!("DROP INDEX {}", quoted(name))
    }

    /// Adds a new table's reference when all tables are there; SQLite has it in the table already.
    pub(crate) fn refer_after_create(self, table: &Table, reference: &Reference) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(format!("ALTER TABLE {} ADD {}", quoted(&table.name), refers(reference))),
        }
    }

    /// Brings the columns and references of a table that exists to what they should be. SQLite cannot change either,
    /// so there the table is copied into a new one (sqlite.org/lang_altertable.html, section 7); foreign keys are off
    /// on the connection that does it.
    pub(crate) fn remake(self, table: &Table, remake: &Remake<'_>) -> Vec<String> {
        match self {
            Self::Postgres => {
                let name = quoted(&table.name);
                let dropped = remake.dropped.iter();
                let mut statements: Vec<String> = dropped
                    .map(|column| format!("ALTER TABLE {name} DROP COLUMN {}", quoted(column)))
                    .collect();
                for (column, kind, expression) in &remake.converted {
                    let kind = self.type_name(*kind);
                    statements.push(format!(
                        "ALTER TABLE {name} ALTER COLUMN {0} DROP DEFAULT, ALTER COLUMN {0} TYPE {kind} USING {expression}",
                        quoted(column)
                    ));
                }
                // Quirk: PostgreSQL looks at the rows that are there already as the tables' owner, whom their fences bind:
                // it would miss rows, or take the ones they name for missing.
                let ends = remake.referred.iter().map(|reference| &reference.table);
                let ends: BTreeSet<&String> = if remake.referred.is_empty() {
                    BTreeSet::new()
                } else {
                    ends.chain([&table.name]).collect()
                };
                let fences: Vec<_> = ends.iter().map(|end| self.fence_down_and_up(end)).collect();
                statements.extend(fences.iter().filter_map(|[down, _]| down.clone()));
                statements.extend(
                    remake.referred.iter().filter_map(|reference| self.refer_after_create(table, reference)),
                );
                statements.extend(fences.into_iter().filter_map(|[_, up]| up));
                statements
            }
            Self::Sqlite => {
                let copy = format!("{}__copy", table.name);
                let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
                let converted = |column: &String| {
                    let found = remake.converted.iter().find(|(name, _, _)| name == column);
                    found.map_or_else(|| quoted(column), |(_, _, expression)| expression.clone())
                };
                let from = columns.iter().map(converted).collect::<Vec<_>>().join(", ");
                let columns = names(&columns);
                let (old, new) = (quoted(&table.name), quoted(&copy));
                let mut statements = vec![
                    self.create_table(&copy, table),
                    format!("INSERT INTO {new} ({columns}) SELECT {from} FROM {old}"),
                ];
                if table.numbered {
                    // The last id given is remembered even where its record is gone.
                    statements.push(format!("DELETE FROM sqlite_sequence WHERE name = '{copy}'"));
                    statements.push(format!(
                        "INSERT INTO sqlite_sequence (name, seq) SELECT '{copy}', seq FROM sqlite_sequence \
                         WHERE name = '{}'",
                        table.name
                    ));
                }
                statements.push(format!("DROP TABLE {old}"));
                statements.push(format!("ALTER TABLE {new} RENAME TO {old}"));
                statements.extend(table.indexes.iter().map(|index| self.create_index(table, index)));
                statements
            }
        }
    }

    pub(crate) fn rename_table(self, table: &str, to: &str) -> String {
        format!("ALTER TABLE {} RENAME TO {}", quoted(table), quoted(to))
    }

    pub(crate) fn rename_column(self, table: &str, column: &str, to: &str) -> String {
        format!("ALTER TABLE {} RENAME COLUMN {} TO {}", quoted(table), quoted(column), quoted(to))
    }

    /// Drops a table with all that refers to it; on SQLite foreign keys are off where this is done.
    pub(crate) fn drop_table(self, table: &str) -> String {
        match self {
            Self::Sqlite => format!("DROP TABLE {}", quoted(table)),
            Self::Postgres => format!("DROP TABLE {} CASCADE", quoted(table)),
        }
    }

    /// The type that the catalogue names so, where it is one of ours.
    pub(crate) fn type_called(self, name: &str) -> Option<ColumnType> {
        let all = [
            ColumnType::Integer,
            ColumnType::Text,
            ColumnType::Bytes,
            ColumnType::Float,
            ColumnType::Boolean,
            ColumnType::Decimal,
            ColumnType::Date,
            ColumnType::Instant,
            ColumnType::Json,
        ];
        all.into_iter().find(|kind| self.type_name(*kind) == name)
    }

    /// The type that the catalogue names so, where the name leaves no doubt which of ours it is.
    pub(crate) fn type_told(self, name: &str) -> Option<ColumnType> {
        match self {
            Self::Sqlite if matches!(name, "INTEGER" | "TEXT") => None,
            Self::Sqlite | Self::Postgres => self.type_called(name),
        }
    }

    // ---- stored values, whosever they are: the operator's work while the schema changes

    /// Lets statements through to every tenant's rows of a table, which its owner may do for as long as it takes. The
    /// table is locked for everybody else until the transaction ends.
    pub(crate) fn past_fence(self, table: &str, statements: Vec<String>) -> Vec<String> {
        let [down, up] = self.fence_down_and_up(table);
        down.into_iter().chain(statements).chain(up).collect()
    }

    /// How a table's fence is taken down and put up again.
    pub(crate) fn fence_down_and_up(self, table: &str) -> [Option<String>; 2] {
        match self {
            Self::Sqlite => [None, None],
            Self::Postgres => {
                let table = quoted(table);
                [
                    Some(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")),
                    Some(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")),
                ]
            }
        }
    }

    /// True of the rows whose column holds nothing, or a text without a character.
    pub(crate) fn is_empty(self, column: &str, kind: ColumnType) -> String {
        let name = quoted(column);
        match kind {
            ColumnType::Text => format!("({name} IS NULL OR {name} = '')"),
            _ => format!("{name} IS NULL"),
        }
    }

    pub(crate) fn is_set(self, column: &str) -> String {
        format!("{} IS NOT NULL", quoted(column))
    }

    /// True of the rows whose value a narrowed field does not take.
    pub(crate) fn is_unfit(self, column: &str, unfit: &Unfitting) -> String {
        let name = quoted(column);
        match (unfit, self) {
            (Unfitting::LongerThan(size), _) => format!("length({name}) > {size}"),
            (Unfitting::NoneOf(options), _) => {
                let options: Vec<String> = options.iter().map(|option| self.literal_text(option)).collect();
                format!("{name} NOT IN ({})", options.join(", "))
            }
            (Unfitting::Fractions(Conversion::FloatToInteger), Self::Sqlite) => {
                format!("{name} <> CAST({name} AS INTEGER)")
            }
            (Unfitting::Fractions(_), Self::Sqlite) => format!("{name} % {DECIMAL_UNIT} <> 0"),
            (Unfitting::Fractions(_), Self::Postgres) => format!("{name} <> trunc({name})"),
        }
    }

    /// A column's value in the form of another type; a fraction falls away.
    pub(crate) fn converted(self, column: &str, conversion: Conversion) -> String {
        let name = quoted(column);
        match (self, conversion) {
            (Self::Sqlite, Conversion::IntegerToDecimal) => format!("{name} * {DECIMAL_UNIT}"),
            (Self::Sqlite, Conversion::IntegerToFloat) => format!("CAST({name} AS REAL)"),
            (Self::Sqlite, Conversion::DecimalToInteger) => format!("{name} / {DECIMAL_UNIT}"),
            (Self::Sqlite, Conversion::FloatToInteger) => format!("CAST({name} AS INTEGER)"),
            (Self::Postgres, Conversion::IntegerToDecimal) => format!("{name}::numeric"),
            (Self::Postgres, Conversion::IntegerToFloat) => format!("{name}::double precision"),
            (Self::Postgres, Conversion::DecimalToInteger | Conversion::FloatToInteger) => {
                format!("trunc({name})::bigint")
            }
        }
    }

    /// Whole numbers that a decimal column cannot hold.
    pub(crate) fn is_beyond_decimal(self, column: &str) -> String {
        format!("abs({}) > {DECIMAL_MAX}", quoted(column))
    }

    /// Sets columns to values that are the same for all rows of which a condition is true; `None` is nothing.
    pub(crate) fn set(self, table: &str, columns: &[(&str, Option<String>)], condition: &str) -> String {
        let set = columns
            .iter()
            .map(|(column, value)| format!("{} = {}", quoted(column), value.as_deref().unwrap_or("NULL")));
        format!("UPDATE {} SET {} WHERE {condition}", quoted(table), set.collect::<Vec<_>>().join(", "))
    }

    /// A value as it stands in a statement; `None` where the column cannot hold it.
    pub(crate) fn literal(self, column: ColumnType, value: &Value) -> Option<String> {
        let value = self.bind(column, value)?;
        Some(match self {
            Self::Sqlite => SqliteQueryBuilder.value_to_string(&value),
            Self::Postgres => PostgresQueryBuilder.value_to_string(&value),
        })
    }

    fn literal_text(self, text: &str) -> String {
        self.literal(ColumnType::Text, &Value::from(text)).expect("a text column holds every text")
    }

    /// The first characters of a text.
    pub(crate) fn cut(self, column: &str, size: usize) -> String {
        format!("substr({}, 1, {size})", quoted(column))
    }

    pub(crate) fn reword(self, table: &str, column: &str, from: &str, to: &str) -> String {
        let condition = format!("{} = {}", quoted(column), self.literal_text(from));
        self.set(table, &[(column, Some(self.literal_text(to)))], &condition)
    }

    /// Replaces how texts begin.
    pub(crate) fn reword_start(self, table: &str, column: &str, from: &str, to: &str) -> String {
        let (name, length) = (quoted(column), from.chars().count());
        let rest = format!("{} || substr({name}, {})", self.literal_text(to), length + 1);
        let condition = format!("substr({name}, 1, {length}) = {}", self.literal_text(from));
        self.set(table, &[(column, Some(rest))], &condition)
    }

    pub(crate) fn delete_naming(self, table: &str, column: &str, text: &str) -> String {
        format!("DELETE FROM {} WHERE {} = {}", quoted(table), quoted(column), self.literal_text(text))
    }

    pub(crate) fn advance(self, table: &str, column: &str) -> String {
        let next = format!("COALESCE({}, 0) + 1", quoted(column));
        self.set(table, &[(column, Some(next))], "1 = 1")
    }

    /// Row-level security that binds even the table's owner; `{}` in a policy stands for the table.
    pub(crate) fn fence(self, table: &str, policies: &[String]) -> Vec<String> {
        match self {
            Self::Sqlite => Vec::new(),
            Self::Postgres => {
                let table = quoted(table);
                let mut statements = vec![
                    format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
                    format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
                ];
                statements.extend(
                    policies.iter().map(|policy| format!("CREATE POLICY {}", policy.replace("{}", &table))),
                );
                statements
            }
        }
    }
}

fn refers(reference: &Reference) -> String {
    let (columns, target) = (names(&reference.columns), names(&reference.target));
    format!("FOREIGN KEY ({columns}) REFERENCES {} ({target})", quoted(&reference.table))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}

fn scaled(number: Decimal) -> Option<i64> {
    let scaled = number.checked_mul(Decimal::from(10_i64.pow(DECIMAL_PLACES_MAX.into())))?;
    scaled.is_integer().then(|| scaled.to_i64()).flatten()
}

fn to_chrono(date: Date) -> Option<chrono::NaiveDate> {
    let (month, day) = (u32::try_from(date.month()).ok()?, u32::try_from(date.day()).ok()?);
    chrono::NaiveDate::from_ymd_opt(date.year().into(), month, day)
}

fn from_chrono(date: chrono::NaiveDate) -> Option<Date> {
    date.to_string().parse().ok()
}

/// The first day of a period by SQLite's date modifiers (sqlite.org/lang_datefunc.html).
fn sqlite_period(moment: &str, part: DatePart, value: &Expr) -> Expr {
    let modifiers = match part {
        DatePart::Day => String::new(),
        // On to Sunday, where it is not one, and back to Monday.
        DatePart::Week => ", 'weekday 0', '-6 days'".to_owned(),
        DatePart::Month => ", 'start of month'".to_owned(),
        DatePart::Quarter => {
            format!(", 'start of month', '-' || ((strftime('%m', {moment}) - 1) % 3) || ' months'")
        }
        DatePart::Year => ", 'start of year'".to_owned(),
    };
    let places = if part == DatePart::Quarter { 2 } else { 1 };
    Expr::cust_with_exprs(format!("date({moment}{modifiers})"), vec![value.clone(); places])
}

/// Says a pattern in GLOB's words.
fn glob(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len() + 2);
    for piece in pieces(pattern) {
        match piece {
            Piece::Run => glob.push('*'),
            Piece::One => glob.push('?'),
            Piece::Char(c @ ('*' | '?' | '[')) => glob.extend(['[', c, ']']),
            Piece::Char(other) => glob.push(other),
        }
    }
    glob
}

/// Says a pattern in LIKE's words, whose own escape is the backslash.
fn like(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len() + 2);
    for piece in pieces(pattern) {
        match piece {
            Piece::Run => like.push('%'),
            Piece::One => like.push('_'),
            Piece::Char(c @ ('%' | '_' | '\\')) => like.extend(['\\', c]),
            Piece::Char(other) => like.push(other),
        }
    }
    like
}

// ---- rows

/// Reads one cell; `None` means that it holds something its type does not allow.
pub(crate) fn sqlite_cell(row: &SqliteRow, at: usize, column: ColumnType) -> Option<Value> {
    let value = match column {
        ColumnType::Integer => get::<_, i64>(row, at)?.map(Value::Int),
        ColumnType::Boolean => get::<_, i64>(row, at)?.map(|held| Value::Bool(held != 0)),
        ColumnType::Text => get::<_, String>(row, at)?.map(Value::Text),
        ColumnType::Decimal => get::<_, i64>(row, at)?
            .map(|held| Value::Decimal(Decimal::new(held, DECIMAL_PLACES_MAX.into()).normalize())),
        ColumnType::Float => get::<_, f64>(row, at)?.map(Value::Float),
        ColumnType::Date => match get::<_, String>(row, at)? {
            Some(text) => Some(Value::Date(text.parse().ok()?)),
            None => None,
        },
        ColumnType::Instant => match get::<_, i64>(row, at)? {
            Some(micros) => Some(Value::Instant(Timestamp::from_microsecond(micros).ok()?)),
            None => None,
        },
        ColumnType::Json => match get::<_, String>(row, at)? {
            Some(text) => Some(Value::Json(serde_json::from_str(&text).ok()?)),
            None => None,
        },
        ColumnType::Bytes => get::<_, Vec<u8>>(row, at)?.map(Value::Bytes),
    };
    Some(value.unwrap_or(Value::Null))
}

/// As `sqlite_cell`.
pub(crate) fn postgres_cell(row: &PgRow, at: usize, column: ColumnType) -> Option<Value> {
    let value = match column {
        ColumnType::Integer => get::<_, i64>(row, at)?.map(Value::Int),
        ColumnType::Boolean => get::<_, bool>(row, at)?.map(Value::Bool),
        ColumnType::Text => get::<_, String>(row, at)?.map(Value::Text),
        ColumnType::Decimal => get::<_, Decimal>(row, at)?.map(|number| Value::Decimal(number.normalize())),
        ColumnType::Float => get::<_, f64>(row, at)?.map(Value::Float),
        ColumnType::Date => match get::<_, chrono::NaiveDate>(row, at)? {
            Some(date) => Some(Value::Date(from_chrono(date)?)),
            None => None,
        },
        ColumnType::Instant => match get::<_, chrono::DateTime<chrono::Utc>>(row, at)? {
            Some(at) => Some(Value::Instant(Timestamp::from_microsecond(at.timestamp_micros()).ok()?)),
            None => None,
        },
        ColumnType::Json => get::<_, serde_json::Value>(row, at)?.map(Value::Json),
        ColumnType::Bytes => get::<_, Vec<u8>>(row, at)?.map(Value::Bytes),
    };
    Some(value.unwrap_or(Value::Null))
}

fn get<'r, R, T>(row: &'r R, at: usize) -> Option<Option<T>>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    T: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    row.try_get::<Option<T>, _>(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_keeps_its_meaning_in_globs_words() {
        assert_eq!(glob("%a_b%"), "*a?b*");
        assert_eq!(glob("1*[2]?"), "1[*][[]2][?]");
    }

    #[test]
    fn a_decimal_is_scaled_exactly_or_not_at_all() {
        assert_eq!(scaled(Decimal::new(-15, 1)), Some(-1_500_000));
        assert_eq!(scaled(Decimal::new(1, 7)), None);
        assert_eq!(scaled(Decimal::MAX), None);
    }
}
