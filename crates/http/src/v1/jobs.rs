//! Jobs: what OPBX does in the background, why some of it failed, and another try.

use super::words::{Said, instant};
use crate::Web;
use crate::api::{Access, Api, Id, Page, Paging, Params, Problem, Signed, Sorts};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::jobs::{self, Wish};
use opbx_app::models::{IrJob, IrJobState};
use opbx_app::resources::{self, Stored};
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Jobs";
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("run_at", "run_at"),
        ("finished_at", "finished_at"),
        ("kind", "kind"),
        ("state", "state"),
    ],
    descending: true,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/jobs", "jobs.list", Access::ADMINS, list, |operation| {
        operation.about(TAG, "List jobs").gives::<Page<JobView>>(200, "A page of jobs.");
    })
    .get("/jobs/{id}", "jobs.show", Access::ADMINS, show, |operation| {
        operation.about(TAG, "Show a job").gives::<Shown>(200, "The job.");
    })
    .post("/jobs/{id}/cancel", "jobs.cancel", Access::ADMINS, cancel, |operation| {
        operation.about(TAG, "Cancel a job that waits or runs").gives::<Said>(200, "It is canceled.");
    })
    .post("/jobs/{id}/retry", "jobs.retry", Access::ADMINS, retry, |operation| {
        operation
            .about(TAG, "Let a job run now that failed, was canceled or waits")
            .gives::<Said>(200, "It runs in a moment.");
    });
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum JobState {
    Waiting,
    Running,
    Done,
    /// It failed as often as it may.
    Dead,
    Canceled,
}

impl JobState {
    fn of(state: IrJobState) -> Self {
        match state {
            IrJobState::Waiting => Self::Waiting,
            IrJobState::Running => Self::Running,
            IrJobState::Done => Self::Done,
            IrJobState::Dead => Self::Dead,
            IrJobState::Canceled => Self::Canceled,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Canceled => "canceled",
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    state: Option<JobState>,
    /// `retention.purge`
    kind: Option<String>,
}

/// What a job is about is not told: it may hold what is for one person only.
#[derive(Debug, Serialize, JsonSchema)]
struct JobView {
    id: i64,
    kind: String,
    state: JobState,
    attempts: i64,
    attempts_max: i64,
    /// Percent.
    progress: Option<i64>,
    last_error: Option<String>,
    run_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    created_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: JobView,
}

fn view(stored: Stored<IrJob>) -> JobView {
    let Stored { record: job, created_at, .. } = stored;
    JobView {
        id: job.id.get(),
        kind: job.kind,
        state: JobState::of(job.state),
        attempts: job.attempts,
        attempts_max: job.attempts_max,
        progress: job.progress,
        last_error: job.last_error,
        run_at: job.run_at.to_string(),
        started_at: instant(job.started_at),
        finished_at: instant(job.finished_at),
        created_at: instant(created_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<JobView>>, Problem> {
    let mut domain = Domain::All;
    if let Some(state) = filters.state {
        domain = domain.and(Domain::eq("state", state.word()));
    }
    if let Some(kind) = &filters.kind {
        domain = domain.and(Domain::eq("kind", kind.as_str()));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<IrJob>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, view)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Shown>, Problem> {
    let data = view(resources::get::<IrJob>(&web.app, &asker.scope, id).await?);
    Ok(Json(Shown { data }))
}

async fn cancel(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Said>, Problem> {
    if jobs::steer(&web.app, &asker.scope, id, Wish::Cancel).await? {
        return Ok(Json(Said { message: "Job canceled." }));
    }
    Err(Problem::new(StatusCode::CONFLICT, "The job is over already."))
}

async fn retry(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Said>, Problem> {
    if jobs::steer(&web.app, &asker.scope, id, Wish::RunNow).await? {
        return Ok(Json(Said { message: "The job runs in a moment." }));
    }
    let sentence = "The job runs or is done, or another one that does the same is waiting.";
    Err(Problem::new(StatusCode::CONFLICT, sentence))
}
