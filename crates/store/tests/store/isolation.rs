//! Two tenants never meet: tried from each side, by every door, for every model.

use crate::lab::{registry, scope, values};
use opbx_kernel::{Operator, RecordId, Scope};
use opbx_platform::field::{Field, FieldKind, Format};
use opbx_platform::{DestinationRef, Domain, Model, RecordRef, Registry, Tenancy, Value, Values};
use opbx_store::{DatabaseUrl, SaveError, Search, Store};
use opbx_testkit::{Engine, TestDb, on_both_databases, two_tenants};
use sqlx::Connection as _;
use std::collections::BTreeMap;

/// One record of each model, by its name.
type Records = BTreeMap<String, RecordId>;

/// Models whose records come about by what happens to others.
const KEPT_BY_STORE: [&str; 3] = ["ir.audit", "ir.outbox", "ir.outbox.cursor"];

/// A value that any field of this kind takes; the same in both tenants wherever that is possible.
fn plausible(field: &Field, records: &Records) -> Option<Value> {
    Some(match &field.kind {
        FieldKind::Char { .. } if let Some(pattern) = &field.pattern => {
            ["*97", "+442079460018"].into_iter().find(|text| pattern.matches(text))?.into()
        }
        FieldKind::Char { size } => match field.format {
            Some(Format::ExtensionNumber) => "100".into(),
            Some(Format::E164) => "+442079460018".into(),
            Some(Format::Email) => "a@example.com".into(),
            Some(Format::TimeZone) => "Europe/Brussels".into(),
            Some(Format::Country) => "BE".into(),
            Some(Format::Url) => "https://example.com".into(),
            Some(Format::WebsocketUrl) => "wss://example.com".into(),
            Some(Format::SipAddress) => "sip:same@example.com".into(),
            Some(Format::CallerId) => "+442079460018".into(),
            Some(Format::MenuKeys | Format::DialPrefix) => "1".into(),
            Some(Format::TimeOfDay) => "09:00".into(),
            Some(Format::EndOfDay) => "24:00".into(),
            Some(Format::Language) => "pt-BR".into(),
            Some(Format::Slug) | None => Value::from("same".get(..4.min(*size))?),
        },
        FieldKind::Text | FieldKind::Html => "same".into(),
        FieldKind::Float { .. } => Value::Float(1.5),
        FieldKind::Boolean => true.into(),
        FieldKind::Integer { min, max } => Value::Int(min.or(*max).unwrap_or(1)),
        FieldKind::Decimal { .. } | FieldKind::Monetary { .. } => Value::Decimal(1.into()),
        FieldKind::Date => Value::Date("2026-03-01".parse().expect("a date")),
        FieldKind::Datetime => Value::Instant("2026-03-01T12:00:00Z".parse().expect("an instant")),
        FieldKind::Selection { options } => options.first()?.as_str().into(),
        FieldKind::Many2one { to, .. } => Value::Record(*records.get(to.as_str())?),
        FieldKind::Many2many { to } => Value::Records(vec![*records.get(to.as_str())?]),
        FieldKind::Reference { to, .. } => {
            let model = to.iter().find(|model| records.contains_key(model.as_str()))?.clone();
            Value::Reference(RecordRef { id: records[model.as_str()], model })
        }
        FieldKind::Destination => Value::Destination(DestinationRef::Hangup),
        FieldKind::Json => Value::Json("same".into()),
        FieldKind::Binary | FieldKind::Secret => Value::Bytes(b"same".to_vec()),
        FieldKind::One2many { .. } => return None,
    })
}

fn tenant_models(registry: &Registry) -> impl Iterator<Item = &Model> {
    registry.models().filter(|model| model.tenancy == Tenancy::Tenant)
}

