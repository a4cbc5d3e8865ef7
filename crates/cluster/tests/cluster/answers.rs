//! A repeat gets the same bytes, and whatever happens to the first, nobody is stranded.

use bytes::Bytes;
use opbx_cluster::{Answer, AnswerKey, Cluster, Limits, Origin};
use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Barrier, Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::nodes::{CONDITION_WAIT_MAX, Nodes, key, on_both_backends, patient, said, tenant, until};

on_both_backends! {
    a_repeat_on_any_node_gets_the_same_bytes
    any_other_tenant_call_step_or_input_is_another_question
    concurrent_repeats_on_all_nodes_are_answered_by_one
    an_error_goes_to_its_caller_and_the_next_one_tries
    who_waits_for_a_first_that_fails_tries_itself
    a_first_that_is_dropped_strands_nobody
    a_first_that_panics_strands_nobody
}

/// Answers with this text, and fails the test if the answer is kept already.
async fn first(node: &Cluster, key: AnswerKey, body: &'static str) {
    let answered = node.answers().get_or_answer(key, || async { Ok::<_, Infallible>(said(body)) }).await;
    assert_eq!(answered, Ok((said(body), Origin::First)));
}

/// Fails the test if this would have to be answered anew.
async fn repeat(node: &Cluster, key: AnswerKey) -> Answer {
    let answered = node.answers().get_or_answer(key, || async { Err("it was not kept") }).await;
    let (answer, origin) = answered.unwrap();
    assert_eq!(origin, Origin::Repeat);
    answer
}

async fn a_repeat_on_any_node_gets_the_same_bytes(Nodes([one, other]): Nodes) {
    let odd = Answer { status: 418, body: Bytes::from_static(b"<Response>\0\xff</Response>") };
    let made = one.answers().get_or_answer(key("a"), || async { Ok::<_, Infallible>(odd.clone()) }).await;
    assert_eq!(made, Ok((odd.clone(), Origin::First)));
    for node in [&one, &other, &other] {
        assert_eq!(repeat(node, key("a")).await, odd);
    }
}

async fn any_other_tenant_call_step_or_input_is_another_question(Nodes([one, other]): Nodes) {
    first(&one, key("a"), "first").await;
    first(&other, AnswerKey { tenant: tenant(2), ..key("a") }, "tenant").await;
    first(&other, key("b"), "call").await;
    first(&other, AnswerKey { step: 2, ..key("a") }, "step").await;
    first(&other, AnswerKey { digest: [8; 32], ..key("a") }, "input").await;
    assert_eq!(repeat(&other, key("a")).await, said("first"));
}

async fn concurrent_repeats_on_all_nodes_are_answered_by_one(nodes: Nodes) {
    const REPEATS: usize = 40;
    let made = Arc::new(AtomicUsize::new(0));
    let start = Arc::new(Barrier::new(REPEATS));
    let mut requests = JoinSet::new();
    for request in 0..REPEATS {
        let node = nodes.0[request % 2].clone();
        let (made, start) = (Arc::clone(&made), Arc::clone(&start));
        requests.spawn(async move {
            start.wait().await;
            let answer = || async {
                made.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok::<_, Infallible>(said(format!("made by {request}")))
            };
            node.answers().get_or_answer(key("a"), answer).await.unwrap()
        });
    }
    let answers = requests.join_all().await;
    assert_eq!(made.load(Ordering::SeqCst), 1);
    assert_eq!(answers.iter().filter(|(_, origin)| *origin == Origin::First).count(), 1);
    assert!(answers.iter().all(|(answer, _)| *answer == answers[0].0), "{answers:?}");
}

async fn an_error_goes_to_its_caller_and_the_next_one_tries(Nodes([one, other]): Nodes) {
    let failed = one.answers().get_or_answer(key("a"), || async { Err("no plan") }).await;
    assert_eq!(failed, Err("no plan"));
    first(&other, key("a"), "second").await;
    assert_eq!(repeat(&one, key("a")).await, said("second"));
}

