//! Recordings at their addresses: whatever is wrong with an address, there is nothing at it.

use crate::{KEY, reaching, ringing};
use axum::http::StatusCode;
use opbx_app::attachments::{self, NewAttachment};
use opbx_app::models::PbxPrompt;
use opbx_app::prompts;
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::Domain;
use opbx_routing::RecordingId;
use opbx_testkit::{TestApp, company, on_both_databases};

const PROMPT: &str = "[pbx.prompt.welcome]\nname = \"Welcome\"\ntext = \"Welcome.\"\n";

async fn attach(app: &TestApp, tenant: TenantId, mimetype: &str, bytes: &[u8]) -> RecordId {
    let mut upload = app.app().objects().begin(tenant).await.expect("an upload");
    upload.write(bytes).await.expect("taken");
    let stored = upload.keep().await.expect("kept");
    let mut tx = app.begin(tenant).await;
    let record = tx.all::<PbxPrompt>(&Domain::All).await.expect("prompts")[0].id;
    let new =
        NewAttachment { name: "welcome", mimetype: Some(mimetype), model: "pbx.prompt", record, field: None };
    attachments::attach(&mut tx, app.store().registry(), &stored, &new).await.expect("attached");
    tx.commit().await.expect("it lasts");
    record
}

on_both_databases! {
    async fn an_engine_fetches_a_recording_without_a_key_for_a_day(db: TestDb) {
        let (app, tenant) = reaching(db, "extension:1001", PROMPT).await;
        let prompt = attach(&app, tenant, "audio/mpeg", b"la la la").await;
        attach(&app, tenant, "text/html", b"<script>").await;
        let recording = RecordingId::new(prompt.get()).expect("an id");
        let url = prompts::url(app.app(), "", tenant, recording);
        let played = app.get(&url).reply().await;
        assert_eq!((played.status, played.body.as_str()), (StatusCode::OK, "la la la"));
        assert_eq!(played.headers["content-type"], "audio/mpeg");
        assert_eq!(played.headers["cache-control"], "private, max-age=3600");
        let part = app.get(&url).header("range", "bytes=3-4").reply().await;
        assert_eq!((part.status.as_u16(), part.body.as_str()), (206, "la"));
        app.advance_hours(24);
        assert_eq!(app.get(&url).reply().await.status, StatusCode::OK);
        app.advance_hours(1);
        assert_eq!(app.get(&url).reply().await.status, StatusCode::NOT_FOUND, "expired");
        let blue = app.apply(&company("blue", "key-of-blue").toml()).await.tenant;
        let theirs = prompts::url(app.app(), "", blue, recording);
        assert_eq!(app.get(&theirs).reply().await.status, StatusCode::NOT_FOUND, "another tenant's record is absent");
    }

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
