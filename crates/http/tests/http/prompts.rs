//! Recordings at their addresses: whatever is wrong with an address, there is nothing at it.

use crate::{KEY, ringing};
use axum::http::StatusCode;
use opbx_app::prompts;
use opbx_routing::RecordingId;
use opbx_testkit::on_both_databases;

on_both_databases! {
    async fn an_address_that_opbx_did_not_make_leads_nowhere(db: TestDb) {
        let (app, tenant, _) = ringing(db).await;
        let recording = RecordingId::new(7).expect("an id");
        let url = prompts::url(app.app(), "", tenant, recording);
        let token = url.split_once("token=").expect("a token").1;
        let other = format!("/api/voice/prompts/8?token={token}");
        for target in [
            url.as_str(), "/api/voice/prompts/7", "/api/voice/prompts/7?token=", "/api/voice/prompts/7?token=AAAA",
            "/api/voice/prompts/0?token=x", "/api/voice/prompts/x?token=x", &other,
        ] {
            let reply = app.get(target).header("authorization", &format!("Bearer {KEY}")).reply().await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{target}");
            assert!(reply.body.contains("Not Found") && !reply.body.contains("Response"), "{}", reply.body);
        }
    }
}
