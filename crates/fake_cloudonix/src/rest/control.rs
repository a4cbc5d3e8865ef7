//! What only a fake can be asked: to play a call, and what went wrong so far. Loopback is its lock.

use super::Web;
use super::problem::Problem;
use crate::call::NewCall;
use crate::player;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    domain: String,
    call: NewCall,
}

/// Plays a call to its end, and tells it.
pub(super) async fn call(
    State(web): State<Web>,
    Json(Asked { domain, call }): Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let played = player::begin(&web, &domain, call, None).map_err(|_| Problem::Absent)?.play().await;
    let faults: Vec<String> = played.faults.iter().map(ToString::to_string).collect();
    Ok(Json(json!({
        "token": played.token, "callId": played.call_id, "disposition": played.disposition,
        "duration": played.duration_s, "billsec": played.billsec_s, "faults": faults,
        "transcript": played.transcript.to_string(),
    })))
}

pub(super) async fn faults(State(web): State<Web>) -> Json<Value> {
    let faults: Vec<String> = web.state().faults.iter().map(ToString::to_string).collect();
    Json(json!({ "faults": faults }))
}
