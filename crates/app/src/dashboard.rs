//! The dashboard: what the calls of a period come to, by hour, number and group. Read once for everybody who looks.

use crate::App;
use crate::call_logs::{CallStatistics, ratio, statistics};
use crate::history::{Long as _, order};
use crate::models::{PbxCall, PbxCallStatus, PbxConference, PbxExtension, PbxNumber, PbxRingGroup};
use crate::periods::{self, Period};
use crate::records;
use crate::resources::{ResourceError, model};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use opbx_kernel::{RecordId, Scope, TenantId, Timestamp};
use opbx_platform::{Domain, Record, Value};
use opbx_store::{Aggregate, DatePart, GroupBy, GroupOrder, Grouping, Measure, Search, Tx};
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a dashboard is kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(15);
/// Dashboards that are kept on this node; the oldest leave first.
const KEPT_MAX: usize = 1_000;
/// Numbers and groups that are told, those with most calls first.
const ROWS_MAX: usize = 20;
/// The calls that waited longest.
const LONGEST_MAX: usize = 10;
/// Hours or days of one dashboard at most.
const SLOTS_MAX: usize = 100;

/// Of which calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Span {
    #[default]
    Today,
    Yesterday,
    /// The last seven days, today among them.
    Week,
    /// The last thirty days, today among them.
    Month,
}

/// Calls of an hour or a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub from: Timestamp,
    pub total: u64,
    pub answered: u64,
}

/// Calls of one number or group.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    pub name: String,
    pub total: u64,
    pub answered: u64,
    pub average_wait_s: Option<f64>,
}

/// A call that waited long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub call: RecordId,
    pub from: Option<String>,
    pub to: Option<String>,
    pub started_at: Timestamp,
    pub status: &'static str,
    pub wait_s: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    pub from: Timestamp,
    pub until: Timestamp,
    pub calls: CallStatistics,
    /// Of the calls that are over, from 0 to 1.
    pub answer_rate: Option<f64>,
    pub average_wait_s: Option<f64>,
    /// Hours of a day, or days of a longer span.
    pub slots: Vec<Slot>,
    pub by_number: Vec<Share>,
    pub by_group: Vec<Share>,
    pub longest_waits: Vec<Wait>,
    pub extensions: u64,
    pub numbers: u64,
    pub rooms: u64,
    pub groups: u64,
    pub made_at: Timestamp,
}

type Key = (TenantId, String, String, Span);

/// The dashboards that this node keeps.
#[derive(Default)]
pub struct Dashboards(Mutex<HashMap<Key, Arc<Dashboard>>>);

impl Dashboards {
    fn get(&self, key: &Key, now: Timestamp) -> Option<Arc<Dashboard>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|kept| now.duration_since(kept.made_at) < KEPT_FOR).cloned()
    }

    fn keep(&self, key: Key, dashboard: Arc<Dashboard>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX
            && let Some(oldest) = kept.iter().min_by_key(|(_, kept)| kept.made_at).map(|(key, _)| key.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(key, dashboard);
    }
}

/// The dashboard of a span of days in a zone. Whoever has the same groups shares it for some seconds.
pub async fn dashboard(
    app: &App,
    scope: &Scope,
    span: Span,
    time_zone: &str,
) -> Result<Arc<Dashboard>, ResourceError> {
    let key =
        (scope.tenant(), format!("{:?} {:?}", scope.groups(), scope.companies()), time_zone.to_owned(), span);
    let now = app.clock().now();
    if let Some(kept) = app.dashboards().get(&key, now) {
        return Ok(kept);
    }
    let made = Arc::new(make(app, scope, span, &periods::zone(time_zone)).await?);
    app.dashboards().keep(key, made.clone());
    Ok(made)
}

/// The first instants of the span's hours or days, and its end.
fn slots(span: Span, now: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
    let today = zone.to_datetime(now).date();
    let (first, days) = match span {
        Span::Today => (today, 1),
        Span::Yesterday => (today.yesterday().unwrap_or(today), 1),
        Span::Week => (today.saturating_sub(6.days()), 7),
        Span::Month => (today.saturating_sub(29.days()), 30),
    };
    let midnight = |day| periods::midnight(day, zone).unwrap_or(now);
    if days > 1 {
        return (0..=days).map(|day| midnight(first.saturating_add(day.days()))).collect();
    }
    let (begin, end) = (midnight(first), midnight(first.saturating_add(1.day())));
    let hour = |hour: i64| begin.saturating_add(SignedDuration::from_hours(hour)).unwrap_or(end);
    let hours = (0..).map(hour).take_while(|at| *at < end).take(SLOTS_MAX);
    hours.chain([end]).collect()
}

