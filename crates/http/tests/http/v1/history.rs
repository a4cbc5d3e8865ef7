//! Lists of calls and detail records: filters, sorts, pages, sums, exports, and the indexes that serve them.

use super::office::{Office, faults};
use axum::http::Method;
use opbx_app::history::{Total, Walk, order, page};
use opbx_app::models::{PbxCall, PbxCdr};
use opbx_app::resources::Listing;
use opbx_kernel::{Scope, TenantId, Timestamp};
use opbx_platform::{Domain, Value, Values};
use opbx_testkit::{Engine, INSERT_MANY_MAX, Search, TestApp, TestDb, on_both_databases};
use serde_json::{Value as Json, json};

const CDRS: &str = "/call-detail-records";
const LOGS: &str = "/call-logs";

pub(super) fn values(fields: &[(&str, Value)]) -> Values {
    fields.iter().map(|(field, value)| ((*field).to_owned(), value.clone())).collect()
}

/// Noon, and so many minutes.
pub(super) fn minute(number: i64) -> Timestamp {
    let noon: Timestamp = "2026-03-01T12:00:00Z".parse().expect("an instant");
    noon + jiff::SignedDuration::from_mins(number)
}

/// A detail record of the call with this number, with other values where these are given.
pub(super) fn record(number: i64, more: &[(&str, Value)]) -> Values {
    let mut record = values(&[
        ("digest", format!("{number:064}").into()),
        ("waiting", Value::Bool(false)),
        ("session_timestamp", Value::Instant(minute(-number))),
        ("session_id", Value::Int(number)),
        ("from_number", format!("+4420794600{number:02}").into()),
        ("to_number", "+12125550100".into()),
        ("disposition", "ANSWERED".into()),
        ("duration_s", Value::Int(60 + number)),
        ("billsec_s", Value::Int(50 + number)),
        ("call_id", format!("call-{number}").into()),
        ("sell_cost", Value::Decimal("0.0125".parse().expect("a cost"))),
        ("raw", Value::Json(json!({"told": number}))),
    ]);
    record.extend(values(more));
    record
}

pub(super) fn call(_: TenantId, number: i64, more: &[(&str, Value)]) -> Values {
    let mut call = values(&[
        ("call_id", format!("call-{number}").into()),
        ("direction", "inbound".into()),
        ("from_number", format!("+4420794600{number:02}").into()),
        ("to_number", "+12125550100".into()),
        ("number", "+12125550100".into()),
        ("ring_group", "Sales".into()),
        ("answered_by", "1001".into()),
        ("status", "completed".into()),
        ("started_at", Value::Instant(minute(-number))),
        ("answered_at", Value::Instant(minute(-number))),
        ("ended_at", Value::Instant(minute(-number))),
        ("duration_s", Value::Int(60)),
        ("wait_s", Value::Int(number)),
    ]);
    call.extend(values(more));
    call
}

pub(super) fn update(session: i64) -> Values {
    values(&[
        ("session_id", Value::Int(session)),
        ("event_id", format!("event-{session}").into()),
        ("waiting", Value::Bool(false)),
        ("destination", "1001".into()),
        ("direction", "incoming".into()),
        ("status", "ringing".into()),
        ("session_created_at", Value::Instant(minute(-1))),
        ("session_modified_at", Value::Instant(minute(0))),
    ])
}

async fn keep(app: &TestApp, tenant: TenantId, model: &str, rows: Vec<Values>) {
    let mut tx = app.begin(tenant).await;
    tx.insert_many(model, rows).await.expect("rows");
    tx.commit().await.expect("a commit");
}

