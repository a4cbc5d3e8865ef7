//! The carrier: what it is told, when, and that nothing here waits for it or fails because of it.

use jiff::SignedDuration;
use opbx_app::carrier::{self, CarrierError, Circuit, NewCall, SyncOutcome, Tally};
use opbx_app::models::{
    PbxCloudonixSettings, PbxCloudonixSettingsDraft, PbxCloudonixSettingsSyncState, PbxExtension,
    PbxExtensionSyncState,
};
use opbx_app::records::{self, RecordError};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::{DestinationRef, Domain, Value, Values};
use opbx_telephony::backend::{
    BackendError, CarrierTrunk, DomainFacts, SimulatedBackend, SimulatedDomain, Subscriber, Voice,
};
use opbx_testkit::{TestApp, WAIT_MAX, company, eventually, on_both_databases};
use std::time::Duration;
use zeroize::Zeroizing;

const UUID: &str = "11111111-2222-3333-4444-555555555555";
const KEY: &str = "api-key-of-acme";
const OWNER: &str = "base.group_owner";
const ADMIN: &str = "base.group_pbx_admin";
const USER: &str = "base.group_pbx_user";

fn person(tenant: TenantId, group: &str) -> Scope {
    Scope::user(tenant, UserId::new(7).expect("positive"), vec![group.to_owned()])
}

fn engine() -> SimulatedBackend {
    let engine = SimulatedBackend::default();
    let facts = DomainFacts {
        name: "acme.example.com".to_owned(),
        no_answer_timeout_s: Some(60),
        recording_format: Some("mp3".to_owned()),
        package: Some("Pro".to_owned()),
        uuid: None,
    };
    engine.with_domain(UUID, SimulatedDomain { key: KEY.to_owned(), facts, ..SimulatedDomain::default() });
    engine
}

/// An application with a company that the carrier does not know yet.
async fn unconnected(db: opbx_testkit::TestDb, engine: &SimulatedBackend) -> (TestApp, TenantId) {
    let app = TestApp::start_with_backend(db, engine.clone()).await;
    let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
    (app, tenant)
}

fn wish(key: &str) -> PbxCloudonixSettingsDraft {
    PbxCloudonixSettingsDraft {
        domain_uuid: Some(Some(UUID.to_owned())),
        domain_api_key: Some(key.to_owned()),
        webhook_base_url: Some(Some("https://pbx.example.com/".to_owned())),
        ..PbxCloudonixSettingsDraft::default()
    }
}

/// As `unconnected`, provisioned, with all extensions told.
async fn connected(db: opbx_testkit::TestDb, engine: &SimulatedBackend) -> (TestApp, TenantId) {
    let (app, tenant) = unconnected(db, engine).await;
    let saved = carrier::save(app.app(), &person(tenant, OWNER), wish(KEY)).await.expect("saved");
    assert_eq!(saved.warning, None);
    until(&app, "all three extensions are told", async || {
        engine.seen(UUID).expect("a domain").subscribers.len() == 3 && jobs_waiting(&app, tenant).await == 0
    })
    .await;
    engine.asked();
    (app, tenant)
}

/// Lets time pass until something holds: pauses and paces end by the test's own clock.
async fn until(app: &TestApp, what: &str, mut holds: impl AsyncFnMut() -> bool) {
    eventually(WAIT_MAX, what, async || {
        app.db().clock().advance(SignedDuration::from_millis(100));
        holds().await
    })
    .await;
}

async fn jobs_waiting(app: &TestApp, tenant: TenantId) -> u64 {
    let open = Domain::is_in("state", ["waiting", "running"])
        .and(Domain::is_in("kind", ["carrier.provision", "carrier.extension", "carrier.sync"]));
    app.read(tenant).await.count("ir.job", &open).await.expect("a count")
}

