//! `GET /api/v1/live/snapshot`: how calls and extensions are now.

use crate::Web;
use crate::api::{Access, Api, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::live;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub(super) fn declare(api: &mut Api) {
    api.get("/live/snapshot", "live.snapshot", Access::READERS, show, |operation| {
        operation
            .about("Live updates", "See how calls and extensions are now")
            .gives::<SnapshotView>(200, "The state, and the place in the events that it is at.");
    });
}

/// What a client begins with, and what it asks for again when it cannot know what it missed.
#[derive(Debug, Serialize, JsonSchema)]
struct SnapshotView {
    /// Of this node's events; null where nobody listens here.
    epoch: Option<String>,
    /// The number of the last event of the organisation's channel that is in here.
    seq: Option<u64>,
    /// The calls that go on, as `call.updated` tells them.
    calls: Vec<Value>,
    /// How many they are, as `calls.live` tells it.
    counts: Value,
    /// As `extension.state` tells them.
    extensions: Vec<Value>,
}

async fn show(State(web): State<Web>, asker: Signed) -> Result<Json<SnapshotView>, Problem> {
    let snapshot = live::snapshot(&web.app, &asker).await;
    let snapshot = snapshot.map_err(|error| Problem::coded(error.code(), &error))?;
    Ok(Json(SnapshotView {
        epoch: snapshot.epoch,
        seq: snapshot.seq,
        calls: snapshot.calls,
        counts: snapshot.counts,
        extensions: snapshot.extensions,
    }))
}
