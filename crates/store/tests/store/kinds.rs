//! Kinds of fields with rules of their own in the store: markup, money, references, texts in several languages.

use crate::lab::{id, registry, sample, scope, values};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, ModelName, OrderBy, RecordRef, Value, Values};
use opbx_store::{SaveError, Search, Tx};
use opbx_testkit::{on_both_databases, tenant};

fn with<const N: usize>(name: &str, more: [(&str, Value); N]) -> Values {
    let mut all = sample(name);
    all.extend(values(more));
    all
}

fn reference(model: &str, id: RecordId) -> Value {
    Value::Reference(RecordRef { model: ModelName::new(model).expect("a name"), id })
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().expect("a decimal"))
}

async fn held(tx: &mut Tx, id: RecordId, field: &str) -> Value {
    let rows = tx.read("lab.sample", &[id], &[field]).await.expect("it is read");
    rows[0].values[0].clone()
}

async fn coin(tx: &mut Tx, name: &str, digits: i64) -> RecordId {
    let coin = values([("name", name.into()), ("digits", Value::Int(digits))]);
    tx.create("lab.coin", coin).await.expect("a coin")
}

on_both_databases! {
    async fn markup_is_stored_clean_whatever_was_given(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let page = "<p onclick=\"x()\">a</p><script>alert(1)</script>";
        let new = tx.create("lab.sample", with("a", [("page", page.into())])).await.expect("a sample");
        assert_eq!(held(&mut tx, new, "page").await, "<p>a</p>".into());
        tx.update("lab.sample", new, values([("page", page.into())]), Some(1)).await.expect("the same again");
        let rows = tx.read("lab.sample", &[new], &[]).await.expect("it is read");
        assert_eq!(rows[0].version, 1, "what comes to the same is no change");
        tx.update("lab.sample", new, values([("page", "<svg onload=x>b".into())]), None).await.expect("a change");
        assert_eq!(held(&mut tx, new, "page").await, "b".into());
        assert_eq!(tx.count("lab.sample", &Domain::like("page", "b")).await.expect("a count"), 1);
    }

    async fn measures_come_back_as_they_went_in_and_sort_by_size(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        for (name, weight) in [("b", 0.1 + 0.2), ("a", -1e-300), ("c", 1e300)] {
            tx.create("lab.sample", with(name, [("weight", Value::Float(weight))])).await.expect("a sample");
        }
        let order = [OrderBy::asc("weight")];
        let search = Search { fields: &["weight"], order: Some(&order), ..Search::default() };
        let rows = tx.search("lab.sample", &Domain::All, search).await.expect("rows");
        let weights: Vec<_> = rows.into_iter().map(|row| row.values[0].clone()).collect();
        assert_eq!(weights, [-1e-300, 0.1 + 0.2, 1e300].map(Value::Float));
        assert_eq!(tx.count("lab.sample", &Domain::gt("weight", 0.3)).await.expect("a count"), 2);
        let refused = tx.create("lab.sample", with("d", [("weight", Value::Float(f64::NAN))])).await;
        assert!(matches!(refused, Err(SaveError::Invalid { .. })), "{refused:?}");
    }

    async fn money_is_rounded_to_what_its_currency_says(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let (yen, dinar) = (coin(&mut tx, "JPY", 0).await, coin(&mut tx, "KWD", 3).await);
        let amount = || ("due", decimal("12.34567"));
        let plain = tx.create("lab.sample", with("a", [amount()])).await.expect("a sample");
        let in_yen = tx.create("lab.sample", with("b", [amount(), ("coin", Value::Record(yen))])).await.expect("one");
        let in_dinar =
            tx.create("lab.sample", with("c", [amount(), ("coin", Value::Record(dinar))])).await.expect("one");
        for (id, expected) in [(plain, "12.35"), (in_yen, "12"), (in_dinar, "12.346")] {
            assert_eq!(held(&mut tx, id, "due").await, decimal(expected));
        }
        tx.update("lab.sample", in_dinar, values([("due", decimal("-0.0005"))]), None).await.expect("a change");
        assert_eq!(held(&mut tx, in_dinar, "due").await, decimal("-0.001"), "in the currency that it has");
        let both = values([("due", decimal("7.5")), ("coin", Value::Record(yen))]);
        tx.update("lab.sample", in_dinar, both, None).await.expect("a change");
        assert_eq!(held(&mut tx, in_dinar, "due").await, decimal("8"));
    }

    async fn a_reference_names_a_record_that_exists_and_lets_go_or_restricts(db: TestDb) {
        let store = db.store(registry()).await;
        let red = scope(tenant(&store, "red").await);
        let mut tx = store.begin(&red).await.expect("a transaction");
        let part = tx.create("lab.part", values([("name", "p".into())])).await.expect("a part");
        let group = tx.create("pbx.ring_group", values([("name", "Sales".into())])).await.expect("a group");
        let missing = tx.create("lab.sample", with("x", [("about", reference("lab.part", id(999)))])).await;
        assert!(matches!(missing, Err(SaveError::NoSuchRecord { .. })), "{missing:?}");
        let other = tx.create("lab.sample", with("x", [("about", reference("lab.tick", part))])).await;
        assert!(matches!(other, Err(SaveError::Invalid { .. })), "{other:?}");

        let a = tx.create("lab.sample", with("a", [("about", reference("pbx.ring_group", group))])).await;
        let a = a.expect("a sample");
        let b = with("b", [("about", reference("lab.part", part)), ("proof", reference("lab.part", part))]);
        let b = tx.create("lab.sample", b).await.expect("a sample");
        assert_eq!(held(&mut tx, a, "about").await, reference("pbx.ring_group", group));
        let about = Domain::eq("about", RecordRef { model: ModelName::new("lab.part").expect("a name"), id: part });
        assert_eq!(tx.count("lab.sample", &about).await.expect("a count"), 1);

        tx.delete("pbx.ring_group", group).await.expect("deleted");
        assert_eq!(held(&mut tx, a, "about").await, Value::Null);
        let refused = tx.delete("lab.part", part).await;
        let Err(SaveError::Referenced { by, .. }) = &refused else { panic!("{refused:?}") };
        let told: Vec<_> = by.iter().map(|it| (it.model.as_str(), it.field.as_str(), it.count)).collect();
        assert_eq!(told, [("lab.sample", "proof", 1)]);
        tx.update("lab.sample", b, values([("proof", Value::Null)]), None).await.expect("let go");
        tx.delete("lab.part", part).await.expect("deleted");
        assert_eq!(held(&mut tx, b, "about").await, Value::Null);
        tx.commit().await.expect("it lasts");
    }

    async fn a_text_is_read_and_written_in_the_language_of_the_scope(db: TestDb) {
        let store = db.store(registry()).await;
        let english = scope(tenant(&store, "red").await);
        let (french, belgian) = (english.clone().in_language("fr"), english.clone().in_language("fr-BE"));
        let slogan = |text: &str| values([("slogan", text.into())]);
        let mut tx = store.begin(&english).await.expect("a transaction");
        let new = tx.create("lab.sample", with("a", [("slogan", "Hello".into())])).await.expect("a sample");
        tx.commit().await.expect("it lasts");

        let mut tx = store.begin(&french).await.expect("a transaction");
        assert_eq!(held(&mut tx, new, "slogan").await, "Hello".into(), "nobody translated it yet");
        tx.update("lab.sample", new, slogan("Hello"), None).await.expect("what is shown already");
        tx.update("lab.sample", new, slogan("Bonjour"), Some(1)).await.expect("a translation");
        assert_eq!(held(&mut tx, new, "slogan").await, "Bonjour".into());
        let by_base = tx.count("lab.sample", &Domain::ilike("slogan", "hello")).await.expect("a count");
        assert_eq!(by_base, 1, "conditions go by the base text");
        tx.commit().await.expect("it lasts");

        let mut tx = store.begin(&belgian).await.expect("a transaction");
        assert_eq!(held(&mut tx, new, "slogan").await, "Bonjour".into(), "a variant shows its language");
        tx.update("lab.sample", new, slogan("Salut"), None).await.expect("a translation");
        let search = Search { fields: &["name", "slogan", "level"], ..Search::default() };
        let rows = tx.search("lab.sample", &Domain::All, search).await.expect("rows");
        assert_eq!(rows[0].values, ["a".into(), "Salut".into(), Value::Int(3)]);
        tx.update("lab.sample", new, values([("slogan", Value::Null)]), None).await.expect("untranslated");
        assert_eq!(held(&mut tx, new, "slogan").await, "Bonjour".into());
        tx.commit().await.expect("it lasts");

        let mut tx = store.begin(&english).await.expect("a transaction");
        assert_eq!(held(&mut tx, new, "slogan").await, "Hello".into());
        tx.update("lab.sample", new, slogan("Hi"), None).await.expect("another base text");
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&french).await.expect("a transaction");
        assert_eq!(held(&mut tx, new, "slogan").await, "Bonjour".into());
        let born = tx.create("lab.sample", with("b", [("slogan", "Née ici".into())])).await.expect("a sample");
        tx.commit().await.expect("it lasts");
        let mut tx = store.begin(&english).await.expect("a transaction");
        assert_eq!(held(&mut tx, born, "slogan").await, "Née ici".into(), "there must be something to fall back to");
        let refused = tx.update("lab.sample", new, slogan("a<b"), None).await;
        assert!(matches!(refused, Err(SaveError::Invalid { .. })), "{refused:?}");
    }
}
