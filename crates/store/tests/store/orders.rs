//! Orders as SQL sort what orders in memory sort, on both databases.

use crate::lab::scope;
use crate::maze::{Maze, registry, some};
use opbx_platform::{Domain, Nulls, OrderBy};
use opbx_store::{SEARCH_LIMIT_MAX, Search};
use opbx_testkit::{on_both_databases, tenant};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const ORDERS: usize = 150;

fn order() -> impl Strategy<Value = Vec<OrderBy>> {
    let field = prop::sample::select(vec![
        "id", "name", "code", "note", "level", "price", "day", "at", "state", "flag", "active", "goal",
        "parent", "friend", "home", "land",
    ]);
    let nulls = prop::sample::select(vec![None, Some(Nulls::First), Some(Nulls::Last)]);
    let by = (field, any::<bool>(), nulls).prop_map(|(field, descending, nulls)| OrderBy {
        field: field.to_owned(),
        descending,
        nulls,
    });
    prop::collection::vec(by, 0..4)
}

on_both_databases! {
    async fn records_are_sorted_as_the_judge_in_memory_sorts_them(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut runner =
            TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let registry = registry();
        let maze = Maze::fill(&store, &registry, &red, &mut runner).await;
        let mut tx = store.begin(&red).await.expect("a transaction");
        for model in ["maze.node", "maze.leaf", "maze.place"] {
            let declared = registry.model(model).expect("declared in the maze");
            let own = vec![None];
            let drawn = some(&mut runner, &order(), ORDERS).into_iter().map(Some);
            for order in own.into_iter().chain(drawn.filter(|_| model == "maze.node")) {
                let search =
                    Search { order: order.as_deref(), archived: true, limit: SEARCH_LIMIT_MAX, ..Search::default() };
                let rows = tx.search(model, &Domain::All, search).await.expect("rows");
                let found: Vec<_> = rows.into_iter().map(|row| row.id).collect();
                let mut sorted = maze.ids(model).to_vec();
                maze.world.sort(declared, &mut sorted, &order.clone().unwrap_or_else(|| OrderBy::of(declared)));
                assert_eq!(found, sorted, "{model} {order:?}");
            }
        }
    }
}
