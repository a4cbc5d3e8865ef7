//! Engines repeat themselves: the same question gets the same bytes, and is one call with one step.

use opbx_routing::Reason;
use opbx_testkit::{Ask, Heard, StoredCall, TestApp, company, on_both_databases};
use tokio::task::JoinSet;

const KEY: &str = "key-of-acme";
/// As many as a nervous engine may send at once.
const REPEATS: usize = 50;

async fn started(db: opbx_testkit::TestDb, strategy: &'static str) -> (TestApp, opbx_kernel::TenantId) {
    let app = TestApp::start(db).await;
    let tenant = app.apply(&company("acme", KEY).strategy(strategy).toml()).await.tenant;
    (app, tenant)
}

/// Sends the same request many times at once, and gives the one answer that all of them got.
async fn all_at_once(ask: &Ask) -> Heard {
    let mut asking = JoinSet::new();
    for _ in 0..REPEATS {
        let ask = ask.clone();
        asking.spawn(async move { ask.send().await });
    }
    let answers = asking.join_all().await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (answers[0].status, &answers[0].body));
    }
    answers.into_iter().next().expect("as many as were asked")
}

fn tickets(call: &StoredCall) -> Vec<u64> {
    let ticket = |reason| match reason {
        Reason::GroupOrder { ticket, .. } => ticket,
        _ => None,
    };
    call.trace().into_iter().filter_map(ticket).collect()
}

on_both_databases! {
    async fn the_same_request_twice_is_one_call_with_one_step(db: TestDb) {
        let (app, tenant) = started(db, "sequential").await;
        let ask = app.voice(KEY);
        let first = ask.send().await;
        assert_eq!(ask.send().await.body, first.body);
        assert_eq!(ask.clone().query().send().await.body, first.body, "in whatever form it comes");
        let second = app.follow(&first, "no-answer").await;
        assert_eq!(app.follow(&first, "no-answer").await.body, second.body);
        assert_eq!(ask.send().await.body, first.body, "and however late");
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!((call.call.steps, call.entries.len()), (2, 2));
        assert_eq!(call.rung(), [("1001", "no_answer"), ("1002", "ringing")]);
        let last = app.app().journal().last();
        assert_eq!(last, 3, "one plan and two steps were journaled, and no repeat");
    }

    async fn many_repeats_at_once_get_one_answer_and_one_step(db: TestDb) {
        let (app, tenant) = started(db, "sequential").await;
        let first = all_at_once(&app.voice(KEY)).await;
        assert_eq!(first.rings, ["1001"]);
        let second = all_at_once(&app.after(&first).with("CallStatus", "busy")).await;
        assert_eq!(second.rings, ["1002"]);
        let over = all_at_once(&app.after(&second).with("CallStatus", "completed")).await;
        assert!(over.ends_silently(), "{}", over.body);
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.rung(), [("1001", "busy"), ("1002", "answered")]);
        assert_eq!((call.entries.len(), app.app().journal().last()), (3, 4));
    }

    async fn a_turn_in_a_rotation_is_claimed_once_however_often_it_is_asked_for(db: TestDb) {
        let (app, tenant) = started(db, "round_robin").await;
        let first = all_at_once(&app.voice(KEY)).await;
        let second = all_at_once(&app.voice(KEY).call("CA2")).await;
        let third = all_at_once(&app.voice(KEY).call("CA3")).await;
        assert_eq!(
            (&first.rings, &second.rings, &third.rings),
            (&vec!["1001".to_owned()], &vec!["1002".to_owned()], &vec!["1001".to_owned()])
        );
        app.ingest().await;
        let claimed: Vec<_> = app.calls(tenant).await.iter().map(tickets).collect();
        assert_eq!(claimed, [[0], [1], [2]], "no repeat took a turn from anybody");
    }

    async fn results_that_come_at_once_ring_one_phone_only(db: TestDb) {
        let (app, tenant) = started(db, "sequential").await;
        let first = app.voice(KEY).send().await;
        let mut asking = JoinSet::new();
        for at in 0..REPEATS {
            let word = ["busy", "no-answer", "failed"][at % 3];
            let ask = app.after(&first).with("CallStatus", word);
            asking.spawn(async move { ask.send().await });
        }
        for answer in asking.join_all().await {
            assert_eq!(answer.rings, ["1002"]);
        }
        app.ingest().await;
        let call = app.only_call(tenant).await;
        assert_eq!(call.legs.len(), 2, "{:?}", call.rung());
        assert_eq!(call.entries.len(), 2);
    }

    async fn two_calls_that_look_alike_are_two_calls(db: TestDb) {
        let (app, tenant) = started(db, "sequential").await;
        let (one, other) = (app.voice(KEY).call("CA1").send().await, app.voice(KEY).call("ca1").send().await);
        assert_eq!(one.rings, other.rings);
        assert_ne!(one.body, other.body, "each has a token of its own");
        app.ingest().await;
        assert_eq!(app.calls(tenant).await.len(), 2);
    }
}
