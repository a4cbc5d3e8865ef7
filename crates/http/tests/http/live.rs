//! Live updates as browsers hear them: real sockets on a node that listens.

mod events;
mod libraries;
mod nodes;
mod rights;
mod slow;
mod socket;

use crate::KEY;
use opbx_app::sessions::Role;
use opbx_kernel::TenantId;
use opbx_platform::{Value, Values};
use opbx_testkit::{Browser, Person, TestApp, TestDb, company};
use std::net::SocketAddr;

/// A node that listens, with a company and its owner.
async fn listening(db: TestDb) -> (TestApp, SocketAddr, TenantId, Person) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let owner = app.person(tenant, Role::Owner, "olga").await;
    let address = app.listen().await;
    (app, address, tenant, owner)
}

/// A browser of this person that listens to a channel already.
async fn listener(app: &TestApp, address: SocketAddr, person: &Person, channel: &str) -> Browser {
    let mut browser = Browser::connect(address).await;
    let answer = app.subscribe(&mut browser, person, channel).await;
    assert_eq!(answer.event, "pusher_internal:subscription_succeeded", "{answer:?}");
    assert_eq!(browser.wait("live.position").await.channel, channel);
    browser
}

/// Creates a contact: a change that is told, and disturbs nothing.
async fn contact(app: &TestApp, tenant: TenantId, name: &str) -> i64 {
    let mut tx = app.begin(tenant).await;
    let values = Values::from([("name".to_owned(), Value::from(name))]);
    let id = tx.create("res.partner", values).await.expect("a contact");
    tx.commit().await.expect("a commit");
    id.get()
}
