//! The catalogue of each database, read by hand and compared with the declared models: after a start from nothing, and
//! after every kind of widening.

use crate::lab::{lab_with, registry, registry_of, sample, sample_but, scope, values};
use opbx_kernel::Operator;
use opbx_platform::field::{Field, FieldKind, Unique};
use opbx_platform::{Domain, Model, Registry, Tenancy, Value};
use opbx_store::{DatabaseUrl, Search, Store};
use opbx_testkit::{Engine, TestDb, on_both_databases, registry_with, tenant};
use sqlx::Connection as _;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is compared, as sorted lines that a person can read.
type Lines = BTreeSet<String>;

const SQLITE: &[&str] = &[
    "SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" = 1 THEN ' not null' \
     ELSE '' END FROM sqlite_schema t, pragma_table_info(t.name) c \
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    "SELECT CASE WHEN i.\"unique\" = 1 THEN 'unique ' ELSE 'index ' END || t.name || ' (' || \
     (SELECT group_concat(c.name, ', ') FROM pragma_index_info(i.name) c) || ')' || \
     CASE WHEN i.partial = 1 THEN ' active' ELSE '' END \
     FROM sqlite_schema t, pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c'",
    "SELECT 'refers ' || t.name || ' (' || group_concat(f.\"from\", ', ') || ') to ' || f.\"table\" || ' (' || \
     group_concat(f.\"to\", ', ') || ')' FROM sqlite_schema t, pragma_foreign_key_list(t.name) f \
     WHERE t.type = 'table' GROUP BY t.name, f.id",
];

const POSTGRES: &[&str] = &[
    "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || CASE WHEN is_nullable = 'NO' \
     THEN ' not null' ELSE '' END FROM information_schema.columns WHERE table_schema = current_schema()",
    "SELECT CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || t.relname || ' (' || \
     (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) \
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) || ')' || \
     CASE WHEN i.indpred IS NOT NULL THEN ' active' ELSE '' END \
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
     WHERE NOT i.indisprimary AND t.relnamespace = current_schema()::regnamespace",
    "SELECT 'refers ' || t.relname || ' (' || \
     (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(f.conkey) WITH ORDINALITY AS k(attnum, place) \
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) || ') to ' || o.relname || ' (' || \
     (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(f.confkey) WITH ORDINALITY AS k(attnum, place) \
      JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = k.attnum) || ')' \
     FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class o ON o.oid = f.confrelid \
     WHERE f.contype = 'f' AND t.relnamespace = current_schema()::regnamespace",
];

/// What the database has, but for the store's own machinery.
async fn found(db: &TestDb) -> Lines {
    let mut lines = Lines::new();
    match db.url() {
        DatabaseUrl::Sqlite(path) => {
            let mut raw = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display()))
                .await
                .expect("a connection");
            for question in SQLITE {
                let rows: Vec<String> =
                    sqlx::query_scalar(*question).fetch_all(&mut raw).await.expect("lines");
                lines.extend(rows);
            }
        }
        DatabaseUrl::Postgres(url) => {
            let mut raw = sqlx::PgConnection::connect(url).await.expect("a connection");
            for question in POSTGRES {
                let rows: Vec<String> =
                    sqlx::query_scalar(*question).fetch_all(&mut raw).await.expect("lines");
                lines.extend(rows);
            }
        }
    }
    lines.retain(|line| !line.contains(" store_"));
    lines
}

