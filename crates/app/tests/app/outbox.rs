//! The outbox's readers: a plan that another process changed is told of on the bus, and calls find their order.

use opbx_app::apply::apply;
use opbx_app::outbox::Delivery;
use opbx_cluster::{Cluster, Message};
use opbx_platform::Domain;
use opbx_testkit::{TestApp, WAIT_MAX, company, eventually, on_both_databases, product_registry};
use tokio::time::timeout;

const KEY: &str = "key-of-acme";

on_both_databases! {
    async fn a_plan_that_another_process_changed_is_told_of_on_the_bus(db: TestDb) {
        let app = TestApp::start(db).await;
        let mut bus = app.app().cluster().bus().subscribe();
        // A store of its own: this process does not hear of its commits.
        let other = app.db().open(product_registry()).await;
        let applied = apply(&other, "test.toml", &company("acme", KEY).toml()).await.expect("applied");
        let version = applied.plan_version.expect("routing changed");
        let told = timeout(WAIT_MAX, bus.recv()).await.expect("in time").expect("a message");
        assert_eq!(told, Message::PlanChanged { tenant: applied.tenant, version });
        eventually(WAIT_MAX, "the reader has written down its place", async || {
            app.read(applied.tenant).await.outbox_position("bus").await.expect("a position") > 0
        })
        .await;
        // Another reader that begins now finds nothing that was not told.
        let nobody = Cluster::memory();
        let again = Delivery::default().look(&other, nobody.bus()).await.expect("a look");
        assert_eq!(again, []);
    }

    async fn a_reader_that_was_away_tells_the_newest_plan_once(db: TestDb) {
        let store = db.store(product_registry()).await;
        let cluster = Cluster::memory();
        opbx_app::tenants::install_shared_data(&store).await.expect("countries");
        let applied = apply(&store, "test.toml", &company("acme", KEY).toml()).await.expect("applied");
        let second = company("acme", KEY).strategy("random").toml();
        let version = apply(&store, "test.toml", &second).await.expect("applied").plan_version.expect("changed");
        let mut delivery = Delivery::default();
        let told = delivery.look(&store, cluster.bus()).await.expect("a look");
        assert_eq!(told, [(applied.tenant, version)]);
        assert_eq!(delivery.look(&store, cluster.bus()).await.expect("a look"), []);
    }

    async fn a_process_that_ends_tells_of_its_change_before(db: TestDb) {
        let store = db.store(product_registry()).await;
        let cluster = Cluster::memory();
        opbx_app::tenants::install_shared_data(&store).await.expect("countries");
        let applied = apply(&store, "test.toml", &company("acme", KEY).toml()).await.expect("applied");
        let mut bus = cluster.bus().subscribe();
        opbx_app::outbox::tell(&store, cluster.bus(), applied.tenant).await.expect("told");
        let told = timeout(WAIT_MAX, bus.recv()).await.expect("in time").expect("a message");
        assert_eq!(told, Message::PlanChanged { tenant: applied.tenant, version: 1 });
    }

    async fn a_call_publishes_each_of_its_changes_in_the_order_of_its_tenant(db: TestDb) {
        let app = TestApp::start(db).await;
        let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
        let ringing = app.voice(KEY).call("CA1").send().await;
        app.ingest().await;
        app.follow(&ringing, "completed").await;
        app.ingest().await;
        eventually(WAIT_MAX, "both changes of the call have their place", async || {
            let mut tx = app.read(tenant).await;
            let of_calls = Domain::eq("model", "pbx.call").and(Domain::is_set("sequence"));
            tx.count("ir.outbox", &of_calls).await.expect("a count") == 2
        })
        .await;
        let mut tx = app.read(tenant).await;
        let entries = tx.outbox_after(0, 1_000).await.expect("entries");
        let places: Vec<i64> = entries.iter().map(|entry| entry.sequence).collect();
        assert_eq!(places, (1..=entries.len() as i64).collect::<Vec<_>>());
        let calls = entries.iter().filter(|entry| entry.model.as_deref() == Some("pbx.call"));
        let versions: Vec<_> = calls.map(|entry| entry.record_version).collect();
        assert_eq!(versions, [Some(1), Some(2)]);
    }
}
