//! Property 6: a fair share for every member, however often and from wherever a claim is repeated.

use opbx_cluster::{Cluster, Limits, RotationClaim};
use proptest::collection::vec;
use proptest::prelude::Strategy;
use proptest::test_runner::{Config, TestRunner};
use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

use crate::nodes::{Nodes, claim, on_both_backends, patient, tenant, until};

on_both_backends! {
    tickets_count_up_from_zero
    a_claim_made_again_gets_its_ticket_again
    tenants_groups_and_visits_do_not_disturb_each_other
    every_member_gets_its_share_of_calls_with_repeats
}

async fn tickets_count_up_from_zero(Nodes([one, other]): Nodes) {
    for ticket in 0..6_u64 {
        let node = if ticket % 2 == 0 { &one } else { &other };
        assert_eq!(node.rotation().claim(claim(&format!("call {ticket}"))).await, Ok(ticket));
    }
}

async fn a_claim_made_again_gets_its_ticket_again(Nodes([one, other]): Nodes) {
    let first = one.rotation().claim(claim("a")).await.unwrap();
    let second = one.rotation().claim(claim("b")).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(other.rotation().claim(claim("a")).await, Ok(first));
    assert_eq!(other.rotation().claim(claim("b")).await, Ok(second));
}

async fn tenants_groups_and_visits_do_not_disturb_each_other(Nodes([one, other]): Nodes) {
    assert_eq!(one.rotation().claim(claim("a")).await, Ok(0));
    assert_eq!(one.rotation().claim(RotationClaim { tenant: tenant(2), ..claim("a") }).await, Ok(0));
    assert_eq!(one.rotation().claim(RotationClaim { group: 6, ..claim("a") }).await, Ok(0));
    assert_eq!(other.rotation().claim(RotationClaim { visit: 1, ..claim("a") }).await, Ok(1));
    assert_eq!(other.rotation().claim(claim("b")).await, Ok(2));
}

/// How often each call claims, with the node of each claim; the number of members comes with it.
fn traffic() -> impl Strategy<Value = (u64, Vec<Vec<bool>>)> {
    (1..8_u64, vec(vec(proptest::bool::ANY, 1..5), 1..40))
}

async fn every_member_gets_its_share_of_calls_with_repeats(nodes: Nodes) {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let group = AtomicI64::new(0);
        TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() })
            .run(&traffic(), |(members, calls)| {
                runtime.block_on(share_fairly(
                    &nodes.0,
                    group.fetch_add(1, Ordering::Relaxed),
                    members,
                    &calls,
                ));
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}

async fn share_fairly(nodes: &[Cluster; 2], group: i64, members: u64, calls: &[Vec<bool>]) {
    let mut claims = JoinSet::new();
    for (call, repeats) in calls.iter().enumerate() {
        for &elsewhere in repeats {
            let node = nodes[usize::from(elsewhere)].clone();
            let claim = RotationClaim { group, ..claim(&format!("call {call}")) };
            claims.spawn(async move { (call, node.rotation().claim(claim).await.unwrap()) });
        }
    }
    // A set holds one pair per call only if all repeats of a call got one ticket.
    let tickets: HashSet<(usize, u64)> = claims.join_all().await.into_iter().collect();
    assert_eq!(tickets.len(), calls.len(), "a repeated claim got another ticket");

    let mut rung = vec![0; members as usize];
    for (_, ticket) in tickets {
        rung[(ticket % members) as usize] += 1;
    }
    let fair = calls.len() / rung.len()..=calls.len().div_ceil(rung.len());
    assert!(rung.iter().all(|times| fair.contains(times)), "{rung:?} is not fair");
}

#[tokio::test]
async fn on_both_backends_a_claim_is_forgotten_after_its_time_and_the_counter_goes_on() {
    let limits = Limits { rotation_claim_ttl: Duration::from_millis(30), ..patient() };
    for Nodes([node, _]) in [Nodes::memory(&limits), Nodes::redis(&limits).await] {
        assert_eq!(node.rotation().claim(claim("a")).await, Ok(0));
        until("the claim gets a new ticket", || async {
            node.rotation().claim(claim("a")).await.unwrap() > 0
        })
        .await;
    }
}

#[tokio::test]
async fn in_memory_a_claim_is_remembered_while_newer_ones_still_fit() {
    let limits = Limits { rotation_claims_max: 100, ..Limits::default() };
    let node = Cluster::memory_within(&limits);
    for call in 0..10_000_u64 {
        assert_eq!(node.rotation().claim(claim(&format!("call {call}"))).await, Ok(call));
        assert_eq!(node.rotation().claim(claim(&format!("call {call}"))).await, Ok(call), "a repeat");
    }
    assert!(node.rotation().claim(claim("call 0")).await.unwrap() >= 10_000, "the oldest is forgotten");
}
