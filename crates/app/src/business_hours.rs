//! Business hours with their week and exceptions, as those who keep them see them.

use crate::App;
use crate::holidays::Holiday;
use crate::models::{
    PbxHours, PbxHoursDraft, PbxHoursException, PbxHoursExceptionKind, PbxHoursExceptionRange, PbxHoursRange,
    PbxHoursRangeWeekday,
};
use crate::plans::{CompileError, grouped, schedules};
use crate::records;
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use jiff::civil::Date;
use opbx_kernel::{RecordId, Scope, Timestamp};
use opbx_platform::{Command, Domain, FieldKind, Value, Values};
use opbx_routing::hours::{Verdict, Why};
use opbx_store::Tx;
use std::collections::HashMap;

/// A schedule, whole.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub hours: PbxHours,
    pub ranges: Vec<PbxHoursRange>,
    pub exceptions: Vec<(PbxHoursException, Vec<PbxHoursExceptionRange>)>,
    pub now: Now,
}

/// What holds at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Now {
    Open,
    Closed,
    /// The day's exception rules, whichever way.
    Exception,
}

/// A stretch of a day: `HH:MM` to `HH:MM`, or to `24:00`. One that ends before it begins goes on past midnight.
#[derive(Debug, Clone)]
pub struct Stretch {
    pub start: String,
    pub end: String,
}

#[derive(Debug, Clone)]
pub struct NewException {
    pub date: Date,
    pub name: String,
    /// None: closed all day.
    pub stretches: Option<Vec<Stretch>>,
}

/// What of a schedule is replaced whole, where it is given at all.
#[derive(Debug, Clone, Default)]
pub struct Times {
    pub week: Option<Vec<(PbxHoursRangeWeekday, Stretch)>>,
    pub exceptions: Option<Vec<NewException>>,
}

pub async fn list(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<Schedule>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let listed = resources::list_in::<PbxHours>(&mut tx, listing).await?;
    let rows = whole(&mut tx, listed.rows, app.clock().now()).await?;
    Ok(Listed { rows, total: listed.total })
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<Schedule>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let hours = resources::get_in::<PbxHours>(&mut tx, id).await?;
    let mut schedules = whole(&mut tx, vec![hours], app.clock().now()).await?;
    schedules.pop().ok_or(ResourceError::Absent { model: "pbx.hours" })
}

pub async fn create(
    app: &App,
    scope: &Scope,
    draft: PbxHoursDraft,
    times: Times,
) -> Result<RecordId, ResourceError> {
    resources::create(app, scope, draft, replaced(times, false)).await
}

pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    draft: PbxHoursDraft,
    times: Times,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    resources::update(app, scope, id, draft, replaced(times, true), expected).await
}

/// What came of holidays that were added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HolidaysAdded {
    pub added: usize,
    /// Days that had a word of their own already.
    pub kept: usize,
}

/// Closes a schedule on these days, but for those of which it says something already.
pub async fn add_holidays(
    app: &App,
    scope: &Scope,
    id: RecordId,
    days: Vec<Holiday>,
    expected: Option<i64>,
) -> Result<HolidaysAdded, ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    resources::get_in::<PbxHours>(&mut tx, id).await?;
    let held = tx.all::<PbxHoursException>(&Domain::eq("hours", id)).await?;
    let all = days.len();
    let new: Vec<Holiday> =
        days.into_iter().filter(|day| held.iter().all(|exception| exception.date != day.date)).collect();
    let counted = HolidaysAdded { added: new.len(), kept: all - new.len() };
    let closed = new.into_iter().map(|day| {
        let exception = NewException { date: day.date, name: day.name, stretches: None };
        Command::Create(exception_values(exception))
    });
    let values = Values::from([("exceptions".to_owned(), Value::Commands(closed.collect()))]);
    resources::update_in(&mut tx, id, PbxHoursDraft::default(), values, expected).await?;
    tx.commit().await?;
    Ok(counted)
}

/// Copies a schedule with its times, under a free name.
pub async fn duplicate(app: &App, scope: &Scope, id: RecordId) -> Result<RecordId, ResourceError> {
    let source = get(app, scope, id).await?.record;
    let week = source
        .ranges
        .into_iter()
        .map(|range| (range.weekday, Stretch { start: range.start, end: range.end }));
    let exceptions = source.exceptions.into_iter().map(|(exception, ranges)| NewException {
        date: exception.date,
        name: exception.name,
        stretches: (exception.kind == PbxHoursExceptionKind::SpecialHours).then(|| {
            ranges.into_iter().map(|range| Stretch { start: range.start, end: range.end }).collect()
        }),
    });
    let times = Times { week: Some(week.collect()), exceptions: Some(exceptions.collect()) };
    let mut tx = app.store().begin(scope).await?;
    let models = tx.models();
    let model = models.model("pbx.hours").expect("every struct is written from its model");
    let size = match model.field("name").map(|field| &field.kind) {
        Some(FieldKind::Char { size }) => *size,
        _ => usize::MAX,
    };
    let name = records::fitting(&source.hours.name, " (Copy)", size);
    let taken =
        tx.count("pbx.hours", &Domain::eq_ilike("name", &name).and(resources::archived_or_not())).await? > 0;
    // Where the usual name is taken, the copy finds a free one by itself.
    let named = (!taken).then(|| ("name".to_owned(), Value::from(name.as_str())));
    let copy = records::copy(&mut tx, model, id, named.into_iter().collect()).await?;
    resources::update_in(&mut tx, copy, PbxHoursDraft::default(), replaced(times, true), None).await?;
    tx.commit().await?;
    Ok(copy)
}

