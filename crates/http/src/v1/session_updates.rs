//! Live calls as the engine tells of them: its sessions that go on, and what it told of one.

use super::words::instant;
use crate::Web;
use crate::api::{Access, Api, Id, Params, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::live_calls::{self, Filter, LISTED_MAX, Lengths, LiveCall, LiveCallError, Stats};
use opbx_app::models::PbxSessionUpdate;
use opbx_app::resources::Stored;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TAG: &str = "Live calls";
/// For how many seconds a list of live calls is good.
const GOOD_FOR_S: u32 = 5;

pub(super) fn declare(api: &mut Api) {
    api.get("/session-updates/active", "session_updates.active", Access::READERS, active, |operation| {
        operation
            .about(TAG, "List the sessions that go on")
            .gives::<Active>(200, "The newest first, up to 100.");
    })
    .get("/session-updates/active/stats", "session_updates.stats", Access::READERS, stats, |operation| {
        operation.about(TAG, "Count the sessions that go on").gives::<StatsShown>(200, "The counts.");
    })
    .get("/session-updates/{id}", "session_updates.show", Access::READERS, show, |operation| {
        operation
            .about(TAG, "List what the engine told of a session, by the engine's number for it")
            .gives::<Session>(200, "Its events, the oldest first.");
    });
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Processing,
    Ringing,
    Connected,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Incoming,
    Outgoing,
    Internal,
    Application,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    status: Option<Status>,
    direction: Option<Direction>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Active {
    data: Vec<SessionView>,
    meta: StatsView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SessionView {
    session_id: i64,
    caller_id: String,
    destination: String,
    direction: &'static str,
    status: &'static str,
    session_created_at: String,
    last_updated_at: String,
    duration_seconds: i64,
    formatted_duration: String,
    domain: Option<String>,
    subscriber_id: Option<i64>,
    call_ids: Value,
    has_qos_data: bool,
    /// The call that it is part of, in `/calls`.
    call_log_id: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StatsView {
    total_active_calls: usize,
    by_status: BTreeMap<&'static str, usize>,
    by_direction: BTreeMap<&'static str, usize>,
    last_updated: String,
    /// Asked again sooner, the answer may be the same.
    cache_expires_in: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StatsShown {
    data: CountsView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CountsView {
    #[serde(flatten)]
    stats: StatsView,
    /// As `total_active_calls`.
    total_active: usize,
    /// Seconds; 0 where no session goes on.
    average_duration: i64,
    /// As `average_duration`.
    longest_call: i64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Session {
    data: SessionEvents,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SessionEvents {
    session_id: i64,
    events: Vec<EventView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EventView {
    id: i64,
    event_id: String,
    status: &'static str,
    direction: &'static str,
    caller_id: Option<String>,
    destination: String,
    action: Option<String>,
    reason: Option<String>,
    last_error: Option<String>,
    domain: Option<String>,
    subscriber_id: Option<i64>,
    session_created_at: String,
    session_modified_at: String,
    call_start_time: Option<String>,
    call_answer_time: Option<String>,
    time_limit: Option<i64>,
    vapp_server: Option<String>,
    call_ids: Value,
    /// When it was told.
    created_at: Option<String>,
}

impl From<LiveCall> for SessionView {
    fn from(call: LiveCall) -> Self {
        Self {
            session_id: call.session_id,
            caller_id: call.caller_id,
            destination: call.destination,
            direction: call.direction,
            status: call.status,
            session_created_at: call.session_created_at.to_string(),
            last_updated_at: call.last_updated_at.to_string(),
            duration_seconds: call.duration_seconds,
            formatted_duration: call.formatted_duration,
            domain: call.domain,
            subscriber_id: call.subscriber_id,
            call_ids: call.call_ids,
            has_qos_data: call.has_qos_data,
            call_log_id: call.call,
        }
    }
}

impl From<Stats> for StatsView {
    fn from(stats: Stats) -> Self {
        Self {
            total_active_calls: stats.total_active_calls,
            by_status: stats.by_status,
            by_direction: stats.by_direction,
            last_updated: stats.last_updated.to_string(),
            cache_expires_in: GOOD_FOR_S,
        }
    }
}

impl CountsView {
    fn of(stats: Stats, lengths: Lengths) -> Self {
        Self {
            total_active: stats.total_active_calls,
            average_duration: lengths.average_s,
            longest_call: lengths.longest_s,
            stats: stats.into(),
        }
    }
}

impl From<Stored<PbxSessionUpdate>> for EventView {
    fn from(stored: Stored<PbxSessionUpdate>) -> Self {
        let Stored { record: update, created_at, .. } = stored;
        Self {
            id: update.id.get(),
            event_id: update.event_id,
            status: update.status.as_str(),
            direction: update.direction.as_str(),
            caller_id: update.caller_id,
            destination: update.destination,
            action: update.action,
            reason: update.reason,
            last_error: update.last_error,
            domain: update.domain,
            subscriber_id: update.subscriber_id,
            session_created_at: update.session_created_at.to_string(),
            session_modified_at: update.session_modified_at.to_string(),
            call_start_time: instant(update.call_started_at),
            call_answer_time: instant(update.call_answered_at),
            time_limit: update.time_limit_s,
            vapp_server: update.vapp_server,
            call_ids: update.call_ids.unwrap_or_else(|| json!([])),
            created_at: instant(created_at),
        }
    }
}

fn refused(error: LiveCallError) -> Problem {
    match error {
        LiveCallError::Record(error) => error.into(),
        other => Problem::coded(other.code(), &other),
    }
}

async fn active(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Active>, Problem> {
    use opbx_app::live_calls::{Direction as To, Status as At};
    let filter = Filter {
        status: filters.status.map(|status| match status {
            Status::Processing => At::Processing,
            Status::Ringing => At::Ringing,
            Status::Connected => At::Connected,
        }),
        direction: filters.direction.map(|direction| match direction {
            Direction::Incoming => To::Incoming,
            Direction::Outgoing => To::Outgoing,
            Direction::Internal => To::Internal,
            Direction::Application => To::Application,
        }),
    };
    let live = live_calls::list(&web.app, &asker.scope, filter).await.map_err(refused)?;
    let data = live.calls.into_iter().take(LISTED_MAX).map(Into::into).collect();
    Ok(Json(Active { data, meta: live.stats.into() }))
}

async fn stats(State(web): State<Web>, asker: Signed) -> Result<Json<StatsShown>, Problem> {
    let (stats, lengths) = live_calls::stats(&web.app, &asker.scope).await.map_err(refused)?;
    Ok(Json(StatsShown { data: CountsView::of(stats, lengths) }))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Session>, Problem> {
    let session_id = id.get();
    let events =
        live_calls::events(&web.app, &asker.scope, session_id).await.map_err(|error| match error {
            LiveCallError::NoSession => Problem::absent("Session").with("session_id", session_id),
            other => refused(other),
        })?;
    let events = events.into_iter().map(Into::into).collect();
    Ok(Json(Session { data: SessionEvents { session_id, events } }))
}
