//! Call detail records: what the carrier billed, one record for each session.

use super::long_lists::{Counting, Days, LongPage, export, page, party};
use super::words::instant;
use crate::Web;
use crate::api::{Access, Api, Id, Paging, Params, Problem, Signed};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use opbx_app::call_logs;
use opbx_app::history::{self, Long as _};
use opbx_app::models::PbxCdr;
use opbx_app::resources::{self, Stored};
use opbx_platform::{Domain, OrderBy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json_;
use std::collections::BTreeMap;

const TAG: &str = "Call detail records";
const PER_PAGE: usize = 20;
/// What the list is sorted by, each with the fields of the index that serves it.
const SORTS: &[(&str, &[&str])] = &[
    ("session_timestamp", &["session_timestamp"]),
    ("from", &["from_number", "session_timestamp"]),
    ("to", &["to_number", "session_timestamp"]),
    ("duration", &["duration_s"]),
    ("billsec", &["billsec_s"]),
    ("disposition", &["disposition", "session_timestamp"]),
];

pub(super) fn declare(api: &mut Api) {
    api.get("/call-detail-records", "call_detail_records.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List call detail records").gives::<LongPage<RecordView>>(
            200,
            "A page of records, the newest first unless sorted otherwise.",
        );
    })
    .get(
        "/call-detail-records/statistics",
        "call_detail_records.statistics",
        Access::READERS,
        statistics,
        |operation| {
            operation
                .about(TAG, "Add up the records of a period: the last thirty days, unless dates are given")
                .gives::<Statistics>(200, "The sums.");
        },
    )
    .get(
        "/call-detail-records/export",
        "call_detail_records.export",
        Access::READERS,
        exported,
        |operation| {
            operation
                .about(TAG, "Export all records of a filter as CSV; gzip where the client takes it")
                .gives_bytes(200, "text/csv", "The file, with the names of its columns in its first line.");
        },
    )
    .get("/call-detail-records/{id}", "call_detail_records.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a call detail record").gives::<Shown>(200, "The record.");
    });
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    #[serde(flatten)]
    days: Days,
    /// Part of who called; its beginning, where it starts with `+` or ends with `*`.
    from: Option<String>,
    /// As `from`, of who was called.
    to: Option<String>,
    /// Exactly this: `ANSWERED`, `NO ANSWER`, `BUSY`, `FAILED`, `CANCELLED`, `CONGESTION`.
    disposition: Option<String>,
    /// Exactly this.
    call_id: Option<String>,
    total: Option<Counting>,
    /// `raw_cdr` adds what the carrier told.
    include: Option<String>,
}

