//! Outside calls: by the rule's trunks in order, on failure only, under its caller ID.

use crate::{KEY, reaching};
use opbx_testkit::{Ask, TestApp, TestDb, company, eventually, on_both_databases};
use std::time::Duration;

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

/// A company that may spend this much and no more.
async fn limited(db: TestDb, limit: &str) -> TestApp {
    let app = TestApp::start(db).await;
    let toml = company("acme", KEY).more(RULE).toml();
    let head = "[res.company.main]\n";
    assert!(toml.contains(head), "{toml}");
    app.apply(&toml.replacen(head, &format!("{head}{limit}\n"), 1)).await;
    app
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

    async fn a_company_has_no_more_outside_calls_at_once_than_it_may_also_after_a_restart(db: TestDb) {
        let mut app = limited(db, "outbound_calls_max = 1").await;
        let first = dialled(&app).send().await;
        assert_eq!(first.rings, ["+442079460018"]);
        let second = dialled(&app).call("CA2").send().await;
        assert!(second.ends_saying("Outbound call not permitted"), "{}", second.body);
        assert_eq!(dialled(&app).send().await.body, first.body, "the call that goes on is not in its own way");
        app.follow(&first, "completed").await;
        let third = dialled(&app).call("CA3").send().await;
        assert_eq!(third.rings, ["+442079460018"]);
        app.ingest().await;
        app.restart().await;
        // The records tell of the call that goes on, once they are read.
        let mut tried = 3;
        eventually(Duration::from_secs(20), "a refusal", async || {
            tried += 1;
            let heard = dialled(&app).call(&format!("CA{tried}")).send().await;
            let is_refused = heard.rings.is_empty();
            if !is_refused {
                app.follow(&heard, "no-answer").await;
            }
            is_refused
        })
        .await;
    }

    async fn a_company_spends_no_more_minutes_a_day_than_it_may(db: TestDb) {
        let app = limited(db, "outbound_minutes_per_day_max = 60").await;
        let first = dialled(&app).send().await;
        app.advance_hours(2);
        app.follow(&first, "completed").await;
        let second = dialled(&app).call("CA2").send().await;
        assert!(second.ends_saying("Outbound call not permitted"), "{}", second.body);
        app.advance_hours(24);
        let tomorrow = dialled(&app).call("CA3").send().await;
        assert_eq!(tomorrow.rings, ["+442079460018"]);
        app.follow(&tomorrow, "no-answer").await;
        let unanswered = dialled(&app).call("CA4").send().await;
        assert_eq!(unanswered.rings, ["+442079460018"], "what nobody answered costs nothing");
    }
}