/// Creates a record of every model, each when those that it must name are there.
async fn one_of_each(store: &Store, scope: &Scope) -> Records {
    let belgium = values([("code", "BE".into()), ("name", "Belgium".into())]);
    let operator = Operator::because("a test");
    store.save_shared(&operator, "res.country", "code", vec![belgium]).await.expect("a country");
    let mut tx = store.read(scope).await.expect("a transaction");
    let shared = tx.search("res.country", &Domain::All, Search::default()).await.expect("rows")[0].id;
    drop(tx);
    let mut records = Records::from([("res.country".to_owned(), shared)]);
    let mut tx = store.begin(scope).await.expect("a transaction");
    for _ in 0..tenant_models(store.registry()).count() {
        for model in tenant_models(store.registry()) {
            let ready = |field: &&Field| field.required && plausible(field, &records).is_none();
            if KEPT_BY_STORE.contains(&model.name.as_str()) {
                continue;
            }
            if records.contains_key(model.name.as_str()) || model.fields.iter().any(|field| ready(&field)) {
                continue;
            }
            let values: Values = model
                .fields
                .iter()
                .filter_map(|field| Some((field.name.clone(), plausible(field, &records)?)))
                .collect();
            let id = tx
                .create(model.name.as_str(), values)
                .await
                .unwrap_or_else(|e| panic!("{}: {e}", model.name));
            records.insert(model.name.to_string(), id);
        }
    }
    assert!(tx.advance_outbox("a test", 0, 1).await.expect("a cursor"));
    tx.commit().await.expect("they last");
    let mut tx = store.read(scope).await.expect("a transaction");
    for model in KEPT_BY_STORE {
        let rows = tx.search(model, &Domain::All, Search::default()).await.expect("rows");
        records.insert(model.to_owned(), rows[0].id);
    }
    records.remove("res.country");
    assert_eq!(records.len(), tenant_models(store.registry()).count(), "a model was left out: {records:?}");
    records
}

async fn cannot_see(store: &Store, me: &Scope, theirs: &Records) {
    let mut tx = store.read(me).await.expect("a transaction");
    for (model, id) in theirs {
        let named = store.registry().model(model).expect("a known model");
        let fields: Vec<&str> = named.fields.iter().map(|field| field.name.as_str()).collect();
        assert!(tx.read(model, &[*id], &fields).await.expect("an answer").is_empty(), "{model} was read");
        let by_id = Domain::eq("id", *id);
        let any = Search { fields: &fields, archived: true, ..Search::default() };
        assert!(tx.search(model, &by_id, any).await.expect("an answer").is_empty(), "{model} was found");
        assert_eq!(tx.count(model, &by_id).await.expect("a count"), 0, "{model} was counted");
        for domain in [Domain::All, !Domain::none(), by_id.clone().or(Domain::All), by_id.or(!Domain::none())]
        {
            let rows = tx.search(model, &domain, any).await.expect("rows");
            assert!(rows.iter().all(|row| row.id != *id), "{model} was found by {domain:?}");
        }
        for field in named.fields.iter().filter(|field| matches!(field.kind, FieldKind::Secret)) {
            assert_eq!(tx.reveal(model, *id, &field.name).await.expect("an answer"), None);
        }
    }
}

async fn cannot_touch(store: &Store, me: &Scope, mine: &Records, theirs: &Records) {
    let mut tx = store.begin(me).await.expect("a transaction");
    for (model, id) in theirs {
        let is_kept = KEPT_BY_STORE.contains(&model.as_str());
        let refused = |error: &SaveError| match error {
            SaveError::Absent { .. } => !is_kept,
            SaveError::KeptHere { .. } => is_kept,
            _ => false,
        };
        let update = tx.update(model, *id, Values::new(), None).await;
        assert!(update.as_ref().is_err_and(refused), "{model}: {update:?}");
        let delete = tx.delete(model, *id).await;
        assert!(delete.as_ref().is_err_and(refused), "{model}: {delete:?}");
        let external = tx.set_external("theft", "it", model, *id).await;
        assert!(matches!(external, Err(SaveError::NoSuchRecord { .. })), "{model}: {external:?}");
        if !store.registry().model(model).expect("a known model").audit && !is_kept {
            let deleted = tx.delete_where(model, &Domain::eq("id", *id)).await.expect("an answer");
            assert_eq!(deleted, 0, "{model} was deleted");
        }
    }
    for model in tenant_models(store.registry()).filter(|model| mine.contains_key(model.name.as_str())) {
        for field in model.fields.iter().filter(|field| !field.immutable) {
            let stolen = match &field.kind {
                FieldKind::Many2one { to, .. } => theirs.get(to.as_str()).map(|id| Value::Record(*id)),
                FieldKind::Many2many { to } => theirs.get(to.as_str()).map(|id| Value::Records(vec![*id])),
                FieldKind::Reference { to, .. } => to.iter().find_map(|model| {
                    let id = *theirs.get(model.as_str())?;
                    Some(Value::Reference(RecordRef { model: model.clone(), id }))
                }),
                FieldKind::Destination => {
                    let kind = "ring_group".to_owned();
                    let id = theirs["pbx.ring_group"];
                    Some(Value::Destination(DestinationRef::Record { kind, id }))
                }
                _ => None,
            };
            let Some(stolen) = stolen else { continue };
            let own = mine[model.name.as_str()];
            let named = tx.update(model.name.as_str(), own, values([(&field.name, stolen)]), None).await;
            let refused =
                matches!(&named, Err(SaveError::NoSuchRecord { field: at, .. }) if *at == field.name);
            assert!(refused, "{}.{}: {named:?}", model.name, field.name);
        }
    }
}

