//! Webhooks: told everything once at least, in order, signed, and by nobody else's leave.

use jiff::SignedDuration;
use opbx_app::configuration::apply::{Options, apply_with};
use opbx_app::configuration::export::export;
use opbx_app::fetch::{Fetcher, Guard};
use opbx_app::jobs::{Handlers, Limits, Room, Runner};
use opbx_app::models::{IrWebhook, IrWebhookDelivery, IrWebhookDeliveryState as State};
use opbx_app::records::{self, RecordError};
use opbx_app::webhooks::{self, Deliver, NewWebhook, Reader, Terms, WebhookError};
use opbx_kernel::{RecordId, Scope, TenantId, Timestamp, UserId};
use opbx_platform::{Domain, Value, Values};
use opbx_store::Store;
use opbx_testkit::{
    Received, Receiver, TestApp, TestDb, WAIT_MAX, company, eventually, on_both_databases, product_registry,
    tenant, two_tenants,
};
use serde_json::json;

const SECRET: &str = "whsec_of_the_tests";

/// A store with everything that tells webhooks, driven by hand.
struct Scene {
    db: TestDb,
    store: Store,
    terms: Terms,
}

impl Scene {
    async fn new(db: TestDb) -> Self {
        let store = db.store(product_registry()).await;
        Self { db, store, terms: Terms::default() }
    }

    fn runner(&self, name: &str, limits: Limits) -> Runner {
        let own = Guard::new(vec!["127.0.0.1".parse().expect("a network")]);
        let fetcher = Fetcher::new(own).expect("certificates");
        let handlers = Handlers::default().with(Deliver { fetcher, terms: self.terms });
        Runner::new(self.store.clone(), self.db.clock().clone(), handlers, name, limits, || 1_000)
    }

    /// Tells what is new and sends what is due, until nothing is.
    async fn tell(&self) {
        Reader::default().look(&self.store).await.expect("a look");
        let mut runner = self.runner("one", Limits::default());
        while runner.turn().await.expect("a turn") > 0 {
            runner.idle().await;
        }
    }

    fn advance_s(&self, seconds: i64) {
        self.db.clock().advance(SignedDuration::from_secs(seconds));
    }

    /// A webhook that hears of contacts.
    async fn webhook(&self, tenant: TenantId, url: &str) -> RecordId {
        let values = Values::from([
            ("name".to_owned(), Value::from(url)),
            ("url".to_owned(), Value::from(url)),
            ("events".to_owned(), Value::Json(json!(["record.changed"]))),
            ("models".to_owned(), Value::Json(json!(["res.partner"]))),
            ("secret".to_owned(), Value::Bytes(SECRET.as_bytes().to_vec())),
        ]);
        let mut tx = self.store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let model = self.store.registry().model("ir.webhook").expect("a model");
        let id = records::create(&mut tx, model, values).await.expect("a webhook");
        tx.commit().await.expect("it lasts");
        id
    }

    async fn contact(&self, tenant: TenantId, name: &str) -> RecordId {
        let mut tx = self.store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let values = Values::from([("name".to_owned(), Value::from(name))]);
        let id = tx.create("res.partner", values).await.expect("a contact");
        tx.commit().await.expect("it lasts");
        id
    }

    async fn rename(&self, tenant: TenantId, id: RecordId, name: &str) {
        let mut tx = self.store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let values = Values::from([("name".to_owned(), Value::from(name))]);
        tx.update("res.partner", id, values, None).await.expect("a change");
        tx.commit().await.expect("it lasts");
    }

    /// The oldest first.
    async fn deliveries(&self, tenant: TenantId) -> Vec<IrWebhookDelivery> {
        deliveries(&self.store, tenant).await
    }

    async fn get(&self, tenant: TenantId, id: RecordId) -> IrWebhook {
        let mut tx = self.store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
        tx.get::<IrWebhook>(id).await.expect("an answer").expect("a webhook")
    }
}

