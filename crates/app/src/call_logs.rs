//! Call history: what a call's row names, its legs and timeline, and what calls come to.

use crate::App;
use crate::history::Long as _;
use crate::models::{
    PbxCall, PbxCallEvent, PbxCallLeg, PbxCallStatus, PbxCdr, PbxExtension, PbxNumber, PbxRingGroup,
};
use crate::periods::Period;
use crate::records::{self, Deed};
use crate::resources::{ResourceError, model};
use jiff::SignedDuration;
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, Record, Value};
use opbx_store::{Aggregate, GroupBy, Grouping, Measure, Tx};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A call that began longer ago does not go on, whatever is known of it.
const GOING_ON_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Calls that go on, as one list holds them.
pub const ACTIVE_MAX: usize = 500;
/// The states of a call that nobody talked in.
const MISSED: [PbxCallStatus; 4] =
    [PbxCallStatus::NoAnswer, PbxCallStatus::Busy, PbxCallStatus::Failed, PbxCallStatus::Canceled];
const GOING_ON: [PbxCallStatus; 3] =
    [PbxCallStatus::Initiated, PbxCallStatus::Ringing, PbxCallStatus::Answered];

/// A record that a call's row names by its number or name, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub id: RecordId,
    /// What is dialled; empty for a group.
    pub number: String,
    pub name: Option<String>,
}

/// The records that calls name, by how they name them.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub numbers: HashMap<String, Place>,
    pub extensions: HashMap<String, Place>,
    pub ring_groups: HashMap<String, Place>,
}

/// Finds what calls name, in a few statements; what is gone is missing.
pub async fn places(app: &App, scope: &Scope, calls: &[PbxCall]) -> Result<Places, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let named = |name: fn(&PbxCall) -> Option<&String>| -> Vec<Value> {
        let names: BTreeSet<&String> = calls.iter().filter_map(name).collect();
        names.into_iter().map(|name| Value::Text(name.clone())).collect()
    };
    let mut places = Places::default();
    for number in all::<PbxNumber>(&mut tx, "number", named(|call| call.number.as_ref())).await? {
        let place = Place { id: number.id, number: number.number.clone(), name: number.name };
        places.numbers.insert(number.number, place);
    }
    for extension in all::<PbxExtension>(&mut tx, "number", named(|call| call.answered_by.as_ref())).await? {
        let place = Place { id: extension.id, number: extension.number.clone(), name: Some(extension.name) };
        places.extensions.insert(extension.number, place);
    }
    for group in all::<PbxRingGroup>(&mut tx, "name", named(|call| call.ring_group.as_ref())).await? {
        let place = Place { id: group.id, number: String::new(), name: Some(group.name.clone()) };
        places.ring_groups.insert(group.name, place);
    }
    Ok(places)
}

async fn all<R: Record>(tx: &mut Tx, field: &str, names: Vec<Value>) -> Result<Vec<R>, ResourceError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(tx.all::<R>(&Domain::is_in(field, names)).await?)
}

/// Reads what belongs to a call, in its order.
async fn of_call<R: Record>(app: &App, scope: &Scope, call: RecordId) -> Result<Vec<R>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    for model in [model::<PbxCall>(&tx), model::<R>(&tx)] {
        records::require(tx.scope(), model, Deed::Read)?;
    }
    if tx.read(PbxCall::MODEL, &[call], &[]).await?.is_empty() {
        return Err(ResourceError::Absent { model: PbxCall::MODEL });
    }
    Ok(tx.all::<R>(&Domain::eq("call", call)).await?)
}

/// Who was rung, in order.
pub async fn legs(app: &App, scope: &Scope, call: RecordId) -> Result<Vec<PbxCallLeg>, ResourceError> {
    of_call(app, scope, call).await
}

/// What happened, in order.
pub async fn timeline(app: &App, scope: &Scope, call: RecordId) -> Result<Vec<PbxCallEvent>, ResourceError> {
    of_call(app, scope, call).await
}

/// The calls that go on.
pub fn going_on(app: &App) -> Domain {
    let now = app.clock().now();
    let oldest = now.saturating_sub(GOING_ON_MAX).unwrap_or(now);
    Domain::is_in("status", GOING_ON.map(|status| Value::from(status.as_str())))
        .and(Domain::ge(PbxCall::AT, oldest))
        .and(Domain::is_unset("ended_at"))
}

