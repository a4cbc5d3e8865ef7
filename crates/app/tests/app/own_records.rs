//! What people change of their own: do-not-disturb, forwards, the greeting and the PIN of their box. And no more.

use opbx_app::records::{self, RecordError};
use opbx_app::tenants;
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::{DestinationRef, Domain, Value, Values};
use opbx_store::{SaveError, Store};
use opbx_testkit::{on_both_databases, product_registry, two_tenants};

fn one(field: &str, value: Value) -> Values {
    Values::from([(field.to_owned(), value)])
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn forward(to: &str) -> Value {
    Value::Destination(DestinationRef::Forward(to.to_owned()))
}

struct Desk {
    store: Store,
    scope: Scope,
    own: RecordId,
    colleague: RecordId,
    own_box: RecordId,
    other_box: RecordId,
}

impl Desk {
    /// A user with an extension that may not call outside, and a box; a colleague has both, too.
    async fn of(store: Store, tenant: TenantId) -> Self {
        let mut tx = store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let mut users = Vec::new();
        for name in ["ann", "bob"] {
            let values = Values::from([
                ("name".to_owned(), text(name)),
                ("email".to_owned(), text(&format!("{name}@example.com"))),
            ]);
            users.push(tx.create("res.users", values).await.expect("a user"));
        }
        let (mut extensions, mut boxes) = (Vec::new(), Vec::new());
        for (number, user) in ["1001", "1002"].into_iter().zip(&users) {
            let mut values = one("number", text(number));
            values.extend(one("name", text(number)));
            values.extend(one("user", Value::Record(*user)));
            values.extend(one("dials_out", Value::Bool(false)));
            extensions.push(tx.create("pbx.extension", values).await.expect("an extension"));
            let mut values = one("name", text(number));
            values.extend(one("user", Value::Record(*user)));
            boxes.push(tx.create("pbx.voicemail", values).await.expect("a box"));
        }
        tx.commit().await.expect("it lasts");
        let user = UserId::new(users[0].get()).expect("an id");
        let scope = Scope::user(tenant, user, vec!["base.group_pbx_user".to_owned()]);
        let (own, colleague, own_box, other_box) = (extensions[0], extensions[1], boxes[0], boxes[1]);
        Self { store, scope, own, colleague, own_box, other_box }
    }

    async fn change(&self, model: &str, id: RecordId, values: Values) -> Result<(), RecordError> {
        let mut tx = self.store.begin(&self.scope).await.expect("a transaction");
        let model = self.store.registry().model(model).expect("a model").clone();
        records::update(&mut tx, &model, id, values, None).await?;
        tx.commit().await.expect("it lasts");
        Ok(())
    }
}

on_both_databases! {
    async fn people_change_what_is_theirs_to_say_and_forward_outside_only_where_they_may_call(db: TestDb) {
        let store = db.store(product_registry()).await;
        tenants::install_shared_data(&store).await.expect("countries");
        let (red, _) = two_tenants(&store).await;
        let desk = Desk::of(store, red).await;
        desk.change("pbx.extension", desk.own, one("do_not_disturb", Value::Bool(true))).await.expect("their own");
        desk.change("pbx.extension", desk.own, one("forward_busy", forward("1002"))).await.expect("inside");
        desk.change("pbx.extension", desk.own, one("forward_busy", Value::Null)).await.expect("and back");
        for (field, to) in [("forward_always", "+442079460018"), ("forward_no_answer", "sip:ann@example.com")] {
            let refused = desk.change("pbx.extension", desk.own, one(field, forward(to))).await;
            let Err(error @ RecordError::Rule(_)) = &refused else { panic!("{to}: {refused:?}") };
            assert_eq!(error.code().name, "may_not_dial_out");
            assert!(error.to_string().contains(&format!("`{field}`")), "{error}");
        }
        let refused = desk.change("pbx.extension", desk.own, one("dials_out", Value::Bool(true))).await;
        assert!(matches!(refused, Err(RecordError::FieldNotAllowed { .. })), "{refused:?}");
        let refused = desk.change("pbx.extension", desk.colleague, one("do_not_disturb", Value::Bool(true))).await;
        assert!(matches!(refused, Err(RecordError::Save(SaveError::OutOfReach { .. }))), "{refused:?}");
    }

    async fn people_choose_the_pin_of_their_own_box(db: TestDb) {
        let store = db.store(product_registry()).await;
        tenants::install_shared_data(&store).await.expect("countries");
        let (red, _) = two_tenants(&store).await;
        let desk = Desk::of(store, red).await;
        let pin = |digits: &str| one("pin", Value::Bytes(digits.as_bytes().to_vec()));
        desk.change("pbx.voicemail", desk.own_box, pin("2468")).await.expect("their own");
        for wrong in ["246", "24a8", "123456789012345678901"] {
            let refused = desk.change("pbx.voicemail", desk.own_box, pin(wrong)).await;
            let Err(error) = &refused else { panic!("{wrong} was taken") };
            assert_eq!(error.code().name, "not_pin");
            assert!(!error.to_string().contains(wrong), "{error}");
        }
        let refused = desk.change("pbx.voicemail", desk.other_box, pin("2468")).await;
        assert!(matches!(refused, Err(RecordError::Save(SaveError::OutOfReach { .. }))), "{refused:?}");
        let refused = desk.change("pbx.voicemail", desk.own_box, one("name", text("Mine"))).await;
        assert!(matches!(refused, Err(RecordError::FieldNotAllowed { .. })), "{refused:?}");
    }

    async fn a_tenant_that_is_older_than_the_codes_gets_them_once(db: TestDb) {
        let store = db.store(product_registry()).await;
        tenants::install_shared_data(&store).await.expect("countries");
        let (red, _) = two_tenants(&store).await;
        let count = async || {
            let mut tx = store.read(&Scope::system(red, "a test")).await.expect("a transaction");
            tx.count("pbx.feature_code", &Domain::All).await.expect("counted")
        };
        tenants::install_new_data(&store).await.expect("installed");
        assert_eq!(count().await, 12);
        let mut tx = store.begin(&Scope::system(red, "a test")).await.expect("a transaction");
        let (_, code) = tx.external("pbx", "code_call_back").await.expect("read").expect("it is there");
        tx.delete("pbx.feature_code", code).await.expect("deleted");
        tx.commit().await.expect("it lasts");
        tenants::install_new_data(&store).await.expect("installed");
        assert_eq!(count().await, 11, "what was deleted stays so");
    }
}