/// A first that is under way until it is let go.
struct UnderWay {
    started: Arc<Notify>,
    go: Arc<Semaphore>,
}

impl UnderWay {
    fn new() -> Self {
        Self { started: Arc::default(), go: Arc::new(Semaphore::new(0)) }
    }

    /// What the first does: says that it started, waits to be let go.
    fn work(&self) -> impl Future<Output = ()> + Send + use<> {
        let (started, go) = (Arc::clone(&self.started), Arc::clone(&self.go));
        async move {
            started.notify_one();
            go.acquire().await.unwrap().forget();
        }
    }
}

async fn who_waits_for_a_first_that_fails_tries_itself(Nodes([one, other]): Nodes) {
    let under_way = UnderWay::new();
    let work = under_way.work();
    let node = one.clone();
    let failing = tokio::spawn(async move {
        let answer = || async {
            work.await;
            Err::<Answer, _>("no plan")
        };
        node.answers().get_or_answer(key("a"), answer).await
    });
    under_way.started.notified().await;

    let mut waiting = JoinSet::new();
    for node in [one.clone(), one, other] {
        waiting.spawn(async move {
            let answer = || async { Ok::<_, &str>(said("by one who waited")) };
            node.answers().get_or_answer(key("a"), answer).await.unwrap()
        });
    }
    under_way.go.add_permits(1);
    assert_eq!(failing.await.unwrap(), Err("no plan"));
    let answers = waiting.join_all().await;
    assert!(answers.iter().all(|(answer, _)| *answer == said("by one who waited")));
    assert_eq!(answers.iter().filter(|(_, origin)| *origin == Origin::First).count(), 1);
}

async fn a_first_that_is_dropped_strands_nobody(Nodes([one, other]): Nodes) {
    let under_way = UnderWay::new();
    let work = under_way.work();
    let node = one.clone();
    let dropped = tokio::spawn(async move {
        let answer = || async {
            work.await;
            pending::<Result<Answer, Infallible>>().await
        };
        node.answers().get_or_answer(key("a"), answer).await
    });
    under_way.started.notified().await;
    let mut waiting = JoinSet::new();
    for node in [one.clone(), other.clone()] {
        waiting.spawn(async move {
            let answer = || async { Ok::<_, Infallible>(said("by one who waited")) };
            node.answers().get_or_answer(key("a"), answer).await.unwrap().0
        });
    }
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    assert_eq!(waiting.join_all().await, [said("by one who waited"), said("by one who waited")]);
    assert_eq!(repeat(&other, key("a")).await, said("by one who waited"));
}

async fn a_first_that_panics_strands_nobody(Nodes([one, other]): Nodes) {
    let node = one.clone();
    let panicked = tokio::spawn(async move {
        let answer = || async { panic!("this panic is part of the test") };
        node.answers().get_or_answer::<_, _, Infallible>(key("a"), answer).await
    });
    assert!(panicked.await.unwrap_err().is_panic());
    first(&one, key("a"), "second").await;
    assert_eq!(repeat(&other, key("a")).await, said("second"));
}

#[tokio::test]
async fn on_both_backends_who_waits_too_long_answers_by_itself() {
    let limits = Limits {
        answer_node_wait_max: Duration::from_millis(30),
        answer_wait_max: Duration::from_millis(60),
        ..patient()
    };
    who_waits_too_long(Nodes::memory(&limits)).await;
    who_waits_too_long(Nodes::redis(&limits).await).await;
}

async fn who_waits_too_long(Nodes([one, other]): Nodes) {
    let under_way = UnderWay::new();
    let work = under_way.work();
    let node = one.clone();
    let slow = tokio::spawn(async move {
        let answer = || async {
            work.await;
            Ok::<_, Infallible>(said("slow"))
        };
        node.answers().get_or_answer(key("a"), answer).await.unwrap()
    });
    under_way.started.notified().await;
    for node in [&one, &other] {
        first(node, key("a"), "by one who waited").await;
    }
    under_way.go.add_permits(1);
    let (kept, _) = slow.await.unwrap();
    // From here on all repeats agree, whichever it was.
    assert_eq!(repeat(&one, key("a")).await, kept);
}