fn replaced(times: Times, held: bool) -> Values {
    let mut values = Values::new();
    let cleared = || if held { vec![Command::Clear] } else { Vec::new() };
    if let Some(week) = times.week {
        let mut commands = cleared();
        commands.extend(week.into_iter().map(|(weekday, stretch)| {
            let mut values = stretch_values(&stretch);
            values.insert("weekday".to_owned(), weekday.as_str().into());
            Command::Create(values)
        }));
        values.insert("ranges".to_owned(), Value::Commands(commands));
    }
    if let Some(exceptions) = times.exceptions {
        let mut commands = cleared();
        commands.extend(exceptions.into_iter().map(|exception| Command::Create(exception_values(exception))));
        values.insert("exceptions".to_owned(), Value::Commands(commands));
    }
    values
}

fn exception_values(exception: NewException) -> Values {
    let kind = match exception.stretches {
        None => PbxHoursExceptionKind::Closed,
        Some(_) => PbxHoursExceptionKind::SpecialHours,
    };
    let stretches = exception.stretches.unwrap_or_default();
    let ranges = stretches.into_iter().map(|stretch| Command::Create(stretch_values(&stretch)));
    Values::from([
        ("date".to_owned(), Value::Date(exception.date)),
        ("name".to_owned(), exception.name.as_str().into()),
        ("kind".to_owned(), kind.as_str().into()),
        ("ranges".to_owned(), Value::Commands(ranges.collect())),
    ])
}

fn stretch_values(stretch: &Stretch) -> Values {
    Values::from([
        ("start".to_owned(), stretch.start.as_str().into()),
        ("end".to_owned(), stretch.end.as_str().into()),
    ])
}

async fn whole(
    tx: &mut Tx,
    stored: Vec<Stored<PbxHours>>,
    now: Timestamp,
) -> Result<Vec<Stored<Schedule>>, ResourceError> {
    let ids: Vec<Value> = stored.iter().map(|stored| Value::Record(stored.record.id)).collect();
    let ranges = tx.all::<PbxHoursRange>(&Domain::is_in("hours", ids.clone())).await?;
    let exceptions = tx.all::<PbxHoursException>(&Domain::is_in("hours", ids)).await?;
    let days = exceptions.iter().map(|exception| Value::Record(exception.id));
    let special = tx.all::<PbxHoursExceptionRange>(&Domain::is_in("exception", days)).await?;
    let states = states(tx, stored.iter().map(|stored| stored.record.clone()).collect(), now).await?;
    let mut ranges = grouped(ranges, |range| range.hours);
    let mut special = grouped(special, |range| range.exception);
    let mut exceptions = grouped(exceptions, |exception| exception.hours);
    let with = |Stored { record: hours, created_at, updated_at }: Stored<PbxHours>| {
        let own = exceptions.remove(&hours.id).unwrap_or_default();
        let own = own.into_iter().map(|exception| {
            let ranges = special.remove(&exception.id).unwrap_or_default();
            (exception, ranges)
        });
        let record = Schedule {
            exceptions: own.collect(),
            ranges: ranges.remove(&hours.id).unwrap_or_default(),
            now: states.get(&hours.id).copied().unwrap_or(Now::Closed),
            hours,
        };
        Stored { record, created_at, updated_at }
    };
    Ok(stored.into_iter().map(with).collect())
}

/// What each schedule would answer a call now. The core is asked, so that nobody is shown what a call would not meet.
async fn states(
    tx: &mut Tx,
    hours: Vec<PbxHours>,
    now: Timestamp,
) -> Result<HashMap<RecordId, Now>, ResourceError> {
    let mut system = tx.as_system("judge schedules in the company's zone");
    let compiled = schedules(&mut system, hours).await;
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(CompileError::Read(error)) => return Err(error.into()),
        // A schedule that makes no plan routes nobody; it is shown as closed.
        Err(error) => {
            tracing::warn!(%error, "schedules cannot be judged");
            return Ok(HashMap::new());
        }
    };
    let id = |id: i64| RecordId::new(id).expect("a schedule's id is a record's id");
    Ok(compiled.iter().map(|hours| (id(hours.id.get()), Now::of(&hours.at(now)))).collect())
}

impl Now {
    fn of(verdict: &Verdict) -> Self {
        match (&verdict.why, verdict.open) {
            (Why::Exception { .. }, _) => Self::Exception,
            (_, true) => Self::Open,
            (_, false) => Self::Closed,
        }
    }
}