/// Acme with 25 detail records, of which some are special, and Globex with one.
async fn recorded(db: TestDb) -> Office {
    let office = Office::open(db).await;
    let mut rows: Vec<Values> = (1..=22).map(|number| record(number, &[])).collect();
    rows.push(record(23, &[("disposition", "NO ANSWER".into()), ("duration_s", Value::Int(0))]));
    rows.push(record(24, &[("disposition", "BUSY".into()), ("from_number", "=cmd()".into())]));
    let old = Value::Instant(minute(-3 * 24 * 60));
    rows.push(record(25, &[("session_timestamp", old), ("to_number", "1001".into())]));
    keep(&office.app, office.tenant, "pbx.cdr", rows).await;
    keep(&office.app, office.stranger.tenant, "pbx.cdr", vec![record(1, &[])]).await;
    office
}

async fn total(office: &Office, path: &str) -> Json {
    office.read(path).await["meta"]["total"].clone()
}

on_both_databases! {
    async fn detail_records_are_filtered_sorted_and_paged(db: TestDb) {
        let office = recorded(db).await;
        let first = office.read(&format!("{CDRS}?per_page=10")).await;
        assert_eq!(first["meta"]["total"], 25);
        assert_eq!(first["data"].as_array().map(Vec::len), Some(10));
        let row = &first["data"][0];
        assert_eq!((&row["from"], &row["duration"]), (&json!("+442079460001"), &json!(61)));
        assert_eq!((&row["duration_formatted"], &row["billsec_formatted"]), (&json!("01:01"), &json!("00:51")));
        assert_eq!((&row["sell_cost"], &row["rated_cost"]), (&json!(0.0125), &json!(null)));
        assert!(row.get("raw_cdr").is_none(), "{row}");
        for (query, count) in [
            ("disposition=ANSWERED", 23),
            ("disposition=ANSWER", 0),
            ("from=%2B44207946000", 9),
            ("from=46000", 9),
            ("to=1001", 1),
            ("from_date=2026-03-01", 24),
            ("to_date=2026-02-28", 1),
            ("from_date=2026-03-01T11:55:00Z&to_date=2026-03-01T11:57:00Z", 3),
            ("call_id=call-7", 1),
            ("disposition=&from=&to_date=", 25),
        ] {
            assert_eq!(total(&office, &format!("{CDRS}?{query}")).await, count, "{query}");
        }
        let estimate = office.read(&format!("{CDRS}?total=estimate")).await;
        assert_eq!((&estimate["meta"]["total"], &estimate["total_is_estimate"]), (&json!(25), &json!(false)));
        for (sort, first) in [
            ("sort_by=duration&sort_order=asc", json!("call-23")),
            ("sort_by=duration&sort_order=desc", json!("call-25")),
            ("sort_by=from&sort_order=desc", json!("call-24")),
            ("sort_by=disposition&sort_order=asc", json!("call-25")),
            ("sort_by=nonsense", json!("call-1")),
        ] {
            let ids = office.listed(&format!("{CDRS}?{sort}"), "call_id").await;
            assert_eq!(ids[0], first, "{sort}: {ids:?}");
        }
        let ask = office.ask(Method::GET, &format!("{CDRS}?from_date=yesterday"), &json!(null)).await;
        assert_eq!(faults(&ask), ["from_date"]);
    }

    async fn a_detail_record_is_shown_with_what_the_carrier_told_where_it_is_asked_for(db: TestDb) {
        let office = recorded(db).await;
        let id = office.read(&format!("{CDRS}?call_id=call-7")).await["data"][0]["id"].clone();
        let bare = office.read(&format!("{CDRS}/{id}")).await;
        assert!(bare["data"].get("raw_cdr").is_none(), "{bare}");
        let whole = office.read(&format!("{CDRS}/{id}?include=raw_cdr")).await;
        assert_eq!(whole["data"]["raw_cdr"], json!({"told": 7}));
        let foreign = office.by(&office.stranger, Method::GET, &format!("{CDRS}/{id}"), &json!(null)).await;
        assert_eq!(foreign.status, 404, "{}", foreign.body);
        let sums = office.read(&format!("{CDRS}/statistics")).await;
        assert_eq!((&sums["total_calls"], &sums["by_disposition"]["BUSY"]), (&json!(25), &json!(1)));
        assert_eq!(sums["total_cost"], json!(0.3125));
        let few = office.read(&format!("{CDRS}/statistics?from_date=2026-03-01T11:58:00Z&to_date=2026-03-01")).await;
        assert_eq!((&few["total_calls"], &few["average_duration"]), (&json!(2), &json!(61.5)));
    }

    async fn an_export_holds_every_row_of_its_filter_and_no_formula(db: TestDb) {
        let office = recorded(db).await;
        let more = (100..2_350).map(|number| {
            // Many at one instant: a chunk ends amid them.
            record(number, &[("session_timestamp", Value::Instant(minute(-100)))])
        });
        for rows in more.collect::<Vec<_>>().chunks(INSERT_MANY_MAX) {
            keep(&office.app, office.tenant, "pbx.cdr", rows.to_vec()).await;
        }
        let reply = office.ask(Method::GET, &format!("{CDRS}/export"), &json!(null)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.headers["content-type"], "text/csv; charset=utf-8");
        let table = opbx_app::csv::read(reply.body.lines().take(4_000).collect::<Vec<_>>().join("\n").as_bytes());
        let table = table.expect("a table");
        assert_eq!(table.rows.len(), 25 + 2_250);
        let mut ids: Vec<&str> = table.rows.iter().map(|row| table.cell(row, "call id")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 25 + 2_250, "none is missing, none comes twice");
        let from = |id: &str| {
            let row = table.rows.iter().find(|row| table.cell(row, "call id") == id).expect("a row");
            table.cell(row, "from").to_owned()
        };
        assert_eq!((from("call-24"), from("call-1")), ("'=cmd()".to_owned(), "+442079460001".to_owned()));
        let busy = office.ask(Method::GET, &format!("{CDRS}/export?disposition=BUSY"), &json!(null)).await;
        assert_eq!(busy.body.lines().count(), 2, "{}", busy.body);
        let foreign = office.by(&office.stranger, Method::GET, &format!("{CDRS}/export"), &json!(null)).await;
        assert_eq!(foreign.body.lines().count(), 2, "{}", foreign.body);
    }

    async fn call_history_has_the_originals_paginator(db: TestDb) {
        let office = Office::open(db).await;
        let mut rows: Vec<Values> = (1..=60).map(|number| call(office.tenant, number, &[])).collect();
        rows.push(call(office.tenant, 61, &[("status", "no_answer".into()), ("duration_s", Value::Null)]));
        let live = [("status", "ringing".into()), ("ended_at", Value::Null), ("direction", "outbound".into())];
        rows.push(call(office.tenant, 62, &live));
        keep(&office.app, office.tenant, "pbx.call", rows).await;
        let list = office.read(LOGS).await;
        for (member, value) in [("total", json!(62)), ("per_page", json!(50)), ("last_page", json!(2)), ("from", json!(1))] {
            assert_eq!(list[member], value, "{member}");
        }
        let row = &list["data"][0];
        assert_eq!((&row["call_id"], &row["status"]), (&json!("call-1"), &json!("completed")));
        assert_eq!(row["did_number"]["phone_number"], "+12125550100");
        assert_eq!(row["extension"]["extension_number"], "1001");
        assert_eq!(row["ring_group"]["name"], "Sales");
        for (query, count) in [
            ("status=completed", 60),
            ("status=no_answer,ringing", 2),
            ("direction=outbound", 1),
            ("from_number=%2B44207946006", 3),
            ("to_date=2026-02-28", 0),
            ("number=%2B12125550100", 62),
            ("ring_group=Sales", 62),
            ("ring_group=sales", 0),
            ("answered_by=1001", 62),
            ("answered_by=1002", 0),
        ] {
            assert_eq!(office.read(&format!("{LOGS}?{query}")).await["total"], count, "{query}");
        }
        let active = office.read(&format!("{LOGS}/active")).await;
        assert_eq!(active.as_array().map(Vec::len), Some(1), "{active}");
        let counts = office.read(&format!("{LOGS}/statistics")).await;
        let expected = json!({"total_calls": 62, "answered_calls": 60, "missed_calls": 1, "average_duration": 60.0, "active_calls": 1});
        assert_eq!(counts, expected);
        let shown = office.read(&format!("{LOGS}/{}", row["id"])).await;
        assert_eq!(shown["call_id"], "call-1", "the call itself, without an envelope");
        let board = office.read("/dashboard").await["data"].clone();
        assert_eq!((&board["total_calls"], &board["active_calls"]), (&json!(62), &json!(1)));
        assert_eq!(board["longest_waits"][0]["wait"], 62);
        assert_eq!((&board["by_ring_group"][0]["name"], &board["by_ring_group"][0]["total"]), (&json!("Sales"), &json!(62)));
        let hours: i64 = board["calls_by_hour"].as_array().expect("hours").iter().map(|hour| hour["total"].as_i64().unwrap_or(0)).sum();
        assert_eq!((hours, board["calls_by_hour"].as_array().map(Vec::len)), (62, Some(24)));
        let csv = office.ask(Method::GET, &format!("{LOGS}/export?status=no_answer"), &json!(null)).await;
        assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
        let theirs = office.by(&office.stranger, Method::GET, LOGS, &json!(null)).await;
        assert_eq!(theirs.json()["total"], 0);
    }

    async fn a_page_near_the_end_is_the_same_from_either_side(db: TestDb) {
        let office = Office::open(db).await;
        for chunk in (1..=2_300).collect::<Vec<i64>>().chunks(INSERT_MANY_MAX) {
            let rows = chunk.iter().map(|number| record(*number, &[("duration_s", Value::Int(number % 7))])).collect();
            keep(&office.app, office.tenant, "pbx.cdr", rows).await;
        }
        let scope = Scope::system(office.tenant, "a test");
        let listing = |page| Listing { domain: Domain::All, order: order(&["duration_s"], true), page, per_page: 100 };
        let mut seen = Vec::new();
        for number in 1..=24 {
            let paged = page::<PbxCdr>(office.app.app(), &scope, &listing(number), Total::Exact).await.expect("a page");
            seen.extend(paged.listed.rows.into_iter().map(|row| (row.record.duration_s, row.record.id)));
        }
        assert_eq!(seen.len(), 2_300);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "in one order, nothing twice");
        let mut walk = Walk::<PbxCdr>::new(scope, Domain::All);
        let mut walked = 0;
        loop {
            let rows = walk.next(office.app.app()).await.expect("rows");
            if rows.is_empty() {
                break;
            }
            walked += rows.len();
        }
        assert_eq!(walked, 2_300);
    }

    async fn every_offered_sort_and_filter_is_served_by_an_index(db: TestDb) {
        let engine = db.engine();
        let office = Office::open(db).await;
        let mut tx = office.app.read(office.tenant).await;
        let cdr_sorts: &[&[&str]] = &[
            &["session_timestamp"],
            &["from_number", "session_timestamp"],
            &["to_number", "session_timestamp"],
            &["duration_s"],
            &["billsec_s"],
            &["disposition", "session_timestamp"],
        ];
        let call_sorts: &[&[&str]] = &[
            &["started_at"],
            &["from_number", "started_at"],
            &["to_number", "started_at"],
            &["status", "started_at"],
            &["direction", "started_at"],
            &["duration_s"],
            &["billsec_s"],
        ];
        for (model, sorts) in [("pbx.cdr", cdr_sorts), ("pbx.call", call_sorts)] {
            for (sort, falling) in sorts.iter().flat_map(|sort| [(sort, true), (sort, false)]) {
                let order = order(sort, falling);
                let search = Search { fields: &[], order: Some(&order), limit: 50, ..Search::default() };
                let plan = tx.search_plan(model, &Domain::All, search).await.expect("a plan");
                assert_by_index(engine, &plan, &format!("{model} by {sort:?}, falling: {falling}"));
            }
        }
        for (model, at, domain) in [
            ("pbx.cdr", "session_timestamp", Domain::eq("disposition", "BUSY")),
            ("pbx.cdr", "session_timestamp", Domain::eq("call_id", "a")),
            ("pbx.call", "started_at", Domain::eq("status", "busy")),
            ("pbx.call", "started_at", Domain::eq("direction", "inbound")),
        ] {
            let order = order(&[at], true);
            let search = Search { fields: &[], order: Some(&order), limit: 50, ..Search::default() };
            let dated = domain.and(Domain::ge(at, minute(-60)));
            let plan = tx.search_plan(model, &dated, search).await.expect("a plan");
            assert_by_index(engine, &plan, &format!("{model} where {dated:?}"));
        }
    }

    async fn calls_are_looked_up_by_the_index_of_their_names(db: TestDb) {
        let engine = db.engine();
        let office = Office::open(db).await;
        let mut tx = office.app.read(office.tenant).await;
        let search = Search { unsorted: true, ..Search::default() };
        for (field, index) in [
            ("call_id", "pbx_call__call_id__key"),
            ("session_token", "pbx_call__session_token__idx"),
            ("session_id", "pbx_call__session_id__idx"),
        ] {
            let names = (0..64_i64).map(|name| if field == "session_id" { name.into() } else { name.to_string().into() });
            let domain = Domain::is_in(field, names.collect::<Vec<Value>>());
            let plan = tx.search_plan("pbx.call", &domain, search).await.expect("a plan");
            assert_by_index(engine, &plan, field);
            // Each value is gone to by itself: PostgreSQL says so only where it knows how the table is filled.
            let gone_to = format!("{index} (tenant_id=? AND {field}=?)");
            assert!(engine == Engine::Postgres || plan.join("\n").contains(&gone_to), "{plan:?}");
        }
    }

    async fn an_index_is_chosen_by_how_tables_are_filled(db: TestDb) {
        let engine = db.engine();
        let office = Office::open(db).await;
        let mut tx = office.app.begin(office.tenant).await;
        for thousand in 0..3_i64 {
            let calls = (1..=1_000).map(|number| call(office.tenant, thousand * 1_000 + number, &[])).collect();
            tx.insert_many("pbx.call", calls).await.expect("calls");
        }
        tx.commit().await.expect("a commit");
        office.app.store().learn().await.expect("to look at the tables");
        if engine == Engine::Sqlite {
            let mut tx = office.app.begin(office.tenant).await;
            let named = Domain::is_in("call_id", (0..64_i64).map(|name| Value::from(name.to_string())).collect::<Vec<_>>());
            let plan = tx.search_plan("pbx.call", &named, Search::default()).await.expect("a plan").join("\n");
            assert!(plan.contains("pbx_call__call_id__key"), "sorted by when they began, and found by their names:\n{plan}");
        }
    }
}

fn assert_by_index(engine: Engine, plan: &[String], what: &str) {
    let plan = plan.join("\n");
    let (index, whole): (&str, &[&str]) = match engine {
        Engine::Sqlite => ("USING", &["SCAN", "USE TEMP B-TREE FOR ORDER BY"]),
        Engine::Postgres => ("Index", &["Seq Scan"]),
    };
    assert!(plan.contains(index), "{what} uses no index:\n{plan}");
    for word in whole {
        assert!(!plan.contains(word), "{what} reads or sorts everything:\n{plan}");
    }
    let sorts = plan.lines().any(|line| line.trim_start_matches([' ', '-', '>']).starts_with("Sort  ("));
    assert!(!sorts || engine == Engine::Sqlite, "{what} sorts everything:\n{plan}");
}

/// The models that this file's rows are of have no fields that it forgot.
#[test]
fn heavy_fields_are_fields() {
    use opbx_app::history::Long;
    use opbx_platform::Record;
    assert!(PbxCall::HEAVY.iter().all(|field| PbxCall::FIELDS.contains(field)));
    assert!(PbxCdr::HEAVY.iter().all(|field| PbxCdr::FIELDS.contains(field)));
}
