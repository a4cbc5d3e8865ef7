//! Call history: every call with its parties, its states and what it rang. Read only.

use super::long_lists::{Counting, Days, export, page, party};
use super::words::instant;
use crate::Web;
use crate::api::{Access, Api, Id, Paging, Params, Problem, Signed, V1};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use opbx_app::call_logs::{self, ACTIVE_MAX, Place, Places};
use opbx_app::history::{self, Long as _, Walk};
use opbx_app::models::{PbxCall, PbxCallDirection, PbxCallStatus};
use opbx_app::resources::{self, Stored};
use opbx_kernel::RecordId;
use opbx_platform::domain::literal;
use opbx_platform::{Domain, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Call history";
const PER_PAGE: usize = 50;
/// Pages that the paginator's links name around the current one.
const LINKED_PAGES: u64 = 3;
const SORTS: &[(&str, &[&str])] = &[
    ("created_at", &["started_at"]),
    ("initiated_at", &["started_at"]),
    ("from_number", &["from_number", "started_at"]),
    ("to_number", &["to_number", "started_at"]),
    ("status", &["status", "started_at"]),
    ("direction", &["direction", "started_at"]),
    ("duration", &["duration_s"]),
    ("billsec", &["billsec_s"]),
];

pub(super) fn declare(api: &mut Api) {
    api.get("/call-logs", "call_logs.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List calls").gives::<Paginator>(200, "A page of calls, the newest first.");
    })
    .get("/call-logs/active", "call_logs.active", Access::READERS, active, |operation| {
        operation.about(TAG, "List the calls that go on").gives::<Vec<CallView>>(200, "All of them.");
    })
    .get("/call-logs/statistics", "call_logs.statistics", Access::READERS, statistics, |operation| {
        operation
            .about(TAG, "Count the calls of a period: the last thirty days, unless dates are given")
            .gives::<Statistics>(200, "The counts.");
    })
    .get("/call-logs/export", "call_logs.export", Access::READERS, exported, |operation| {
        operation
            .about(TAG, "Export all calls of a filter as CSV; gzip where the client takes it")
            .gives_bytes(200, "text/csv", "The file, with the names of its columns in its first line.");
    })
    .get("/call-logs/{id}", "call_logs.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a call").gives::<CallView>(200, "The call.");
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CallStatus {
    Initiated,
    Ringing,
    Answered,
    Completed,
    Busy,
    NoAnswer,
    Failed,
    Canceled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Inbound,
    Outbound,
    Internal,
}