async fn extension(app: &TestApp, tenant: TenantId, number: &str) -> PbxExtension {
    let everyone =
        Domain::eq("number", number).and(Domain::is_in("active", [Value::Bool(true), Value::Bool(false)]));
    let mut all = app.read(tenant).await.all::<PbxExtension>(&everyone).await.expect("extensions");
    all.pop().expect("the extension")
}

async fn settings(app: &TestApp, tenant: TenantId) -> PbxCloudonixSettings {
    app.read(tenant).await.all::<PbxCloudonixSettings>(&Domain::All).await.expect("settings").remove(0)
}

async fn password(app: &TestApp, tenant: TenantId, id: RecordId) -> String {
    let clear = app.read(tenant).await.reveal("pbx.extension", id, "sip_password").await.expect("an answer");
    String::from_utf8(clear.expect("a password")).expect("text")
}

fn told(engine: &SimulatedBackend, number: &str) -> Option<(bool, String)> {
    let domain = engine.seen(UUID).expect("a domain");
    let found = domain.subscribers.into_iter().find(|(subscriber, _)| subscriber.number == number);
    found.map(|(subscriber, password)| (subscriber.active, password.to_string()))
}

async fn write(app: &TestApp, scope: &Scope, id: Option<RecordId>, values: &[(&str, Value)]) -> RecordId {
    let values: Values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let model = app.store().registry().model("pbx.extension").expect("a model");
    let mut tx = app.store().begin(scope).await.expect("a transaction");
    let id = match id {
        Some(id) => {
            records::update(&mut tx, model, id, values, None).await.expect("changed");
            id
        }
        None => records::create(&mut tx, model, values).await.expect("created"),
    };
    tx.commit().await.expect("it lasts");
    id
}

