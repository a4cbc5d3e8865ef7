//! The plan version: one step for each commit that changed a routing model, and none lost.

use crate::lab::{registry, sample, scope, values};
use opbx_kernel::{Operator, RecordId, Scope};
use opbx_platform::{Value, Values};
use opbx_store::Store;
use opbx_testkit::{on_both_databases, tenant};
use std::collections::BTreeSet;

fn extension(number: &str) -> Values {
    values([("number", number.into()), ("name", number.into())])
}

async fn plan_version(store: &Store) -> i64 {
    store.tenants(&Operator::because("a test")).await.expect("tenants")[0].plan_version
}

async fn commit_extension(store: Store, scope: Scope, number: String) -> i64 {
    let mut tx = store.begin(&scope).await.expect("a transaction");
    tx.create("pbx.extension", extension(&number)).await.expect("an extension");
    tx.commit().await.expect("it lasts").plan_version.expect("a new plan version")
}

on_both_databases! {
    async fn a_commit_advances_it_once_however_much_it_changed(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        assert_eq!(plan_version(&store).await, 0);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let first = tx.create("pbx.extension", extension("100")).await.expect("an extension");
        tx.create("pbx.extension", extension("101")).await.expect("an extension");
        tx.update("pbx.extension", first, values([("name", "x".into())]), None).await.expect("a change");
        assert_eq!(tx.commit().await.expect("it lasts").plan_version, Some(1));
        assert_eq!(plan_version(&store).await, 1);
    }

    async fn what_routes_no_call_leaves_it_alone(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let first = {
            let mut tx = store.begin(&red).await.expect("a transaction");
            let first = tx.create("pbx.extension", extension("100")).await.expect("an extension");
            tx.commit().await.expect("it lasts");
            first
        };
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.create("lab.sample", sample("a")).await.expect("a sample");
        // The same name again is no change.
        tx.update("pbx.extension", first, values([("name", "100".into())]), None).await.expect("no change");
        assert_eq!(tx.commit().await.expect("it lasts").plan_version, None);
        assert_eq!(store.begin(&red).await.expect("a transaction").commit().await.expect("empty").plan_version, None);
        assert_eq!(plan_version(&store).await, 1);
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.update("pbx.extension", first, values([("name", "y".into())]), None).await.expect("a change");
        drop(tx);
        assert_eq!(plan_version(&store).await, 1);
    }

    async fn a_person_deleted_from_their_extension_changes_the_plan(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let user = values([("name", "Ann".into()), ("email", "ann@example.com".into())]);
        let user = tx.create("res.users", user).await.expect("a user");
        let mut theirs = extension("100");
        theirs.insert("user".to_owned(), Value::Record(user));
        let theirs: RecordId = tx.create("pbx.extension", theirs).await.expect("an extension");
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&red).await.expect("a transaction");
        tx.delete("res.users", user).await.expect("deleted");
        let rows = tx.read("pbx.extension", &[theirs], &["user"]).await.expect("rows");
        assert_eq!((rows[0].version, &rows[0].values[0]), (2, &Value::Null));
        assert_eq!(tx.commit().await.expect("it lasts").plan_version, Some(2));
    }

    async fn eight_commits_at_once_lose_none(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let commits: Vec<_> = (0..8)
            .map(|n| tokio::spawn(commit_extension(store.clone(), red.clone(), format!("10{n}"))))
            .collect();
        let mut versions = BTreeSet::new();
        for commit in commits {
            versions.insert(commit.await.expect("no panic"));
        }
        assert_eq!(versions, (1..=8).collect());
        assert_eq!(plan_version(&store).await, 8);
        let mut tx = store.read(&red).await.expect("a transaction");
        assert_eq!(tx.count("pbx.extension", &opbx_platform::Domain::All).await.expect("a count"), 8);
    }
}
