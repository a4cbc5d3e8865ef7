//! HTTP as engines and operators meet it: a whole node in process, asked without a socket.

mod base_url;
mod callbacks;
mod contradictions;
mod health;
mod isolation;
mod logs;
mod refusals;
mod repeats;
mod requests;
mod tokens;

use opbx_kernel::TenantId;
use opbx_testkit::{Heard, TestApp, TestDb, company};

const KEY: &str = "key-of-acme";

/// A node with one company, and a call to it that rings its first phone.
async fn ringing(db: TestDb) -> (TestApp, TenantId, Heard) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).toml()).await.tenant;
    let first = app.voice(KEY).send().await;
    assert_eq!(first.rings, ["1001"]);
    (app, tenant, first)
}
