//! The dashboard's figures.

use crate::Web;
use crate::api::{Access, Api, Params, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::dashboard::{self, Share, Slot, Span, Wait};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Dashboard";

pub(super) fn declare(api: &mut Api) {
    api.get("/dashboard", "dashboard.show", Access::READERS, show, |operation| {
        operation
            .about(TAG, "See what the calls of some days come to")
            .gives::<Shown>(200, "Figures, at most fifteen seconds old.");
    });
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
enum Range {
    #[default]
    #[serde(rename = "today")]
    Today,
    #[serde(rename = "yesterday")]
    Yesterday,
    #[serde(rename = "7d")]
    Week,
    #[serde(rename = "30d")]
    Month,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    /// `today`, `yesterday`, `7d` or `30d`, in your own time zone.
    range: Option<Range>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: View,
}

#[derive(Debug, Serialize, JsonSchema)]
struct View {
    from: String,
    to: String,
    time_zone: String,
    total_calls: u64,
    answered_calls: u64,
    missed_calls: u64,
    active_calls: u64,
    /// Of the calls that are over, from 0 to 1.
    answer_rate: Option<f64>,
    /// In seconds.
    average_duration: Option<f64>,
    average_wait: Option<f64>,
    /// Calls by hour of one day, or by day of several.
    calls_by_hour: Vec<SlotView>,
    by_number: Vec<ShareView>,
    by_ring_group: Vec<ShareView>,
    longest_waits: Vec<WaitView>,
    counts: Counts,
    updated_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SlotView {
    from: String,
    total: u64,
    answered: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ShareView {
    name: String,
    total: u64,
    answered: u64,
    average_wait: Option<f64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WaitView {
    call_id: i64,
    from_number: Option<String>,
    to_number: Option<String>,
    initiated_at: String,
    status: &'static str,
    /// In seconds.
    wait: i64,
}

/// Records in service.
#[derive(Debug, Serialize, JsonSchema)]
struct Counts {
    extensions: u64,
    phone_numbers: u64,
    conference_rooms: u64,
    ring_groups: u64,
}

impl From<&Slot> for SlotView {
    fn from(slot: &Slot) -> Self {
        Self { from: slot.from.to_string(), total: slot.total, answered: slot.answered }
    }
}

impl From<&Share> for ShareView {
    fn from(share: &Share) -> Self {
        let Share { name, total, answered, average_wait_s } = share.clone();
        Self { name, total, answered, average_wait: average_wait_s }
    }
}

impl From<&Wait> for WaitView {
    fn from(wait: &Wait) -> Self {
        Self {
            call_id: wait.call.get(),
            from_number: wait.from.clone(),
            to_number: wait.to.clone(),
            initiated_at: wait.started_at.to_string(),
            status: wait.status,
            wait: wait.wait_s,
        }
    }
}

async fn show(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Shown>, Problem> {
    let span = match filters.range.unwrap_or_default() {
        Range::Today => Span::Today,
        Range::Yesterday => Span::Yesterday,
        Range::Week => Span::Week,
        Range::Month => Span::Month,
    };
    let seen = dashboard::dashboard(&web.app, &asker.scope, span, &asker.time_zone).await?;
    let data = View {
        from: seen.from.to_string(),
        to: seen.until.to_string(),
        time_zone: asker.time_zone.clone(),
        total_calls: seen.calls.total,
        answered_calls: seen.calls.answered,
        missed_calls: seen.calls.missed,
        active_calls: seen.calls.active,
        answer_rate: seen.answer_rate,
        average_duration: seen.calls.average_duration_s,
        average_wait: seen.average_wait_s,
        calls_by_hour: seen.slots.iter().map(Into::into).collect(),
        by_number: seen.by_number.iter().map(Into::into).collect(),
        by_ring_group: seen.by_group.iter().map(Into::into).collect(),
        longest_waits: seen.longest_waits.iter().map(Into::into).collect(),
        counts: Counts {
            extensions: seen.extensions,
            phone_numbers: seen.numbers,
            conference_rooms: seen.rooms,
            ring_groups: seen.groups,
        },
        updated_at: seen.made_at.to_string(),
    };
    Ok(Json(Shown { data }))
}