on_both_databases! {
    async fn tenants_with_the_same_records_never_meet(db: TestDb) {
        let store = db.store(registry()).await;
        let (red, blue) = two_tenants(&store).await;
        let (red, blue) = (scope(red), scope(blue));
        let (reds, blues) = (one_of_each(&store, &red).await, one_of_each(&store, &blue).await);
        for (me, mine, theirs) in [(&red, &reds, &blues), (&blue, &blues, &reds)] {
            cannot_see(&store, me, theirs).await;
            cannot_touch(&store, me, mine, theirs).await;
            // What was tried left each with all of its own.
            let mut tx = store.read(me).await.expect("a transaction");
            for (model, id) in mine {
                assert_eq!(tx.read(model, &[*id], &[]).await.expect("rows").len(), 1, "{model}");
                let count = tx.count(model, &Domain::All).await.expect("a count");
                assert!(count == 1 || KEPT_BY_STORE.contains(&model.as_str()), "{model}: {count}");
            }
        }
    }

    async fn a_tenant_sees_and_changes_its_own_record_only(db: TestDb) {
        let store = db.store(registry()).await;
        let (red, blue) = two_tenants(&store).await;
        let mut tx = store.begin(&scope(red)).await.expect("a transaction");
        let rows = tx.search("res.tenant", &Domain::All, Search::default()).await.expect("rows");
        assert_eq!(rows.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [red.get()]);
        let other = RecordId::new(blue.get()).expect("an id");
        let taken_over = tx.update("res.tenant", other, values([("name", "mine".into())]), None).await;
        assert!(matches!(taken_over, Err(SaveError::Absent { .. })), "{taken_over:?}");
        let own = RecordId::new(red.get()).expect("an id");
        tx.update("res.tenant", own, values([("name", "Red & Co".into())]), None).await.expect("its own name");
        let forged = tx.update("res.tenant", own, values([("plan_version", Value::Int(9))]), None).await;
        assert!(matches!(forged, Err(SaveError::NotWritable { .. })), "{forged:?}");
        for refused in [tx.delete("res.tenant", own).await, tx.create("res.tenant", Values::new()).await.map(|_| ())] {
            assert!(matches!(refused, Err(SaveError::OperatorOnly { .. })), "{refused:?}");
        }
        tx.commit().await.expect("it lasts");
        let all = store.tenants(&Operator::because("a test")).await.expect("tenants");
        let names: Vec<_> = all.iter().map(|row| (row.id, row.name.as_str(), row.status.as_str())).collect();
        assert_eq!(names, [(red, "Red & Co", "active"), (blue, "blue", "active")]);
    }

    async fn two_tenants_cannot_have_one_slug(db: TestDb) {
        let store = db.store(registry()).await;
        two_tenants(&store).await;
        let again = values([("name", "x".into()), ("slug", "red".into())]);
        let refused = store.create_tenant(&Operator::because("a test"), again).await;
        assert!(matches!(&refused, Err(SaveError::Taken { fields, .. }) if fields == &["slug"]), "{refused:?}");
    }
}

async fn with_extensions(store: &Store) -> (i64, i64) {
    let (red, blue) = two_tenants(store).await;
    for tenant in [red, blue] {
        let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
        let values = values([("number", "100".into()), ("name", "Front desk".into())]);
        tx.create("pbx.extension", values).await.expect("an extension");
        tx.commit().await.expect("it lasts");
    }
    (red.get(), blue.get())
}

