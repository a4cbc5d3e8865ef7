//! Outside calls and minutes, as limits count them: reserved when a number is rung, settled when that is over.

use crate::app::App;
use crate::models::{PbxCall, PbxCallLeg, PbxCallLegStatus};
use crate::plans::LoadedPlan;
use crate::voice::Happened;
use jiff::civil::date;
use opbx_cluster::Account;
use opbx_kernel::{RecordId, Scope, TenantId, Timestamp};
use opbx_platform::{Domain, Value};
use opbx_routing::{DialResult, Dialing, Event, ExtensionId, Facts, Plan, Spender, Stage, Step, Usage};
use opbx_store::ReadError;
use std::collections::{BTreeMap, HashMap};

/// How long a call may last, and so how far back a call that goes on can have begun.
const CALL_HOURS_MAX: i64 = 24;

/// The two spenders that one outside call can have.
type Spenders = Vec<Spender>;

/// What a spender has spent before this call, which is reserved from here on.
pub async fn usage_of(app: &App, loaded: &LoadedPlan, happened: &Happened, spender: Spender) -> Usage {
    let now = app.clock().now();
    let account = account(&loaded.plan, spender, now);
    let spent = app.cluster().usage().reserve(account, &happened.call_id, now.as_millisecond()).await;
    Usage {
        calls: spent.calls_before,
        minutes_today: u32::try_from(spent.seconds_today / 60).unwrap_or(u32::MAX),
    }
}

/// Reserves what a step rings outside, and settles what it rings no more.
pub async fn count(
    app: &App,
    loaded: &LoadedPlan,
    happened: &Happened,
    event: &Event,
    facts: &Facts,
    step: &Step,
) {
    let before = spenders(&happened.call.stage);
    let after = spenders(&step.call.stage);
    let asked = facts.usage.iter().map(|(spender, _)| *spender);
    if before.is_empty() && after.is_empty() && facts.usage.is_empty() {
        return;
    }
    let now_ms = facts.now.as_millisecond();
    let was_answered = *event == Event::DialEnded(DialResult::Completed);
    let usage = app.cluster().usage();
    for spender in before.iter().copied().chain(asked).filter(|spender| !after.contains(spender)) {
        let ended_ms = (was_answered && before.contains(&spender)).then_some(now_ms);
        usage.settle(account(&loaded.plan, spender, facts.now), &happened.call_id, ended_ms).await;
    }
    for spender in after {
        usage.reserve(account(&loaded.plan, spender, facts.now), &happened.call_id, now_ms).await;
    }
}

/// Settles outside calls that a detail record ended, where the conversation did not: one whose end nobody told of would
/// count as going on for a day. What was settled before costs nothing again.
pub(crate) async fn settle_recorded(
    app: &App,
    tenant: TenantId,
    calls: &[RecordId],
) -> Result<(), ReadError> {
    let directory = app.plans().directory();
    let Some(line) = directory.line(tenant) else { return Ok(()) };
    let Ok(loaded) = app.plans().plan(line).await else { return Ok(()) };
    if !is_limited(&loaded.plan) {
        return Ok(());
    }
    let scope = Scope::system(tenant, "settle outside calls that ended");
    let mut tx = app.store().read(&scope).await?;
    let named = calls.iter().map(|call| Value::Record(*call));
    let outside = Domain::is_set("account").and(Domain::is_in("call", named.clone()));
    let legs = tx.all_unsorted::<PbxCallLeg>(&outside).await?;
    if legs.is_empty() {
        return Ok(());
    }
    let calls = tx.all_unsorted::<PbxCall>(&Domain::is_in("id", named)).await?;
    let calls: HashMap<RecordId, PbxCall> = calls.into_iter().map(|call| (call.id, call)).collect();
    for leg in legs {
        let (Some(call), Some(started), Some(ended)) = (calls.get(&leg.call), leg.started_at, leg.ended_at)
        else {
            continue;
        };
        let talk = ended.duration_since(leg.answered_at.unwrap_or(started));
        let was_answered = leg.status == PbxCallLegStatus::Answered;
        let until = was_answered.then(|| started.saturating_add(talk).unwrap_or(ended).as_millisecond());
        let own = leg.account.and_then(|id| ExtensionId::new(id).ok()).map(Spender::Extension);
        for spender in own.into_iter().chain([Spender::Company]) {
            app.cluster().usage().settle(account(&loaded.plan, spender, ended), &call.call_id, until).await;
        }
    }
    Ok(())
}

