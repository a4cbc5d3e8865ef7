//! The bus reaches every live node, tells slow subscribers so, and does not mind dead ones.

use opbx_cluster::{Limits, Message, Missed};

use crate::nodes::{Nodes, on_both_backends, patient, redis_url, soon, tenant, until};

fn plan_changed(version: i64) -> Message {
    Message::PlanChanged { tenant: tenant(1), version }
}

on_both_backends! {
    a_message_reaches_every_subscriber_of_every_node_once_and_in_order
    a_dropped_subscriber_and_a_dead_node_hold_nobody_up
    a_dropped_wait_loses_no_message
}

async fn a_message_reaches_every_subscriber_of_every_node_once_and_in_order(Nodes([one, other]): Nodes) {
    let mut ears = [one.bus().subscribe(), one.bus().subscribe(), other.bus().subscribe()];
    for version in 1..=20 {
        one.bus().publish(plan_changed(version)).await;
    }
    for ear in &mut ears {
        for version in 1..=20 {
            assert_eq!(soon(ear.recv()).await, Ok(plan_changed(version)));
        }
    }
}

async fn a_dropped_subscriber_and_a_dead_node_hold_nobody_up(Nodes([one, other]): Nodes) {
    drop(one.bus().subscribe());
    drop(other);
    let mut ear = one.bus().subscribe();
    one.bus().publish(plan_changed(1)).await;
    assert_eq!(soon(ear.recv()).await, Ok(plan_changed(1)));
}

async fn a_dropped_wait_loses_no_message(Nodes([one, other]): Nodes) {
    let mut ear = other.bus().subscribe();
    tokio::select! {
        biased;
        heard = ear.recv() => panic!("nobody spoke, but {heard:?} was heard"),
        () = std::future::ready(()) => {}
    }
    one.bus().publish(plan_changed(1)).await;
    assert_eq!(soon(ear.recv()).await, Ok(plan_changed(1)));
}

#[tokio::test]
async fn a_slow_subscriber_is_told_that_it_lagged_and_then_hears_the_newest() {
    let limits = Limits { bus_buffer_max: 4, ..patient() };
    for Nodes([one, other]) in [Nodes::memory(&limits), Nodes::redis(&limits).await] {
        let mut slow = other.bus().subscribe();
        let mut quick = other.bus().subscribe();
        for version in 1..=9 {
            one.bus().publish(plan_changed(version)).await;
            assert_eq!(soon(quick.recv()).await, Ok(plan_changed(version)));
        }
        assert_eq!(soon(slow.recv()).await, Err(Missed::Lagged));
        assert_eq!(soon(slow.recv()).await, Ok(plan_changed(6)));
    }
}

#[tokio::test]
async fn a_subscriber_learns_that_its_cluster_is_gone() {
    for Nodes([one, other]) in [Nodes::memory(&patient()), Nodes::redis(&patient()).await] {
        let mut ear = one.bus().subscribe();
        drop((one, other));
        assert_eq!(soon(ear.recv()).await, Err(Missed::Closed));
    }
}

#[tokio::test]
async fn installations_with_other_prefixes_hear_nothing_of_each_other() {
    let Nodes([ours, _]) = Nodes::at(&redis_url(), &patient()).await;
    let Nodes([theirs, their_other]) = Nodes::at(&redis_url(), &patient()).await;
    let mut ear = their_other.bus().subscribe();
    ours.bus().publish(plan_changed(1)).await;
    theirs.bus().publish(plan_changed(2)).await;
    assert_eq!(soon(ear.recv()).await, Ok(plan_changed(2)));
}

#[tokio::test]
async fn words_on_the_channel_that_nobody_understands_are_skipped() {
    let prefix = crate::nodes::prefix();
    let node = opbx_cluster::Cluster::connect_within(&redis_url(), &prefix, &patient()).await.unwrap();
    let other = opbx_cluster::Cluster::connect_within(&redis_url(), &prefix, &patient()).await.unwrap();
    let mut ear = node.bus().subscribe();
    let client = ::redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    until("the node hears the channel", || {
        let mut publish = ::redis::cmd("PUBLISH");
        publish.arg(format!("{prefix}:bus:1")).arg("moonlight");
        let mut connection = connection.clone();
        async move { publish.query_async::<i64>(&mut connection).await.unwrap() == 2 }
    })
    .await;
    ::redis::cmd("PUBLISH")
        .arg(format!("{prefix}:bus:1"))
        .arg(b"\xff\x00")
        .exec_async(&mut connection)
        .await
        .unwrap();
    other.bus().publish(plan_changed(3)).await;
    assert_eq!(soon(ear.recv()).await, Ok(plan_changed(3)));
}