/// The type of a column, told from the field alone and not as the product tells it.
fn type_of(engine: Engine, kind: &FieldKind) -> Option<&'static str> {
    let (sqlite, postgres) = match kind {
        FieldKind::Char { .. }
        | FieldKind::Text
        | FieldKind::Html
        | FieldKind::Selection { .. }
        | FieldKind::Reference { .. }
        | FieldKind::Destination => ("TEXT", "text"),
        FieldKind::Boolean => ("INTEGER", "boolean"),
        FieldKind::Integer { .. } | FieldKind::Many2one { .. } => ("INTEGER", "bigint"),
        FieldKind::Decimal { .. } | FieldKind::Monetary { .. } => ("INTEGER", "numeric"),
        FieldKind::Float { .. } => ("REAL", "double precision"),
        FieldKind::Date => ("TEXT", "date"),
        FieldKind::Datetime => ("INTEGER", "timestamp with time zone"),
        FieldKind::Json => ("TEXT", "jsonb"),
        FieldKind::Binary | FieldKind::Secret => ("BLOB", "bytea"),
        FieldKind::One2many { .. } | FieldKind::Many2many { .. } => return None,
    };
    Some(if engine == Engine::Sqlite { sqlite } else { postgres })
}

/// What the models say the database should have.
fn expected(engine: Engine, registry: &Registry) -> Lines {
    let mut lines = Lines::new();
    for model in registry.models() {
        expect_model(&mut lines, engine, registry, model);
        for field in &model.fields {
            expect_pairs(&mut lines, engine, registry, model, field);
        }
    }
    // What OPBX works through in all tenants is found over all tenants.
    for (table, column) in [
        ("ir_cron", "next_run"),
        ("ir_job", "due_at"),
        ("ir_outbox", "sequence"),
        ("res_users", "email_folded"),
    ] {
        lines.insert(format!("index {table} ({column}, tenant_id)"));
    }
    lines
}

fn expect_model(lines: &mut Lines, engine: Engine, registry: &Registry, model: &Model) {
    let table = model.name.table();
    let kind = |kind: FieldKind| type_of(engine, &kind).expect("it has a column");
    let (number, instant) = (kind(FieldKind::Integer { min: None, max: None }), kind(FieldKind::Datetime));
    let text = kind(FieldKind::Text);
    let json = kind(FieldKind::Json);
    let fenced = model.tenancy != Tenancy::Shared;
    let mut column = |name: &str, kind: &str, not_null: bool| {
        let end = if not_null { " not null" } else { "" };
        lines.insert(format!("column {table}.{name} {kind}{end}"));
    };
    column("id", number, true);
    if fenced {
        column("tenant_id", number, true);
    }
    for (name, kind, not_null) in [
        ("created_at", instant, true),
        ("created_by", number, false),
        ("updated_at", instant, true),
        ("updated_by", number, false),
        ("version", number, true),
    ] {
        column(name, kind, not_null);
    }
    for field in model.stored() {
        column(&field.name, type_of(engine, &field.kind).expect("it is stored"), false);
        if field.folded {
            column(&format!("{}_folded", field.name), text, false);
        }
        if field.translate {
            column(&format!("{}_translations", field.name), json, false);
        }
    }
    if model.tenancy == Tenancy::Tenant {
        lines.insert(format!("refers {table} (tenant_id) to res_tenant (id)"));
    }
    for field in model.stored() {
        let FieldKind::Many2one { to, .. } = &field.kind else { continue };
        lines.insert(refers(registry, fenced, &table, &field.name, to.as_str()));
    }
    expect_indexes(lines, model, &table, fenced);
}

fn refers(registry: &Registry, fenced: bool, table: &str, column: &str, to: &str) -> String {
    let target = registry.model(to).expect("it is declared");
    let to = target.name.table();
    if fenced && target.tenancy != Tenancy::Shared {
        format!("refers {table} (tenant_id, {column}) to {to} (tenant_id, id)")
    } else {
        format!("refers {table} ({column}) to {to} (id)")
    }
}

