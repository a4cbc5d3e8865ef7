//! Every model, every role, every deed, on records of one's own, of others and of another tenant: one table.

use opbx_app::records::{self, Deed, RecordError, Shape};
use opbx_app::tenants;
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::field::{Field, FieldKind, Format};
use opbx_platform::{Domain, Model, Tenancy, Value, Values};
use opbx_store::{SaveError, Search, Store, Tx};
use opbx_testkit::{on_both_databases, product_registry, two_tenants};

const ROLES: [&str; 4] =
    ["base.group_owner", "base.group_pbx_admin", "base.group_pbx_user", "base.group_reporter"];

/// What each role may do, in the order of `ROLES`, as the letters of an access file.
struct Row {
    model: &'static str,
    /// With a record that names the user, and with one that names another. The same, where a model knows no users.
    own: [&'static str; 4],
    other: [&'static str; 4],
}

const fn same(model: &'static str, letters: [&'static str; 4]) -> Row {
    Row { model, own: letters, other: letters }
}

/// A model that is missing here fails the test: say who may do what with its records.
const TABLE: &[Row] = &[
    same("ir.attachment", ["r", "", "", ""]),
    same("ir.audit", ["r", "r", "", ""]),
    same("ir.cron", ["crud", "r", "", ""]),
    same("ir.job", ["r", "r", "", ""]),
    same("ir.loose_object", ["r", "", "", ""]),
    same("ir.model.data", ["r", "", "", ""]),
    same("ir.outbox", ["r", "", "", ""]),
    same("ir.outbox.cursor", ["r", "", "", ""]),
    same("ir.request", ["", "", "", ""]),
    same("ir.retention", ["crud", "r", "", ""]),
    same("ir.sequence", ["crud", "r", "", ""]),
    same("ir.sequence.period", ["ru", "r", "", ""]),
    same("ir.webhook", ["crud", "crud", "", ""]),
    same("ir.webhook.delivery", ["r", "r", "", ""]),
    same("mail.mail", ["r", "r", "", ""]),
    same("pbx.assistant", ["crud", "crud", "r", "r"]),
    same("pbx.blocked_caller", ["crud", "crud", "r", "r"]),
    same("pbx.call", ["r", "r", "r", "r"]),
    same("pbx.call.event", ["r", "r", "r", "r"]),
    same("pbx.call.leg", ["r", "r", "r", "r"]),
    same("pbx.call_check", ["crud", "crud", "r", "r"]),
    same("pbx.call_check.result", ["r", "r", "r", "r"]),
    same("pbx.cloudonix_settings", ["crud", "", "", ""]),
    same("pbx.conference", ["crud", "crud", "r", "r"]),
    Row { model: "pbx.extension", own: ["crud", "crud", "ru", "r"], other: ["crud", "crud", "r", "r"] },
    same("pbx.feature_code", ["crud", "crud", "r", "r"]),
    same("pbx.hours", ["crud", "crud", "r", "r"]),
    same("pbx.hours.exception", ["crud", "crud", "r", "r"]),
    same("pbx.hours.exception.range", ["crud", "crud", "r", "r"]),
    same("pbx.hours.range", ["crud", "crud", "r", "r"]),
    same("pbx.menu", ["crud", "crud", "r", "r"]),
    same("pbx.menu.key", ["crud", "crud", "r", "r"]),
    same("pbx.number", ["crud", "crud", "r", "r"]),
    same("pbx.outbound_rule", ["crud", "crud", "r", "r"]),
    same("pbx.outbound_rule.trunk", ["crud", "crud", "r", "r"]),
    same("pbx.phone_change", ["r", "r", "", ""]),
    same("pbx.plan_snapshot", ["r", "r", "", ""]),
    same("pbx.prompt", ["crud", "crud", "r", "r"]),
    same("pbx.ring_group", ["crud", "crud", "r", "r"]),
    same("pbx.ring_group.member", ["crud", "crud", "r", "r"]),
    same("pbx.trunk", ["crud", "crud", "", "r"]),
    Row { model: "pbx.voicemail", own: ["crud", "crud", "ru", "r"], other: ["crud", "crud", "r", "r"] },
    Row { model: "pbx.call.recording", own: ["rd", "rd", "r", "r"], other: ["rd", "rd", "", "r"] },
    same("pbx.cdr", ["r", "r", "r", "r"]),
    same("pbx.hook_use", ["r", "r", "", ""]),
    same("pbx.session_update", ["r", "r", "r", "r"]),
    Row { model: "pbx.voicemail.message", own: ["rud", "rud", "rud", ""], other: ["rud", "rud", "", ""] },
    same("res.company", ["crud", "r", "r", "r"]),
    same("res.country", ["r", "r", "r", "r"]),
    same("res.currency", ["r", "r", "r", "r"]),
    same("res.groups", ["r", "r", "r", "r"]),
    same("res.partner", ["crud", "crud", "r", "r"]),
    same("res.tenant", ["ru", "r", "r", "r"]),
    same("res.users", ["crud", "crud", "", ""]),
    same("res.users.apikeys", ["", "", "", ""]),
    same("res.users.session", ["", "", "", ""]),
    same("res.users.token", ["", "", "", ""]),
];

/// Models that the store alone writes.
const KEPT: [&str; 3] = ["ir.audit", "ir.outbox", "ir.outbox.cursor"];
/// Models whose records are deleted by age, for settings that say after how long.
const RETAINED: [&str; 5] = ["ir.audit", "ir.job", "pbx.call", "ir.outbox", "pbx.phone_change"];

fn role(tenant: TenantId, user: RecordId, group: &str) -> Scope {
    Scope::user(tenant, UserId::new(user.get()).expect("an id"), vec![group.to_owned()])
}

async fn system(store: &Store, tenant: TenantId) -> Tx {
    store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction")
}

/// Makes records of any model with values that fit, each unlike all before it.
struct Maker<'a> {
    store: &'a Store,
    tenant: TenantId,
    made: i64,
}

