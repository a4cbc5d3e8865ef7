//! With Redis away everything still answers, quickly, says so, and recovers.

use opbx_cluster::{Cluster, Limits, Message, Missed, Origin, Unavailable};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::Instant;

use crate::nodes::{Nodes, OwnRedis, claim, key, patient, said, soon, tenant, until};

/// A rest long enough that no test outlives it.
const LONG_REST: Duration = Duration::from_secs(600);
const SHORT_REST: Duration = Duration::from_millis(20);

async fn answers_once(node: &Cluster, call: &str) {
    let made = node.answers().get_or_answer(key(call), || async { Ok::<_, Infallible>(said("here")) }).await;
    assert_eq!(made, Ok((said("here"), Origin::First)));
    let again = node.answers().get_or_answer(key(call), || async { Err("it was not kept") }).await;
    assert_eq!(again, Ok((said("here"), Origin::Repeat)));
}

#[tokio::test]
async fn a_killed_redis_is_done_without_and_used_again_when_it_is_back() {
    let mut redis = OwnRedis::start().await;
    // A question asked while the connection is made again waits for its whole limit.
    let limits =
        Limits { redis_rest: SHORT_REST, redis_wait_max: Duration::from_secs(1), ..Limits::default() };
    let Nodes([one, other]) = Nodes::at(&redis.url(), &limits).await;
    assert_eq!(one.rotation().claim(claim("before")).await, Ok(0));

    redis.kill();
    assert_eq!(one.rotation().claim(claim("during")).await, Err(Unavailable));
    answers_once(&one, "during").await;
    let health = one.health().await;
    assert!(!health.ok && health.detail.contains("best effort"), "{health:?}");
    one.bus().publish(Message::PlanChanged { tenant: tenant(1), version: 1 }).await;

    redis.run().await;
    for node in [&one, &other] {
        until("rotation works again", || async { node.rotation().claim(claim("after")).await.is_ok() }).await;
        until("health says so", || async { node.health().await.ok }).await;
    }
    let answer = || async { Ok::<_, Infallible>(said("shared")) };
    assert_eq!(one.answers().get_or_answer(key("after"), answer).await, Ok((said("shared"), Origin::First)));
    let repeat = other.answers().get_or_answer(key("after"), || async { Err("it was not shared") }).await;
    assert_eq!(repeat, Ok((said("shared"), Origin::Repeat)));
}

#[tokio::test]
async fn after_an_outage_subscribers_hear_that_they_missed_something_and_then_the_rest() {
    let mut redis = OwnRedis::start().await;
    let limits = Limits { redis_rest: SHORT_REST, ..patient() };
    let Nodes([one, other]) = Nodes::at(&redis.url(), &limits).await;
    let mut ear = other.bus().subscribe();
    redis.kill();
    redis.run().await;
    assert_eq!(soon(ear.recv()).await, Err(Missed::Lagged));
    until("the other node can speak", || async { one.health().await.ok }).await;
    let message = Message::PlanChanged { tenant: tenant(1), version: 2 };
    one.bus().publish(message.clone()).await;
    assert_eq!(soon(ear.recv()).await, Ok(message));
}

#[tokio::test]
async fn a_redis_that_hangs_costs_one_call_the_limit_and_the_others_nothing() {
    let redis = OwnRedis::start().await;
    let limits = Limits { redis_rest: LONG_REST, ..Limits::default() };
    let Nodes([node, _]) = Nodes::at(&redis.url(), &limits).await;
    redis.freeze();

    let start = Instant::now();
    assert_eq!(node.rotation().claim(claim("first")).await, Err(Unavailable));
    let paid = start.elapsed();
    assert!(paid >= limits.redis_wait_max && paid < Duration::from_secs(2), "the first call waited {paid:?}");

    let start = Instant::now();
    for call in 0..100 {
        assert_eq!(node.rotation().claim(claim(&format!("{call}"))).await, Err(Unavailable));
        answers_once(&node, &format!("{call}")).await;
    }
    let paid = start.elapsed();
    // If each call waited for itself this would take 100 times the limit, five seconds.
    assert!(paid < Duration::from_secs(2), "the others waited {paid:?}");
    redis.thaw();
}

#[tokio::test]
async fn a_redis_that_hung_is_used_again_when_it_answers() {
    let redis = OwnRedis::start().await;
    let limits = Limits { redis_rest: SHORT_REST, ..Limits::default() };
    let Nodes([node, _]) = Nodes::at(&redis.url(), &limits).await;
    redis.freeze();
    assert_eq!(node.rotation().claim(claim("a")).await, Err(Unavailable));
    assert!(!node.health().await.ok);
    redis.thaw();
    until("rotation works again", || async { node.rotation().claim(claim("a")).await == Ok(0) }).await;
}

#[tokio::test]
async fn a_look_at_the_health_ends_the_rest_early() {
    let mut redis = OwnRedis::start().await;
    let limits = Limits { redis_rest: LONG_REST, ..patient() };
    let Nodes([node, _]) = Nodes::at(&redis.url(), &limits).await;
    redis.kill();
    assert_eq!(node.rotation().claim(claim("a")).await, Err(Unavailable));
    redis.run().await;
    assert_eq!(node.rotation().claim(claim("a")).await, Err(Unavailable), "it rests");
    until("the health is good", || async { node.health().await.ok }).await;
    assert_eq!(node.rotation().claim(claim("a")).await, Ok(0));
}

#[tokio::test]
async fn a_redis_that_forgot_the_scripts_is_taught_them_again() {
    let redis = OwnRedis::start().await;
    let Nodes([node, _]) = Nodes::at(&redis.url(), &patient()).await;
    assert_eq!(node.rotation().claim(claim("a")).await, Ok(0));
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut connection).await.unwrap();
    assert_eq!(node.rotation().claim(claim("b")).await, Ok(1));
    assert_eq!(node.rotation().claim(claim("a")).await, Ok(0));
}
