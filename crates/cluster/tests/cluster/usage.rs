//! What is spent on outside calls: counted once, whichever node counts.

use crate::nodes::{Nodes, on_both_backends, tenant};
use opbx_cluster::{Account, Cluster, Spent};

on_both_backends! {
    a_call_reserves_once_and_sees_those_before_it
    a_call_is_settled_once
    a_call_that_was_not_answered_costs_nothing
    a_new_day_begins_at_nothing_and_calls_go_on
    a_reservation_runs_out_after_a_day
    of_many_calls_at_once_each_sees_another_number_before_it
    what_records_tell_is_taken_over_once
}

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn company() -> Account {
    Account { tenant: tenant(1), spender: 0, day: 20_000 }
}

async fn spent(node: &Cluster, account: Account, call: &str) -> (u32, u64) {
    let Spent { calls_before, seconds_today } = node.usage().reserve(account, call, 1).await;
    (calls_before, seconds_today)
}

async fn a_call_reserves_once_and_sees_those_before_it(Nodes([one, other]): Nodes) {
    assert_eq!(spent(&one, company(), "a").await, (0, 0));
    assert_eq!(spent(&other, company(), "b").await, (1, 0));
    assert_eq!(spent(&other, company(), "a").await, (0, 0));
    assert_eq!(spent(&one, Account { spender: 5, ..company() }, "c").await, (0, 0));
    assert_eq!(spent(&one, Account { tenant: tenant(2), ..company() }, "c").await, (0, 0));
}

async fn a_call_is_settled_once(Nodes([one, other]): Nodes) {
    spent(&one, company(), "a").await;
    other.usage().settle(company(), "a", Some(90_001)).await;
    one.usage().settle(company(), "a", Some(90_001)).await;
    one.usage().settle(company(), "never reserved", Some(90_001)).await;
    assert_eq!(spent(&one, company(), "b").await, (0, 90));
}

async fn a_call_that_was_not_answered_costs_nothing(Nodes([one, other]): Nodes) {
    spent(&one, company(), "a").await;
    other.usage().settle(company(), "a", None).await;
    assert_eq!(spent(&one, company(), "b").await, (0, 0));
}

async fn a_new_day_begins_at_nothing_and_calls_go_on(Nodes([one, _]): Nodes) {
    let tomorrow = Account { day: company().day + 1, ..company() };
    spent(&one, company(), "a").await;
    spent(&one, company(), "b").await;
    one.usage().settle(company(), "b", Some(60_001)).await;
    assert_eq!(spent(&one, tomorrow, "c").await, (1, 0));
}

async fn a_reservation_runs_out_after_a_day(Nodes([one, _]): Nodes) {
    one.usage().reserve(company(), "a", HOUR_MS).await;
    assert_eq!(one.usage().reserve(company(), "b", 24 * HOUR_MS).await.calls_before, 1);
    assert_eq!(one.usage().reserve(company(), "c", 26 * HOUR_MS).await.calls_before, 1);
}

async fn of_many_calls_at_once_each_sees_another_number_before_it(Nodes([one, other]): Nodes) {
    let mut asking = tokio::task::JoinSet::new();
    for call in 0..20_u32 {
        let node = if call % 2 == 0 { one.clone() } else { other.clone() };
        asking.spawn(async move { spent(&node, company(), &format!("call {call}")).await.0 });
    }
    let mut before = asking.join_all().await;
    before.sort_unstable();
    assert_eq!(before, (0..20).collect::<Vec<_>>());
}

async fn what_records_tell_is_taken_over_once(Nodes([one, other]): Nodes) {
    let calls = [("a".to_owned(), 1)];
    one.usage().restore(company(), 120, &calls).await;
    one.usage().settle(company(), "a", Some(30_001)).await;
    other.usage().restore(company(), 120, &[]).await;
    assert_eq!(spent(&one, company(), "b").await, (0, 150));
}
