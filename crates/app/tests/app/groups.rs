//! Groups that imply others, and the scope that follows from a user's groups.

use opbx_app::groups;
use opbx_app::models::{ResGroups, ResUsers};
use opbx_app::records::{self, RecordError};
use opbx_app::records::{Broken, RuleError};
use opbx_app::users::{self, ScopeError};
use opbx_kernel::{Actor, RecordId, Scope, TenantId, UserId};
use opbx_platform::{Domain, Value, Values};
use opbx_store::Tx;
use opbx_testkit::{TestApp, company, on_both_databases};

fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn group(app: &TestApp, tx: &mut Tx, name: &str, implied: &[RecordId]) -> RecordId {
    let model = app.store().registry().model("res.groups").expect("a known model");
    let new = values([("name", name.into()), ("implied", Value::Records(implied.to_vec()))]);
    records::create(tx, model, new).await.expect("a group")
}

async fn imply(app: &TestApp, tx: &mut Tx, group: RecordId, implied: RecordId) -> Result<(), RecordError> {
    let model = app.store().registry().model("res.groups").expect("a known model");
    records::update(tx, model, group, values([("implied", Value::Records(vec![implied]))]), None).await
}

async fn role(tx: &mut Tx, name: &str) -> RecordId {
    tx.external("base", name).await.expect("an answer").expect("a group").1
}

async fn acme(app: &TestApp, more: &str) -> TenantId {
    app.apply(&company("acme", "key-of-acme").more(more).toml()).await.tenant
}

on_both_databases! {
    async fn a_group_is_closed_over_all_that_it_implies(db: TestDb) {
        let app = TestApp::start(db).await;
        let mut tx = app.begin(acme(&app, "").await).await;
        let (admin, reporter) = (role(&mut tx, "group_pbx_admin").await, role(&mut tx, "group_reporter").await);
        let desk = group(&app, &mut tx, "Desk", &[reporter]).await;
        let lead = group(&app, &mut tx, "Desk lead", &[desk, admin]).await;
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(groups::closed(&mut tx, &[]).await.expect("names"), of(&[]));
        assert_eq!(groups::closed(&mut tx, &[desk]).await.expect("names"), of(&["base.group_reporter"]));
        assert_eq!(
            groups::closed(&mut tx, &[lead]).await.expect("names"),
            of(&["base.group_pbx_admin", "base.group_reporter"])
        );
        assert_eq!(groups::closed(&mut tx, &[admin]).await.expect("names"), of(&["base.group_pbx_admin"]));
    }

    async fn a_circle_of_groups_is_refused_however_long(db: TestDb) {
        let app = TestApp::start(db).await;
        let mut tx = app.begin(acme(&app, "").await).await;
        let a = group(&app, &mut tx, "A", &[]).await;
        let b = group(&app, &mut tx, "B", &[a]).await;
        let c = group(&app, &mut tx, "C", &[b]).await;
        for (from, to) in [(a, a), (a, b), (a, c)] {
            let refused = imply(&app, &mut tx, from, to).await;
            let is_circle =
                matches!(refused, Err(RecordError::Rule(RuleError { ref field, broken: Broken::Circle, .. })) if field == "implied");
            assert!(is_circle, "{refused:?}");
        }
        imply(&app, &mut tx, c, a).await.expect("a shorter way is no circle");
        // Written past the rules, as two changes at the same moment could: whoever is in it is in all, and it ends.
        tx.update("res.groups", a, values([("implied", Value::Records(vec![c]))]), None).await.expect("a circle");
        assert!(groups::closed(&mut tx, &[a]).await.expect("an end").is_empty());
        assert_eq!(tx.all::<ResGroups>(&Domain::All).await.expect("groups").len(), 7);
    }

    async fn a_users_scope_has_the_closed_groups_and_the_language(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = acme(
            &app,
            "[res.groups.desk]\nname = \"Desk\"\nimplied = [\"base.group_reporter\"]\n\
             [res.users.zoe]\nname = \"Zoe\"\nemail = \"zoe@example.com\"\ngroups = [\"desk\"]\n\
             time_zone = \"America/Sao_Paulo\"\n\
             [res.users.yan]\nname = \"Yan\"\nemail = \"yan@example.com\"\nlanguage = \"nl\"\n\
             [res.users.gone]\nname = \"Gone\"\nemail = \"gone@example.com\"\nactive = false\n",
        )
        .await;
        let other = app.apply(&company("other", "key-of-other").toml()).await.tenant;
        let users = app.read(tenant).await.all::<ResUsers>(&Domain::is_in("active", [true, false])).await;
        let users = users.expect("users");
        let id = |name: &str| {
            let user = users.iter().find(|user| user.name == name).expect("a user");
            UserId::new(user.id.get()).expect("an id")
        };
        // A language is the contact's where the user has none.
        let mut tx = app.begin(tenant).await;
        let contact = values([("name", "Zoe".into()), ("language", "pt-BR".into())]);
        let contact = tx.create("res.partner", contact).await.expect("a contact");
        let zoe = RecordId::new(id("Zoe").get()).expect("an id");
        tx.update("res.users", zoe, values([("partner", Value::Record(contact))]), None).await.expect("hers");
        tx.commit().await.expect("it lasts");
        let zoe = users::scope(app.store(), tenant, id("Zoe")).await.expect("a scope");
        let Actor::User { groups, .. } = zoe.actor() else { panic!("a person: {zoe:?}") };
        assert_eq!(groups, &["base.group_reporter", "config.res.groups.desk"]);
        assert_eq!((zoe.tenant(), zoe.language()), (tenant, "pt-BR"));
        let yan = users::scope(app.store(), tenant, id("Yan")).await.expect("a scope");
        assert_eq!(yan.language(), "nl");
        for (tenant, user) in [(tenant, id("Gone")), (other, id("Zoe"))] {
            let absent: Result<Scope, _> = users::scope(app.store(), tenant, user).await;
            assert!(matches!(absent, Err(ScopeError::NoUser)), "{absent:?}");
        }
    }
}
