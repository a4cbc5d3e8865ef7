//! Extensions here beside the engine's subscribers: compared, and brought together.

use super::TAG;
use crate::Web;
use crate::api::{Access, Api, Problem, Signed};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use opbx_app::carrier::{self, CarrierError, Difference, SyncOutcome, Synced, Tally};
use schemars::JsonSchema;
use serde::Serialize;

pub(super) fn declare(api: &mut Api) {
    api.get("/extensions/sync/compare", "extensions.compare", Access::READERS, compare, |operation| {
        operation
            .about(TAG, "Compare extensions with the engine's subscribers")
            .gives::<ComparisonView>(200, "What stands on which side, or why that is not known.");
    })
    .post("/extensions/sync", "extensions.sync", Access::ADMINS, sync, |operation| {
        operation
            .about(TAG, "Bring extensions and the engine's subscribers together")
            .gives::<SyncView>(200, "It is done.")
            .gives::<SyncView>(202, "It is much, and a job does it.")
            .gives::<SyncView>(400, "It could not be done, and why.");
    });
}

#[derive(Debug, Default, Serialize, JsonSchema)]
struct ComparisonView {
    needs_sync: bool,
    local_only: Vec<DifferenceView>,
    cloudonix_only: Vec<DifferenceView>,
    synced: Vec<DifferenceView>,
    /// Of the synced ones: active on one side only.
    status_differs: Vec<DifferenceView>,
    /// Of the synced ones: changed here since the engine was told, or never told.
    untold: Vec<DifferenceView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct DifferenceView {
    extension_number: String,
    extension_id: Option<i64>,
    name: Option<String>,
    cloudonix_subscriber_id: Option<String>,
    active: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SyncView {
    success: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<ResultView>,
    /// Of the job that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ResultView {
    to_cloudonix: CreatedView,
    from_cloudonix: CreatedView,
    status_sync: UpdatedView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CreatedView {
    created: u32,
    failed: u32,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UpdatedView {
    updated: u32,
    failed: u32,
}

impl From<Difference> for DifferenceView {
    fn from(difference: Difference) -> Self {
        Self {
            extension_number: difference.number,
            extension_id: difference.extension.map(|id| id.get()),
            name: difference.name,
            cloudonix_subscriber_id: difference.subscriber,
            active: difference.active,
        }
    }
}

impl From<Tally> for CreatedView {
    fn from(tally: Tally) -> Self {
        Self { created: tally.done, failed: tally.failed }
    }
}

impl From<Synced> for ResultView {
    fn from(synced: Synced) -> Self {
        Self {
            to_cloudonix: synced.to_cloudonix.into(),
            from_cloudonix: synced.from_cloudonix.into(),
            status_sync: UpdatedView { updated: synced.status.done, failed: synced.status.failed },
        }
    }
}

/// Why the engine could not be asked, where that is for people to know; else the answer is a failure of our own.
fn told(error: &CarrierError) -> Option<String> {
    let is_theirs = matches!(
        error,
        CarrierError::Unconfigured(_)
            | CarrierError::Resting(_)
            | CarrierError::Busy(_)
            | CarrierError::Backend(_)
    );
    is_theirs.then(|| {
        let text = error.to_string();
        let mut letters = text.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    })
}

async fn compare(State(web): State<Web>, asker: Signed) -> Result<Json<ComparisonView>, Problem> {
    let all = |differences: Vec<Difference>| differences.into_iter().map(Into::into).collect();
    match carrier::compare(&web.app, &asker.scope).await {
        Ok(comparison) => Ok(Json(ComparisonView {
            needs_sync: comparison.needs_sync(),
            local_only: all(comparison.local_only),
            cloudonix_only: all(comparison.cloudonix_only),
            synced: all(comparison.synced),
            status_differs: all(comparison.status_differs),
            untold: all(comparison.untold),
            error: None,
        })),
        Err(error) => match told(&error) {
            // The page goes on without it.
            Some(error) => Ok(Json(ComparisonView { error: Some(error), ..ComparisonView::default() })),
            None => Err(Problem::coded(error.code(), &error)),
        },
    }
}

async fn sync(State(web): State<Web>, asker: Signed) -> Result<Response, Problem> {
    let view = |success, message: &str| SyncView {
        success,
        message: message.to_owned(),
        result: None,
        job_id: None,
        error: None,
    };
    match carrier::sync(&web.app, &asker.scope).await {
        Ok(SyncOutcome::Done(synced)) => {
            let done = view(true, "Extensions synchronized successfully.");
            Ok(Json(SyncView { result: Some(synced.into()), ..done }).into_response())
        }
        Ok(SyncOutcome::Started(job)) => {
            let started = view(true, "Extensions are being synchronized.");
            let started = SyncView { job_id: Some(job.get()), ..started };
            Ok((StatusCode::ACCEPTED, Json(started)).into_response())
        }
        Err(error) => match told(&error) {
            Some(message) => {
                let failed = SyncView { error: Some(error.code().name), ..view(false, &message) };
                Ok((StatusCode::BAD_REQUEST, Json(failed)).into_response())
            }
            None => Err(Problem::coded(error.code(), &error)),
        },
    }
}
