//! A company that connects itself: it saves its settings, and calls come in by what it provisioned.

use crate::demo::EXTENSIONS;
use opbx_app::carrier::{self, NewCall as Wanted};
use opbx_app::models::{PbxCloudonixSettingsDraft, PbxExtension};
use opbx_cloudonix::Client;
use opbx_kernel::{Scope, TenantId, UserId};
use opbx_platform::Domain;
use opbx_testkit::fake_cloudonix::{FakeCloudonix, NewCall, NewDomain, Options, Phone, Script};
use opbx_testkit::{TestApp, TestDb, WAIT_MAX, company, eventually, on_both_databases};
use std::sync::Arc;

const DOMAIN: &str = "acme.example.com";
const KEY: &str = "XI-key-of-acme";

/// A company at a carrier that takes ten requests in ten seconds, as the real one.
async fn connected(db: TestDb) -> (TestApp, TenantId, FakeCloudonix) {
    let mut options = Options::new(Arc::clone(db.clock()) as _).domain(NewDomain::new(DOMAIN, KEY));
    options.is_limited = true;
    let fake = FakeCloudonix::start(options).await.expect("the fake starts");
    let client = Client::new(fake.url()).expect("a client");
    let app = TestApp::start_with_backend(db, client).await;
    let tenant = app.apply(&company("acme", "key-of-acme").toml()).await.tenant;
    let draft = PbxCloudonixSettingsDraft {
        domain_uuid: Some(fake.uuid(DOMAIN)),
        domain_api_key: Some(KEY.to_owned()),
        webhook_base_url: Some(Some(format!("http://{}", app.listen().await))),
        ..PbxCloudonixSettingsDraft::default()
    };
    let saved = carrier::save(app.app(), &owner(tenant), draft).await.expect("saved");
    assert_eq!(saved.warning, None);
    eventually(WAIT_MAX, "every extension is told", async || {
        app.db().clock().advance(jiff::SignedDuration::from_millis(100));
        let synced = Domain::eq("sync_state", "synced");
        app.read(tenant).await.count("pbx.extension", &synced).await.expect("a count") == 3
    })
    .await;
    app.refresh().await;
    (app, tenant, fake)
}

fn owner(tenant: TenantId) -> Scope {
    Scope::user(tenant, UserId::new(7).expect("positive"), vec!["base.group_owner".to_owned()])
}

on_both_databases! {
    async fn a_call_comes_in_by_what_was_provisioned(db: TestDb) {
        let (_app, _, fake) = connected(db).await;
        let script = Script::default().phone("1001", Phone::answers(5));
        let call = NewCall::inbound("+442079460018", "+12125550100").script(script);
        let played = fake.call(DOMAIN, call).await.expect("a domain");
        assert_eq!(played.faults, [], "webhooks are taken at the addresses told, too: {}", played.transcript);
        assert!(played.transcript.has("1001 answers"), "{}", played.transcript);
    }

    async fn the_carrier_says_what_it_offers_and_starts_calls(db: TestDb) {
        let (app, tenant, fake) = connected(db).await;
        app.db().clock().advance(jiff::SignedDuration::from_secs(20));
        fake.add_trunk(DOMAIN, "out").expect("a domain");
        let trunks = carrier::trunks(app.app(), &owner(tenant)).await.expect("trunks");
        assert_eq!(trunks.len(), 1);
        let voices = carrier::voices(app.app(), &owner(tenant)).await.expect("voices");
        assert!(voices.filters.languages.iter().any(|(code, _)| code == "en-GB"), "{:?}", voices.filters);
        let comparison = carrier::compare(app.app(), &owner(tenant)).await.expect("compared");
        assert!(!comparison.needs_sync(), "{comparison:?}");
        let mut tx = app.read(tenant).await;
        let from = tx.all::<PbxExtension>(&Domain::eq("number", EXTENSIONS[1])).await.expect("one").remove(0).id;
        drop(tx);
        fake.set_script(Script::default().phone("1001", Phone::answers(1)).phone("1002", Phone::answers(2)));
        let wanted = Wanted { extension: from, to: "1002".to_owned() };
        let session = carrier::originate(app.app(), &owner(tenant), &wanted).await.expect("started");
        let told = fake.session(&session).expect("the fake knows the session by what it said");
        assert_eq!(told["callerId"], "1002", "the telephone that rings first shows whom it will be connected with");
        eventually(WAIT_MAX, "the call is routed as if 1001 had dialled 1002", async || {
            app.ingest().await;
            let dialled = Domain::eq("from_number", "1001").and(Domain::eq("to_number", "1002"));
            app.read(tenant).await.count("pbx.call", &dialled).await.expect("a count") == 1
        })
        .await;
    }
}