impl Filters {
    /// The records that are asked for; those with this call id only, or all.
    fn domain(&self, asker: &Signed) -> Result<Domain, Problem> {
        let mut domain = self.days.period(asker)?.domain(PbxCdr::AT);
        for (field, text) in [("from_number", &self.from), ("to_number", &self.to)] {
            if let Some(text) = text {
                domain = domain.and(party(field, text));
            }
        }
        for (field, text) in [("disposition", &self.disposition), ("call_id", &self.call_id)] {
            if let Some(text) = text {
                domain = domain.and(Domain::eq(field, text.as_str()));
            }
        }
        Ok(domain)
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Include {
    /// `raw_cdr` adds what the carrier told.
    include: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RecordView {
    id: i64,
    organization_id: i64,
    session_timestamp: String,
    session_token: Option<String>,
    session_id: Option<i64>,
    from: Option<String>,
    to: Option<String>,
    direction: Option<String>,
    disposition: String,
    duration: i64,
    /// MM:SS
    duration_formatted: String,
    billsec: i64,
    /// MM:SS
    billsec_formatted: String,
    call_id: String,
    call_start_time: Option<String>,
    call_end_time: Option<String>,
    call_answer_time: Option<String>,
    status: Option<String>,
    domain: Option<String>,
    subscriber: Option<String>,
    cx_trunk_id: Option<i64>,
    application: Option<String>,
    route: Option<String>,
    vapp_server: Option<String>,
    rated_cost: Option<f64>,
    approx_cost: Option<f64>,
    sell_cost: Option<f64>,
    /// The call that it is about, in `/call-logs`.
    call_log_id: Option<i64>,
    has_recording: bool,
    /// What the carrier told, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_cdr: Option<Json_>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: RecordView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Statistics {
    total_calls: u64,
    total_duration: u64,
    total_billsec: u64,
    /// Of the calls that lasted at all.
    average_duration: Option<f64>,
    total_cost: f64,
    by_disposition: BTreeMap<String, u64>,
}

fn minutes(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

fn cost(cost: Option<impl ToString>) -> Option<f64> {
    cost.and_then(|cost| cost.to_string().parse().ok())
}

fn view(asker: &Signed, stored: Stored<PbxCdr>) -> RecordView {
    let Stored { record: cdr, created_at, updated_at } = stored;
    RecordView {
        id: cdr.id.get(),
        organization_id: asker.tenant.get(),
        session_timestamp: cdr.session_timestamp.to_string(),
        session_token: cdr.session_token,
        session_id: cdr.session_id,
        from: cdr.from_number,
        to: cdr.to_number,
        direction: cdr.direction,
        disposition: cdr.disposition,
        duration: cdr.duration_s,
        duration_formatted: minutes(cdr.duration_s),
        billsec: cdr.billsec_s,
        billsec_formatted: minutes(cdr.billsec_s),
        call_id: cdr.call_id,
        call_start_time: instant(cdr.call_started_at),
        call_end_time: instant(cdr.call_ended_at),
        call_answer_time: instant(cdr.call_answered_at),
        status: cdr.status,
        domain: cdr.domain,
        subscriber: cdr.subscriber,
        cx_trunk_id: cdr.trunk_id,
        application: cdr.application,
        route: cdr.route,
        vapp_server: cdr.vapp_server,
        rated_cost: cost(cdr.rated_cost),
        approx_cost: cost(cdr.approx_cost),
        sell_cost: cost(cdr.sell_cost),
        call_log_id: cdr.call.map(|call| call.get()),
        has_recording: cdr.recording_url.is_some(),
        raw_cdr: None,
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn wants_raw(include: Option<&str>) -> bool {
    include.is_some_and(|include| include.split(',').any(|part| part.trim() == "raw_cdr"))
}

fn order(paging: &Paging) -> Vec<OrderBy> {
    let (fields, descending) = paging.sorted(SORTS);
    history::order(fields, descending)
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<LongPage<RecordView>>, Problem> {
    let (domain, order) = (filters.domain(&asker)?, order(&filters.paging));
    let counting = filters.total.unwrap_or_default();
    let (listing, paged) =
        page::<PbxCdr>(&web, &asker, domain, order, (&filters.paging, PER_PAGE), counting).await?;
    let mut list = LongPage::of(&listing, paged, |record| view(&asker, record));
    if wants_raw(filters.include.as_deref()) {
        for row in &mut list.page.data {
            row.raw_cdr = Some(raw(&web, &asker, row.id).await?);
        }
    }
    Ok(Json(list))
}

/// What the carrier told of a record that the asker has just seen.
async fn raw(web: &Web, asker: &Signed, id: i64) -> Result<Json_, Problem> {
    let id = super::words::record_id(id, "id")?;
    let record = resources::get::<PbxCdr>(&web.app, &asker.scope, id).await?;
    Ok(record.record.raw.unwrap_or_default())
}

async fn show(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Params(include): Params<Include>,
) -> Result<Json<Shown>, Problem> {
    let mut record = resources::get::<PbxCdr>(&web.app, &asker.scope, id).await?;
    let raw = record.record.raw.take();
    let mut data = view(&asker, record);
    data.raw_cdr = wants_raw(include.include.as_deref()).then(|| raw.unwrap_or_default());
    Ok(Json(Shown { data }))
}

async fn statistics(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Statistics>, Problem> {
    let recent = filters.days.recent(&web, &asker)?.domain(PbxCdr::AT);
    let domain = filters.domain(&asker)?.and(recent);
    let sums = call_logs::record_statistics(&web.app, &asker.scope, &domain).await?;
    Ok(Json(Statistics {
        total_calls: sums.total,
        total_duration: sums.duration_s,
        total_billsec: sums.billsec_s,
        average_duration: sums.average_duration_s,
        total_cost: cost(Some(sums.cost)).unwrap_or_default(),
        by_disposition: sums.by_disposition,
    }))
}

async fn exported(
    State(web): State<Web>,
    asker: Signed,
    headers: HeaderMap,
    Params(filters): Params<Filters>,
) -> Result<Response, Problem> {
    let domain = filters.domain(&asker)?;
    export::<PbxCdr>(&web, &asker, domain, &headers, "call-detail-records").await
}
