//! Rates: never more than allowed within any window, whichever node counts, and nobody is shut out by asking.

use crate::nodes::{Nodes, OwnRedis, on_both_backends, patient};
use opbx_cluster::{Cluster, Limits, Rate};
use std::time::Duration;

on_both_backends! {
    no_more_than_the_limit_is_allowed_in_a_window_over_all_nodes
    the_window_slides_and_who_was_refused_was_not_counted
    of_many_at_once_exactly_the_limit_is_allowed
    a_smaller_limit_leaves_the_rest_to_others
    keys_do_not_disturb_each_other_and_nothing_is_allowed_by_none
}

const WINDOW: Duration = Duration::from_secs(10);
const NOW_MS: i64 = 1_770_000_000_000;

async fn take(node: &Cluster, key: &str, limit: u32, after_ms: i64) -> Rate {
    node.rates().take(key, limit, WINDOW, NOW_MS + after_ms).await
}

fn allowed(remaining: u32, reset_ms: u64) -> Rate {
    Rate::Allowed { remaining, reset: Duration::from_millis(reset_ms) }
}

async fn no_more_than_the_limit_is_allowed_in_a_window_over_all_nodes(Nodes([one, other]): Nodes) {
    assert_eq!(take(&one, "a", 3, 0).await, allowed(2, 10_000));
    assert_eq!(take(&other, "a", 3, 1_000).await, allowed(1, 9_000));
    assert_eq!(take(&one, "a", 3, 2_000).await, allowed(0, 8_000));
    assert_eq!(take(&other, "a", 3, 3_000).await, Rate::Wait(Duration::from_secs(7)));
}

async fn the_window_slides_and_who_was_refused_was_not_counted(Nodes([one, other]): Nodes) {
    for after_ms in [0, 4_000] {
        assert!(matches!(take(&one, "a", 2, after_ms).await, Rate::Allowed { .. }));
    }
    for after_ms in (5_000..10_000).step_by(100) {
        assert!(matches!(take(&other, "a", 2, after_ms).await, Rate::Wait(_)));
    }
    assert_eq!(take(&one, "a", 2, 10_000).await, allowed(0, 4_000));
    assert_eq!(take(&one, "a", 2, 13_999).await, Rate::Wait(Duration::from_millis(1)));
    assert_eq!(take(&other, "a", 2, 14_000).await, allowed(0, 6_000));
}

async fn of_many_at_once_exactly_the_limit_is_allowed(Nodes([one, other]): Nodes) {
    let mut asking = tokio::task::JoinSet::new();
    for at in 0..40 {
        let node = if at % 2 == 0 { one.clone() } else { other.clone() };
        asking.spawn(async move { matches!(take(&node, "a", 10, 0).await, Rate::Allowed { .. }) });
    }
    assert_eq!(asking.join_all().await.into_iter().filter(|allowed| *allowed).count(), 10);
}

async fn a_smaller_limit_leaves_the_rest_to_others(Nodes([one, other]): Nodes) {
    for _ in 0..7 {
        assert!(matches!(take(&one, "a", 7, 0).await, Rate::Allowed { .. }));
    }
    assert_eq!(take(&other, "a", 7, 1_000).await, Rate::Wait(Duration::from_secs(9)));
    assert_eq!(take(&other, "a", 10, 1_000).await, allowed(2, 9_000));
    // Two must leave before seven fit again; they leave together.
    assert_eq!(take(&one, "a", 7, 2_000).await, Rate::Wait(Duration::from_secs(8)));
}

async fn keys_do_not_disturb_each_other_and_nothing_is_allowed_by_none(Nodes([one, other]): Nodes) {
    assert!(matches!(take(&one, "a", 1, 0).await, Rate::Allowed { .. }));
    assert!(matches!(take(&other, "b", 1, 0).await, Rate::Allowed { .. }));
    assert_eq!(take(&one, "c", 0, 0).await, Rate::Wait(WINDOW));
}

#[tokio::test]
async fn with_redis_away_each_node_goes_on_from_what_it_counted_itself() {
    let mut redis = OwnRedis::start().await;
    let Nodes([one, other]) = Nodes::at(&redis.url(), &patient()).await;
    for _ in 0..2 {
        assert!(matches!(take(&one, "a", 2, 0).await, Rate::Allowed { .. }));
    }
    assert!(matches!(take(&other, "a", 2, 0).await, Rate::Wait(_)));
    redis.kill();
    assert!(matches!(take(&one, "a", 2, 0).await, Rate::Wait(_)), "it counted these itself");
    assert!(matches!(take(&other, "a", 2, 0).await, Rate::Allowed { .. }), "best effort");
}

#[tokio::test]
async fn in_memory_the_least_recently_used_key_is_forgotten_first() {
    let node = Cluster::memory_within(&Limits { rate_keys_max: 100, ..Limits::default() });
    assert!(matches!(take(&node, "first", 1, 0).await, Rate::Allowed { .. }));
    for at in 0..10_000 {
        assert!(matches!(take(&node, &format!("{at}"), 1, 0).await, Rate::Allowed { .. }));
        assert!(matches!(take(&node, &format!("{at}"), 1, 0).await, Rate::Wait(_)), "it is remembered");
    }
    assert!(matches!(take(&node, "first", 1, 0).await, Rate::Allowed { .. }), "forgotten");
}
