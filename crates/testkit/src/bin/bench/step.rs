//! `routing::step` on a plan of the largest size.

use crate::broken::{Broken, While as _, check};
use crate::report::{Report, shown};
use crate::samples::Samples;
use crate::{Scale, fleet};
use opbx_kernel::{E164, TenantId, Timestamp};
use opbx_routing::MenuKey;
use opbx_routing::hours::Range;
use opbx_routing::{
    Call, Company, Destination, DialResult, Direction, Event, Extension, ExtensionId, ExtensionKind, Facts,
    Hours, HoursId, Menu, MenuId, Number, Person, Plan, PlanParts, RingGroup, RingGroupId, Stage, Strategy,
    Zone, step,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BUDGET: Duration = Duration::from_micros(2);
/// Steps are spread over the groups by this stride, so that the processor's caches are not flattered.
const STRIDE: usize = 7_919;
/// How often each group is reached.
const PASSES: usize = 100;

pub(crate) fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    let size = format!(
        "plan of {} extensions, {} ring groups, as many menus and schedules",
        scale.extensions, scale.groups
    );
    let passes = if scale.is_quick { 1 } else { PASSES };
    let facts = Facts::at("2026-03-01T12:00:00Z".parse::<Timestamp>().doing("name an instant")?, 7);
    for (what, strategy) in [
        ("`step`: arrival, number, ring group of 5 at once", Strategy::Simultaneous),
        ("`step`: dial ended unanswered, next of 5 rings", Strategy::Sequential),
    ] {
        let plan = plan(scale.extensions, scale.groups, strategy)?;
        let arrived = |at: usize| {
            let number = number(at * STRIDE % scale.groups);
            Call::new(Direction::Inbound, "+442079460018", number)
        };
        let unanswered = Event::DialEnded(DialResult::NoAnswer);
        let event = if strategy == Strategy::Simultaneous { Event::Arrived } else { unanswered };
        let mut samples = Samples::default();
        for at in 0..scale.groups * passes {
            let mut call = arrived(at);
            if event != Event::Arrived {
                call = step(&plan, call, &Event::Arrived, &facts).call;
            }
            let began = Instant::now();
            let decided = black_box(step(&plan, black_box(call), &event, &facts));
            samples.push(began.elapsed());
            check(matches!(decided.call.stage, Stage::Dialing(_)), "every step rings somebody")?;
        }
        let (median, p99) = (samples.median(), samples.p99());
        let measured = format!("median {}, p99 {}", shown(median), shown(p99));
        report.judge(format!("{what}; {size}"), measured, "median under 2 µs", median < BUDGET);
    }
    Ok(())
}

/// A plan in which number N rings group N.
pub(crate) fn plan(extensions: usize, groups: usize, strategy: Strategy) -> Result<Plan, Broken> {
    let id = |at: usize| at as i64 + 1;
    let company = Company { emergency_numbers: vec!["911".into()], ..Company::named("Bench") };
    let mut parts = PlanParts::empty(TenantId::new(1).doing("name the tenant")?, 1, company);
    for at in 0..extensions {
        parts.extensions.push(Extension {
            id: ExtensionId::new(id(at)).doing("name an extension")?,
            number: (10_000 + at).to_string().into(),
            name: format!("Person {at}").into(),
            active: true,
            kind: ExtensionKind::User(Person::ringing(30)),
        });
    }
    for at in 0..groups {
        let group = RingGroupId::new(id(at)).doing("name a group")?;
        let own = parts.extensions.iter().cycle().skip(at * fleet::MEMBERS).take(fleet::MEMBERS);
        parts.ring_groups.push(RingGroup {
            id: group,
            name: format!("Group {at}").into(),
            strategy,
            timeout_s: 20,
            turns: 2,
            members: own.map(|extension| extension.id).collect(),
            fallback: Destination::Hangup,
            active: true,
        });
        parts.menus.push(menu(MenuId::new(id(at)).doing("name a menu")?, group));
        parts.hours.push(hours(HoursId::new(id(at)).doing("name a schedule")?, group));
        let called = number(at);
        parts.numbers.push(Number {
            number: E164::new(&called).ok_or_else(|| Broken::new("make a number", &called))?,
            name: format!("Line {at}").into(),
            destination: Destination::RingGroup(group),
            active: true,
        });
    }
    Ok(Plan::from(parts))
}

fn menu(id: MenuId, group: RingGroupId) -> Menu {
    Menu {
        id,
        name: format!("Menu {id}").into(),
        active: true,
        prompt: None,
        no_input: None,
        wrong_key: None,
        inter_digit_timeout_s: 3,
        timeout_s: 10,
        turns: 3,
        direct_dial: true,
        keys: ["1", "2", "3", "4", "0"]
            .map(|keys| MenuKey { keys: keys.into(), to: Destination::RingGroup(group) })
            .to_vec(),
        failover: Destination::Hangup,
    }
}

fn hours(id: HoursId, group: RingGroupId) -> Hours {
    let nine_to_five = || Range::new(9 * 60, 17 * 60).into_iter().collect::<Vec<_>>();
    Hours {
        id,
        name: format!("Schedule {id}").into(),
        active: true,
        zone: Zone::utc(),
        week: std::array::from_fn(|day| if day < 5 { nine_to_five() } else { Vec::new() }),
        exceptions: Vec::new(),
        manual: None,
        open: Destination::RingGroup(group),
        closed: Destination::Hangup,
    }
}

fn number(at: usize) -> String {
    crate::requests::number(at)
}
