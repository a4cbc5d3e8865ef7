//! Grouping: counts, sums and periods, alike on both databases.

use crate::lab::{scope, values};
use opbx_platform::{Domain, Value, Values};
use opbx_store::{Aggregate, GroupBy, GroupOrder, GroupRow, Grouping, ReadError, Tx};
use opbx_testkit::{TestDb, desk_registry, on_both_databases, tenant};

const MODEL: &str = "desk.ticket";

/// Name, level, price, state, day and instant.
const TICKETS: [(&str, i64, &str, &str, &str, &str); 6] = [
    ("a", 1, "0.1", "open", "2026-01-01", "2025-12-31T23:30:00Z"),
    ("b", 1, "0.2", "open", "2026-03-29", "2026-03-29T00:59:59.999999Z"),
    ("c", 2, "0.3", "done", "2026-03-30", "2026-03-29T22:00:00Z"),
    ("d", 5, "1234567.8901", "done", "2026-04-05", "2026-10-25T00:30:00Z"),
    ("e", 2, "-1", "done", "1969-12-31", "1969-12-31T23:59:59.5Z"),
    ("f", 4, "", "open", "", ""),
];

async fn tickets(db: &TestDb) -> Tx {
    let store = db.store(desk_registry()).await;
    let mut tx = store.begin(&scope(tenant(&store, "red").await)).await.expect("a transaction");
    for (name, level, price, state, day, at) in TICKETS {
        let mut ticket: Values =
            values([("name", name.into()), ("level", Value::Int(level)), ("state", state.into())]);
        if !price.is_empty() {
            ticket.insert("price".to_owned(), Value::Decimal(price.parse().expect("a decimal")));
        }
        if !day.is_empty() {
            ticket.insert("day".to_owned(), Value::Date(day.parse().expect("a date")));
            ticket.insert("at".to_owned(), Value::Instant(at.parse().expect("an instant")));
        }
        tx.create(MODEL, ticket).await.expect("a ticket");
    }
    tx
}

fn by(text: &str) -> GroupBy<'_> {
    GroupBy::parse(text).expect("a key")
}

fn told(text: &str) -> Aggregate<'_> {
    Aggregate::parse(text).expect("an aggregate")
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().expect("a decimal"))
}

async fn grouped(tx: &mut Tx, grouping: Grouping<'_>) -> Vec<GroupRow> {
    tx.group(MODEL, &Domain::All, grouping).await.unwrap_or_else(|error| panic!("{error}"))
}

/// The first days and counts of the groups that a key makes.
async fn periods(tx: &mut Tx, key: &str, time_zone: &str) -> Vec<(String, i64)> {
    let rows = grouped(tx, Grouping { by: &[by(key)], time_zone, ..Grouping::default() }).await;
    let shown = |row: GroupRow| match (&row.keys[0], &row.aggregates[0]) {
        (Value::Date(day), Value::Int(count)) => (day.to_string(), *count),
        (Value::Null, Value::Int(count)) => ("-".to_owned(), *count),
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(shown).collect()
}

fn of(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(day, count)| ((*day).to_owned(), *count)).collect()
}

