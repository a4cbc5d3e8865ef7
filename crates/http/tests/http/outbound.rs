//! Outside calls: by the rule's trunks in order, on failure only, under its caller ID.

use crate::{KEY, reaching};
use opbx_testkit::{Ask, TestApp, TestDb, on_both_databases};

const RULE: &str = r#"
[pbx.trunk.first]
name = "First"
engine_name = "carrier-a"

[pbx.trunk.second]
name = "Second"
engine_name = "carrier-b"

[pbx.outbound_rule.uk]
name = "United Kingdom"
prefix = "+44"
trunks = ["first", "second"]
caller_id = "+12125550100"
"#;

async fn started(db: TestDb) -> (TestApp, opbx_kernel::TenantId) {
    reaching(db, "extension:1001", RULE).await
}

fn dialled(app: &TestApp) -> Ask {
    app.voice(KEY).from_phone("1001").to("+442079460018")
}

on_both_databases! {
    async fn a_failed_trunk_is_followed_by_the_next_and_a_busy_number_is_not(db: TestDb) {
        let (app, tenant) = started(db).await;
        let first = dialled(&app).send().await;
        assert_eq!(first.rings, ["+442079460018"]);
        assert_eq!(first.attribute("Dial", "trunks").as_deref(), Some("carrier-a"));
        assert_eq!(first.attribute("Dial", "callerId").as_deref(), Some("+12125550100"));
        let second = app.follow(&first, "failed").await;
        assert_eq!(second.attribute("Dial", "trunks").as_deref(), Some("carrier-b"), "{}", second.body);
        assert_eq!(app.follow(&first, "failed").await.body, second.body, "told twice, dialled once more");
        let over = app.follow(&second, "busy").await;
        assert!(over.rings.is_empty() && over.hangs_up, "{}", over.body);
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("+442079460018", "failed"), ("+442079460018", "busy")]);
        assert_eq!(call.entries.len(), 3);
        let other = dialled(&app).call("CA2").send().await;
        assert!(app.follow(&other, "busy").await.rings.is_empty(), "a busy number is busy by every trunk");
    }

    async fn after_the_last_trunk_the_call_is_over(db: TestDb) {
        let (app, _) = started(db).await;
        let first = dialled(&app).send().await;
        let second = app.follow(&first, "failed").await;
        let over = app.follow(&second, "failed").await;
        assert!(over.rings.is_empty() && over.hangs_up && over.action.is_none(), "{}", over.body);
    }

    async fn what_no_rule_allows_is_refused(db: TestDb) {
        let (app, _) = started(db).await;
        let refused = app.voice(KEY).from_phone("1001").to("+4930123456").send().await;
        assert!(refused.ends_saying("Outbound call not permitted"), "{}", refused.body);
        let outside = app.voice(KEY).call("CA2").to("+442079460018").send().await;
        assert!(outside.rings.is_empty(), "a caller from outside never leaves again: {}", outside.body);
    }
}