async fn deliveries(store: &Store, tenant: TenantId) -> Vec<IrWebhookDelivery> {
    let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let mut all = tx.all::<IrWebhookDelivery>(&Domain::All).await.expect("deliveries");
    all.sort_by_key(|delivery| delivery.id);
    all
}

/// Checks the signature as a receiver would.
fn assert_signed(received: &Received, secret: &str) {
    let header = received.header(webhooks::SIGNATURE_HEADER);
    let seconds = header.strip_prefix("t=").and_then(|rest| rest.split(',').next()).expect("an instant");
    let at = Timestamp::from_second(seconds.parse().expect("seconds")).expect("an instant");
    let own = webhooks::sign(&[secret.as_bytes()], at, &received.body);
    let own = own.split(",v1=").nth(1).expect("a signature");
    assert!(header.split(",v1=").skip(1).any(|v1| v1 == own), "{header}");
}

fn owner(tenant: TenantId) -> Scope {
    role(tenant, "base.group_owner")
}

fn role(tenant: TenantId, group: &str) -> Scope {
    Scope::user(tenant, UserId::new(1).expect("an id"), vec![group.to_owned()])
}

fn hears(name: &str, url: &str, events: &[&str]) -> NewWebhook {
    NewWebhook {
        name: name.to_owned(),
        url: url.to_owned(),
        events: events.iter().map(ToString::to_string).collect(),
        ..NewWebhook::default()
    }
}

