//! Running checks: all of a tenant's by a job when its configuration changed, or those that somebody asks for.

use super::compare::differences;
use super::{CHECKS_MAX, CheckError, Course, asked, moment};
use crate::jobs::{Doing, Handler, JobError, Work};
use crate::models::{
    PbxCallCheck, PbxCallCheckResult, PbxCallCheckResultDraft, PbxCallCheckResultOutcome as Outcome,
};
use crate::plans::{CompileError, compile};
use crate::resources::archived_or_not;
use crate::simulation::played;
use crate::ways::NumberIds;
use opbx_kernel::{Clock, Kind, Language, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Record as _};
use opbx_routing::Plan;
use opbx_store::{NewJob, SaveError, Search, Store, Tx};
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// The kind of the job, and its key: changes that come close together are checked together.
const JOB: &str = "call_checks.run";
/// What is published when checks ran.
pub const TOPIC: &str = "call_checks.run";
/// Checks that are named in what is published, of those that fail and did not before.
const NAMED_MAX: usize = 20;

/// How a tenant's active checks stand after a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    pub passed: usize,
    pub failed: usize,
    pub unknown: usize,
    /// Of the configuration that they ran on; none where it makes no plan.
    pub plan_version: Option<i64>,
    pub at: Timestamp,
    /// Those that this run found to fail, and that did not before.
    pub newly_failed: Vec<RecordId>,
}

/// What came of one check.
struct Verdict {
    outcome: Outcome,
    differences: Vec<String>,
    found: Option<Course>,
}

/// Leaves a job that runs all checks, where there are any. The transaction acts as OPBX itself.
pub(crate) async fn run_later(tx: &mut Tx) -> Result<(), SaveError> {
    let one = Search { limit: 1, ..Search::default() };
    if !tx.search(PbxCallCheck::MODEL, &Domain::All, one).await?.is_empty() {
        tx.enqueue(NewJob::of(JOB).keyed(JOB)).await?;
    }
    Ok(())
}

/// Runs a tenant's checks after its configuration changed.
pub struct Run;

impl Handler for Run {
    fn kind(&self) -> &'static str {
        JOB
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(async move {
            match run(work.store(), work.clock(), work.tenant(), None).await {
                Ok(_) => Ok(()),
                Err(error) => Err(JobError::Again(error.to_string())),
            }
        })
    }
}

/// Runs one check, or all active ones, and writes down what came of them.
pub(super) async fn run(
    store: &Store,
    clock: &dyn Clock,
    tenant: TenantId,
    only: Option<RecordId>,
) -> Result<Ran, CheckError> {
    let scope = Scope::system(tenant, "run call checks");
    let now = clock.now();
    let mut tx = store.read(&scope).await?;
    let checks = checks(&mut tx, only).await?;
    if checks.is_empty() {
        return Ok(Ran { at: now, ..Ran::default() });
    }
    let plan = match compile(&mut tx).await {
        Ok(compiled) => Ok(compiled.plan),
        Err(error) if error.code().kind == Kind::Unavailable => return Err(error.into()),
        Err(error) => Err(error),
    };
    let verdicts = match &plan {
        Ok(plan) => verdicts(&mut tx, plan, &checks, now).await?,
        Err(error) => checks.iter().map(|_| unplanned(error)).collect(),
    };
    drop(tx);
    let version = plan.ok().map(|plan| plan.version);
    match kept(store, &scope, &checks, &verdicts, version, now).await {
        // Another run kept the first outcome of a check meanwhile: now there is one to change.
        Err(error) if error.code().kind == Kind::Conflict => {
            kept(store, &scope, &checks, &verdicts, version, now).await
        }
        outcome => outcome,
    }
}

/// Writes down and tells what came of checks.
async fn kept(
    store: &Store,
    scope: &Scope,
    checks: &[PbxCallCheck],
    verdicts: &[Verdict],
    plan_version: Option<i64>,
    now: Timestamp,
) -> Result<Ran, CheckError> {
    let mut tx = store.begin(scope).await?;
    let ran = write(&mut tx, checks, verdicts, plan_version, now).await?;
    tx.publish(
        TOPIC,
        json!({
            "total": ran.passed + ran.failed + ran.unknown,
            "passed": ran.passed,
            "failed": ran.failed,
            "unknown": ran.unknown,
            "newly_failed": ran.newly_failed.iter().take(NAMED_MAX).map(|id| id.get()).collect::<Vec<_>>(),
            "plan_version": ran.plan_version,
            "at": ran.at.to_string(),
        }),
    )?;
    tx.commit().await?;
    Ok(ran)
}