/// What the calls of a period come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallStatistics {
    pub total: u64,
    pub answered: u64,
    pub missed: u64,
    /// Of those that were answered and are over, in seconds.
    pub average_duration_s: Option<f64>,
    /// Those that go on now, whenever they began.
    pub active: u64,
}

fn count(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Int(count)) => u64::try_from(*count).unwrap_or(0),
        Some(Value::Decimal(count)) => u64::try_from(count.trunc().mantissa()).unwrap_or(0),
        _ => 0,
    }
}

fn sum(value: Option<&Value>) -> Decimal {
    match value {
        Some(Value::Int(sum)) => Decimal::from(*sum),
        Some(Value::Decimal(sum)) => *sum,
        _ => Decimal::ZERO,
    }
}

pub(crate) fn ratio(of: Decimal, count: u64) -> Option<f64> {
    let average = of.checked_div(Decimal::from(count))?;
    average.round_dp(2).to_string().parse().ok()
}

/// Counts the calls of a period.
pub async fn statistics(app: &App, scope: &Scope, period: Period) -> Result<CallStatistics, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let calls = model::<PbxCall>(&tx).clone();
    let by = [GroupBy { field: "status", part: None }];
    let aggregates = [
        Aggregate::Records,
        Aggregate::Of(Measure::Sum, "duration_s"),
        Aggregate::Of(Measure::Count, "duration_s"),
    ];
    let grouping = Grouping { by: &by, aggregates: &aggregates, ..Grouping::default() };
    let groups = records::group(&mut tx, &calls, &period.domain(PbxCall::AT), grouping).await?;
    let mut statistics = CallStatistics::default();
    let (mut seconds, mut measured) = (Decimal::ZERO, 0);
    for group in groups {
        let Some(Value::Text(word)) = group.keys.first() else { continue };
        let status = PbxCallStatus::parse(word);
        let calls = count(group.aggregates.first());
        statistics.total += calls;
        if matches!(status, Some(PbxCallStatus::Answered | PbxCallStatus::Completed)) {
            statistics.answered += calls;
        }
        if status.is_some_and(|status| MISSED.contains(&status)) {
            statistics.missed += calls;
        }
        if status == Some(PbxCallStatus::Completed) {
            seconds += sum(group.aggregates.get(1));
            measured += count(group.aggregates.get(2));
        }
    }
    statistics.average_duration_s = ratio(seconds, measured);
    statistics.active = records::count(&mut tx, &calls, &going_on(app)).await?;
    Ok(statistics)
}

/// What the detail records of a filter come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordStatistics {
    pub total: u64,
    pub duration_s: u64,
    pub billsec_s: u64,
    /// Of those with any.
    pub average_duration_s: Option<f64>,
    pub cost: Decimal,
    pub by_disposition: BTreeMap<String, u64>,
}

/// Adds up the detail records for which a domain holds.
pub async fn record_statistics(
    app: &App,
    scope: &Scope,
    domain: &Domain,
) -> Result<RecordStatistics, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let cdrs = model::<PbxCdr>(&tx).clone();
    let by = [GroupBy { field: "disposition", part: None }];
    let aggregates = [
        Aggregate::Records,
        Aggregate::Of(Measure::Sum, "duration_s"),
        Aggregate::Of(Measure::Sum, "billsec_s"),
        Aggregate::Of(Measure::Sum, "sell_cost"),
    ];
    let grouping = Grouping { by: &by, aggregates: &aggregates, ..Grouping::default() };
    let mut statistics = RecordStatistics::default();
    for group in records::group(&mut tx, &cdrs, domain, grouping).await? {
        let Some(Value::Text(disposition)) = group.keys.first() else { continue };
        let calls = count(group.aggregates.first());
        statistics.total += calls;
        statistics.duration_s += count(group.aggregates.get(1));
        statistics.billsec_s += count(group.aggregates.get(2));
        statistics.cost += sum(group.aggregates.get(3));
        statistics.by_disposition.insert(disposition.clone(), calls);
    }
    let lasting = domain.clone().and(Domain::gt("duration_s", 0));
    let lasting = records::count(&mut tx, &cdrs, &lasting).await?;
    statistics.average_duration_s = ratio(Decimal::from(statistics.duration_s), lasting);
    Ok(statistics)
}
