//! Live calls: the sessions that go on, as the engine last told of them.

use crate::app::App;
use crate::models::{PbxCall, PbxSessionUpdate};
use crate::records::{self, Deed, RecordError};
use crate::resources::{self, Stored};
use jiff::SignedDuration;
use opbx_kernel::{Code, Kind, Scope, Timestamp};
use opbx_platform::record::ShapeError;
use opbx_platform::{Domain, OrderBy, Record, Row, Value};
use opbx_store::{ReadError, Search, StoreError, Tx};
use opbx_telephony::news::{SessionDirection, SessionStatus, extension_of};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};

/// A session's direction and state, as filters name them.
pub use opbx_telephony::news::{SessionDirection as Direction, SessionStatus as Status};

/// What a call that goes on is at, as it is listed.
pub const STATUSES: [SessionStatus; 3] =
    [SessionStatus::Processing, SessionStatus::Ringing, SessionStatus::Connected];
/// Ways that a call can go. Those that none goes at the moment are counted, too: whoever shows them reads all.
const DIRECTIONS: [SessionDirection; 4] = [
    SessionDirection::Incoming,
    SessionDirection::Outgoing,
    SessionDirection::Internal,
    SessionDirection::Application,
];
/// Live calls that are looked at; a tenant with more sees the newest of them counted.
pub const LOOKED_AT_MAX: usize = 1_000;
/// Live calls that one list holds.
pub const LISTED_MAX: usize = 100;
/// Events that one session's list holds.
pub const EVENTS_MAX: usize = 500;
/// A session of which nothing was heard for so long is over, whatever was last heard.
const SILENT_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Sessions whose newest updates one statement looks for.
const SESSIONS_PER_STATEMENT: usize = 100;
const UPDATE_MODEL: &str = "pbx.session_update";

#[derive(Debug, thiserror::Error)]
pub enum LiveCallError {
    #[error("nothing is known of this session")]
    NoSession,
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LiveCallError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoSession => Code::new(Kind::Absent, "no_session"),
            Self::Record(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// Which live calls to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    pub status: Option<SessionStatus>,
    pub direction: Option<SessionDirection>,
}

/// One session that goes on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveCall {
    pub session_id: i64,
    /// An extension as one dials it.
    pub caller_id: String,
    pub destination: String,
    pub direction: &'static str,
    pub status: &'static str,
    pub session_created_at: Timestamp,
    pub last_updated_at: Timestamp,
    /// Since it was answered, else since it began.
    pub duration_seconds: i64,
    pub formatted_duration: String,
    pub domain: Option<String>,
    pub subscriber_id: Option<i64>,
    pub call_ids: Json,
    pub has_qos_data: bool,
    /// The record of the call that it is part of.
    pub call: i64,
}

/// The live calls of a tenant, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveCalls {
    pub calls: Vec<LiveCall>,
    /// Of all that go on, whatever the filter.
    pub stats: Stats,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    pub total_active_calls: usize,
    /// All three are always there.
    pub by_status: BTreeMap<&'static str, usize>,
    pub by_direction: BTreeMap<&'static str, usize>,
    pub last_updated: Timestamp,
}

/// For how many seconds the calls that go on have lasted; nothing where none does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lengths {
    /// Rounded down.
    pub average_s: i64,
    pub longest_s: i64,
}

/// Lists the calls that go on, for whoever may read session updates.
pub async fn list(app: &App, scope: &Scope, filter: Filter) -> Result<LiveCalls, LiveCallError> {
    let (live, stats) = looked_at(app, scope).await?;
    let wanted = |call: &LiveCall| {
        filter.status.is_none_or(|status| call.status == status.as_str())
            && filter.direction.is_none_or(|direction| call.direction == direction.as_str())
    };
    let calls = live.into_iter().filter(wanted).take(LISTED_MAX).collect();
    Ok(LiveCalls { calls, stats })
}

/// Counts the calls that go on, and tells how long they have lasted.
pub async fn stats(app: &App, scope: &Scope) -> Result<(Stats, Lengths), LiveCallError> {
    let (live, stats) = looked_at(app, scope).await?;
    Ok((stats, lengths(&live)))
}

/// What was told of one session, the oldest first.
pub async fn events(
    app: &App,
    scope: &Scope,
    session: i64,
) -> Result<Vec<Stored<PbxSessionUpdate>>, LiveCallError> {
    let mut tx = reading(app, scope).await?;
    let order = [OrderBy::asc("session_modified_at"), OrderBy::asc("id")];
    let fields = resources::with_instants::<PbxSessionUpdate>();
    let search = Search { fields: &fields, order: Some(&order), limit: EVENTS_MAX, ..Search::default() };
    let rows = tx.search(UPDATE_MODEL, &Domain::eq("session_id", session), search).await?;
    let updates =
        rows.into_iter().map(|row| fitting(row, resources::stored)).collect::<Result<Vec<_>, _>>()?;
    if updates.is_empty() { Err(LiveCallError::NoSession) } else { Ok(updates) }
}

async fn reading(app: &App, scope: &Scope) -> Result<Tx, LiveCallError> {
    let unknown = || ReadError::UnknownModel(UPDATE_MODEL.to_owned());
    let model = app.store().registry().model(UPDATE_MODEL).ok_or_else(unknown)?;
    records::require(scope, model, Deed::Read)?;
    Ok(app.store().read(scope).await?)
}