/// The one asked for, active or not; else all active ones.
async fn checks(tx: &mut Tx, only: Option<RecordId>) -> Result<Vec<PbxCallCheck>, CheckError> {
    let domain = match only {
        Some(id) => Domain::eq("id", id).and(archived_or_not()),
        None => Domain::All,
    };
    let mut checks = tx.all::<PbxCallCheck>(&domain).await?;
    checks.truncate(CHECKS_MAX);
    Ok(checks)
}

async fn verdicts(
    tx: &mut Tx,
    plan: &Plan,
    checks: &[PbxCallCheck],
    now: Timestamp,
) -> Result<Vec<Verdict>, CheckError> {
    let mut all = Vec::with_capacity(checks.len());
    for check in checks {
        let call = asked(check).and_then(|asked| {
            let at = moment::of(check, &plan.company.zone, now).map_err(|error| error.to_string())?;
            Ok(played(plan, &asked, at))
        });
        all.push(call);
        // Each is soon done, and there may be many: others want to go on besides.
        tokio::task::yield_now().await;
    }
    let reasons = all.iter().flatten().flat_map(|call| call.reasons());
    let ids = NumberIds::named_by(tx, reasons).await?;
    let verdicts = checks.iter().zip(all).map(|(check, call)| match call {
        Err(why) => unknown(format!("It cannot be played: {why}.")),
        Ok(call) => {
            let (told, end) = call.told(Language::English, plan, &ids);
            judged(check, Course { way: told.way, end })
        }
    });
    Ok(verdicts.collect())
}

fn judged(check: &PbxCallCheck, found: Course) -> Verdict {
    let Some(expected) = Course::read(check.expected.as_ref()) else {
        return Verdict {
            found: Some(found),
            ..unknown("Nothing is expected: accept what happens, or say what should.".to_owned())
        };
    };
    let differences = differences(Language::English, &expected, &found);
    let outcome = if differences.is_empty() { Outcome::Passed } else { Outcome::Failed };
    Verdict { outcome, differences, found: Some(found) }
}

fn unknown(why: String) -> Verdict {
    Verdict { outcome: Outcome::Unknown, differences: vec![why], found: None }
}

fn unplanned(error: &CompileError) -> Verdict {
    unknown(format!("The configuration makes no plan: {error}."))
}

/// Writes the outcomes of checks that nobody changed meanwhile, and counts how all active ones stand.
async fn write(
    tx: &mut Tx,
    checks: &[PbxCallCheck],
    verdicts: &[Verdict],
    plan_version: Option<i64>,
    now: Timestamp,
) -> Result<Ran, CheckError> {
    let current = tx.all::<PbxCallCheck>(&archived_or_not()).await?;
    let versions: HashMap<RecordId, i64> = current.iter().map(|check| (check.id, check.version)).collect();
    let active: HashSet<RecordId> =
        current.iter().filter(|check| check.active).map(|check| check.id).collect();
    let held = tx.all::<PbxCallCheckResult>(&Domain::All).await?;
    let held: HashMap<RecordId, PbxCallCheckResult> =
        held.into_iter().map(|result| (result.call_check, result)).collect();
    let mut outcomes: HashMap<RecordId, Outcome> =
        held.iter().map(|(check, result)| (*check, result.outcome)).collect();
    let mut newly_failed = Vec::new();
    for (check, verdict) in checks.iter().zip(verdicts) {
        // Whoever changed it runs it, too.
        if versions.get(&check.id) != Some(&check.version) {
            continue;
        }
        let before = outcomes.insert(check.id, verdict.outcome);
        if verdict.outcome == Outcome::Failed && before != Some(Outcome::Failed) {
            newly_failed.push(check.id);
        }
        let draft = PbxCallCheckResultDraft {
            call_check: Some(check.id),
            outcome: Some(verdict.outcome),
            at: Some(Some(now)),
            plan_version: Some(plan_version),
            differences: Some(Some(json!(verdict.differences))),
            ending: Some(verdict.found.as_ref().map(|found| found.end.reason.clone())),
            found: Some(verdict.found.as_ref().map(Course::in_json)),
        };
        let values = draft.into_values();
        match held.get(&check.id) {
            Some(result) => drop(tx.update(PbxCallCheckResult::MODEL, result.id, values, None).await?),
            None => drop(tx.create(PbxCallCheckResult::MODEL, values).await?),
        }
    }
    let count = |outcome| {
        active.iter().filter(|id| outcomes.get(*id).copied().unwrap_or(Outcome::Unknown) == outcome).count()
    };
    Ok(Ran {
        passed: count(Outcome::Passed),
        failed: count(Outcome::Failed),
        unknown: count(Outcome::Unknown),
        plan_version,
        at: now,
        newly_failed,
    })
}
