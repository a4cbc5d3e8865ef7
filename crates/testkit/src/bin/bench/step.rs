//! `routing::step` on a plan of the largest size.

use crate::broken::{Broken, While as _, check};
use crate::report::{Report, shown};
use crate::samples::Samples;
use crate::{Scale, fleet};
use opbx_kernel::{E164, TenantId, Timestamp};
use opbx_routing::MenuKey;
use opbx_routing::hours::Range;
use opbx_routing::{
    Call, Company, Destination, DialResult, Dialing, Direction, Event, Extension, ExtensionId, ExtensionKind,
    Facts, Hours, HoursId, Keys, Menu, MenuId, Number, OutboundRule, OutboundRuleId, Person, Plan, PlanParts,
    RingGroup, RingGroupId, Stage, Strategy, Zone, step,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BUDGET: Duration = Duration::from_micros(2);
/// Steps are spread over the groups by this stride, so that the processor's caches are not flattered.
const STRIDE: usize = 7_919;
/// How often each group is reached.
const PASSES: usize = 100;

/// The rules of outside calls; of them one allows the number called.
const RULES: usize = 200;
const ABROAD: &str = "+442079460018";

/// What a step is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Group,
    Unanswered,
    Hours,
    Key,
    Outbound,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Group, Self::Unanswered, Self::Hours, Self::Key, Self::Outbound];

    fn what(self) -> String {
        match self {
            Self::Group => "arrival, number, ring group of 5 at once".into(),
            Self::Unanswered => "dial ended unanswered, next of 5 rings".into(),
            Self::Hours => "arrival, number, business hours, menu".into(),
            Self::Key => "key of a menu, ring group of 5 at once".into(),
            Self::Outbound => format!("a phone dials abroad, {RULES} outbound rules"),
        }
    }

    fn plan(self, scale: Scale) -> Result<Plan, Broken> {
        let strategy = if self == Self::Unanswered { Strategy::Sequential } else { Strategy::Simultaneous };
        let mut parts = parts(scale.extensions, scale.groups, strategy)?;
        if matches!(self, Self::Hours | Self::Key) {
            for (number, hours) in parts.numbers.iter_mut().zip(&parts.hours) {
                number.destination = Destination::Hours(hours.id);
            }
            for (hours, menu) in parts.hours.iter_mut().zip(&parts.menus) {
                hours.open = Destination::Menu(menu.id);
            }
        }
        if self == Self::Outbound {
            for extension in &mut parts.extensions {
                if let ExtensionKind::User(person) = &mut extension.kind {
                    person.dials_out = true;
                }
            }
            for at in 0..RULES {
                parts.outbound_rules.push(OutboundRule {
                    id: OutboundRuleId::new(at as i64 + 1).doing("name a rule")?,
                    name: format!("Rule {at}").into(),
                    active: true,
                    country: None,
                    // +44100 to +44299: one of them begins the number called.
                    prefix: Some(format!("+44{}", 100 + at).into()),
                    trunks: Vec::new(),
                    caller_id: None,
                });
            }
        }
        Ok(Plan::from(parts))
    }

    fn call(self, nth: usize, scale: Scale) -> Call {
        match self {
            Self::Outbound => {
                let phone = (10_000 + nth * STRIDE % scale.extensions).to_string();
                Call::new(Direction::Subscriber, phone, ABROAD)
            }
            _ => Call::new(Direction::Inbound, "+442079460018", number(nth * STRIDE % scale.groups)),
        }
    }

    /// The event that is timed; one other than the arrival comes after it.
    fn event(self) -> Event {
        match self {
            Self::Unanswered => Event::DialEnded(DialResult::NoAnswer),
            Self::Key => Event::KeysPressed(Keys::new("1")),
            _ => Event::Arrived,
        }
    }

    fn is_right(self, stage: &Stage) -> bool {
        match self {
            Self::Hours => matches!(stage, Stage::Asking(_)),
            Self::Outbound => matches!(stage, Stage::Dialing(Dialing::Outside(_))),
            _ => matches!(stage, Stage::Dialing(Dialing::Group(_))),
        }
    }
}

pub(crate) fn run(scale: Scale, report: &mut Report) -> Result<(), Broken> {
    let size = format!(
        "plan of {} extensions, {} ring groups, as many menus and schedules",
        scale.extensions, scale.groups
    );
    let passes = if scale.is_quick { 1 } else { PASSES };
    // A Monday, within the opening times.
    let facts = Facts::at("2026-03-02T12:00:00Z".parse::<Timestamp>().doing("name an instant")?, 7);
    for kind in Kind::ALL {
        let (plan, event) = (kind.plan(scale)?, kind.event());
        let mut samples = Samples::default();
        for at in 0..scale.groups * passes {
            let mut call = kind.call(at, scale);
            if event != Event::Arrived {
                call = step(&plan, call, &Event::Arrived, &facts).call;
            }
            let began = Instant::now();
            let decided = black_box(step(&plan, black_box(call), &event, &facts));
            samples.push(began.elapsed());
            let stage = &decided.call.stage;
            check(kind.is_right(stage), &format!("{kind:?} comes where it should, not to {stage:?}"))?;
        }
        let (median, p99) = (samples.median(), samples.p99());
        let measured = format!("median {}, p99 {}", shown(median), shown(p99));
        let what = format!("`step`: {}; {size}", kind.what());
        report.judge(what, measured, "median under 2 µs", median < BUDGET);
    }
    Ok(())
}

/// A plan in which number N rings group N.
fn parts(extensions: usize, groups: usize, strategy: Strategy) -> Result<PlanParts, Broken> {
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
            recording: opbx_routing::RecordingPolicy::default(),
        });
    }
    Ok(parts)
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
