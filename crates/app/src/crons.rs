//! Schedules: each time that comes puts one job in the queue, once over all nodes.

use crate::models::{IrCron, IrCronDraft};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use opbx_kernel::{Clock, Operator, Scope, Timestamp};
use opbx_platform::record::{Draft as _, Record as _};
use opbx_platform::{Domain, OrderBy, Value, Values};
use opbx_store::{CommitError, NewJob, Queue, ReadError, SaveError, Search, Store, StoreError, Tx};

const CRON_MODEL: &str = "ir.cron";
/// Tenants whose schedules are looked at in one transaction.
const TENANTS_PER_TURN_MAX: usize = 64;
/// Schedules of one tenant that are looked at in one transaction; the others follow in the next.
const CRONS_PER_TENANT_MAX: usize = 100;
/// When a schedule that says no time is looked at again, in case somebody corrected it.
const LOOK_AGAIN_H: i64 = 24;

#[derive(Debug, thiserror::Error)]
pub enum CronError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Why a schedule says no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("a schedule has either `every_s` or `at`")]
    NeitherOrBoth,
    #[error("{0:?} is no time of day: expected \"HH:MM\"")]
    NotATime(String),
    #[error("{0:?} is no time zone")]
    NoSuchZone(String),
    #[error("the next time lies beyond the calendar")]
    TooFar,
}

/// The times that a schedule names.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    Every(SignedDuration),
    Daily { at: Time, zone: TimeZone },
}

impl Schedule {
    /// Reads `every_s`, or `at` in `time_zone`; exactly one of the two.
    pub fn read(every_s: Option<i64>, at: Option<&str>, time_zone: &str) -> Result<Self, ScheduleError> {
        match (every_s, at) {
            (Some(seconds), None) if seconds > 0 => Ok(Self::Every(SignedDuration::from_secs(seconds))),
            (None, Some(text)) => {
                let not_a_time = || ScheduleError::NotATime(text.to_owned());
                let at = Time::strptime("%H:%M", text).map_err(|_| not_a_time())?;
                if text.len() != 5 {
                    return Err(not_a_time());
                }
                let no_such_zone = |_| ScheduleError::NoSuchZone(time_zone.to_owned());
                Ok(Self::Daily { at, zone: TimeZone::get(time_zone).map_err(no_such_zone)? })
            }
            _ => Err(ScheduleError::NeitherOrBoth),
        }
    }

    /// The first time after `now`. Times that were missed are passed over; an interval keeps its beat from `last`.
    ///
    /// A time of day that a clock change leaves out comes an hour later; one that comes twice counts the first time.
    pub fn next(&self, last: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, ScheduleError> {
        match self {
            Self::Every(interval) => {
                let last = last.filter(|last| *last <= now).unwrap_or(now);
                let step = interval.as_secs().max(1);
                let missed = now.duration_since(last).as_secs() / step;
                let ahead = SignedDuration::from_secs(step.saturating_mul(missed + 1));
                last.checked_add(ahead).map_err(|_| ScheduleError::TooFar)
            }
            Self::Daily { at, zone } => {
                let mut date = now.to_zoned(zone.clone()).date();
                // Today, tomorrow, and one more for a zone that leaves out a whole day.
                for _ in 0..3 {
                    let next = date.to_datetime(*at).to_zoned(zone.clone());
                    let next = next.map_err(|_| ScheduleError::TooFar)?.timestamp();
                    if next > now {
                        return Ok(next);
                    }
                    date = date.checked_add(1.day()).map_err(|_| ScheduleError::TooFar)?;
                }
                Err(ScheduleError::TooFar)
            }
        }
    }
}

/// Judges what is to be written to a schedule, together with what it has already.
pub fn check(current: Option<&IrCron>, values: &Values) -> Result<(), ScheduleError> {
    let text = |name: &str, held: Option<String>| match values.get(name) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(_) => None,
        None => held,
    };
    let every_s = match values.get("every_s") {
        Some(Value::Int(seconds)) => Some(*seconds),
        Some(_) => None,
        None => current.and_then(|cron| cron.every_s),
    };
    let at = text("at", current.and_then(|cron| cron.at.clone()));
    let zone = text("time_zone", current.map(|cron| cron.time_zone.clone()));
    Schedule::read(every_s, at.as_deref(), zone.as_deref().unwrap_or("UTC")).map(drop)
}

