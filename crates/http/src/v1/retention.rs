//! How long the organisation keeps what grows: calls, audit entries, jobs.

use super::words::Said;
use crate::Web;
use crate::api::{Access, Api, Input, Patch, Problem, Signed};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use opbx_app::retention::{self, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const TAG: &str = "Settings";

pub(super) fn declare(api: &mut Api) {
    api.get("/settings/retention", "retention.list", Access::ADMINS, list, |operation| {
        operation
            .about(TAG, "List how long what is kept")
            .gives::<Rules>(200, "Every kind of record that goes by age.");
    })
    .put("/settings/retention/{model}", "retention.update", Access::OWNERS, update, |operation| {
        operation
            .about(TAG, "Keep a kind of record for so many days, or for ever")
            .path_parameter("model", &json!({"type": "string", "maxLength": 60}))
            .gives::<Said>(200, "It counts from the next purge on.");
    })
    .delete("/settings/retention/{model}", "retention.reset", Access::OWNERS, reset, |operation| {
        operation
            .about(TAG, "Keep a kind of record as long as usual")
            .path_parameter("model", &json!({"type": "string", "maxLength": 60}))
            .gives_nothing(204, "It counts from the next purge on.");
    });
}

#[derive(Debug, Serialize, JsonSchema)]
struct Rules {
    data: Vec<RuleView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleView {
    model: String,
    title: String,
    /// Null keeps for ever.
    days: Option<i64>,
    default_days: i64,
    /// Whether the organisation says otherwise than usual.
    customized: bool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Kept {
    /// Needed; null keeps for ever.
    days: Patch<Days>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct Days(#[schemars(range(min = 1, max = 36500))] i64);

fn view(rule: Rule) -> RuleView {
    RuleView {
        model: rule.model,
        title: rule.title,
        days: rule.days,
        default_days: rule.usual_days,
        customized: rule.is_own,
    }
}

async fn list(State(web): State<Web>, asker: Signed) -> Result<Json<Rules>, Problem> {
    let rules = retention::rules(&web.app, &asker.scope).await?;
    Ok(Json(Rules { data: rules.into_iter().map(view).collect() }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Path(model): Path<String>,
    Input(kept): Input<Kept>,
) -> Result<Json<Said>, Problem> {
    let days = kept.days.map(|days| days.0).into_draft();
    let days = days.ok_or_else(|| Problem::field("days", "The days field is required."))?;
    retention::keep(&web.app, &asker.scope, &model, days).await?;
    Ok(Json(Said { message: "Retention updated successfully." }))
}

async fn reset(
    State(web): State<Web>,
    asker: Signed,
    Path(model): Path<String>,
) -> Result<StatusCode, Problem> {
    retention::keep_as_usual(&web.app, &asker.scope, &model).await?;
    Ok(StatusCode::NO_CONTENT)
}
