//! HTTP as engines and operators meet it: a whole node in process, asked without a socket.

mod assistants;
mod base_url;
mod callbacks;
mod conferences;
mod contradictions;
mod guide;
mod health;
mod hooks;
mod hours;
mod isolation;
mod live;
mod logs;
mod menus;
mod metrics;
mod outbound;
mod policies;
mod prompts;
mod refusals;
mod repeats;
mod requests;
mod tokens;
mod v1;
mod voicemail;
mod web_app;
mod web_page;

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

/// A node with one company, which has these records and sends its number to `destination`.
async fn reaching(db: TestDb, destination: &str, records: &str) -> (TestApp, TenantId) {
    let app = TestApp::start(db).await;
    let toml = company("acme", KEY).more(records).toml();
    let toml =
        toml.replacen("destination = \"ring_group:sales\"", &format!("destination = \"{destination}\""), 1);
    let tenant = app.apply(&toml).await.tenant;
    (app, tenant)
}