/// Puts the jobs of all schedules whose time has come in the queue; gives how many.
pub async fn enqueue_due(store: &Store, clock: &dyn Clock) -> Result<usize, CronError> {
    let operator = Operator::because("find the tenants whose schedules have come");
    let now = clock.now();
    let tenants = store.tenants_waiting(&operator, Queue::Crons, now).await?;
    let mut enqueued = 0;
    for tenants in tenants.chunks(TENANTS_PER_TURN_MAX) {
        let Some(first) = tenants.first() else { continue };
        let mut tx = store.begin(&Scope::system(*first, "run what is scheduled")).await?;
        for tenant in tenants {
            tx.turn_to(&operator, &Scope::system(*tenant, "run what is scheduled")).await?;
            enqueued += enqueue_in(&mut tx, now).await?;
        }
        tx.commit().await?;
    }
    Ok(enqueued)
}

/// As `enqueue_due`, for the transaction's tenant.
async fn enqueue_in(tx: &mut Tx, now: Timestamp) -> Result<usize, CronError> {
    let due = Domain::is_unset("next_run").or(Domain::le("next_run", now));
    let search = Search {
        fields: IrCron::FIELDS,
        order: Some(&[OrderBy::asc("id")]),
        limit: CRONS_PER_TENANT_MAX,
        ..Search::default()
    };
    let mut enqueued = 0;
    // Held, so that another node at the same moment passes them over.
    for row in tx.search_free(CRON_MODEL, &due, search).await? {
        let id = row.id;
        let unfit = |error: opbx_platform::ShapeError| ReadError::Unfit {
            model: CRON_MODEL.to_owned(),
            id,
            reason: error.to_string(),
        };
        let cron = IrCron::from_row(row).map_err(unfit)?;
        let schedule = Schedule::read(cron.every_s, cron.at.as_deref(), &cron.time_zone);
        let next = schedule.and_then(|schedule| schedule.next(cron.next_run, now));
        let is_time = cron.next_run.is_some() && next.is_ok();
        let next = next.unwrap_or_else(|error| {
            tracing::warn!(tenant = %tx.scope().tenant(), cron = %id, %error, "a schedule says no time");
            now + SignedDuration::from_hours(LOOK_AGAIN_H)
        });
        if is_time {
            let payload = cron.payload.unwrap_or_default();
            tx.enqueue(NewJob::of(&cron.kind).with(payload).keyed(format!("cron:{id}"))).await?;
            enqueued += 1;
        }
        let draft = IrCronDraft {
            next_run: Some(Some(next)),
            last_run: is_time.then_some(Some(now)),
            ..IrCronDraft::default()
        };
        tx.update(CRON_MODEL, id, draft.into_values(), None).await?;
    }
    Ok(enqueued)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn an_interval_keeps_its_beat_and_passes_over_what_was_missed() {
        let every = Schedule::read(Some(600), None, "UTC").expect("a schedule");
        let last = at("2026-03-01T12:00:00Z");
        assert_eq!(every.next(Some(last), last), Ok(at("2026-03-01T12:10:00Z")));
        assert_eq!(every.next(Some(last), at("2026-03-01T15:03:00Z")), Ok(at("2026-03-01T15:10:00Z")));
        assert_eq!(every.next(None, last), Ok(at("2026-03-01T12:10:00Z")));
    }

    #[test]
    fn a_time_of_day_is_the_zones_own_across_its_clock_changes() {
        let daily = Schedule::read(None, Some("02:30"), "Europe/Brussels").expect("a schedule");
        let next = |now: &str| daily.next(None, at(now)).expect("a time").to_string();
        assert_eq!(next("2026-03-27T12:00:00Z"), "2026-03-28T01:30:00Z");
        assert_eq!(next("2026-03-28T12:00:00Z"), "2026-03-29T01:30:00Z", "there is no 02:30 that night");
        assert_eq!(next("2026-03-29T12:00:00Z"), "2026-03-30T00:30:00Z");
        assert_eq!(next("2026-10-24T23:00:00Z"), "2026-10-25T00:30:00Z", "the first of the two");
        assert_eq!(next("2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_refused_by_reason() {
        let refused = |every, at, zone| Schedule::read(every, at, zone).expect_err("no schedule");
        assert_eq!(refused(None, None, "UTC"), ScheduleError::NeitherOrBoth);
        assert_eq!(refused(Some(60), Some("12:00"), "UTC"), ScheduleError::NeitherOrBoth);
        assert_eq!(refused(None, Some("25:00"), "UTC"), ScheduleError::NotATime("25:00".into()));
        assert_eq!(refused(None, Some("3:17"), "UTC"), ScheduleError::NotATime("3:17".into()));
        assert_eq!(refused(None, Some("12:00"), "Mars"), ScheduleError::NoSuchZone("Mars".into()));
    }
}
