//! An engine that says two things about one dial: nobody rings after an answered call, nor two phones for one.

use crate::{KEY, ringing};
use opbx_testkit::on_both_databases;

on_both_databases! {
    async fn after_completed_no_other_word_rings_anybody(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        assert!(app.follow(&first, "completed").await.ends_silently());
        for word in ["no-answer", "busy", "failed", "canceled", "unknown", "completed"] {
            let late = app.follow(&first, word).await;
            assert!(late.rings.is_empty() && late.hangs_up && late.action.is_none(), "{word}: {}", late.body);
        }
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "answered")]);
        assert_eq!((call.call.status.as_str(), call.call.steps), ("completed", 2));
    }

    async fn after_a_caller_gave_up_no_other_word_rings_anybody(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        assert!(app.follow(&first, "canceled").await.ends_silently());
        for word in ["no-answer", "busy", "failed"] {
            assert!(app.follow(&first, word).await.rings.is_empty(), "{word}");
        }
        app.ingest().await;
        assert_eq!(app.only_call(tenant).await.rung(), [("1001", "canceled")]);
    }

    async fn two_ways_of_not_answering_ring_one_next_phone(db: TestDb) {
        let (app, tenant, first) = ringing(db).await;
        let second = app.follow(&first, "busy").await;
        assert_eq!(second.rings, ["1002"]);
        for word in ["no-answer", "failed", "busy"] {
            let again = app.follow(&first, word).await;
            assert_eq!(again.body, second.body, "{word} is the same news in other words");
        }
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "busy"), ("1002", "ringing")]);
        assert_eq!(call.entries.len(), 2);
    }

    async fn a_late_completed_ends_what_an_early_no_answer_began(db: TestDb) {
        let (app, _, first) = ringing(db).await;
        let second = app.follow(&first, "no-answer").await;
        assert_eq!(second.rings, ["1002"]);
        assert!(app.follow(&first, "completed").await.rings.is_empty());
        let third = app.follow(&second, "no-answer").await;
        assert!(third.rings.is_empty() && third.hangs_up, "an answered dial has ended: {}", third.body);
    }

    async fn another_call_goes_on_while_one_is_over(db: TestDb) {
        let (app, _, first) = ringing(db).await;
        let other = app.voice(KEY).call("CA2").send().await;
        assert!(app.follow(&first, "completed").await.ends_silently());
        assert_eq!(app.follow(&other, "no-answer").await.rings, ["1002"]);
    }
}
