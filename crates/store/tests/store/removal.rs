//! Deleting: what goes along, what lets go, and what stands in the way.

use crate::lab::{registry, sample, scope, values};
use opbx_platform::{DestinationRef, Domain, Value};
use opbx_store::{Referrer, SaveError};
use opbx_testkit::{on_both_databases, tenant};

/// Model, field and count of each.
fn fields(by: &[Referrer]) -> Vec<(&str, &str, u64)> {
    by.iter().map(|by| (by.model.as_str(), by.field.as_str(), by.count)).collect()
}

on_both_databases! {
    async fn parts_go_along_and_friends_and_lists_let_go(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let gone = tx.create("lab.sample", sample("gone")).await.expect("a sample");
        let part = values([("name", "p".into()), ("sample", Value::Record(gone))]);
        let part = tx.create("lab.part", part).await.expect("a part");
        let mut friend = sample("friend");
        friend.insert("friend".to_owned(), Value::Record(gone));
        friend.insert("tags".to_owned(), Value::Records(vec![part]));
        let friend = tx.create("lab.sample", friend).await.expect("a sample");
        tx.delete("lab.sample", gone).await.expect("deleted");
        assert_eq!(tx.count("lab.part", &Domain::All).await.expect("a count"), 0);
        let rows = tx.read("lab.sample", &[gone, friend], &["friend", "tags"]).await.expect("rows");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].values, [Value::Null, Value::Records(Vec::new())]);
        tx.commit().await.expect("it lasts");
    }

    async fn what_is_still_named_stays_and_the_refusal_says_by_whom(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let group = tx.create("pbx.ring_group", values([("name", "Sales".into())])).await.expect("a group");
        let goal = || Value::Destination(DestinationRef::Record { kind: "ring_group".into(), id: group });
        let number = values([("number", "+442079460018".into()), ("destination", goal())]);
        let number = tx.create("pbx.number", number).await.expect("a number");
        for name in ["a", "b"] {
            let mut sample = sample(name);
            sample.insert("goal".to_owned(), goal());
            tx.create("lab.sample", sample).await.expect("a sample");
        }
        let refused = tx.delete("pbx.ring_group", group).await;
        let Err(error @ SaveError::Referenced { by, unseen: 0, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!(fields(by), [("lab.sample", "goal", 2), ("pbx.number", "destination", 1)]);
        assert_eq!(error.to_string(), "pbx.ring_group is still named by Sample \"a\", \"b\"; Phone number \"+442079460018\"");

        let hangup = || values([("destination", Value::Destination(DestinationRef::Hangup))]);
        tx.update("pbx.number", number, hangup(), None).await.expect("led elsewhere");
        let refused = tx.delete("pbx.ring_group", group).await;
        let Err(SaveError::Referenced { by, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!(fields(by), [("lab.sample", "goal", 2)]);
    }

    async fn a_record_that_restricts_only_itself_can_go(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let own = tx.create("lab.sample", sample("own")).await.expect("a sample");
        tx.update("lab.sample", own, values([("parent", Value::Record(own))]), None).await.expect("its own parent");
        let mut child = sample("child");
        child.insert("parent".to_owned(), Value::Record(own));
        let child = tx.create("lab.sample", child).await.expect("a sample");
        assert!(matches!(tx.delete("lab.sample", own).await, Err(SaveError::Referenced { .. })));
        tx.delete("lab.sample", child).await.expect("deleted");
        tx.delete("lab.sample", own).await.expect("deleted");
        assert!(matches!(tx.delete("lab.sample", own).await, Err(SaveError::Absent { .. })));
    }

    async fn a_record_that_is_just_being_named_is_not_deleted_from_under_it(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let group = tx.create("pbx.ring_group", values([("name", "Sales".into())])).await.expect("a group");
        tx.commit().await.expect("it lasts");

        let mut naming = store.begin(&red).await.expect("a transaction");
        let goal = Value::Destination(DestinationRef::Record { kind: "ring_group".into(), id: group });
        let number = values([("number", "+442079460018".into()), ("destination", goal)]);
        naming.create("pbx.number", number).await.expect("a number");
        let deleting = tokio::spawn(async move {
            let mut tx = store.begin(&red).await.expect("a transaction");
            tx.delete("pbx.ring_group", group).await
        });
        naming.commit().await.expect("it lasts");
        let refused = deleting.await.expect("no panic");
        assert!(matches!(refused, Err(SaveError::Referenced { .. })), "{refused:?}");
    }

    async fn a_refusal_names_twenty_and_counts_the_rest(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let parent = tx.create("lab.sample", sample("parent")).await.expect("a sample");
        let child = |n: i64| values([("name", format!("child {n:02}").as_str().into()), ("parent", Value::Record(parent))]);
        tx.insert_many("lab.sample", (1..=25).map(child).collect()).await.expect("samples");
        let refused = tx.delete("lab.sample", parent).await;
        let Err(error @ SaveError::Referenced { by, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!((by[0].count, by[0].some.len()), (25, opbx_store::REFERRERS_NAMED_MAX));
        assert!(error.to_string().ends_with("\"child 20\" and 5 more"), "{error}");
    }
}
