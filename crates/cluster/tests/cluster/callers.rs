//! How often callers call: each call once, whichever node counts, within a window that moves on.

use crate::nodes::{Nodes, on_both_backends, tenant};
use opbx_cluster::{Cluster, Limits};

on_both_backends! {
    a_call_counts_once_on_whichever_node
    callers_and_tenants_are_counted_apart
    a_call_leaves_the_window
}

const WINDOW_MS: i64 = 60_000;

async fn count(node: &Cluster, of: i64, caller: &str, call: &str, now_ms: i64) -> Option<u32> {
    node.callers().count(tenant(of), caller, call, now_ms, WINDOW_MS).await
}

async fn a_call_counts_once_on_whichever_node(Nodes([one, other]): Nodes) {
    assert_eq!(count(&one, 1, "+15550100", "a", 1).await, Some(1));
    assert_eq!(count(&other, 1, "+15550100", "a", 2).await, Some(1));
    assert_eq!(count(&other, 1, "+15550100", "b", 2).await, Some(2));
    assert_eq!(count(&one, 1, "+15550100", "a", 3).await, Some(2));
}

async fn callers_and_tenants_are_counted_apart(Nodes([one, other]): Nodes) {
    assert_eq!(count(&one, 1, "+15550100", "a", 1).await, Some(1));
    assert_eq!(count(&other, 1, "+15550101", "b", 1).await, Some(1));
    assert_eq!(count(&other, 2, "+15550100", "c", 1).await, Some(1));
}

async fn a_call_leaves_the_window(Nodes([one, other]): Nodes) {
    assert_eq!(count(&one, 1, "+15550100", "a", 1).await, Some(1));
    assert_eq!(count(&other, 1, "+15550100", "b", WINDOW_MS).await, Some(2));
    assert_eq!(count(&one, 1, "+15550100", "c", WINDOW_MS + 1).await, Some(2));
    assert_eq!(count(&one, 1, "+15550100", "d", 3 * WINDOW_MS).await, Some(1));
}

#[tokio::test]
async fn a_node_that_remembers_as_many_callers_as_it_may_says_that_it_does_not_know() {
    let node = Cluster::memory_within(&Limits { callers_max: 1, ..Limits::default() });
    assert_eq!(count(&node, 1, "+15550100", "a", 1).await, Some(1));
    assert_eq!(count(&node, 1, "+15550101", "b", 2).await, None);
    assert_eq!(count(&node, 1, "+15550100", "c", 3).await, Some(2), "who is known is counted on");
    assert_eq!(count(&node, 1, "+15550101", "b", 2 * WINDOW_MS).await, Some(1), "there is room again");
}