on_both_databases! {
    async fn groups_have_counts_sums_and_bounds_in_the_fields_own_types(db: TestDb) {
        let mut tx = tickets(&db).await;
        let aggregates = ["__count", "price:sum", "price:avg", "level:avg", "price:min", "price:max", "price:count", "level:count_distinct"]
            .map(told);
        let rows = grouped(&mut tx, Grouping { by: &[by("state")], aggregates: &aggregates, ..Grouping::default() }).await;
        let row = |state: &str, values: [Value; 8]| GroupRow { keys: vec![state.into()], aggregates: values.to_vec() };
        let done = row("done", [
            Value::Int(3), decimal("1234567.1901"), decimal("411522.396700"), Value::Int(3),
            decimal("-1"), decimal("1234567.8901"), Value::Int(3), Value::Int(2),
        ]);
        let open = row("open", [
            Value::Int(3), decimal("0.3"), decimal("0.15"), Value::Int(2), decimal("0.1"), decimal("0.2"), Value::Int(2), Value::Int(2),
        ]);
        let expected: Vec<GroupRow> = [done, open].into_iter().map(|mut row| {
            for value in &mut row.aggregates {
                if let Value::Decimal(number) = value {
                    *number = number.normalize();
                }
            }
            // The average of whole numbers is a decimal.
            if let Value::Int(average) = row.aggregates[3] {
                row.aggregates[3] = Value::Decimal(average.into());
            }
            row
        }).collect();
        assert_eq!(rows, expected);
    }

    async fn an_average_is_rounded_at_six_places_and_of_nothing_it_is_unset(db: TestDb) {
        let mut tx = tickets(&db).await;
        let aggregates = [told("level:avg"), told("price:sum")];
        let easy = Domain::is_in("level", [1_i64, 2]).and(Domain::ne("name", "e"));
        let rows = tx.group(MODEL, &easy, Grouping { aggregates: &aggregates, ..Grouping::default() }).await.expect("groups");
        assert_eq!(rows[0].aggregates, [decimal("1.333333"), decimal("0.6")]);
        let none = Domain::eq("level", 99_i64);
        let rows = tx.group(MODEL, &none, Grouping { aggregates: &aggregates, ..Grouping::default() }).await.expect("groups");
        assert_eq!(rows[0].aggregates, [Value::Null, Value::Null]);
    }

    async fn periods_of_dates_begin_where_calendars_say(db: TestDb) {
        let mut tx = tickets(&db).await;
        assert_eq!(
            periods(&mut tx, "day:week", "UTC").await,
            of(&[("-", 1), ("1969-12-29", 1), ("2025-12-29", 1), ("2026-03-23", 1), ("2026-03-30", 2)])
        );
        assert_eq!(
            periods(&mut tx, "day:month", "UTC").await,
            of(&[("-", 1), ("1969-12-01", 1), ("2026-01-01", 1), ("2026-03-01", 2), ("2026-04-01", 1)])
        );
        assert_eq!(
            periods(&mut tx, "day:quarter", "UTC").await,
            of(&[("-", 1), ("1969-10-01", 1), ("2026-01-01", 3), ("2026-04-01", 1)])
        );
        assert_eq!(periods(&mut tx, "day:year", "UTC").await, of(&[("-", 1), ("1969-01-01", 1), ("2026-01-01", 4)]));
    }

    async fn periods_of_instants_follow_the_clocks_of_a_time_zone(db: TestDb) {
        let mut tx = tickets(&db).await;
        assert_eq!(
            periods(&mut tx, "at:day", "UTC").await,
            of(&[("-", 1), ("1969-12-31", 1), ("2025-12-31", 1), ("2026-03-29", 2), ("2026-10-25", 1)])
        );
        // Summer time began on 29 March at 01:00 UTC: 22:00 UTC is the next day there, and was not the day before.
        assert_eq!(
            periods(&mut tx, "at:day", "Europe/Brussels").await,
            of(&[("-", 1), ("1970-01-01", 1), ("2026-01-01", 1), ("2026-03-29", 1), ("2026-03-30", 1), ("2026-10-25", 1)])
        );
        assert_eq!(
            periods(&mut tx, "at:day", "America/New_York").await,
            of(&[("-", 1), ("1969-12-31", 1), ("2025-12-31", 1), ("2026-03-28", 1), ("2026-03-29", 1), ("2026-10-24", 1)])
        );
        assert_eq!(
            periods(&mut tx, "at:year", "Asia/Kathmandu").await,
            of(&[("-", 1), ("1970-01-01", 1), ("2026-01-01", 4)])
        );
    }

    async fn groups_are_sorted_by_what_is_asked_and_cut_to_limit_and_offset(db: TestDb) {
        let mut tx = tickets(&db).await;
        let levels = |rows: Vec<GroupRow>| rows.into_iter().map(|row| row.keys[0].clone()).collect::<Vec<_>>();
        let aggregates = [told("__count"), told("price:avg")];
        let grouping = Grouping { by: &[by("level")], aggregates: &aggregates, ..Grouping::default() };
        let by_count = Grouping { order: &[(GroupOrder::Aggregate(0), true)], limit: 3, ..grouping };
        assert_eq!(levels(grouped(&mut tx, by_count).await), [1, 2, 4].map(Value::Int));
        let by_average = Grouping { order: &[(GroupOrder::Aggregate(1), true)], ..grouping };
        assert_eq!(levels(grouped(&mut tx, by_average).await), [5, 1, 2, 4].map(Value::Int));
        let by_level = Grouping { order: &[(GroupOrder::Key(0), true)], limit: 2, offset: 1, ..grouping };
        assert_eq!(levels(grouped(&mut tx, by_level).await), [4, 2].map(Value::Int));
    }

    async fn what_cannot_be_grouped_or_added_up_is_refused_by_name(db: TestDb) {
        let mut tx = tickets(&db).await;
        for key in ["labels", "pin", "level:month"] {
            let refused = tx.group(MODEL, &Domain::All, Grouping { by: &[by(key)], ..Grouping::default() }).await;
            assert!(matches!(refused, Err(ReadError::NotGroupable { .. })), "{key}: {refused:?}");
        }
        for aggregate in ["name:sum", "parent:avg", "pin:count", "labels:count", "active:min", "state:max"] {
            let aggregates = [told(aggregate)];
            let grouping = Grouping { aggregates: &aggregates, ..Grouping::default() };
            let refused = tx.group(MODEL, &Domain::All, grouping).await;
            assert!(matches!(refused, Err(ReadError::NotAggregable { .. })), "{aggregate}: {refused:?}");
        }
        let nowhere = Grouping { time_zone: "Europe/Nowhere", ..Grouping::default() };
        assert!(matches!(tx.group(MODEL, &Domain::All, nowhere).await, Err(ReadError::UnknownTimeZone(_))));
        let much = [by("level"); opbx_store::GROUP_KEYS_MAX + 1];
        let refused = tx.group(MODEL, &Domain::All, Grouping { by: &much, ..Grouping::default() }).await;
        assert!(matches!(refused, Err(ReadError::TooMany { .. })));
    }
}
