//! What a scope reaches: record rules, field groups and companies, in every statement.

use crate::lab::{scope, values};
use opbx_kernel::{CompanyId, Kind, RecordId, Scope, TenantId, UserId};
use opbx_platform::access::Deed;
use opbx_platform::{Domain, OrderBy, Value, Values};
use opbx_store::{Aggregate, GroupBy, Grouping, ReadError, SaveError, Search, Store, Tx};
use opbx_testkit::{BOSS, CLERK, TestDb, desk_registry, on_both_databases, tenant};

const MODEL: &str = "desk.ticket";

fn user(tenant: TenantId, id: i64, group: &str) -> Scope {
    Scope::user(tenant, UserId::new(id).expect("an id"), vec![group.to_owned()])
}

fn ticket(name: &str, owner: Option<i64>) -> Values {
    values([("name", name.into()), ("owner", owner.into())])
}

async fn create(tx: &mut Tx, model: &str, values: Values) -> RecordId {
    tx.create(model, values).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn names(tx: &mut Tx) -> Vec<String> {
    let search = Search { fields: &["name"], ..Search::default() };
    let rows = tx.search(MODEL, &Domain::All, search).await.expect("rows");
    rows.into_iter()
        .map(|row| if let Value::Text(name) = &row.values[0] { name.clone() } else { String::new() })
        .collect()
}

/// A desk with a clerk's ticket, another's and nobody's; a clerk has the id 7.
struct Desk {
    store: Store,
    tenant: TenantId,
    mine: RecordId,
    theirs: RecordId,
    free: RecordId,
}

async fn desk(db: &TestDb) -> Desk {
    let store = db.store(desk_registry()).await;
    let tenant = tenant(&store, "red").await;
    let mut tx = store.begin(&scope(tenant)).await.expect("a transaction");
    let mine = create(&mut tx, MODEL, ticket("mine", Some(7))).await;
    let theirs = create(&mut tx, MODEL, ticket("theirs", Some(8))).await;
    let free = create(&mut tx, MODEL, ticket("free", None)).await;
    tx.commit().await.expect("it lasts");
    Desk { store, tenant, mine, theirs, free }
}

impl Desk {
    async fn clerk(&self) -> Tx {
        self.store.begin(&user(self.tenant, 7, CLERK)).await.expect("a transaction")
    }

    async fn boss(&self) -> Tx {
        self.store.begin(&user(self.tenant, 1, BOSS)).await.expect("a transaction")
    }

    async fn companies(&self) -> [RecordId; 2] {
        let mut tx = self.store.begin(&scope(self.tenant)).await.expect("a transaction");
        let country = values([("code", "BE".into()), ("name", "Belgium".into())]);
        let operator = opbx_kernel::Operator::because("a test");
        drop(tx);
        self.store.save_shared(&operator, "res.country", "code", vec![country]).await.expect("a country");
        tx = self.store.begin(&scope(self.tenant)).await.expect("a transaction");
        let rows = tx.search("res.country", &Domain::All, Search::default()).await.expect("rows");
        let company = |name: &str| values([("name", name.into()), ("country", Value::Record(rows[0].id))]);
        let first = create(&mut tx, "res.company", company("First")).await;
        let second = create(&mut tx, "res.company", company("Second")).await;
        tx.commit().await.expect("it lasts");
        [first, second]
    }
}

fn company(id: RecordId) -> CompanyId {
    CompanyId::new(id.get()).expect("an id")
}

on_both_databases! {
    async fn what_a_rule_hides_is_in_no_reading(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.clerk().await;
        assert_eq!(names(&mut tx).await, ["free", "mine"]);
        assert_eq!(tx.count(MODEL, &Domain::All).await.expect("a count"), 2);
        let read = tx.read(MODEL, &[desk.theirs, desk.mine], &["name"]).await.expect("rows");
        assert_eq!(read.iter().map(|row| row.id).collect::<Vec<_>>(), [desk.mine]);
        let groups = tx.group(MODEL, &Domain::All, Grouping::default()).await.expect("groups");
        assert_eq!(groups[0].aggregates, [Value::Int(2)]);
        assert!(tx.name_search(MODEL, "theirs", &Domain::All, 10).await.expect("names").is_empty());
        // Nor does a domain that asks for it, or for anything but.
        for domain in [Domain::eq("owner", 8_i64), !Domain::eq("owner", 7_i64).or(Domain::is_unset("owner"))] {
            assert_eq!(tx.count(MODEL, &domain).await.expect("a count"), 0);
        }
        drop(tx);
        let mut tx = desk.boss().await;
        assert_eq!(names(&mut tx).await, ["free", "mine", "theirs"]);
    }

    async fn a_hidden_record_is_as_absent_as_one_that_never_was(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.clerk().await;
        let level = || values([("level", Value::Int(2))]);
        let never = RecordId::new(999).expect("an id");
        for id in [desk.theirs, never] {
            for refused in [tx.update(MODEL, id, level(), None).await, tx.delete(MODEL, id).await.map(drop)] {
                let Err(SaveError::Absent { id: named, .. }) = &refused else { panic!("{refused:?}") };
                assert_eq!(*named, id);
            }
        }
        drop(tx);
        let mut tx = desk.boss().await;
        let hard = values([("level", Value::Int(9)), ("owner", Value::Int(8))]);
        tx.update(MODEL, desk.free, hard, None).await.expect("a boss may");
        tx.commit().await.expect("it lasts");
        let mut tx = desk.clerk().await;
        assert!(matches!(tx.update(MODEL, desk.free, level(), None).await, Err(SaveError::Absent { .. })));
    }

    async fn what_a_rule_forbids_to_become_is_not_written(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.clerk().await;
        let hard = values([("name", "hard".into()), ("level", Value::Int(9))]);
        let refused = tx.create(MODEL, hard).await;
        assert!(matches!(&refused, Err(error @ SaveError::ResultOutOfReach { deed: Deed::Create, .. }) if error.code().kind == Kind::Forbidden), "{refused:?}");
        assert!(tx.commit().await.is_err(), "what was written in spite of a rule must not last");
        // An easy ticket of mine may become hard, and mine may go to another while it is easy, but not both.
        let mut tx = desk.clerk().await;
        let given_away = values([("owner", Value::Int(8)), ("level", Value::Int(9))]);
        let refused = tx.update(MODEL, desk.mine, given_away, None).await;
        assert!(matches!(refused, Err(SaveError::ResultOutOfReach { deed: Deed::Update, .. })), "{refused:?}");
        drop(tx);
        let mut tx = desk.clerk().await;
        tx.update(MODEL, desk.mine, values([("level", Value::Int(9))]), None).await.expect("still mine");
        tx.commit().await.expect("it lasts");
    }

    async fn rules_do_not_reach_into_another_tenant_nor_let_anybody_out(db: TestDb) {
        let desk = desk(&db).await;
        let blue = tenant(&desk.store, "blue").await;
        for other in [user(blue, 7, CLERK), user(blue, 7, BOSS), scope(blue)] {
            let mut tx = desk.store.begin(&other).await.expect("a transaction");
            assert!(names(&mut tx).await.is_empty());
            let refused = tx.update(MODEL, desk.mine, values([("level", Value::Int(2))]), None).await;
            assert!(matches!(refused, Err(SaveError::Absent { .. })), "{refused:?}");
        }
    }

    async fn a_field_for_others_does_not_exist_in_any_use(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.clerk().await;
        let unknown = |error: ReadError| matches!(error, ReadError::UnknownField { field, .. } if field == "margin");
        let margin = [OrderBy::asc("margin")];
        let read = Search { fields: &["margin"], ..Search::default() };
        let sorted = Search { order: Some(&margin), ..Search::default() };
        assert!(unknown(tx.search(MODEL, &Domain::All, read).await.expect_err("hidden")));
        let sort = tx.search(MODEL, &Domain::All, sorted).await.expect_err("hidden");
        assert!(matches!(sort, ReadError::NotSortable { .. }), "{sort:?}");
        assert!(unknown(tx.count(MODEL, &Domain::is_set("margin")).await.expect_err("hidden")));
        assert!(unknown(tx.read(MODEL, &[desk.mine], &["margin"]).await.expect_err("hidden")));
        for grouping in [
            Grouping { by: &[GroupBy { field: "margin", part: None }], ..Grouping::default() },
            Grouping { aggregates: &[Aggregate::Of(opbx_store::Measure::Sum, "margin")], ..Grouping::default() },
        ] {
            assert!(unknown(tx.group(MODEL, &Domain::All, grouping).await.expect_err("hidden")));
        }
        let margin = || values([("margin", Value::Decimal(1.into())), ("name", "x".into())]);
        for refused in [tx.create(MODEL, margin()).await.map(drop), tx.update(MODEL, desk.mine, margin(), None).await] {
            assert!(matches!(&refused, Err(SaveError::UnknownField { field, .. }) if field == "margin"), "{refused:?}");
        }
        assert!(tx.models().model(MODEL).expect("a model").field("margin").is_none());
        drop(tx);
        let mut tx = desk.boss().await;
        tx.update(MODEL, desk.mine, values([("margin", Value::Decimal(2.into()))]), None).await.expect("a boss may");
        let mut system = tx.as_system("a test");
        assert_eq!(system.read(MODEL, &[desk.mine], &["margin"]).await.expect("rows")[0].values, [Value::Decimal(2.into())]);
    }

    async fn acting_as_opbx_ends_where_it_ends(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.clerk().await;
        assert_eq!(names(&mut tx.as_system("a test")).await.len(), 3);
        assert_eq!(names(&mut tx).await.len(), 2);
        assert!(!tx.scope().is_system());
    }

    async fn hidden_records_are_in_no_list_and_stay_in_it_when_it_is_written(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.boss().await;
        let open = create(&mut tx, "desk.label", values([("name", "open".into())])).await;
        let secret = create(&mut tx, "desk.label", values([("name", "secret".into()), ("hidden", true.into())])).await;
        let both = values([("labels", Value::Records(vec![open, secret]))]);
        tx.update(MODEL, desk.mine, both, None).await.expect("labels");
        tx.commit().await.expect("it lasts");

        let mut tx = desk.clerk().await;
        let rows = tx.read(MODEL, &[desk.mine], &["labels"]).await.expect("rows");
        assert_eq!(rows[0].values, [Value::Records(vec![open])]);
        assert_eq!(tx.count(MODEL, &Domain::is_in("labels", [secret])).await.expect("a count"), 0);
        let named = tx.update(MODEL, desk.mine, values([("labels", Value::Records(vec![secret]))]), None).await;
        assert!(matches!(named, Err(SaveError::NoSuchRecord { .. })), "as if it did not exist: {named:?}");
        tx.update(MODEL, desk.mine, values([("labels", Value::Records(Vec::new()))]), None).await.expect("emptied");
        tx.commit().await.expect("it lasts");
        let mut tx = desk.boss().await;
        let rows = tx.read(MODEL, &[desk.mine], &["labels"]).await.expect("rows");
        assert_eq!(rows[0].values, [Value::Records(vec![secret])]);
    }

    async fn a_refused_deletion_counts_what_its_reader_may_not_see_and_names_nothing_of_it(db: TestDb) {
        let desk = desk(&db).await;
        let mut tx = desk.boss().await;
        for (name, owner) in [("child of mine", 7), ("child of another", 8)] {
            let mut child = ticket(name, Some(owner));
            child.insert("parent".to_owned(), Value::Record(desk.mine));
            create(&mut tx, MODEL, child).await;
        }
        create(&mut tx, "desk.safe", values([("name", "safe".into()), ("ticket", Value::Record(desk.mine))])).await;
        tx.commit().await.expect("it lasts");
        let mut tx = desk.clerk().await;
        let refused = tx.delete(MODEL, desk.mine).await;
        let Err(error @ SaveError::Referenced { by, unseen, .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!((by.len(), by[0].count, *unseen), (1, 1, 2));
        let text = format!("{error} {error:?}");
        assert!(text.contains("child of mine") && !text.contains("another") && !text.contains("safe"), "{text}");
    }

    async fn only_the_chosen_companies_records_and_the_shared_ones_are_reached(db: TestDb) {
        let desk = desk(&db).await;
        let [first, second] = desk.companies().await;
        let of = |name: &str, company| {
            let mut ticket = ticket(name, Some(7));
            ticket.insert("company".to_owned(), Value::Record(company));
            ticket
        };
        let mut tx = desk.boss().await;
        create(&mut tx, MODEL, of("of the first", first)).await;
        let of_second = create(&mut tx, MODEL, of("of the second", second)).await;
        tx.commit().await.expect("it lasts");

        let chosen = |chosen: Vec<CompanyId>| user(desk.tenant, 1, BOSS).with_companies(chosen);
        let mut tx = desk.store.begin(&chosen(vec![company(first)])).await.expect("a transaction");
        assert_eq!(names(&mut tx).await, ["free", "mine", "of the first", "theirs"]);
        let refused = tx.update(MODEL, of_second, values([("level", Value::Int(2))]), None).await;
        assert!(matches!(refused, Err(SaveError::Absent { .. })), "{refused:?}");
        let made = create(&mut tx, MODEL, ticket("made", None)).await;
        let rows = tx.read(MODEL, &[made], &["company"]).await.expect("rows");
        assert_eq!(rows[0].values, [Value::Record(first)], "the one company chosen is the new record's");
        let refused = tx.create(MODEL, of("made elsewhere", second)).await;
        assert!(matches!(refused, Err(SaveError::ResultOutOfReach { .. })), "{refused:?}");
        drop(tx);
        let mut tx = desk.store.begin(&chosen(Vec::new())).await.expect("a transaction");
        assert_eq!(names(&mut tx).await, ["free", "mine", "theirs"]);
        drop(tx);
        let mut tx = desk.store.begin(&chosen(vec![company(first), company(second)])).await.expect("a transaction");
        assert_eq!(names(&mut tx).await.len(), 5);
        let shared = create(&mut tx, MODEL, ticket("shared", None)).await;
        let rows = tx.read(MODEL, &[shared], &["company"]).await.expect("rows");
        assert_eq!(rows[0].values, [Value::Null], "of two chosen companies, neither is the record's");
    }

    async fn a_record_of_one_company_names_none_of_another(db: TestDb) {
        let desk = desk(&db).await;
        let [first, second] = desk.companies().await;
        let mut tx = desk.store.begin(&scope(desk.tenant)).await.expect("a transaction");
        let of = |name: &str, company: RecordId| values([("name", name.into()), ("company", Value::Record(company))]);
        let ticket = create(&mut tx, MODEL, of("ticket", first)).await;
        let with = |company, ticket| {
            let mut safe = of("safe", company);
            safe.insert("ticket".to_owned(), Value::Record(ticket));
            safe
        };
        let refused = tx.create("desk.safe", with(second, ticket)).await;
        let Err(error @ SaveError::OtherCompany { .. }) = &refused else { panic!("{refused:?}") };
        assert_eq!(error.to_string(), format!("desk.safe.ticket names a record of another company: {ticket}"));
        let safe = create(&mut tx, "desk.safe", with(first, ticket)).await;
        create(&mut tx, "desk.safe", with(second, desk.mine)).await;
        let moved = tx.update("desk.safe", safe, values([("company", Value::Record(second))]), None).await;
        assert!(matches!(moved, Err(SaveError::OtherCompany { .. })), "{moved:?}");
        tx.update("desk.safe", safe, values([("company", Value::Null)]), None).await.expect("shared records go with all");
    }
}