fn expect_indexes(lines: &mut Lines, model: &Model, table: &str, fenced: bool) {
    let columns = |fields: &[String], within_tenant: bool| {
        let column = |name: &String| match model.field(name) {
            Some(field) if field.folded => format!("{name}_folded"),
            _ => name.clone(),
        };
        let all = within_tenant.then(|| "tenant_id".to_owned()).into_iter().chain(fields.iter().map(column));
        all.collect::<Vec<_>>().join(", ")
    };
    let mut unique = Vec::new();
    for field in &model.fields {
        let Some(kind) = field.unique else { continue };
        let within = fenced && kind != Unique::Installation;
        let columns = columns(std::slice::from_ref(&field.name), within);
        let end = if kind == Unique::Active { " active" } else { "" };
        unique.push(format!("{columns}){end}"));
    }
    unique.extend(model.unique.iter().map(|fields| format!("{})", columns(fields, fenced))));
    let singles = model.fields.iter().filter(|field| {
        field.index
            || matches!(
                field.kind,
                FieldKind::Many2one { .. } | FieldKind::Reference { .. } | FieldKind::Destination
            )
    });
    for fields in singles.map(|field| vec![field.name.clone()]).chain(model.indexes.iter().cloned()) {
        let index = format!("{})", columns(&fields, fenced));
        if !unique.contains(&index) {
            lines.insert(format!("index {table} ({index}"));
        }
    }
    lines.extend(unique.into_iter().map(|index| format!("unique {table} ({index}")));
    if model.tenancy == Tenancy::TenantItself {
        lines.insert(format!("unique {table} (id)"));
    }
}

fn expect_pairs(lines: &mut Lines, engine: Engine, registry: &Registry, model: &Model, field: &Field) {
    let FieldKind::Many2many { to } = &field.kind else { return };
    let table = field.relation_table(model).expect("it is a list");
    let number = type_of(engine, &FieldKind::Integer { min: None, max: None }).expect("it has a column");
    for column in ["tenant_id", "source_id", "target_id"] {
        lines.insert(format!("column {table}.{column} {number} not null"));
    }
    lines.insert(format!("index {table} (tenant_id, target_id, source_id)"));
    lines.insert(refers(registry, true, &table, "source_id", model.name.as_str()));
    lines.insert(refers(registry, true, &table, "target_id", to.as_str()));
}

fn operator() -> Operator {
    Operator::because("a test")
}

/// Compares, and makes sure that a second look finds nothing to do.
async fn assert_follows(db: &TestDb, store: &Store) {
    let (found, expected) = (found(db).await, expected(db.engine(), store.registry()));
    let missing: Vec<_> = expected.difference(&found).collect();
    let unwanted: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && unwanted.is_empty(), "missing: {missing:#?}\nunwanted: {unwanted:#?}");
    assert_eq!(store.sync_schema(&operator()).await.expect("nothing to do"), []);
}

