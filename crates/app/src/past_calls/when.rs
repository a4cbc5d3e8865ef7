//! When people call: most on working days, most before and after noon.

use super::Wanted;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use opbx_telephony::simulation::dice::Dice;

/// How much of the day's calls each hour of it has.
const BY_HOUR: [u64; 24] =
    [1, 1, 1, 1, 1, 2, 5, 20, 60, 130, 160, 140, 80, 95, 140, 130, 100, 55, 25, 15, 10, 7, 4, 2];
/// How busy the days are, from Monday on.
const BY_WEEKDAY: [u64; 7] = [120, 105, 100, 100, 90, 18, 10];
/// Each call is over by now: the longest that is drawn is shorter.
const OVER_BY: SignedDuration = SignedDuration::from_hours(2);
const HOUR_S: u64 = 3_600;

/// Draws when the calls came in, the earliest first.
pub(super) fn drawn(dice: &mut Dice, wanted: Wanted, zone: &TimeZone, now: Timestamp) -> Vec<Timestamp> {
    let until = now.saturating_sub(OVER_BY).expect("two hours are no calendar units");
    let hours = hours(wanted.days, zone, until);
    let all = hours.last().map_or(0, |(upto, _)| *upto);
    let mut instants: Vec<Timestamp> = (0..wanted.calls)
        .filter_map(|_| {
            let lot = dice.below(all);
            let (_, begins) = hours.get(hours.partition_point(|(upto, _)| *upto <= lot))?;
            let within = i64::try_from(dice.below(HOUR_S)).unwrap_or(0);
            Some(begins.saturating_add(within.seconds()).unwrap_or(*begins).min(until))
        })
        .collect();
    instants.sort_unstable();
    instants
}

/// The hours to choose from, each with the weights of all up to it.
fn hours(days: u16, zone: &TimeZone, until: Timestamp) -> Vec<(u64, Timestamp)> {
    let today = until.to_zoned(zone.clone()).date();
    let mut hours = Vec::new();
    let mut upto = 0;
    for back in (0..i64::from(days)).rev() {
        let Ok(date) = today.checked_sub(back.days()) else { continue };
        let busy = BY_WEEKDAY[date.weekday().to_monday_zero_offset().unsigned_abs() as usize];
        for (hour, share) in (0..).zip(BY_HOUR) {
            let Ok(begins) = date.at(hour, 0, 0, 0).to_zoned(zone.clone()) else { continue };
            if begins.timestamp() < until {
                upto += busy * share;
                hours.push((upto, begins.timestamp()));
            }
        }
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_in_order_within_the_days_and_mostly_while_people_work() {
        let now: Timestamp = "2026-11-20T16:00:00Z".parse().expect("an instant");
        let zone = TimeZone::get("America/New_York").expect("a zone");
        let wanted = Wanted { calls: 5_000, days: 7, seed: 1 };
        let drawn = drawn(&mut Dice::new(1, 0, "history"), wanted, &zone, now);
        assert_eq!(drawn.len(), 5_000);
        assert!(
            drawn.is_sorted()
                && drawn.last().is_some_and(|last| *last <= now.saturating_sub(OVER_BY).expect("hours"))
        );
        assert!(drawn[0] >= "2026-11-14T05:00:00Z".parse().expect("an instant"), "{}", drawn[0]);
        let at_work = drawn.iter().filter(|at| {
            let local = at.to_zoned(zone.clone());
            (8..18).contains(&local.hour()) && local.weekday().to_monday_one_offset() <= 5
        });
        let share = at_work.count() * 100 / drawn.len();
        assert!((75..99).contains(&share), "{share} %");
    }

    #[test]
    fn a_day_that_only_begins_has_calls_still() {
        let now: Timestamp = "2026-11-20T05:30:00Z".parse().expect("an instant");
        let zone = TimeZone::get("America/New_York").expect("a zone");
        let wanted = Wanted { calls: 10, days: 1, seed: 1 };
        assert_eq!(drawn(&mut Dice::new(1, 0, "history"), wanted, &zone, now).len(), 10);
    }
}