on_both_databases! {
    async fn a_call_is_told_signed_and_in_order_to_its_own_tenants_webhook_alone(db: TestDb) {
        let app = TestApp::start(db).await;
        let red = app.apply(&company("red", "key-of-red").toml()).await.tenant;
        let blue = app.apply(&company("blue", "key-of-blue").toml()).await.tenant;
        let (of_red, of_blue) = (Receiver::start().await, Receiver::start().await);
        let calls = ["call.started", "call.ringing", "call.answered", "call.ended"];
        let shown = webhooks::create(app.app(), &owner(red), hears("red", of_red.url(), &calls)).await.expect("created");
        webhooks::create(app.app(), &owner(blue), hears("blue", of_blue.url(), &calls)).await.expect("created");
        let ringing = app.voice("key-of-red").call("CA1").send().await;
        app.ingest().await;
        app.follow(&ringing, "completed").await;
        app.ingest().await;
        of_red.came(4).await;
        let received = of_red.received();
        assert_eq!(of_red.events(), calls);
        for received in &received {
            assert_signed(received, &shown.secret);
            let body = received.json();
            assert_eq!(body["id"], received.header("opbx-event-id"));
            assert_eq!(body["data"]["call_id"], "CA1");
            assert_eq!(body["organization_id"], red.get());
        }
        webhooks::ping(app.app(), &owner(blue), of_blue_id(&app, blue).await).await.expect("a ping");
        of_blue.came(1).await;
        assert_eq!(of_blue.events(), ["test"], "blue hears nothing of red");
        assert_eq!(deliveries(app.store(), blue).await.len(), 1);
    }

    async fn two_readers_write_one_delivery_of_each_event(db: TestDb) {
        let scene = Scene::new(db).await;
        let red = tenant(&scene.store, "red").await;
        let receiver = Receiver::start().await;
        scene.webhook(red, receiver.url()).await;
        for name in ["Ada", "Bob", "Cleo"] {
            scene.contact(red, name).await;
        }
        let other = scene.db.open(product_registry()).await;
        let (mut one, mut two) = (Reader::default(), Reader::default());
        // One of them may lose the race with an error that the next look makes good.
        let _ = tokio::join!(one.look(&scene.store), two.look(&other));
        one.look(&scene.store).await.expect("a look");
        two.look(&other).await.expect("a look");
        assert_eq!(scene.deliveries(red).await.len(), 3);
        let again = Reader::default().look(&scene.store).await.expect("a look");
        assert_eq!(again, 0, "a reader that begins again goes on where the others were");
        scene.tell().await;
        assert_eq!(receiver.received().len(), 3);
    }

    async fn a_node_killed_while_it_sends_leaves_the_event_to_another_with_the_same_id(db: TestDb) {
        let scene = Scene::new(db).await;
        let red = tenant(&scene.store, "red").await;
        let receiver = Receiver::start().await;
        scene.webhook(red, receiver.url()).await;
        let ada = scene.contact(red, "Ada").await;
        Reader::default().look(&scene.store).await.expect("a look");
        assert_eq!(receiver.received().len(), 0, "written down, and not sent yet");
        receiver.answer(&[0]);
        let mut killed = scene.runner("killed", Limits::default());
        assert_eq!(killed.turn().await.expect("a turn"), 1);
        receiver.came(1).await;
        drop(killed);
        scene.advance_s(61);
        scene.tell().await;
        let received = receiver.received();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0].header("opbx-event-id"), received[1].header("opbx-event-id"));
        assert_signed(&received[1], SECRET);
        assert_eq!(received[1].json()["data"], json!({ "model": "res.partner", "id": ada.get(), "version": 1, "deed": "created" }));
        assert_eq!(scene.deliveries(red).await[0].state, State::Delivered);
    }

    async fn a_receiver_that_fails_is_asked_again_later_and_what_follows_waits_behind(db: TestDb) {
        let scene = Scene::new(db).await;
        let red = tenant(&scene.store, "red").await;
        let receiver = Receiver::start().await;
        let webhook = scene.webhook(red, receiver.url()).await;
        receiver.answer(&[500, 302]);
        let ada = scene.contact(red, "Ada").await;
        scene.tell().await;
        scene.rename(red, ada, "Ada Lovelace").await;
        scene.tell().await;
        assert_eq!(receiver.received().len(), 1, "the change waits for the creation, and that for its time");
        let first = &scene.deliveries(red).await[0];
        assert_eq!((first.state, first.attempts, first.status), (State::Failed, 1, Some(500)));
        assert_eq!(first.response.as_deref(), Some("thank you"));
        assert_eq!(scene.get(red, webhook).await.failures, 1);
        for _ in 0..3 {
            scene.advance_s(30);
            scene.tell().await;
        }
        let received = receiver.received();
        let versions: Vec<_> = received.iter().map(|received| received.json()["data"]["version"].clone()).collect();
        assert_eq!(versions, [json!(1), json!(1), json!(1), json!(2)], "a redirect is a failure, too");
        assert_eq!(received[2].header("opbx-attempt"), "3");
        assert!(scene.deliveries(red).await.iter().all(|delivery| delivery.state == State::Delivered));
        assert_eq!(scene.get(red, webhook).await.failures, 0);
    }

    async fn a_delivery_is_given_up_in_the_end_and_a_webhook_that_always_fails_is_stopped(db: TestDb) {
        let mut scene = Scene::new(db).await;
        scene.terms = Terms { attempts_max: 2, failing_max: SignedDuration::from_hours(1), ..Terms::default() };
        let red = tenant(&scene.store, "red").await;
        let receiver = Receiver::start().await;
        let webhook = scene.webhook(red, receiver.url()).await;
        receiver.answer(&[503; 10]);
        scene.contact(red, "Ada").await;
        scene.tell().await;
        scene.advance_s(30);
        scene.tell().await;
        let given_up = &scene.deliveries(red).await[0];
        assert_eq!((given_up.state, given_up.attempts), (State::Dead, 2));
        assert_eq!(given_up.error.as_deref(), Some("answered 503"));
        assert!(scene.get(red, webhook).await.active, "one dead delivery stops nothing");
        scene.advance_s(3_600);
        scene.contact(red, "Bob").await;
        scene.contact(red, "Cleo").await;
        scene.tell().await;
        let stopped = scene.get(red, webhook).await;
        assert!(!stopped.active);
        let reason = stopped.stopped_because.expect("a reason");
        assert!(reason.contains("503") && reason.contains("2026-03-01"), "{reason}");
        assert!(scene.deliveries(red).await.iter().all(|delivery| delivery.state == State::Dead));
        scene.contact(red, "Dora").await;
        scene.tell().await;
        assert_eq!(scene.deliveries(red).await.len(), 3, "it hears nothing while it is stopped");
    }

    async fn a_receiver_that_is_gone_is_left_alone_at_once(db: TestDb) {
        let scene = Scene::new(db).await;
        let red = tenant(&scene.store, "red").await;
        let receiver = Receiver::start().await;
        let webhook = scene.webhook(red, receiver.url()).await;
        receiver.answer(&[410]);
        scene.contact(red, "Ada").await;
        scene.tell().await;
        let stopped = scene.get(red, webhook).await;
        assert!(!stopped.active && stopped.stopped_because.is_some_and(|reason| reason.contains("410")));
        assert_eq!(scene.deliveries(red).await[0].state, State::Dead);
    }

    async fn a_webhook_never_leads_into_a_private_network(db: TestDb) {
        let scene = Scene::new(db).await;
        let red = tenant(&scene.store, "red").await;
        let inside = Receiver::start_at("127.0.0.2").await;
        let outside = Receiver::start().await;
        scene.webhook(red, inside.url()).await;
        let by_name = outside.url().replace("127.0.0.1", "localhost.localdomain");
        scene.webhook(red, &by_name).await;
        scene.contact(red, "Ada").await;
        scene.tell().await;
        assert_eq!(inside.received().len(), 0);
        for delivery in scene.deliveries(red).await {
            assert_eq!((delivery.state, delivery.status), (State::Failed, None));
            let error = delivery.error.expect("a reason");
            assert!(!error.contains("127.0.0"), "{error}");
        }
    }

    async fn a_receiver_that_never_answers_holds_up_nobody_else(db: TestDb) {
        let scene = Scene::new(db).await;
        let (red, blue) = two_tenants(&scene.store).await;
        let (silent, other, of_blue) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
        silent.answer(&[0; 4]);
        scene.webhook(red, silent.url()).await;
        scene.webhook(red, other.url()).await;
        scene.webhook(blue, of_blue.url()).await;
        for at in 0..4 {
            scene.contact(red, &format!("Red {at}")).await;
        }
        scene.contact(blue, "Blue").await;
        Reader::default().look(&scene.store).await.expect("a look");
        let limits = Limits { waiting: Room { jobs_max: 3, per_tenant_max: 2 }, ..Limits::default() };
        let mut runner = scene.runner("one", limits);
        assert_eq!(runner.turn().await.expect("a turn"), 3);
        silent.came(4).await;
        other.came(4).await;
        of_blue.came(1).await;
    }

    async fn an_event_is_sent_once_more_when_somebody_asks_and_the_secret_changes_over(db: TestDb) {
        let app = TestApp::start(db).await;
        let red = app.apply(&company("red", "key-of-red").toml()).await.tenant;
        let receiver = Receiver::start().await;
        let new = NewWebhook { headers: vec![("X-Team".into(), "sales".into())], ..hears("red", receiver.url(), &["call.ended"]) };
        let first = webhooks::create(app.app(), &owner(red), new).await.expect("created");
        let sent = webhooks::ping(app.app(), &owner(red), first.id).await.expect("a ping");
        receiver.came(1).await;
        eventually(WAIT_MAX, "the answer is written down", async || {
            deliveries(app.store(), red).await[0].state == State::Delivered
        })
        .await;
        let second = webhooks::rotate(app.app(), &owner(red), first.id).await.expect("rotated");
        assert_ne!(*first.secret, *second.secret);
        let again = webhooks::replay(app.app(), &owner(red), sent).await.expect("a replay");
        assert_ne!(sent, again);
        receiver.came(2).await;
        let received = receiver.received();
        assert_eq!(received[0].header("x-team"), "sales");
        assert_eq!(received[0].header("opbx-event-id"), received[1].header("opbx-event-id"));
        assert_ne!(received[0].header("opbx-delivery"), received[1].header("opbx-delivery"));
        assert_eq!(received[0].body, received[1].body);
        for secret in [&first.secret, &second.secret] {
            assert_signed(&received[1], secret);
        }
        webhooks::delete(app.app(), &owner(red), first.id, None).await.expect("deleted");
        assert_eq!(deliveries(app.store(), red).await.len(), 0);
    }

    async fn a_configuration_file_says_what_a_webhook_is_and_not_how_it_fares(db: TestDb) {
        let mut scene = Scene::new(db).await;
        scene.terms = Terms { attempts_max: 1, ..Terms::default() };
        let red = tenant(&scene.store, "red").await;
        let receiver = Receiver::start().await;
        let webhook = scene.webhook(red, receiver.url()).await;
        receiver.answer(&[500]);
        scene.contact(red, "Ada").await;
        scene.tell().await;
        let before = scene.get(red, webhook).await;
        assert_eq!(before.failures, 1);
        let text = export(&scene.store, Some("red")).await.expect("an export").text;
        assert!(text.contains("record.changed") && text.contains(receiver.url()), "{text}");
        for unsaid in ["since", "failures", "last_status", SECRET] {
            assert!(!text.contains(&format!("\n{unsaid}")), "{unsaid} in:\n{text}");
        }
        let whole = Options { prune: true, ..Options::default() };
        apply_with(&scene.store, "red.toml", &text, &whole).await.expect("applied");
        assert_eq!(scene.get(red, webhook).await, before);
    }

    async fn webhooks_are_for_owners_and_administrators_of_their_own_tenant(db: TestDb) {
        let app = TestApp::start(db).await;
        let (red, blue) = two_tenants(app.store()).await;
        let new = || hears("mine", "https://example.com/hook", &["call.ended"]);
        for group in ["base.group_pbx_user", "base.group_reporter"] {
            let refused = webhooks::create(app.app(), &role(red, group), new()).await.map(|shown| shown.id);
            assert!(matches!(refused, Err(WebhookError::Record(RecordError::NotAllowed { .. }))), "{group}: {refused:?}");
        }
        let shown = webhooks::create(app.app(), &role(red, "base.group_pbx_admin"), new()).await.expect("created");
        for scope in [owner(blue), role(red, "base.group_pbx_user")] {
            assert!(webhooks::ping(app.app(), &scope, shown.id).await.is_err());
            assert!(webhooks::rotate(app.app(), &scope, shown.id).await.is_err());
            assert!(webhooks::delete(app.app(), &scope, shown.id, None).await.is_err());
        }
        let private = webhooks::create(app.app(), &owner(red), hears("x", "http://10.0.0.1/", &["call.ended"])).await;
        assert!(matches!(private.map(|shown| shown.id), Err(WebhookError::Address(_))));
        for (events, models, wrong) in [
            (vec!["call.exploded"], vec![], "no_such_event"),
            (vec![], vec![], "no_events"),
            (vec!["record.changed"], vec![], "no_models"),
            (vec!["record.changed"], vec!["pbx.nothing"], "no_such_model"),
            // An administrator may not read these, so that the webhook may not hear of them.
            (vec!["record.changed"], vec!["pbx.cloudonix_settings"], "no_such_model"),
        ] {
            let models = models.into_iter().map(str::to_owned).collect();
            let new = NewWebhook { models, ..hears("bad", "https://example.com/", &events) };
            let refused = webhooks::create(app.app(), &role(red, "base.group_pbx_admin"), new).await;
            let error = refused.map(|shown| shown.id).expect_err("refused");
            assert_eq!(error.code().name, wrong, "{error}");
        }
    }
}

async fn of_blue_id(app: &TestApp, tenant: TenantId) -> RecordId {
    app.read(tenant).await.all::<IrWebhook>(&Domain::All).await.expect("webhooks")[0].id
}