impl Maker<'_> {
    /// Values for a new record; fields that name users name `user`.
    async fn values(&mut self, tx: &mut Tx, model: &Model, user: Option<RecordId>) -> Values {
        let mut values = Values::new();
        for field in &model.fields {
            let names_user =
                matches!(&field.kind, FieldKind::Many2one { to, .. } if to.as_str() == "res.users");
            let value = match user {
                Some(user) if names_user => Value::Record(user),
                _ if (field.required || field.name == "mailbox") && field.default.is_none() => {
                    self.value(tx, field, user).await
                }
                _ => continue,
            };
            values.insert(field.name.clone(), value);
        }
        self.complete(model, &mut values);
        values
    }

    /// What the rules of a model want beside its required fields.
    fn complete(&mut self, model: &Model, values: &mut Values) {
        let made = self.made;
        let mut with = |field: &str, value: Value| drop(values.insert(field.to_owned(), value));
        match model.name.as_str() {
            "ir.cron" => with("every_s", Value::Int(3_600)),
            "ir.retention" => {
                let retained = RETAINED[self.made as usize % RETAINED.len()];
                with("model", retained.to_owned().into_value());
            }
            "pbx.assistant" => {
                with("provider", "VAPI".to_owned().into_value());
                with("number", "+12125550199".to_owned().into_value());
            }
            "ir.webhook" => {
                with("url", "https://example.com/hook".to_owned().into_value());
                with("events", Value::Json(serde_json::json!(["call.ended"])));
            }
            "ir.webhook.delivery" => with("payload", Value::Json(serde_json::json!({}))),
            "pbx.blocked_caller" => with("caller", format!("+44207{made}").into_value()),
            "pbx.feature_code" => with("code", format!("*{made}").into_value()),
            "pbx.hours.exception" => with("kind", "special_hours".to_owned().into_value()),
            "pbx.outbound_rule" => with("prefix", "+44".to_owned().into_value()),
            "pbx.prompt" => {
                with("kind", "text".to_owned().into_value());
                with("text", "Welcome".to_owned().into_value());
            }
            _ => {}
        }
    }

    async fn value(&mut self, tx: &mut Tx, field: &Field, user: Option<RecordId>) -> Value {
        self.made += 1;
        let made = self.made;
        match (&field.kind, field.format) {
            (FieldKind::Char { .. }, Some(Format::ExtensionNumber)) => {
                format!("{}", 20_000 + made).into_value()
            }
            (FieldKind::Char { .. }, Some(Format::E164)) => {
                format!("+1212555{:04}", 1_000 + made).into_value()
            }
            (FieldKind::Char { .. }, Some(Format::Email)) => format!("u{made}@example.com").into_value(),
            (FieldKind::Char { .. }, Some(Format::TimeOfDay)) => "09:00".to_owned().into_value(),
            (FieldKind::Char { .. }, Some(Format::EndOfDay)) => "17:00".to_owned().into_value(),
            (FieldKind::Char { .. }, Some(Format::MenuKeys)) => format!("{made}").into_value(),
            (FieldKind::Char { size }, _) if *size < 12 => format!("{made}").into_value(),
            (FieldKind::Char { .. } | FieldKind::Text, _) => format!("made {made}").into_value(),
            (FieldKind::Integer { .. }, _) => Value::Int(made),
            (FieldKind::Decimal { .. }, _) => Value::Decimal(made.into()),
            (FieldKind::Boolean, _) => Value::Bool(true),
            (FieldKind::Selection { options }, _) => options[0].clone().into_value(),
            (FieldKind::Datetime, _) => Value::Instant("2026-03-01T12:00:00Z".parse().expect("an instant")),
            (FieldKind::Json, _) => Value::Json(serde_json::json!(["call.ended"])),
            (FieldKind::Date, _) => Value::Date("2026-03-01".parse().expect("a date")),
            (FieldKind::Binary | FieldKind::Secret, _) => Value::Bytes(vec![1]),
            (FieldKind::Many2one { to, .. }, _) => {
                let model = self.store.registry().model(to.as_str()).expect("a known model").clone();
                Value::Record(Box::pin(self.record(tx, &model, user)).await)
            }
            other => panic!("say how a value of {other:?} is made"),
        }
    }

    /// A record of the model: one that exists where only the operator makes them.
    async fn record(&mut self, tx: &mut Tx, model: &Model, user: Option<RecordId>) -> RecordId {
        match model.tenancy {
            Tenancy::TenantItself => RecordId::new(self.tenant.get()).expect("an id"),
            Tenancy::Shared => {
                let search = Search { limit: 1, archived: true, ..Search::default() };
                tx.search(model.name.as_str(), &Domain::All, search).await.expect("rows")[0].id
            }
            Tenancy::Tenant if KEPT.contains(&model.name.as_str()) => {
                // Nobody makes these but the store; earlier rows of the table left some behind.
                tx.advance_outbox("a test", 0, 0).await.expect("a cursor");
                let search = Search { limit: 1, archived: true, ..Search::default() };
                tx.search(model.name.as_str(), &Domain::All, search).await.expect("rows")[0].id
            }
            Tenancy::Tenant => {
                let values = self.values(tx, model, user).await;
                tx.create(model.name.as_str(), values).await.unwrap_or_else(|error| panic!("{error}"))
            }
        }
    }
}