on_both_databases! {
    async fn every_declared_table_column_index_and_reference_is_there_and_nothing_else(db: TestDb) {
        let store = db.store(registry()).await;
        assert!(found(&db).await.len() > 300, "the questions find something");
        assert_follows(&db, &store).await;
    }

    async fn the_catalogue_follows_each_kind_of_widening_and_values_stay(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let mut held = sample("Sample");
        held.extend(values([
            ("level", Value::Int(7)),
            ("rating", Value::Int(-3)),
            ("code", "C".into()),
            ("state", "done".into()),
            ("label", "Ärger".into()),
            ("price", Value::Decimal("1.25".parse().expect("a decimal"))),
        ]));
        let sample = tx.create("lab.sample", held).await.expect("a sample");
        tx.commit().await.expect("it lasts");

        let price = Value::Decimal("1.25".parse().expect("a decimal"));
        let steps: &[(&str, &str, Value)] = &[
            ("code", "code = { type = \"char\", size = 200, unique = \"tenant\", folded = false }", "C".into()),
            ("code", "code = { type = \"char\", size = 200, unique = \"tenant\", folded = true }", "C".into()),
            ("label", "label = { type = \"text\", folded = true }", "Ärger".into()),
            ("state", "state = { type = \"selection\", options = [\"old\", \"new\", \"done\"] }", "done".into()),
            ("state", "state = { type = \"text\" }", "done".into()),
            ("level", "level = { type = \"decimal\", digits = 2, index = true }", Value::Decimal(7.into())),
            ("level", "level = { type = \"monetary\", currency = \"coin\" }", Value::Decimal(7.into())),
            ("rating", "rating = { type = \"float\" }", Value::Float(-3.0)),
            ("price", "price = { type = \"monetary\", currency = \"coin\", digits = 4 }", price),
            ("day", "day = { type = \"date\", index = true, unique = \"tenant\" }", Value::Null),
            ("body", "body = { type = \"text\", translate = true, folded = true }", Value::Null),
        ];
        let mut lines: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, line, expected) in steps {
            lines.insert(name, line);
            let replaced: Vec<(&str, &str)> = lines.iter().map(|(name, line)| (*name, *line)).collect();
            let store = db.open(registry_of(&sample_but(&replaced))).await;
            store.sync_schema(&operator()).await.unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_follows(&db, &store).await;
            let mut tx = store.begin(&red).await.expect("a transaction");
            let rows = tx.read("lab.sample", &[sample], &[name]).await.expect("it is read");
            assert_eq!(rows[0].values[0], *expected, "{line}");
            // What is folded from now on is found folded, older records too.
            let domain = Domain::ilike("label", "ÄRGER");
            let search = Search { archived: true, ..Search::default() };
            assert_eq!(tx.search("lab.sample", &domain, search).await.expect("rows").len(), 1, "{line}");
        }
    }

    async fn what_becomes_folded_is_found_folded_at_once(db: TestDb) {
        let plain = sample_but(&[("label", "label = { type = \"char\", size = 40 }")]);
        let store = db.store(registry_of(&plain)).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        for name in ["a", "b"] {
            let mut one = sample(name);
            one.insert("label".to_owned(), format!("ÄÖ {name}").into());
            tx.create("lab.sample", one).await.expect("a sample");
        }
        tx.commit().await.expect("it lasts");
        let store = db.store(registry()).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        assert_eq!(tx.count("lab.sample", &Domain::ilike("label", "äö")).await.expect("a count"), 2);
        drop(tx);
        let store = db.store(registry_of(&plain)).await;
        assert_follows(&db, &store).await;
    }

    async fn a_module_that_is_not_installed_keeps_its_columns_and_tables(db: TestDb) {
        let annex = || opbx_testkit::module("annex", &[
            ("module.toml", "name = \"annex\"\ndepends = [\"lab\"]\n"),
            ("sample/model.toml", "extends = \"lab.sample\"\n[fields]\nextra = { type = \"char\", index = true }\n\
                kin = { type = \"many2one\", to = \"lab.part\" }\n"),
        ]);
        let store = db.store(registry_with(vec![lab_with(&[]), annex()])).await;
        assert_follows(&db, &store).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let mut one = sample("a");
        one.insert("extra".to_owned(), "kept".into());
        let one = tx.create("lab.sample", one).await.expect("a sample");
        tx.commit().await.expect("it lasts");

        // Without the module, the table even changes a type, which on SQLite is a copy of the whole.
        let without = db.store(registry_of(&sample_but(&[("level", "level = { type = \"float\" }")]))).await;
        assert_eq!(without.sync_schema(&operator()).await.expect("nothing to do"), []);
        let mut tx = without.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("b")).await.expect("a sample");
        tx.commit().await.expect("it lasts");

        let floating = sample_but(&[("level", "level = { type = \"float\" }")]);
        let again = registry_with(vec![lab_with(&[("sample/model.toml", &floating)]), annex()]);
        let store = db.store(again).await;
        assert_follows(&db, &store).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        let rows = tx.read("lab.sample", &[one], &["extra", "level"]).await.expect("it is read");
        assert_eq!(rows[0].values, ["kept".into(), Value::Float(3.0)]);
    }
}