#[tokio::test]
async fn row_level_security_stands_against_hand_written_sql() {
    let db = TestDb::create(Engine::Postgres).await;
    let store = db.store(registry()).await;
    let (red, blue) = with_extensions(&store).await;
    let DatabaseUrl::Postgres(url) = db.url() else { panic!("a PostgreSQL database") };
    let mut raw = sqlx::PgConnection::connect(url).await.expect("a connection");
    let seen = "SELECT count(*) FROM pbx_extension";
    let count: i64 = sqlx::query_scalar(seen).fetch_one(&mut raw).await.expect("a count");
    assert_eq!(count, 0, "without a tenant nothing is seen");

    sqlx::query("SELECT set_config('opbx.operator', 'on', false)")
        .execute(&mut raw)
        .await
        .expect("an operator");
    let count: i64 = sqlx::query_scalar(seen).fetch_one(&mut raw).await.expect("a count");
    assert_eq!(count, 0, "the operator sees no tenant's records");

    let enter = "SELECT set_config('opbx.tenant', $1, false)";
    sqlx::query(enter).bind(red.to_string()).execute(&mut raw).await.expect("a tenant");
    let tenants: Vec<i64> =
        sqlx::query_scalar("SELECT tenant_id FROM pbx_extension").fetch_all(&mut raw).await.expect("rows");
    assert_eq!(tenants, [red]);
    let touched =
        sqlx::query("UPDATE pbx_extension SET name = 'x'").execute(&mut raw).await.expect("an update");
    assert_eq!(touched.rows_affected(), 1);
    let touched = sqlx::query("DELETE FROM pbx_extension WHERE tenant_id = $1").bind(blue);
    assert_eq!(touched.execute(&mut raw).await.expect("a deletion").rows_affected(), 0);
    let planted = sqlx::query("UPDATE pbx_extension SET tenant_id = $1").bind(blue).execute(&mut raw).await;
    assert!(planted.is_err_and(|error| error.to_string().contains("row-level security")));
}

#[tokio::test]
async fn every_table_of_tenants_has_row_level_security_that_binds_its_owner() {
    let db = TestDb::create(Engine::Postgres).await;
    db.store(registry()).await;
    let DatabaseUrl::Postgres(url) = db.url() else { panic!("a PostgreSQL database") };
    let mut raw = sqlx::PgConnection::connect(url).await.expect("a connection");
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class t WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
         AND NOT (relrowsecurity AND relforcerowsecurity \
                  AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid)) ORDER BY 1",
    )
    .fetch_all(&mut raw)
    .await
    .expect("names");
    assert_eq!(open, ["store_fields", "store_journal", "store_migrations", "store_schema"]);
}

#[tokio::test]
async fn references_across_tenants_are_refused_by_sqlite_itself() {
    let db = TestDb::create(Engine::Sqlite).await;
    let store = db.store(registry()).await;
    let (red, blue) = two_tenants(&store).await;
    let theirs = one_of_each(&store, &scope(blue)).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(db.file().expect("a file"));
    let mut raw = sqlx::SqliteConnection::connect_with(&options).await.expect("a connection");
    let planted = sqlx::query(
        "INSERT INTO lab_part (tenant_id, name, sample, created_at, updated_at, version) VALUES (?, 'x', ?, 0, 0, 1)",
    );
    let refused = planted.bind(red.get()).bind(theirs["lab.sample"].get()).execute(&mut raw).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("FOREIGN KEY")));
}

#[tokio::test]
async fn a_superuser_goes_on_as_a_role_that_the_fence_binds() {
    let db = TestDb::create(Engine::Postgres).await;
    let as_superuser = db.url_as("postgres");
    let config = opbx_store::StoreConfig { url: as_superuser.parse().expect("a URL") };
    let keyring = opbx_kernel::seal::Keyring::new([1; 32].into(), Vec::new());
    let clock = std::sync::Arc::new(opbx_kernel::SystemClock);
    let store =
        Store::open(config, std::sync::Arc::new(registry()), keyring, clock).await.expect("an open store");
    store.sync_schema(&Operator::because("a test needs tables")).await.expect("tables");
    let (red, blue) = two_tenants(&store).await;
    one_of_each(&store, &scope(blue)).await;
    let mut raw = sqlx::PgConnection::connect(&as_superuser).await.expect("a connection");
    let owners: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut raw)
            .await
            .expect("names");
    assert_eq!(owners, ["opbx_fenced"]);
    let mut raw_fenced = sqlx::PgConnection::connect(&as_superuser).await.expect("a connection");
    sqlx::query("SET ROLE opbx_fenced").execute(&mut raw_fenced).await.expect("the role");
    let enter = "SELECT set_config('opbx.tenant', $1, false)";
    sqlx::query(enter).bind(red.to_string()).execute(&mut raw_fenced).await.expect("a tenant");
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM pbx_extension")
        .fetch_one(&mut raw_fenced)
        .await
        .expect("a count");
    assert_eq!(seen, 0, "another tenant's records stay behind the fence");
}