impl CallStatus {
    fn of(status: PbxCallStatus) -> Self {
        match status {
            PbxCallStatus::Initiated => Self::Initiated,
            PbxCallStatus::Ringing => Self::Ringing,
            PbxCallStatus::Answered => Self::Answered,
            PbxCallStatus::Completed => Self::Completed,
            PbxCallStatus::Busy => Self::Busy,
            PbxCallStatus::NoAnswer => Self::NoAnswer,
            PbxCallStatus::Failed => Self::Failed,
            PbxCallStatus::Canceled => Self::Canceled,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

impl Direction {
    fn of(direction: PbxCallDirection) -> Self {
        match direction {
            PbxCallDirection::Inbound => Self::Inbound,
            PbxCallDirection::Outbound => Self::Outbound,
            PbxCallDirection::Internal => Self::Internal,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Internal => "internal",
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    #[serde(flatten)]
    days: Days,
    /// One or several, joined by commas.
    status: Vec<CallStatus>,
    /// One or several, joined by commas.
    direction: Vec<Direction>,
    /// Part of who called; its beginning, where it starts with `+` or ends with `*`.
    from_number: Option<String>,
    /// As `from_number`, of who was called.
    to_number: Option<String>,
    /// Exactly this number of the company's.
    number: Option<String>,
    /// The first group that was rung, by the name that it had then.
    ring_group: Option<String>,
    /// Exactly this extension, or number outside, answered.
    answered_by: Option<String>,
    total: Option<Counting>,
}

impl Filters {
    fn domain(&self, asker: &Signed) -> Result<Domain, Problem> {
        let mut domain = self.days.period(asker)?.domain(PbxCall::AT);
        let words = [
            ("status", self.status.iter().map(|status| status.word()).collect::<Vec<_>>()),
            ("direction", self.direction.iter().map(|direction| direction.word()).collect()),
        ];
        for (field, words) in words {
            domain = match words.as_slice() {
                [] => domain,
                [one] => domain.and(Domain::eq(field, *one)),
                many => domain.and(Domain::is_in(field, many.iter().map(|word| Value::from(*word)))),
            };
        }
        for (field, text) in [("from_number", &self.from_number), ("to_number", &self.to_number)] {
            if let Some(text) = text {
                domain = domain.and(party(field, text));
            }
        }
        if let Some(number) = &self.number {
            domain = domain.and(Domain::eq_ilike("number", &literal(number)));
        }
        for (field, text) in [("ring_group", &self.ring_group), ("answered_by", &self.answered_by)] {
            if let Some(text) = text {
                domain = domain.and(Domain::eq(field, text.as_str()));
            }
        }
        Ok(domain)
    }
}

/// A record that the call names, as it is now.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct PlaceView {
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_number: Option<String>,
    name: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CallView {
    id: i64,
    organization_id: i64,
    call_id: String,
    direction: Direction,
    from_number: Option<String>,
    from_name: Option<String>,
    to_number: Option<String>,
    did_id: Option<i64>,
    extension_id: Option<i64>,
    ring_group_id: Option<i64>,
    did_number: Option<PlaceView>,
    extension: Option<PlaceView>,
    ring_group: Option<PlaceView>,
    /// The company's number that was called, also where there is no such record any more.
    number: Option<String>,
    answered_by: Option<String>,
    status: CallStatus,
    end_reason: Option<String>,
    initiated_at: String,
    answered_at: Option<String>,
    ended_at: Option<String>,
    /// In seconds.
    duration: Option<i64>,
    billsec: Option<i64>,
    wait: Option<i64>,
    cost: Option<f64>,
    /// Always none: recordings are resources of their own.
    recording_url: Option<String>,
    /// `waiting`, `ready` or `failed`; none where nothing was recorded.
    recording: Option<&'static str>,
    session_token: Option<String>,
    session_id: Option<i64>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

fn place(place: Option<&Place>, is_number: bool, is_extension: bool) -> Option<PlaceView> {
    let place = place?;
    let number = |wanted: bool| wanted.then(|| place.number.clone());
    Some(PlaceView {
        id: place.id.get(),
        phone_number: number(is_number),
        extension_number: number(is_extension),
        name: place.name.clone(),
    })
}

fn view(asker: &Signed, places: &Places, stored: Stored<PbxCall>) -> CallView {
    let Stored { record: call, created_at, updated_at } = stored;
    let number = call.number.as_ref().and_then(|number| places.numbers.get(number));
    let extension = call.answered_by.as_ref().and_then(|number| places.extensions.get(number));
    let group = call.ring_group.as_ref().and_then(|name| places.ring_groups.get(name));
    let id = |place: Option<&Place>| place.map(|place| place.id.get());
    CallView {
        id: call.id.get(),
        organization_id: asker.tenant.get(),
        direction: Direction::of(call.direction),
        from_name: call.from_name,
        did_id: id(number),
        extension_id: id(extension),
        ring_group_id: id(group),
        did_number: place(number, true, false),
        extension: place(extension, false, true),
        ring_group: place(group, false, false),
        status: CallStatus::of(call.status),
        end_reason: call.end_reason,
        initiated_at: call.started_at.to_string(),
        answered_at: instant(call.answered_at),
        ended_at: instant(call.ended_at),
        duration: call.duration_s,
        billsec: call.billsec_s,
        wait: call.wait_s,
        cost: call.cost.and_then(|cost| cost.to_string().parse().ok()),
        recording_url: None,
        recording: call.recorded.map(|recorded| recorded.as_str()),
        session_token: call.session_token,
        session_id: call.session_id,
        created_at: instant(created_at),
        updated_at: instant(updated_at),
        call_id: call.call_id,
        from_number: call.from_number,
        to_number: call.to_number,
        number: call.number,
        answered_by: call.answered_by,
    }
}

async fn views(web: &Web, asker: &Signed, calls: Vec<Stored<PbxCall>>) -> Result<Vec<CallView>, Problem> {
    let records: Vec<PbxCall> = calls.iter().map(|stored| stored.record.clone()).collect();
    let places = call_logs::places(&web.app, &asker.scope, &records).await?;
    Ok(calls.into_iter().map(|call| view(asker, &places, call)).collect())
}

/// A call as call history shows it.
pub(super) async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<CallView, Problem> {
    let call = resources::get::<PbxCall>(&web.app, &asker.scope, id).await?;
    let mut views = views(web, asker, vec![call]).await?;
    Ok(views.pop().expect("one call makes one view"))
}

/// A page as the original has it here: its numbers stand beside its rows. `meta` says the same as in other lists.
#[derive(Debug, Serialize, JsonSchema)]
struct Paginator {
    current_page: u64,
    data: Vec<CallView>,
    first_page_url: String,
    from: Option<u64>,
    last_page: u64,
    last_page_url: String,
    links: Vec<LinkView>,
    next_page_url: Option<String>,
    path: String,
    per_page: u64,
    prev_page_url: Option<String>,
    to: Option<u64>,
    total: u64,
    /// Whether there may be more than `total`.
    total_is_estimate: bool,
    meta: crate::api::Meta,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LinkView {
    url: Option<String>,
    label: String,
    active: bool,
}

impl Paginator {
    fn of(page: crate::api::Page<CallView>, total_is_estimate: bool) -> Self {
        let path = format!("{V1}/call-logs");
        let meta = page.meta;
        let (current, last) = (meta.current_page, meta.last_page);
        let url = |page: u64| format!("{path}?page={page}&per_page={}", meta.per_page);
        let previous = (current > 1).then(|| url((current - 1).min(last)));
        let next = (current < last).then(|| url(current + 1));
        let link = |url, label: String, active| LinkView { url, label, active };
        let mut links = vec![link(previous.clone(), "&laquo; Previous".to_owned(), false)];
        let first_linked = current.saturating_sub(LINKED_PAGES).max(1);
        for page in first_linked..=last.min(current.saturating_add(LINKED_PAGES)) {
            links.push(link(Some(url(page)), page.to_string(), page == current));
        }
        links.push(link(next.clone(), "Next &raquo;".to_owned(), false));
        Self {
            current_page: current,
            data: page.data,
            first_page_url: url(1),
            from: meta.from,
            last_page: last,
            last_page_url: url(last),
            links,
            next_page_url: next,
            per_page: meta.per_page,
            prev_page_url: previous,
            to: meta.to,
            total: meta.total,
            total_is_estimate,
            path,
            meta,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct Statistics {
    total_calls: u64,
    answered_calls: u64,
    missed_calls: u64,
    /// In seconds, of the calls that were answered and are over.
    average_duration: Option<f64>,
    /// Those that go on now.
    active_calls: u64,
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Paginator>, Problem> {
    let domain = filters.domain(&asker)?;
    let (fields, descending) = filters.paging.sorted(SORTS);
    let order = history::order(fields, descending);
    let counting = filters.total.unwrap_or_default();
    let (listing, paged) =
        page::<PbxCall>(&web, &asker, domain, order, (&filters.paging, PER_PAGE), counting).await?;
    let (total, is_estimate) = (paged.listed.total, paged.is_estimate);
    let rows = views(&web, &asker, paged.listed.rows).await?;
    let page = crate::api::Page::new(rows, total, listing.page, listing.per_page);
    Ok(Json(Paginator::of(page, is_estimate)))
}

async fn active(State(web): State<Web>, asker: Signed) -> Result<Json<Vec<CallView>>, Problem> {
    let mut walk = Walk::<PbxCall>::new(asker.scope.clone(), call_logs::going_on(&web.app));
    let calls = walk.next(&web.app).await?.into_iter().take(ACTIVE_MAX);
    let stored = |record| Stored { record, created_at: None, updated_at: None };
    Ok(Json(views(&web, &asker, calls.map(stored).collect()).await?))
}

async fn statistics(
    State(web): State<Web>,
    asker: Signed,
    Params(days): Params<Days>,
) -> Result<Json<Statistics>, Problem> {
    let period = days.recent(&web, &asker)?;
    let counts = call_logs::statistics(&web.app, &asker.scope, period).await?;
    Ok(Json(Statistics {
        total_calls: counts.total,
        answered_calls: counts.answered,
        missed_calls: counts.missed,
        average_duration: counts.average_duration_s,
        active_calls: counts.active,
    }))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<CallView>, Problem> {
    Ok(Json(read(&web, &asker, id).await?))
}

async fn exported(
    State(web): State<Web>,
    asker: Signed,
    headers: HeaderMap,
    Params(filters): Params<Filters>,
) -> Result<Response, Problem> {
    let domain = filters.domain(&asker)?;
    export::<PbxCall>(&web, &asker, domain, &headers, "call-logs").await
}
