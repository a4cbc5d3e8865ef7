//! AI assistants: every way to one, what it is told and nobody else is, and what follows when it is not reached.

use crate::{KEY, reaching};
use opbx_testkit::{TestApp, TestDb, on_both_databases};

const ASSISTANT: &str = r#"
[pbx.assistant.amy]
name = "Amy"
HOW
timeout_s = 25
fallback = "extension:1003"
"#;
const PROVIDER: &str = "how = \"provider\"\nprovider = \"VAPI\"\nnumber = \"+12125550188\"";

async fn started(db: TestDb, how: &str) -> (TestApp, opbx_kernel::TenantId) {
    reaching(db, "assistant:amy", &ASSISTANT.replace("HOW", how)).await
}

on_both_databases! {
    async fn an_assistant_that_is_not_reached_leaves_the_call_to_its_fallback(db: TestDb) {
        let (app, tenant) = started(db, PROVIDER).await;
        let first = app.voice(KEY).send().await;
        assert_eq!((first.rings.as_slice(), first.timeout_s), (&["+12125550188".to_owned()][..], Some(25)));
        assert_eq!(first.attribute("Service", "provider").as_deref(), Some("VAPI"));
        let fallback = app.follow(&first, "failed").await;
        assert_eq!(fallback.rings, ["1003"]);
        assert_eq!(app.follow(&first, "busy").await.body, fallback.body, "the same news in other words");
        app.ingest().await;
        assert_eq!(app.only_call(tenant).await.entries.len(), 2);
    }

    async fn a_conversation_that_is_over_ends_the_call(db: TestDb) {
        let (app, _) = started(db, PROVIDER).await;
        let first = app.voice(KEY).send().await;
        assert!(app.follow(&first, "completed").await.ends_silently());
        assert!(app.follow(&first, "failed").await.ends_silently(), "and nobody is rung by a later word");
    }

    async fn a_service_gets_its_token_which_is_kept_from_everybody_else(db: TestDb) {
        let how = "how = \"service\"\nurl = \"https://ai.example.com/agent?a=1&b=2\"\nservice_token = \"s3cret-of-amy\"";
        let (app, tenant) = started(db, how).await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.rings, ["https://ai.example.com/agent?a=1&b=2"]);
        assert_eq!(first.attribute("Service", "token").as_deref(), Some("s3cret-of-amy"));
        app.ingest().await;
        let plans = format!("{:?}", app.plan_snapshots(tenant).await);
        let call = app.only_call(tenant).await;
        for (what, text) in [("plan", plans), ("call", call.content()), ("entries", format!("{:?}", call.entries))] {
            assert!(!text.contains("s3cret"), "the {what} holds the token");
        }
    }

    async fn a_stream_that_is_over_was_a_conversation(db: TestDb) {
        let (app, tenant) = started(db, "how = \"stream\"\nurl = \"wss://ai.example.com/audio\"").await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.rings, ["wss://ai.example.com/audio"], "{}", first.body);
        let over = app.redirected(&first).with("CallStatus", "in-progress").send().await;
        assert!(over.ends_silently(), "{}", over.body);
        app.ingest().await;
        assert_eq!(app.only_call(tenant).await.call.status.as_str(), "completed");
    }

    async fn an_assistant_by_sip_is_rung_there(db: TestDb) {
        let (app, _) = started(db, "how = \"sip\"\nurl = \"sip:amy@ai.example.com\"").await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.rings, ["sip:amy@ai.example.com"]);
        assert!(first.body.contains("<Sip>"), "{}", first.body);
    }
}