on_both_databases! {
    async fn saved_settings_are_provisioned_and_every_extension_is_told(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let domain = engine.seen(UUID).expect("a domain");
        let kept = settings(&app, tenant).await;
        assert_eq!(domain.applications.len(), 1);
        assert_eq!(domain.applications[0].url, "https://pbx.example.com/api/voice/route");
        assert!(domain.applications[0].name.starts_with("opbx-routing-application-"));
        assert_eq!(domain.default_application, kept.application_id);
        assert_eq!(kept.cloudonix_package.as_deref(), Some("Pro"));
        assert_eq!(kept.domain_name.as_deref(), Some("acme.example.com"), "as the carrier calls it");
        let wish = domain.wish.expect("a profile");
        let view = carrier::get(app.app(), &person(tenant, OWNER)).await.expect("an answer").expect("settings");
        let addresses = view.addresses.expect("addresses");
        assert_eq!((&wish.session_update_url, &wish.cdr_url), (&addresses.session_update, &addresses.cdr));
        let secret = wish.cdr_url.strip_prefix("https://pbx.example.com/api/webhooks/cloudonix/cdr/");
        let secret = secret.expect("a path");
        assert!(secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()), "128 bits in hex");
        assert_eq!(wish.requests_key.as_str(), "key-of-acme");
        for number in ["1001", "1002", "1003"] {
            let extension = extension(&app, tenant, number).await;
            assert_eq!(extension.sync_state, Some(PbxExtensionSyncState::Synced));
            assert!(extension.cloudonix_subscriber_id.is_some() && extension.synced_at.is_some());
            assert_eq!(told(&engine, number), Some((true, password(&app, tenant, extension.id).await)));
        }
        // A second save changes what is there, and makes nothing beside it.
        let again = PbxCloudonixSettingsDraft { no_answer_timeout_s: Some(33), ..wish_without_key() };
        app.db().clock().advance(SignedDuration::from_secs(20));
        let saved = carrier::save(app.app(), &person(tenant, OWNER), again).await.expect("saved");
        assert_eq!(saved.warning, None, "an empty key is the one that is there");
        let domain = engine.seen(UUID).expect("a domain");
        assert_eq!((domain.applications.len(), domain.wish.expect("a profile").no_answer_timeout_s), (1, 33));
    }

    async fn a_wrong_key_is_a_warning_and_a_state_and_the_settings_are_saved(db: TestDb) {
        let engine = engine();
        let (app, tenant) = unconnected(db, &engine).await;
        let owner = person(tenant, OWNER);
        let saved = carrier::save(app.app(), &owner, wish("wrong")).await.expect("saved");
        let warning = saved.warning.expect("a warning");
        assert!(warning.contains("API key") && !warning.contains("wrong"), "{warning}");
        let kept = settings(&app, tenant).await;
        assert_eq!(kept.sync_state, Some(PbxCloudonixSettingsSyncState::Failed));
        assert_eq!(kept.domain_uuid.as_deref(), Some(UUID));
        assert_eq!(kept.sync_error, Some(warning));
        let refused = carrier::validate(app.app(), &owner, UUID, "").await;
        assert!(matches!(refused, Err(CarrierError::Backend(BackendError::WrongKey))), "{refused:?}");
        let facts = carrier::validate(app.app(), &owner, UUID, KEY).await.expect("a domain");
        assert_eq!(facts.name, "acme.example.com");
        let saved = carrier::save(app.app(), &owner, wish(KEY)).await.expect("saved");
        assert_eq!(saved.warning, None);
    }

    async fn settings_are_the_owner_s_alone(db: TestDb) {
        let engine = engine();
        let (app, tenant) = unconnected(db, &engine).await;
        for group in [ADMIN, USER, "base.group_reporter"] {
            let scope = person(tenant, group);
            let refused = |error: &CarrierError| {
                matches!(error, CarrierError::Record(RecordError::NotAllowed { .. }))
            };
            assert!(carrier::get(app.app(), &scope).await.is_err_and(|error| refused(&error)), "{group}");
            assert!(carrier::save(app.app(), &scope, wish(KEY)).await.is_err_and(|error| refused(&error)));
            assert!(carrier::validate(app.app(), &scope, UUID, KEY).await.is_err_and(|error| refused(&error)));
            assert!(carrier::trunks(app.app(), &scope).await.is_err_and(|error| refused(&error)));
            assert!(carrier::rotate_hook_secret(app.app(), &scope).await.is_err_and(|error| refused(&error)));
            assert!(carrier::generate_requests_key(app.app(), &scope).is_err_and(|error| refused(&error)));
        }
        assert!(engine.asked().is_empty(), "nothing was asked on their behalf");
        let key = carrier::generate_requests_key(app.app(), &person(tenant, OWNER)).expect("a key");
        assert_eq!(key.len(), 32);
    }

    async fn an_extension_is_created_changed_archived_and_deleted_there_as_here(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let admin = person(tenant, ADMIN);
        let id = write(&app, &admin, None, &[("number", "1234".into()), ("name", "New".into())]).await;
        let drawn = password(&app, tenant, id).await;
        assert!((16..=32).contains(&drawn.len()), "{drawn}");
        until(&app, "it is there", async || told(&engine, "1234") == Some((true, drawn.clone()))).await;
        let reset = carrier::reset_password(app.app(), &admin, id).await.expect("reset");
        assert!(reset.is_told && *reset.password != drawn);
        until(&app, "it has the new password", async || {
            told(&engine, "1234") == Some((true, reset.password.to_string()))
        })
        .await;
        write(&app, &admin, Some(id), &[("active", Value::Bool(false))]).await;
        until(&app, "it is switched off", async || told(&engine, "1234").is_some_and(|(active, _)| !active)).await;
        write(&app, &admin, Some(id), &[("name", "Another".into())]).await;
        until(&app, "all is told", async || jobs_waiting(&app, tenant).await == 0).await;
        assert_eq!(extension(&app, tenant, "1234").await.sync_state, Some(PbxExtensionSyncState::Synced));
        let plan = app.store().tenants(&opbx_kernel::Operator::because("a test")).await.expect("tenants");
        let model = app.store().registry().model("pbx.extension").expect("a model");
        let mut tx = app.store().begin(&admin).await.expect("a transaction");
        records::delete(&mut tx, model, id).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        until(&app, "it is gone", async || told(&engine, "1234").is_none()).await;
        assert!(plan.iter().all(|tenant| tenant.plan_version > 0));
        // A short number for something else has no telephone.
        let other = extension(&app, tenant, "1003").await.id;
        let hangup = Value::Destination(DestinationRef::Hangup);
        write(&app, &admin, Some(other), &[("destination", hangup)]).await;
        until(&app, "1003 is gone", async || told(&engine, "1003").is_none()).await;
    }

    async fn what_the_carrier_knows_is_no_part_of_the_plan(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let version = async || {
            let operator = opbx_kernel::Operator::because("a test");
            let tenants = app.store().tenants(&operator).await.expect("tenants");
            tenants.iter().find(|row| row.id == tenant).expect("a tenant").plan_version
        };
        let before = version().await;
        let mut tx = app.begin(tenant).await;
        let id = extension(&app, tenant, "1001").await.id;
        let machine = Values::from([("sync_error".to_owned(), Value::from("nothing"))]);
        tx.update("pbx.extension", id, machine, None).await.expect("changed");
        tx.commit().await.expect("it lasts");
        assert_eq!(version().await, before);
        let text = "tenant = { slug = \"acme\", name = \"acme Inc.\" }\n[pbx.extension.x]\nnumber = \"1777\"\nname = \"X\"\nsync_state = \"synced\"\n";
        let refused = app.try_apply(text).await.expect_err("refused").to_string();
        assert!(refused.contains("OPBX writes itself"), "{refused}");
    }

    async fn an_outage_blocks_nothing_and_is_made_up_for(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let away = || BackendError::Unreachable("the connection was refused".to_owned());
        engine.fail([away(), away(), away()]);
        let admin = person(tenant, ADMIN);
        let id = extension(&app, tenant, "1001").await.id;
        write(&app, &admin, Some(id), &[("active", Value::Bool(false))]).await;
        let state = async || {
            let extension = extension(&app, tenant, "1001").await;
            (extension.sync_state, extension.sync_error)
        };
        eventually(WAIT_MAX, "the failure shows", async || {
            state().await.0 == Some(PbxExtensionSyncState::Failed)
        })
        .await;
        assert!(state().await.1.is_some_and(|error| error.contains("cannot be reached")));
        assert!(!extension(&app, tenant, "1001").await.active, "the change stands");
        until(&app, "it is made up for", async || {
            state().await == (Some(PbxExtensionSyncState::Synced), None)
        })
        .await;
        assert!(told(&engine, "1001").is_some_and(|(active, _)| !active));
    }

    async fn without_a_carrier_nothing_is_left_to_be_done(db: TestDb) {
        let engine = engine();
        let (app, tenant) = unconnected(db, &engine).await;
        let admin = person(tenant, ADMIN);
        let id = write(&app, &admin, None, &[("number", "1234".into()), ("name", "New".into())]).await;
        assert!(!password(&app, tenant, id).await.is_empty(), "a telephone needs a password all the same");
        assert_eq!(extension(&app, tenant, "1234").await.sync_state, Some(PbxExtensionSyncState::Unconfigured));
        assert_eq!(jobs_waiting(&app, tenant).await, 0);
        let refused = carrier::sync(app.app(), &admin).await;
        assert!(matches!(refused, Err(CarrierError::Unconfigured(_))), "{refused:?}");
        assert!(engine.asked().is_empty());
    }

    async fn both_sides_are_compared_and_synchronised(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let mut domain = engine.seen(UUID).expect("a domain");
        let remote = |id: &str, number: &str, password: Option<&str>| {
            let held = password.map(|text| Zeroizing::new(text.to_owned()));
            let subscriber = Subscriber {
                id: id.to_owned(),
                uuid: None,
                number: number.to_owned(),
                active: true,
                password: held.clone(),
            };
            (subscriber, held.unwrap_or_default())
        };
        domain.subscribers.retain(|(subscriber, _)| subscriber.number != "1003");
        for (subscriber, _) in domain.subscribers.iter_mut().filter(|(one, _)| one.number == "1001") {
            subscriber.active = false;
        }
        domain.subscribers.push(remote("r1", "2001", Some("Known12-3Secret45+6There")));
        domain.subscribers.push(remote("r2", "442079460018", None));
        domain.subscribers.push(remote("r3", "911", None));
        engine.with_domain(UUID, domain);
        let admin = person(tenant, ADMIN);
        let comparison = carrier::compare(app.app(), &admin).await.expect("compared");
        let numbers = |list: &[carrier::Difference]| -> Vec<String> {
            list.iter().map(|difference| difference.number.clone()).collect()
        };
        assert!(comparison.needs_sync());
        assert_eq!(numbers(&comparison.local_only), ["1003"]);
        assert_eq!(numbers(&comparison.cloudonix_only), ["2001", "911"]);
        assert_eq!(numbers(&comparison.status_differs), ["1001"]);
        assert!(matches!(
            carrier::sync(app.app(), &person(tenant, USER)).await,
            Err(CarrierError::Record(RecordError::NotAllowed { .. }))
        ));
        app.db().clock().advance(SignedDuration::from_secs(20));
        let outcome = carrier::sync(app.app(), &admin).await.expect("synchronised");
        let SyncOutcome::Done(synced) = outcome else { panic!("few changes are made at once: {outcome:?}") };
        assert_eq!(synced.to_cloudonix, Tally { done: 1, failed: 0 });
        assert_eq!(synced.from_cloudonix, Tally { done: 1, failed: 1 }, "an emergency number is nobody's");
        assert_eq!(synced.status, Tally { done: 1, failed: 0 });
        assert!(told(&engine, "1003").is_some());
        assert!(!extension(&app, tenant, "1001").await.active);
        let new = extension(&app, tenant, "2001").await;
        assert_eq!((new.user, new.sync_state), (None, Some(PbxExtensionSyncState::Synced)));
        assert_eq!(password(&app, tenant, new.id).await, "Known12-3Secret45+6There");
    }

    async fn a_lost_subscriber_is_made_again_and_one_that_is_there_is_taken_over(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let mut domain = engine.seen(UUID).expect("a domain");
        domain.subscribers.clear();
        let (id, uuid, number) = ("old".to_owned(), None, "1002".to_owned());
        let there = Subscriber { id, uuid, number, active: true, password: None };
        domain.subscribers.push((there, Zeroizing::new("another".to_owned())));
        engine.with_domain(UUID, domain);
        let admin = person(tenant, ADMIN);
        for number in ["1001", "1002"] {
            let id = extension(&app, tenant, number).await.id;
            carrier::reset_password(app.app(), &admin, id).await.expect("reset");
        }
        until(&app, "both are told", async || jobs_waiting(&app, tenant).await == 0).await;
        for number in ["1001", "1002"] {
            let extension = extension(&app, tenant, number).await;
            assert_eq!(extension.sync_state, Some(PbxExtensionSyncState::Synced), "{:?}", extension.sync_error);
            assert_eq!(told(&engine, number), Some((true, password(&app, tenant, extension.id).await)));
        }
        assert_eq!(extension(&app, tenant, "1002").await.cloudonix_subscriber_id.as_deref(), Some("old"));
    }

    async fn five_outages_in_a_row_give_the_carrier_a_minute_s_rest(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        app.db().clock().advance(SignedDuration::from_secs(20));
        let owner = person(tenant, OWNER);
        let failing = || BackendError::Failing { status: 503, wait: Some(Duration::from_millis(1)) };
        engine.fail((0..5).map(|_| failing()));
        let first = carrier::validate(app.app(), &owner, UUID, KEY).await;
        assert!(matches!(first, Err(CarrierError::Backend(BackendError::Failing { .. }))), "{first:?}");
        let second = carrier::validate(app.app(), &owner, UUID, KEY).await;
        assert!(matches!(second, Err(CarrierError::Resting(_))), "{second:?}");
        assert_eq!(engine.asked().len(), 5, "and then nobody asks");
        let circuit = async || {
            carrier::get(app.app(), &owner).await.expect("an answer").expect("settings").circuit
        };
        assert!(matches!(circuit().await, Circuit::Open { .. }));
        app.db().clock().advance(SignedDuration::from_secs(61));
        assert_eq!(circuit().await, Circuit::HalfOpen);
        carrier::validate(app.app(), &owner, UUID, KEY).await.expect("it works again");
        assert_eq!(circuit().await, Circuit::Closed);
    }

    async fn nobody_asks_more_than_ten_times_in_ten_seconds(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        app.db().clock().advance(SignedDuration::from_secs(20));
        let owner = person(tenant, OWNER);
        for _ in 0..carrier::NOW_MAX {
            carrier::validate(app.app(), &owner, UUID, KEY).await.expect("a domain");
        }
        let (running, scope) = (app.app().clone(), owner.clone());
        let one_more = tokio::spawn(async move { carrier::validate(&running, &scope, UUID, KEY).await.map(drop) });
        tokio::task::yield_now().await;
        assert!(!one_more.is_finished());
        assert_eq!(engine.asked().len(), 10);
        app.db().clock().advance(SignedDuration::from_secs(10));
        one_more.await.expect("no panic").expect("a domain");
        assert_eq!(engine.asked().len(), 1);
    }

    async fn the_secret_of_the_addresses_is_drawn_anew_and_the_old_one_is_kept_for_a_day(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        let secret = async |field: &str| {
            let id = settings(&app, tenant).await.id;
            let clear = app.read(tenant).await.reveal("pbx.cloudonix_settings", id, field).await;
            clear.expect("an answer").map(|clear| String::from_utf8(clear).expect("text"))
        };
        let old = secret("hook_secret").await;
        assert!(old.is_some());
        carrier::rotate_hook_secret(app.app(), &person(tenant, OWNER)).await.expect("rotated");
        assert_eq!(secret("hook_secret_previous").await, old);
        let new = secret("hook_secret").await.expect("a secret");
        assert_ne!(Some(&new), old.as_ref());
        assert!(settings(&app, tenant).await.hook_secret_rotated_at.is_some());
        until(&app, "the carrier is told", async || {
            engine.seen(UUID).and_then(|domain| domain.wish).is_some_and(|wish| wish.cdr_url.ends_with(&new))
        })
        .await;
    }

    async fn trunks_and_voices_are_asked_for_once_in_a_while(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        app.db().clock().advance(SignedDuration::from_secs(20));
        let mut domain = engine.seen(UUID).expect("a domain");
        let trunk = |name: &str, direction: &str| CarrierTrunk {
            id: name.to_owned(),
            name: name.to_owned(),
            host: None,
            port: None,
            transport: None,
            prefix: None,
            direction: direction.to_owned(),
            active: true,
        };
        domain.trunks = vec![trunk("in", "inbound"), trunk("out", "outbound"), trunk("world", "public-outbound")];
        domain.voices = vec![Voice {
            id: "v".to_owned(),
            name: "V".to_owned(),
            provider: "Google".to_owned(),
            language: "en-GB".to_owned(),
            gender: None,
            premium: false,
            pricing: None,
        }];
        engine.with_domain(UUID, domain);
        for _ in 0..2 {
            let trunks = carrier::trunks(app.app(), &person(tenant, OWNER)).await.expect("trunks");
            let names: Vec<&str> = trunks.iter().map(|trunk| trunk.name.as_str()).collect();
            assert_eq!(names, ["out", "world"]);
            let voices = carrier::voices(app.app(), &person(tenant, "base.group_reporter")).await.expect("voices");
            assert_eq!(voices.filters.languages, [("en-GB".to_owned(), "English (GB)".to_owned())]);
        }
        assert_eq!(engine.asked(), ["trunks", "voices"]);
        app.db().clock().advance(SignedDuration::from_secs(301));
        carrier::trunks(app.app(), &person(tenant, OWNER)).await.expect("trunks");
        carrier::voices(app.app(), &person(tenant, OWNER)).await.expect("voices");
        assert_eq!(engine.asked(), ["trunks"]);
    }

    async fn live_calls_are_ended_sent_on_and_started(db: TestDb) {
        let engine = engine();
        let (app, tenant) = connected(db, &engine).await;
        app.db().clock().advance(SignedDuration::from_secs(20));
        app.refresh().await;
        let other = app.apply(&company("other", "key-of-other").toml()).await.tenant;
        let mut domain = engine.seen(UUID).expect("a domain");
        domain.sessions.insert("token-1".to_owned(), "ringing".to_owned());
        engine.with_domain(UUID, domain);
        let mut tx = app.begin(tenant).await;
        let call = tx
            .create("pbx.call", Values::from([
                ("call_id".to_owned(), "call-1".into()),
                ("session_token".to_owned(), "token-1".into()),
                ("direction".to_owned(), "inbound".into()),
                ("answered_by".to_owned(), "1001".into()),
                ("started_at".to_owned(), app.db().clock_now().into()),
            ]))
            .await
            .expect("a call");
        tx.commit().await.expect("it lasts");
        let admin = person(tenant, ADMIN);
        let session = || engine.seen(UUID).expect("a domain").sessions.get("token-1").cloned();
        carrier::transfer(app.app(), &admin, call, "1002").await.expect("sent on");
        assert_eq!(session().as_deref(), Some("dial 1002"));
        let refused = carrier::transfer(app.app(), &admin, call, "+442079460018").await;
        assert!(matches!(refused, Err(CarrierError::NotDialable(_))), "no rule allows it: {refused:?}");
        carrier::limit(app.app(), &admin, call, 60).await.expect("limited");
        assert_eq!(session().as_deref(), Some("end after 60 s"));
        let theirs = carrier::hang_up(app.app(), &person(other, ADMIN), call).await;
        assert!(matches!(theirs, Err(CarrierError::NoRecord)), "another tenant's call is absent: {theirs:?}");
        let user = carrier::hang_up(app.app(), &person(tenant, USER), call).await;
        assert!(matches!(user, Err(CarrierError::Record(RecordError::NotAllowed { .. }))), "{user:?}");
        carrier::hang_up(app.app(), &admin, call).await.expect("ended");
        assert_eq!(session(), None);
        let again = carrier::hang_up(app.app(), &admin, call).await;
        assert!(matches!(again, Err(CarrierError::CallOver)), "{again:?}");
        let from = extension(&app, tenant, "1001").await.id;
        let new = |to: &str| NewCall { extension: from, to: to.to_owned() };
        let name = carrier::originate(app.app(), &admin, &new("1002")).await.expect("started");
        let told = engine.seen(UUID).expect("a domain").sessions[&name].clone();
        assert_eq!(told, "ring 1001 then ask https://pbx.example.com/api/voice/route?as=1001&dial=1002");
        for to in ["", "10 02", "+442079460018"] {
            let refused = carrier::originate(app.app(), &admin, &new(to)).await;
            assert!(matches!(refused, Err(CarrierError::NotDialable(_))), "{to:?}: {refused:?}");
        }
        let foreign = carrier::originate(app.app(), &person(tenant, USER), &new("1002")).await;
        assert!(matches!(foreign, Err(CarrierError::NotOwn)), "{foreign:?}");
    }
}

fn wish_without_key() -> PbxCloudonixSettingsDraft {
    wish("")
}