async fn make(app: &App, scope: &Scope, span: Span, zone: &TimeZone) -> Result<Dashboard, ResourceError> {
    let now = app.clock().now();
    let bounds = slots(span, now, zone);
    let (from, until) = (bounds[0], bounds[bounds.len() - 1]);
    let period = Period { from: Some(from), until: Some(until) };
    let calls = statistics(app, scope, period).await?;
    let mut tx = app.store().read(scope).await?;
    let mut filled = Vec::with_capacity(bounds.len());
    for pair in bounds.windows(2) {
        filled.push(slot(&mut tx, pair[0], pair[1], now).await?);
    }
    let domain = period.domain(PbxCall::AT);
    let over = calls.answered + calls.missed;
    Ok(Dashboard {
        from,
        until,
        answer_rate: ratio(Decimal::from(calls.answered), over),
        average_wait_s: shares(&mut tx, &domain, &[]).await?.pop().and_then(|all| all.average_wait_s),
        slots: filled,
        by_number: shares(&mut tx, &domain.clone().and(Domain::is_set("number")), &["number"]).await?,
        by_group: shares(&mut tx, &domain.clone().and(Domain::is_set("ring_group")), &["ring_group"]).await?,
        longest_waits: longest(&mut tx, &domain).await?,
        extensions: number_of::<PbxExtension>(&mut tx).await?,
        numbers: number_of::<PbxNumber>(&mut tx).await?,
        rooms: number_of::<PbxConference>(&mut tx).await?,
        groups: number_of::<PbxRingGroup>(&mut tx).await?,
        calls,
        made_at: now,
    })
}

fn answered() -> Domain {
    let talked = [PbxCallStatus::Answered, PbxCallStatus::Completed];
    Domain::is_in("status", talked.map(|status| Value::from(status.as_str())))
}

async fn slot(tx: &mut Tx, from: Timestamp, until: Timestamp, now: Timestamp) -> Result<Slot, ResourceError> {
    if from > now {
        return Ok(Slot { from, total: 0, answered: 0 });
    }
    let model = model::<PbxCall>(tx).clone();
    let domain = Period { from: Some(from), until: Some(until) }.domain(PbxCall::AT);
    let total = records::count(tx, &model, &domain).await?;
    let answered = if total == 0 { 0 } else { records::count(tx, &model, &domain.and(answered())).await? };
    Ok(Slot { from, total, answered })
}

/// The calls of each value of a field; of all in one row, where no field is named.
async fn shares(tx: &mut Tx, domain: &Domain, field: &[&str]) -> Result<Vec<Share>, ResourceError> {
    let model = model::<PbxCall>(tx).clone();
    let by: Vec<GroupBy<'_>> = field.iter().map(|field| GroupBy { field, part: None::<DatePart> }).collect();
    let aggregates = [
        Aggregate::Records,
        Aggregate::Of(Measure::Sum, "wait_s"),
        Aggregate::Of(Measure::Count, "wait_s"),
        Aggregate::Of(Measure::Count, "answered_at"),
    ];
    let most = [(GroupOrder::Aggregate(0), true)];
    let grouping =
        Grouping { by: &by, aggregates: &aggregates, order: &most, limit: ROWS_MAX, ..Grouping::default() };
    let groups = records::group(tx, &model, domain, grouping).await?;
    let number = |value: &Value| match value {
        Value::Int(number) => Decimal::from(*number),
        Value::Decimal(number) => *number,
        _ => Decimal::ZERO,
    };
    let whole = |value: &Value| u64::try_from(number(value).trunc().mantissa()).unwrap_or(0);
    let share = |group: opbx_store::GroupRow| {
        let name = match group.keys.into_iter().next() {
            Some(Value::Text(name)) => name,
            _ => String::new(),
        };
        let [total, waited, waits, answered] = group.aggregates.as_slice() else { return None };
        let average_wait_s = ratio(number(waited), whole(waits));
        Some(Share { name, total: whole(total), answered: whole(answered), average_wait_s })
    };
    Ok(groups.into_iter().filter_map(share).collect())
}

async fn longest(tx: &mut Tx, domain: &Domain) -> Result<Vec<Wait>, ResourceError> {
    let model = model::<PbxCall>(tx).clone();
    let order = order(&["wait_s"], true);
    let search = Search {
        fields: &["from_number", "to_number", "started_at", "status", "wait_s"],
        order: Some(&order),
        limit: LONGEST_MAX,
        ..Search::default()
    };
    let rows = records::search(tx, &model, &domain.clone().and(Domain::gt("wait_s", 0)), search).await?;
    let wait = |row: opbx_platform::Row| {
        let text = |value: Value| if let Value::Text(text) = value { Some(text) } else { None };
        let [from, to, Value::Instant(started_at), status, Value::Int(wait_s)] =
            <[Value; 5]>::try_from(row.values).ok()?
        else {
            return None;
        };
        let status = PbxCallStatus::parse(&text(status)?)?.as_str();
        Some(Wait { call: row.id, from: text(from), to: text(to), started_at, status, wait_s })
    };
    Ok(rows.into_iter().filter_map(wait).collect())
}

async fn number_of<R: Record>(tx: &mut Tx) -> Result<u64, ResourceError> {
    let model = model::<R>(tx).clone();
    Ok(records::count(tx, &model, &Domain::All).await?)
}