/// Who pays while a call rings; nobody for an emergency.
fn spenders(stage: &Stage) -> Spenders {
    match stage {
        Stage::Dialing(Dialing::Outside(outside)) if outside.rule.is_some() => {
            let own = outside.account.extension().map(Spender::Extension);
            own.into_iter().chain([Spender::Company]).collect()
        }
        _ => Vec::new(),
    }
}

fn account(plan: &Plan, spender: Spender, now: Timestamp) -> Account {
    let spender = match spender {
        Spender::Company => 0,
        Spender::Extension(id) => id.get(),
    };
    let today = plan.company.zone.time_zone().to_datetime(now).date();
    let day = date(1970, 1, 1).until(today).map_or(0, |span| span.get_days());
    Account { tenant: plan.tenant, spender, day }
}

/// Counts again, from the records, what a tenant spent today and which outside calls go on: for a node that starts.
pub async fn restore(app: &App, plan: &Plan) -> Result<(), ReadError> {
    if !is_limited(plan) {
        return Ok(());
    }
    let now = app.clock().now();
    let midnight = plan.company.zone.time_zone().to_datetime(now).date();
    let midnight = midnight.to_zoned(plan.company.zone.time_zone().clone());
    let midnight = midnight.map_or(now, |midnight| midnight.timestamp());
    let oldest = now.saturating_sub(jiff::SignedDuration::from_hours(CALL_HOURS_MAX)).unwrap_or(now);
    let scope = Scope::system(plan.tenant, "count outside calls again after a start");
    let mut tx = app.store().read(&scope).await?;
    let outside = Domain::is_set("account").and(Domain::ge("started_at", oldest.min(midnight)));
    let legs = tx.all_unsorted::<PbxCallLeg>(&outside).await?;
    let calls: Vec<RecordId> = legs.iter().map(|leg| leg.call).collect();
    let calls = tx.all_unsorted::<PbxCall>(&Domain::is_in("id", calls)).await?;
    let names: HashMap<RecordId, String> = calls.into_iter().map(|call| (call.id, call.call_id)).collect();
    let mut counted: BTreeMap<i64, (u64, Vec<(String, i64)>)> = BTreeMap::new();
    for leg in legs {
        let (Some(paid_by), Some(started)) = (leg.account, leg.started_at) else { continue };
        for spender in [Some(0), Some(paid_by).filter(|id| *id != 0)].into_iter().flatten() {
            let (seconds, going_on) = counted.entry(spender).or_default();
            match leg.ended_at {
                Some(ended) if started >= midnight && leg.status == PbxCallLegStatus::Answered => {
                    *seconds +=
                        u64::try_from(ended.duration_since(leg.answered_at.unwrap_or(started)).as_secs())
                            .unwrap_or(0);
                }
                Some(_) => {}
                None => {
                    let call = names.get(&leg.call).map(|call| (call.clone(), started.as_millisecond()));
                    going_on.extend(call);
                }
            }
        }
    }
    for (spender, (seconds, going_on)) in counted {
        let spender = ExtensionId::new(spender).map_or(Spender::Company, Spender::Extension);
        app.cluster().usage().restore(account(plan, spender, now), seconds, &going_on).await;
    }
    Ok(())
}

fn is_limited(plan: &Plan) -> bool {
    let none = opbx_routing::Limits::default();
    plan.company.limits != none || plan.people().any(|person| person.limits != none)
}