#[tokio::test]
async fn on_both_backends_an_answer_is_forgotten_after_its_time() {
    let limits = Limits { answer_ttl: Duration::from_millis(40), ..patient() };
    for Nodes([one, other]) in [Nodes::memory(&limits), Nodes::redis(&limits).await] {
        first(&one, key("a"), "early").await;
        for node in [&one, &other] {
            until("the early answer is forgotten", || async {
                let answer = || async { Ok::<_, Infallible>(said("late")) };
                node.answers().get_or_answer(key("a"), answer).await.unwrap().0 == said("late")
            })
            .await;
        }
    }
}

#[tokio::test]
async fn the_memory_of_answers_is_bounded_and_the_newest_are_kept() {
    let limits = Limits { answers_bytes_max: 100_000, ..Limits::default() };
    let node = Cluster::memory_within(&limits);
    for call in 0..5_000 {
        first(&node, key(&format!("call {call}")), "some bytes").await;
        assert_eq!(repeat(&node, key(&format!("call {call}"))).await, said("some bytes"));
    }
    first(&node, key("call 0"), "the oldest was forgotten").await;
}

#[tokio::test]
async fn a_node_that_died_while_it_answered_is_replaced_when_its_turn_ends() {
    let limits = Limits { answer_lock_ttl: Duration::from_millis(50), ..patient() };
    let Nodes([dying, other]) = Nodes::redis(&limits).await;
    let under_way = UnderWay::new();
    let work = under_way.work();
    let dead = tokio::spawn(async move {
        let answer = || async {
            work.await;
            Ok::<_, Infallible>(said("by the dead"))
        };
        dying.answers().get_or_answer(key("a"), answer).await
    });
    under_way.started.notified().await;
    // The dying node neither answers nor gives up its turn until the test has ended.
    first(&other, key("a"), "by the living").await;
    dead.abort();
}

#[tokio::test]
async fn a_node_whose_first_fails_or_is_dropped_gives_its_turn_to_the_others_at_once() {
    // With these bounds, a turn that is not given up holds the other node up until the test fails.
    let forever = Duration::from_secs(600);
    let limits = Limits {
        answer_lock_ttl: forever,
        answer_node_wait_max: forever,
        answer_wait_max: forever,
        ..patient()
    };
    let Nodes([one, other]) = Nodes::redis(&limits).await;
    assert_eq!(one.answers().get_or_answer(key("a"), || async { Err("no plan") }).await, Err("no plan"));
    timeout(CONDITION_WAIT_MAX, first(&other, key("a"), "after an error")).await.unwrap();

    let under_way = UnderWay::new();
    let work = under_way.work();
    let dropped = tokio::spawn(async move {
        let answer = || async {
            work.await;
            pending::<Result<Answer, Infallible>>().await
        };
        one.answers().get_or_answer(key("b"), answer).await
    });
    under_way.started.notified().await;
    dropped.abort();
    timeout(CONDITION_WAIT_MAX, first(&other, key("b"), "after a drop")).await.unwrap();
}

#[tokio::test]
async fn of_two_nodes_that_both_made_an_answer_the_first_kept_wins() {
    let limits = Limits { answer_lock_ttl: Duration::from_millis(20), ..patient() };
    let Nodes([slow, quick]) = Nodes::redis(&limits).await;
    let under_way = UnderWay::new();
    let work = under_way.work();
    let node = slow.clone();
    let overtaken = tokio::spawn(async move {
        let answer = || async {
            work.await;
            Ok::<_, Infallible>(said("slow"))
        };
        node.answers().get_or_answer(key("a"), answer).await.unwrap()
    });
    under_way.started.notified().await;
    first(&quick, key("a"), "quick").await;
    under_way.go.add_permits(1);
    assert_eq!(overtaken.await.unwrap(), (said("quick"), Origin::Repeat));
    assert_eq!(repeat(&slow, key("a")).await, said("quick"));
}
