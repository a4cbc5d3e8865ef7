//! One deed on many records of a resource.

use crate::Web;
use crate::api::{Access, Api, Input, Names, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::bulk::{self, Action, Done};
use opbx_kernel::RecordId;
use opbx_platform::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Declares `POST {path}/bulk` for the records of a model.
pub(super) fn declare<T: Record + Send + Sync + 'static>(
    api: &mut Api,
    path: &str,
    id: &'static str,
    tag: &'static str,
    names: Names,
) {
    let deed = move |State(web): State<Web>, asker: Signed, Input(wanted): Input<BulkInput>| {
        act::<T>(web, asker, wanted, names)
    };
    api.post(&format!("{path}/bulk"), id, Access::ADMINS, deed, |operation| {
        operation
            .about(tag, "Activate, deactivate or delete many at once")
            .gives::<BulkView>(
                200,
                "What came of each. With `atomic`, an answer like this means that all are done.",
            )
            .refuses(404);
    });
}

#[derive(Debug, Deserialize, JsonSchema)]
struct BulkInput {
    action: BulkAction,
    #[schemars(length(min = 1, max = 100), extend("uniqueItems" = true))]
    ids: Vec<i64>,
    /// All of them or none: where one fails, the answer is its refusal, with what came of the others in `data`.
    #[serde(default)]
    atomic: bool,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BulkAction {
    Activate,
    Deactivate,
    Delete,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BulkView {
    data: Vec<BulkRow>,
    meta: BulkMeta,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BulkRow {
    id: i64,
    result: BulkResult,
    /// The HTTP status that the record alone would have been refused with.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    /// What would have been said of the record alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum BulkResult {
    Done,
    Failed,
    LeftAlone,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BulkMeta {
    requested: usize,
    done: usize,
    failed: usize,
}

async fn act<T: Record>(
    web: Web,
    asker: Signed,
    wanted: BulkInput,
    names: Names,
) -> Result<Json<BulkView>, Problem> {
    let ids: Result<Vec<RecordId>, _> = wanted.ids.iter().map(|id| RecordId::new(*id)).collect();
    let ids = ids.map_err(|_| Problem::field("ids", "The ids field holds what is no id."))?;
    let action = match wanted.action {
        BulkAction::Activate => Action::Activate,
        BulkAction::Deactivate => Action::Deactivate,
        BulkAction::Delete => Action::Delete,
    };
    let outcomes = if wanted.atomic {
        bulk::all::<T>(&web.app, &asker.scope, action, &ids).await?
    } else {
        bulk::each::<T>(&web.app, &asker.scope, action, &ids).await?
    };
    told(&ids, outcomes, wanted.atomic, names)
}

fn told(
    ids: &[RecordId],
    outcomes: Vec<Done>,
    atomic: bool,
    names: Names,
) -> Result<Json<BulkView>, Problem> {
    let mut refusal = None;
    let mut data = Vec::with_capacity(ids.len());
    for (id, outcome) in ids.iter().zip(outcomes) {
        let mut row = BulkRow { id: id.get(), result: BulkResult::Done, code: None, problem: None };
        match outcome {
            Done::Done => {}
            Done::LeftAlone => row.result = BulkResult::LeftAlone,
            Done::Failed(error) => {
                let problem = Problem::of(error, names);
                row.result = BulkResult::Failed;
                row.code = Some(problem.status.as_u16());
                row.problem = Some(problem.body());
                refusal = Some(problem);
            }
        }
        data.push(row);
    }
    if let Some(refusal) = refusal.filter(|_| atomic) {
        let rows = serde_json::to_value(&data).unwrap_or_default();
        return Err(refusal.with("data", rows));
    }
    let count = |result| data.iter().filter(|row| row.result == result).count();
    let meta =
        BulkMeta { requested: data.len(), done: count(BulkResult::Done), failed: count(BulkResult::Failed) };
    Ok(Json(BulkView { data, meta }))
}