async fn looked_at(app: &App, scope: &Scope) -> Result<(Vec<LiveCall>, Stats), LiveCallError> {
    let mut tx = reading(app, scope).await?;
    let now = app.clock().now();
    let calls = going_on(&mut tx, now).await?;
    let mut newest = newest_updates(&mut tx, calls.iter().filter_map(|call| call.session_id)).await?;
    let mut live = Vec::with_capacity(calls.len());
    for call in calls {
        let update = call.session_id.and_then(|session| newest.remove(&session));
        live.extend(update.map(|update| shown(call.id.get(), update, now)));
    }
    let stats = counted(&live, now);
    Ok((live, stats))
}

/// The calls whose newest word is that they go on: no detail record ended them, nor did the conversation.
async fn going_on(tx: &mut Tx, now: Timestamp) -> Result<Vec<PbxCall>, ReadError> {
    let oldest = now.saturating_sub(SILENT_MAX).unwrap_or(now);
    let domain = Domain::is_in("engine_status", STATUSES.map(|status| Value::from(status.as_str())))
        .and(Domain::ge("engine_at", oldest))
        .and(Domain::is_unset("ended_at"));
    let order = [OrderBy::desc("engine_at"), OrderBy::desc("id")];
    let search =
        Search { fields: PbxCall::FIELDS, order: Some(&order), limit: LOOKED_AT_MAX, ..Search::default() };
    typed(tx.search("pbx.call", &domain, search).await?)
}

async fn newest_updates(
    tx: &mut Tx,
    sessions: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, PbxSessionUpdate>, ReadError> {
    let sessions: Vec<i64> = sessions.collect();
    let mut newest: HashMap<i64, PbxSessionUpdate> = HashMap::new();
    for some in sessions.chunks(SESSIONS_PER_STATEMENT) {
        for update in
            tx.all_unsorted::<PbxSessionUpdate>(&Domain::is_in("session_id", some.iter().copied())).await?
        {
            let stamp = |update: &PbxSessionUpdate| (update.session_modified_at, update.event_id.clone());
            let is_newer = newest.get(&update.session_id).is_none_or(|known| stamp(known) < stamp(&update));
            if is_newer {
                newest.insert(update.session_id, update);
            }
        }
    }
    Ok(newest)
}

fn shown(call: i64, update: PbxSessionUpdate, now: Timestamp) -> LiveCall {
    let party = |number: &str| extension_of(number).unwrap_or(number).to_owned();
    let status = SessionStatus::parse(update.status.as_str()).unwrap_or(SessionStatus::Processing);
    let status = if status.is_answered() { SessionStatus::Connected } else { status };
    let began = update.call_started_at.unwrap_or(update.session_created_at);
    let seconds = now.duration_since(update.call_answered_at.unwrap_or(began)).as_secs().max(0);
    LiveCall {
        session_id: update.session_id,
        caller_id: party(update.caller_id.as_deref().unwrap_or_default()),
        destination: party(&update.destination),
        direction: update.direction.as_str(),
        status: status.as_str(),
        session_created_at: update.session_created_at,
        last_updated_at: update.session_modified_at,
        duration_seconds: seconds,
        formatted_duration: formatted(seconds),
        domain: update.domain,
        subscriber_id: update.subscriber_id,
        has_qos_data: update.profile.as_ref().is_some_and(|profile| profile.get("qos").is_some()),
        call_ids: update.call_ids.unwrap_or_else(|| Json::Array(Vec::new())),
        call,
    }
}

fn counted(live: &[LiveCall], now: Timestamp) -> Stats {
    let mut by_status: BTreeMap<&'static str, usize> =
        STATUSES.into_iter().map(|status| (status.as_str(), 0)).collect();
    let mut by_direction: BTreeMap<&'static str, usize> =
        DIRECTIONS.into_iter().map(|direction| (direction.as_str(), 0)).collect();
    for call in live {
        *by_status.entry(call.status).or_insert(0) += 1;
        *by_direction.entry(call.direction).or_insert(0) += 1;
    }
    Stats { total_active_calls: live.len(), by_status, by_direction, last_updated: now }
}

fn lengths(live: &[LiveCall]) -> Lengths {
    let seconds = || live.iter().map(|call| call.duration_seconds);
    let count = i64::try_from(live.len()).unwrap_or(i64::MAX).max(1);
    Lengths { average_s: seconds().sum::<i64>() / count, longest_s: seconds().max().unwrap_or(0) }
}

/// `MM:SS`, with the hours before them from the first hour on.
pub fn formatted(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

fn typed<R: Record>(rows: Vec<Row>) -> Result<Vec<R>, ReadError> {
    rows.into_iter().map(|row| fitting(row, R::from_row)).collect()
}

/// Reads a row; one of another shape is told with its record.
fn fitting<T>(row: Row, read: fn(Row) -> Result<T, ShapeError>) -> Result<T, ReadError> {
    let id = row.id;
    let unfit = |error: ShapeError| {
        let (model, reason) = (error.model.to_owned(), error.to_string());
        ReadError::Unfit { model, id, reason }
    };
    read(row).map_err(unfit)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_length_is_told_in_minutes_and_from_an_hour_on_in_hours() {
        assert_eq!(super::formatted(0), "00:00");
        assert_eq!(super::formatted(75), "01:15");
        assert_eq!(super::formatted(3_600 + 62), "1:01:02");
    }
}
