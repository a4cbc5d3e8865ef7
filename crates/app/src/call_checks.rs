//! Call checks: calls that are thought through again when the configuration changes, with what is expected of them.
//!
//! What came of a check stands beside it, in a record of its own: nobody's form is out of date because a check ran.

mod compare;
mod moment;
mod run;

pub use moment::BadMoment;
pub(crate) use run::run_later;
pub use run::{Ran, Run, TOPIC};

use crate::App;
use crate::models::{PbxCallCheck, PbxCallCheckDraft, PbxCallCheckResult};
use crate::models::{PbxCallCheckDirection as From, PbxCallCheckResultOutcome as Outcome};
use crate::plans::CompileError;
use crate::records::{Deed, RecordError, require};
use crate::resources::{self, ResourceError, model};
use crate::simulation::{Asked, End, fresh_plan, played};
use crate::ways::{NumberIds, Passed};
use opbx_kernel::{Code, Kind, RecordId, Scope, Timestamp};
use opbx_platform::{Domain, Record as _, Value, Values};
use opbx_routing::{Direction, Keys, Plan};
use opbx_store::{CommitError, ReadError, SaveError, Search, Store, StoreError};
use opbx_telephony::simulator::Answers;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Checks of one tenant, inactive ones too.
pub const CHECKS_MAX: usize = 200;

