//! Business hours with their ranges and exceptions.

use super::at::{At, filled};
use super::company::zone;
use super::{CompileError, everything, grouped, typed};
use crate::models::{
    PbxHours, PbxHoursException, PbxHoursExceptionKind, PbxHoursExceptionRange, PbxHoursOverride,
    PbxHoursRange, PbxHoursRangeWeekday,
};
use opbx_platform::Domain;
use opbx_platform::field::minute_of_day;
use opbx_routing::hours::{Exception, Override, Range};
use opbx_routing::{Hours, Zone};
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx, company_zone: &Zone) -> Result<Vec<Hours>, CompileError> {
    let schedules = tx.all::<PbxHours>(&everything()).await?;
    assemble(tx, schedules, company_zone).await
}

/// Some schedules as a plan would hold them.
pub(super) async fn assemble(
    tx: &mut Tx,
    schedules: Vec<PbxHours>,
    company_zone: &Zone,
) -> Result<Vec<Hours>, CompileError> {
    let mut ranges = grouped(tx.all::<PbxHoursRange>(&Domain::All).await?, |range| range.hours);
    let special = tx.all::<PbxHoursExceptionRange>(&Domain::All).await?;
    let mut special = grouped(special, |range| range.exception);
    let mut exceptions =
        grouped(tx.all::<PbxHoursException>(&Domain::All).await?, |exception| exception.hours);
    let mut compiled = Vec::with_capacity(schedules.len());
    for schedule in schedules {
        let week = week(ranges.remove(&schedule.id).unwrap_or_default())?;
        let own = exceptions.remove(&schedule.id).unwrap_or_default().into_iter();
        let exceptions = own.map(|record| {
            let ranges = special.remove(&record.id).unwrap_or_default();
            exception(record, ranges)
        });
        compiled.push(hours(schedule, week, exceptions.collect::<Result<_, _>>()?, company_zone)?);
    }
    Ok(compiled)
}

fn hours(
    record: PbxHours,
    week: [Vec<Range>; 7],
    exceptions: Vec<Exception>,
    company_zone: &Zone,
) -> Result<Hours, CompileError> {
    let at = At::of::<PbxHours>(record.id);
    let manual = |open| Some(Override { open, until: record.override_until });
    Ok(Hours {
        id: typed(record.id),
        name: record.name.into(),
        active: record.active,
        zone: match filled(record.time_zone) {
            Some(name) => zone(at, &name)?,
            None => company_zone.clone(),
        },
        week,
        exceptions,
        manual: match record.r#override {
            PbxHoursOverride::None => None,
            PbxHoursOverride::Open => manual(true),
            PbxHoursOverride::Closed => manual(false),
        },
        open: at.destination("open_destination", Some(record.open_destination))?,
        closed: at.destination("closed_destination", Some(record.closed_destination))?,
    })
}

fn week(records: Vec<PbxHoursRange>) -> Result<[Vec<Range>; 7], CompileError> {
    let mut week: [Vec<Range>; 7] = Default::default();
    for record in records {
        let at = At::of::<PbxHoursRange>(record.id);
        week[day(record.weekday)].push(range(at, &record.start, &record.end)?);
    }
    Ok(week)
}

/// A closed day has no hours, whatever ranges are left of an earlier kind.
fn exception(
    record: PbxHoursException,
    ranges: Vec<PbxHoursExceptionRange>,
) -> Result<Exception, CompileError> {
    let ranges = match record.kind {
        PbxHoursExceptionKind::Closed => Vec::new(),
        PbxHoursExceptionKind::SpecialHours => ranges,
    };
    let ranges = ranges
        .iter()
        .map(|record| range(At::of::<PbxHoursExceptionRange>(record.id), &record.start, &record.end));
    Ok(Exception { date: record.date, name: record.name.into(), ranges: ranges.collect::<Result<_, _>>()? })
}

fn range(at: At, start: &str, end: &str) -> Result<Range, CompileError> {
    let minute = |field, text| {
        minute_of_day(text).ok_or_else(|| at.refuse(field, format!("{text:?} is no time of day")))
    };
    let (start_min, end_min) = (minute("start", start)?, minute("end", end)?);
    Range::new(start_min, end_min).ok_or_else(|| at.refuse("start", "24:00 begins no range"))
}

/// Monday first, as the core counts.
fn day(weekday: PbxHoursRangeWeekday) -> usize {
    match weekday {
        PbxHoursRangeWeekday::Monday => 0,
        PbxHoursRangeWeekday::Tuesday => 1,
        PbxHoursRangeWeekday::Wednesday => 2,
        PbxHoursRangeWeekday::Thursday => 3,
        PbxHoursRangeWeekday::Friday => 4,
        PbxHoursRangeWeekday::Saturday => 5,
        PbxHoursRangeWeekday::Sunday => 6,
    }
}
