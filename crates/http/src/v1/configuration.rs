//! The organisation's configuration as one file: written out, compared, applied. For owners.

use crate::Web;
use crate::api::{Access, Api, Errors, Input, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::configuration::own::{self, OwnError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Row, json};

const TAG: &str = "Configuration";
/// Mistakes that one answer tells at most.
const MISTAKES_MAX: usize = 50;

pub(super) fn declare(api: &mut Api) {
    api.get("/configuration/export", "configuration.export", Access::OWNERS, export, |operation| {
        operation
            .about(TAG, "Write the configuration out; secrets are never in it")
            .gives::<ExportShown>(200, "The file.");
    })
    .post("/configuration/plan", "configuration.plan", Access::OWNERS, plan, |operation| {
        operation
            .about(TAG, "Tell what applying a file would change, and change nothing")
            .gives::<DifferenceShown>(200, "What would change.");
    })
    .post("/configuration/apply", "configuration.apply", Access::OWNERS, apply, |operation| {
        operation
            .about(TAG, "Bring the organisation to what a file says, all of it or nothing")
            .gives::<AppliedShown>(200, "What was changed.");
    });
}

#[derive(Debug, Deserialize, JsonSchema)]
struct File {
    /// TOML, as the export writes it. `{ env = … }` names nothing here: give secrets themselves.
    #[schemars(length(min = 1), extend("contentMediaType" = "application/toml"))]
    text: String,
    /// Whether the file is the whole truth: what it does not name is deleted, or goes back to its default.
    #[serde(default)]
    prune: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExportShown {
    data: ExportView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExportView {
    slug: String,
    text: String,
    records: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DifferenceShown {
    data: DifferenceView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DifferenceView {
    /// Whether nothing would change.
    empty: bool,
    changes: Vec<Row>,
    /// What the file does not name and what therefore stays.
    kept: Vec<Row>,
    unchanged: usize,
    deleted: usize,
    /// The organisation's new name, after its old one.
    renamed: Option<(String, String)>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AppliedShown {
    message: &'static str,
    data: AppliedView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct AppliedView {
    created: usize,
    updated: usize,
    unchanged: usize,
    deleted: usize,
    /// The new version of the plan, where routing changed.
    plan_version: Option<i64>,
}

pub(super) fn problem(error: OwnError) -> Problem {
    match error {
        OwnError::Mistakes(mistakes) => {
            let mut errors = Errors::default();
            for mistake in mistakes.iter().take(MISTAKES_MAX) {
                errors.add("text", format!("Line {}: {}", mistake.line, mistake.message));
            }
            let rows = mistakes.iter().take(MISTAKES_MAX);
            let rows: Vec<Row> =
                rows.map(|mistake| json!({"line": mistake.line, "message": mistake.message})).collect();
            Problem::invalid(errors).with("mistakes", rows).with("mistakes_count", mistakes.len())
        }
        OwnError::Record(error) => error.into(),
        other => Problem::coded(other.code(), &other),
    }
}

async fn export(State(web): State<Web>, asker: Signed) -> Result<Json<ExportShown>, Problem> {
    let exported = own::export(&web.app, &asker.scope).await.map_err(problem)?;
    let data = ExportView { slug: exported.slug, text: exported.text, records: exported.records };
    Ok(Json(ExportShown { data }))
}

async fn plan(
    State(web): State<Web>,
    asker: Signed,
    Input(file): Input<File>,
) -> Result<Json<DifferenceShown>, Problem> {
    let difference = own::plan(&web.app, &asker.scope, &file.text, file.prune).await.map_err(problem)?;
    let empty = difference.is_empty();
    let rows = |rows: serde_json::Result<Row>| match rows {
        Ok(Row::Array(rows)) => rows,
        _ => Vec::new(),
    };
    let data = DifferenceView {
        empty,
        changes: rows(serde_json::to_value(&difference.changes)),
        kept: rows(serde_json::to_value(&difference.kept)),
        unchanged: difference.unchanged,
        deleted: difference.deleted,
        renamed: difference.renamed_tenant,
    };
    Ok(Json(DifferenceShown { data }))
}

async fn apply(
    State(web): State<Web>,
    asker: Signed,
    Input(file): Input<File>,
) -> Result<Json<AppliedShown>, Problem> {
    let applied = own::apply(&web.app, &asker.scope, &file.text, file.prune).await.map_err(problem)?;
    let data = AppliedView {
        created: applied.created,
        updated: applied.updated,
        unchanged: applied.unchanged,
        deleted: applied.deleted,
        plan_version: applied.plan_version,
    };
    Ok(Json(AppliedShown { message: "Configuration applied.", data }))
}