trait IntoValue {
    fn into_value(self) -> Value;
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(self)
    }
}

fn allowed(outcome: Result<(), RecordError>) -> bool {
    match outcome {
        // That something stands in the way is said to those who may delete only.
        Ok(()) | Err(RecordError::Save(SaveError::Referenced { .. })) => true,
        Err(
            RecordError::NotAllowed { .. }
            | RecordError::Save(
                SaveError::Absent { .. }
                | SaveError::OutOfReach { .. }
                | SaveError::ResultOutOfReach { .. }
                | SaveError::OperatorOnly { .. },
            ),
        ) => false,
        Err(other) => panic!("{other}"),
    }
}

/// What a scope may do with one record, each deed in a transaction of its own that leaves nothing behind.
/// Without values for a new record, creating is not tried.
async fn deeds(
    store: &Store,
    scope: &Scope,
    model: &Model,
    record: RecordId,
    new: Option<&Values>,
) -> String {
    let mut letters = String::new();
    for (deed, letter) in Deed::ALL.into_iter().zip("crud".chars()) {
        let mut tx = store.begin(scope).await.expect("a transaction");
        let outcome = match deed {
            Deed::Create => match new {
                Some(new) => records::create(&mut tx, model, new.clone()).await.map(drop),
                None => continue,
            },
            Deed::Read => match records::read(&mut tx, model, &[record], &Shape::default()).await {
                Ok(read) if read.is_empty() => {
                    Err(SaveError::Absent { model: model.name.to_string(), id: record }.into())
                }
                read => read.map(drop),
            },
            Deed::Update => records::update(&mut tx, model, record, Values::new(), None).await,
            Deed::Delete => records::delete(&mut tx, model, record).await,
        };
        letters.extend(allowed(outcome).then_some(letter));
    }
    letters
}

on_both_databases! {
    async fn each_role_may_do_with_each_model_what_the_table_says_and_nothing_in_another_tenant(db: TestDb) {
        let registry = product_registry();
        let mut listed: Vec<&str> = TABLE.iter().map(|row| row.model).collect();
        // A new row may stand at the end, where `cargo xtask new` puts it.
        listed.sort_unstable();
        let declared: Vec<&str> = registry.models().map(|model| model.name.as_str()).collect();
        assert_eq!(listed, declared, "the table has one row for each model");
        let store = db.store(registry).await;
        tenants::install_shared_data(&store).await.expect("countries");
        let (red, blue) = two_tenants(&store).await;
        let mut maker = Maker { store: &store, tenant: red, made: 0 };
        let users = store.registry().model("res.users").expect("a known model").clone();
        for row in TABLE {
            let model = store.registry().model(row.model).expect("a known model");
            let mut tx = system(&store, red).await;
            let me = maker.record(&mut tx, &users, None).await;
            let colleague = maker.record(&mut tx, &users, None).await;
            let own = maker.record(&mut tx, model, Some(me)).await;
            let other = maker.record(&mut tx, model, Some(colleague)).await;
            let new = maker.values(&mut tx, model, None).await;
            tx.commit().await.expect("it lasts");
            for (at, group) in ROLES.into_iter().enumerate() {
                let scope = role(red, me, group);
                assert_eq!(deeds(&store, &scope, model, own, Some(&new)).await, row.own[at], "{group}, own {}", row.model);
                assert_eq!(deeds(&store, &scope, model, other, Some(&new)).await, row.other[at], "{group}, another's {}", row.model);
                let foreign = deeds(&store, &role(blue, me, group), model, own, None).await;
                let expected = if model.tenancy == Tenancy::Shared { "r" } else { "" };
                assert_eq!(foreign, expected, "{group} of another tenant, {}", row.model);
            }
            for scope in [role(red, me, "base.group_of_nobody"), role(red, me, "group_owner")] {
                assert_eq!(deeds(&store, &scope, model, own, Some(&new)).await, "", "nobody, {}", row.model);
            }
        }
    }
}
