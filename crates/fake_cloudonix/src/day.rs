//! A day of a company's calls, by a seed: more in the morning, few at lunch, none at night; some give up, some talk.

use crate::call::NewCall;
use crate::dice::Dice;
use crate::script::{Caller, Message, Phone, Reply, Script, Talk};

/// The most calls of one day.
pub const CALLS_MAX: u32 = 100_000;

/// Whom the calls are about.
#[derive(Debug, Clone)]
pub struct Company {
    /// The numbers that people outside dial.
    pub numbers: Vec<String>,
    /// The phones inside.
    pub extensions: Vec<String>,
    /// What phones inside dial outside.
    pub outside: Vec<String>,
    /// Keys that callers try at a question; more than one question may come.
    pub keys: Vec<String>,
}

/// How busy the day is.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    pub seed: u64,
    /// Calls in an average hour of the day.
    pub calls_per_hour: u32,
    pub hours: u32,
}

/// A call with the time of day at which it comes, in milliseconds since the day began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub at_ms: u64,
    pub call: NewCall,
}

/// How much of an average hour's traffic each hour of a working day has, in hundredths.
const SHAPE: [u64; 10] = [60, 130, 160, 140, 70, 90, 140, 120, 60, 30];
const HOUR_MS: u64 = 3_600_000;

impl Day {
    /// Draws all calls of the day, in their order.
    pub fn calls(&self, company: &Company) -> Vec<Due> {
        let mut dice = Dice::new(self.seed);
        let mut due = Vec::new();
        for hour in 0..self.hours {
            let share = SHAPE[hour as usize % SHAPE.len()];
            let many = u64::from(self.calls_per_hour) * share / 100;
            for _ in 0..many.min(u64::from(CALLS_MAX)) {
                let at_ms = u64::from(hour) * HOUR_MS + dice.below(HOUR_MS);
                due.push(Due { at_ms, call: call(&mut dice, company) });
            }
        }
        due.sort_by_key(|due| due.at_ms);
        due.truncate(CALLS_MAX as usize);
        due
    }
}

/// Draws one call: most come in, some are between phones, some go out.
pub fn call(dice: &mut Dice, company: &Company) -> NewCall {
    let script = script(dice, company);
    let caller = format!("+1415555{:04}", dice.below(10_000));
    let inside = |dice: &mut Dice| dice.pick(&company.extensions).clone();
    let call = match dice.below(10) {
        0..=6 if !company.numbers.is_empty() => {
            NewCall::inbound(&caller, dice.pick::<String>(&company.numbers))
        }
        7..=8 if !company.outside.is_empty() => {
            NewCall::from_phone(&inside(dice), dice.pick::<String>(&company.outside))
        }
        _ => {
            let from = inside(dice);
            NewCall::from_phone(&from, &inside(dice))
        }
    };
    call.script(script)
}

fn script(dice: &mut Dice, company: &Company) -> Script {
    let mut script = Script::default().others(phone(dice, company));
    for extension in &company.extensions {
        script = script.phone(extension, phone(dice, company));
    }
    for outside in &company.outside {
        script = script.phone(outside, phone(dice, company));
    }
    let replies = (0..dice.between(0, 4)).map(|_| reply(dice, company)).collect();
    script.caller = Caller {
        name: if dice.percent(30) { "A Caller".to_owned() } else { String::new() },
        replies,
        message: dice.percent(60).then(|| Message {
            length_s: dice.between(1, 90),
            key: dice.percent(30).then(|| ('#', dice.between(1, 40))),
            hangs_up: dice.percent(50),
        }),
        hangs_up_after_s: dice.percent(20).then(|| dice.between(1, 120)),
        stays_s: dice.between(5, 300),
    };
    script
}

fn reply(dice: &mut Dice, company: &Company) -> Reply {
    match dice.below(8) {
        0 => Reply::Silence,
        1 => Reply::HangsUp,
        _ if company.keys.is_empty() => Reply::Silence,
        _ => Reply::Keys(dice.pick(&company.keys).clone()),
    }
}

fn phone(dice: &mut Dice, company: &Company) -> Phone {
    match dice.below(10) {
        0..=4 => Phone::Answers { after_s: dice.between(1, 25), talk: talk(dice, company) },
        5 => Phone::Busy,
        6 => Phone::Unreachable,
        7 => Phone::Rejects { after_s: dice.between(1, 10) },
        _ => Phone::NoAnswer,
    }
}

fn talk(dice: &mut Dice, company: &Company) -> Talk {
    let after_s = dice.between(5, 400);
    match dice.below(10) {
        0..=4 => Talk::PhoneLeaves { after_s },
        5..=8 => Talk::CallerLeaves { after_s },
        _ => Talk::Transfers { after_s, to: dice.pick(&company.extensions).clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_day_again() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let company = Company {
            numbers: list(&["+12125550100"]),
            extensions: list(&["1001", "1002"]),
            outside: list(&["+442079460018"]),
            keys: list(&["1", "#"]),
        };
        let day = Day { seed: 7, calls_per_hour: 30, hours: 10 };
        let calls = day.calls(&company);
        assert_eq!(calls, day.calls(&company));
        assert_eq!(calls.len(), 300);
        assert!(calls.is_sorted_by_key(|due| due.at_ms));
        assert_ne!(calls, Day { seed: 8, ..day }.calls(&company));
    }
}