#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("a company has {CHECKS_MAX} call checks at most")]
    TooMany,
    #[error("{0}")]
    Moment(#[from] BadMoment),
    /// What is to be accepted cannot be known.
    #[error("the configuration makes no plan: {0}")]
    Compile(#[from] CompileError),
    #[error("the call check cannot be played: {0}")]
    Unplayable(String),
    #[error(transparent)]
    Resource(#[from] ResourceError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl CheckError {
    pub fn code(&self) -> Code {
        match self {
            Self::TooMany => Code::new(Kind::Conflict, "too_many_checks"),
            Self::Moment(_) => Code::new(Kind::Invalid, "bad_time"),
            Self::Unplayable(_) => Code::new(Kind::Conflict, "check_unplayable"),
            Self::Compile(error) => error.code(),
            Self::Resource(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

impl std::convert::From<RecordError> for CheckError {
    fn from(error: RecordError) -> Self {
        Self::Resource(error.into())
    }
}

/// What a call passes, in order, and how it ends: what is expected, or what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    pub way: Vec<Passed>,
    pub end: End,
}

impl Course {
    pub fn read(json: Option<&serde_json::Value>) -> Option<Self> {
        json.and_then(|json| serde_json::from_value(json.clone()).ok())
    }

    pub fn in_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a course is plain data")
    }
}

/// The call that a check is about, but for its moment.
pub(crate) fn asked(check: &PbxCallCheck) -> Result<Asked, String> {
    let answers: BTreeMap<String, String> = read(check.answers.as_ref(), "answers")?;
    let told: Vec<String> = answers.iter().map(|(number, answer)| format!("{number}={answer}")).collect();
    let answers: Answers = told.join(",").parse().map_err(|_| "its answers cannot be read".to_owned())?;
    let keys: Vec<String> = read(check.keys.as_ref(), "keys")?;
    Ok(Asked {
        from: check.from_number.clone().unwrap_or_default(),
        to: check.to_number.clone(),
        direction: check.direction.map(|direction| match direction {
            From::Inbound => Direction::Inbound,
            From::Subscriber => Direction::Subscriber,
            From::Application => Direction::Application,
            From::Outbound => Direction::Outbound,
        }),
        at: None,
        answers,
        keys: keys.iter().map(|keys| Keys::new(keys)).collect(),
        message_s: check.message_s.and_then(|length_s| u32::try_from(length_s).ok()),
    })
}

fn read<T: Default + serde::de::DeserializeOwned>(
    json: Option<&serde_json::Value>,
    what: &str,
) -> Result<T, String> {
    match json {
        None | Some(serde_json::Value::Null) => Ok(T::default()),
        Some(json) => serde_json::from_value(json.clone()).map_err(|_| format!("its {what} cannot be read")),
    }
}

/// Plays a check on a plan.
async fn course(
    store: &Store,
    scope: &Scope,
    plan: &Plan,
    check: &PbxCallCheck,
    now: Timestamp,
) -> Result<Course, CheckError> {
    let at = moment::of(check, &plan.company.zone, now)?;
    let played = played(plan, &asked(check).map_err(CheckError::Unplayable)?, at);
    let mut tx = store.read(scope).await?;
    let ids = NumberIds::named_by(&mut tx, played.reasons()).await?;
    let (told, end) = played.told(scope.spoken_to_in(), plan, &ids);
    Ok(Course { way: told.way, end })
}

/// Creates a check and runs it. Where the draft expects nothing, what happens now is what is expected.
pub async fn create(app: &App, scope: &Scope, draft: PbxCallCheckDraft) -> Result<RecordId, CheckError> {
    let accepts = draft.expected.is_none();
    let mut tx = app.store().begin(scope).await?;
    let id = resources::create_in(&mut tx, draft, Values::new()).await?;
    let every = Search { limit: CHECKS_MAX + 1, archived: true, ..Search::default() };
    if tx.search(PbxCallCheck::MODEL, &Domain::All, every).await?.len() > CHECKS_MAX {
        return Err(CheckError::TooMany);
    }
    let check = tx.get::<PbxCallCheck>(id).await?.ok_or(gone())?;
    moment::of(&check, &opbx_routing::Zone::utc(), app.clock().now())?;
    tx.commit().await?;
    if accepts {
        match accept(app, scope, id, None).await {
            // It is kept, and expects nothing until the configuration makes a plan again.
            Err(CheckError::Compile(_)) => {}
            accepted => return accepted.map(|()| id),
        }
    }
    run(app, scope, Some(id)).await?;
    Ok(id)
}

/// Changes a check and runs it.
pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    draft: PbxCallCheckDraft,
    expected: Option<i64>,
) -> Result<(), CheckError> {
    let mut tx = app.store().begin(scope).await?;
    resources::update_in(&mut tx, id, draft, Values::new(), expected).await?;
    let check = tx.get::<PbxCallCheck>(id).await?.ok_or(gone())?;
    moment::of(&check, &opbx_routing::Zone::utc(), app.clock().now())?;
    tx.commit().await?;
    run(app, scope, Some(id)).await?;
    Ok(())
}

/// Takes what happens now for what is expected.
pub async fn accept(app: &App, scope: &Scope, id: RecordId, expected: Option<i64>) -> Result<(), CheckError> {
    let check = resources::get::<PbxCallCheck>(app, scope, id).await?.record;
    let plan = fresh_plan(app, scope).await.map_err(unplanned)?;
    let course = course(app.store(), scope, &plan, &check, app.clock().now()).await?;
    let draft = PbxCallCheckDraft { expected: Some(Some(course.in_json())), ..PbxCallCheckDraft::default() };
    let version = expected.or(Some(check.version));
    resources::update(app, scope, id, draft, Values::new(), version).await?;
    run(app, scope, Some(id)).await?;
    Ok(())
}

/// Runs one check, or all active ones, for whoever may read checks: it changes nothing that they say.
pub async fn run(app: &App, scope: &Scope, only: Option<RecordId>) -> Result<Ran, CheckError> {
    let mut tx = app.store().read(scope).await?;
    require(tx.scope(), model::<PbxCallCheck>(&tx), Deed::Read)?;
    if let Some(id) = only {
        resources::get_in::<PbxCallCheck>(&mut tx, id).await?;
    }
    drop(tx);
    run::run(app.store(), app.clock(), scope.tenant(), only).await
}

/// What came of checks when they last ran; none of one that never did.
pub async fn results(
    app: &App,
    scope: &Scope,
    checks: &[RecordId],
) -> Result<HashMap<RecordId, PbxCallCheckResult>, CheckError> {
    let mut tx = app.store().read(scope).await?;
    let of_these = Domain::is_in("call_check", checks.iter().map(|id| Value::Record(*id)));
    let results = tx.all::<PbxCallCheckResult>(&of_these).await?;
    Ok(results.into_iter().map(|result| (result.call_check, result)).collect())
}

/// In what a check's call differs from what was expected, for whoever asks; or why that is not known.
pub fn differences(scope: &Scope, check: &PbxCallCheck, result: &PbxCallCheckResult) -> Vec<String> {
    match (Course::read(check.expected.as_ref()), Course::read(result.found.as_ref())) {
        (Some(expected), Some(found)) => compare::differences(scope.spoken_to_in(), &expected, &found),
        _ => {
            let stored = result.differences.as_ref().and_then(serde_json::Value::as_array);
            stored.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        }
    }
}

/// The checks that have an outcome. One that never ran is unknown.
pub async fn of_outcome(app: &App, scope: &Scope, outcome: Outcome) -> Result<Domain, CheckError> {
    let mut tx = app.store().read(scope).await?;
    let mut results = tx.all::<PbxCallCheckResult>(&Domain::All).await?;
    results.truncate(CHECKS_MAX);
    let is_unknown = outcome == Outcome::Unknown;
    let named = results.into_iter().filter(|result| (result.outcome == outcome) != is_unknown);
    let named: Vec<Value> = named.map(|result| Value::Record(result.call_check)).collect();
    Ok(if is_unknown { Domain::not_in("id", named) } else { Domain::is_in("id", named) })
}

fn gone() -> CheckError {
    CheckError::Resource(ResourceError::Absent { model: PbxCallCheck::MODEL })
}

fn unplanned(error: crate::simulation::SimulateError) -> CheckError {
    use crate::simulation::SimulateError as Simulate;
    match error {
        Simulate::Compile(error) => error.into(),
        Simulate::Record(error) => error.into(),
        Simulate::Read(error) => error.into(),
        Simulate::Store(error) => error.into(),
        Simulate::BadTime(text) => CheckError::Unplayable(format!("{text:?} is no time")),
    }
}
