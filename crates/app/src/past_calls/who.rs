//! Who calls whom: people outside, some of whom call again and again, and the company's own telephones.

use opbx_routing::{Direction, ExtensionKind, Plan, PlanParts};
use opbx_telephony::Opening;
use opbx_telephony::simulation::dice::Dice;

/// How many people outside call; the first of them call most.
const CALLERS: u64 = 400;
/// Area codes, each with a hundred numbers set aside for stories (555-0100 to 555-0199).
const AREAS: [&str; 8] = ["212", "312", "415", "512", "617", "702", "206", "305"];
/// Numbers of London that nobody has.
const LONDON: &str = "+4420794600";
const FIRST_NAMES: [&str; 16] = [
    "Nora", "Miguel", "Priya", "Tom", "Aisha", "Lena", "Oscar", "Grace", "Yuki", "Samir", "Clara", "Ben",
    "Ines", "Peter", "Hanna", "Luca",
];
const LAST_NAMES: [&str; 16] = [
    "Hill", "Santos", "Rao", "Fischer", "Khan", "Novak", "Lindgren", "Miller", "Tanaka", "Haddad", "Moreau",
    "Stone", "Costa", "Young", "Berg", "Rossi",
];

/// Whom the calls of a company are between.
pub(super) struct People {
    /// The company's numbers in service, the busiest first.
    numbers: Vec<String>,
    /// The telephones in service.
    phones: Vec<String>,
    /// Those that may call outside.
    phones_out: Vec<String>,
    /// What colleagues dial: telephones and short numbers.
    inside: Vec<String>,
    has_rules: bool,
}

impl People {
    /// Nobody, where there is neither a number to call nor two telephones.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let parts = PlanParts::from(plan.clone());
        let mut numbers: Vec<String> = parts
            .numbers
            .iter()
            .filter(|number| number.active)
            .map(|number| number.number.as_str().to_owned())
            .collect();
        numbers.sort();
        let (mut phones, mut phones_out, mut inside) = (Vec::new(), Vec::new(), Vec::new());
        for extension in parts.extensions.iter().filter(|extension| extension.active) {
            inside.push(extension.number.to_string());
            if let ExtensionKind::User(person) = &extension.kind {
                phones.push(extension.number.to_string());
                if person.dials_out {
                    phones_out.push(extension.number.to_string());
                }
            }
        }
        let has_rules = !parts.outbound_rules.is_empty();
        let people = Self { numbers, phones, phones_out, inside, has_rules };
        (!people.numbers.is_empty() || people.phones.len() > 1).then_some(people)
    }

    /// Draws one call: most come in, some go out, some stay inside.
    pub(super) fn opening(&self, dice: &mut Dice) -> Opening {
        let lot = dice.below(100);
        if !self.numbers.is_empty() && (lot < 72 || self.phones.len() < 2) {
            return self.inbound(dice);
        }
        if lot < 90 && self.has_rules && !self.phones_out.is_empty() {
            let (to, _) = outsider(dice);
            return call(Direction::Subscriber, &picked(dice, &self.phones_out), &to, String::new());
        }
        let from = picked(dice, &self.phones);
        let to = picked(dice, &self.inside);
        // Nobody calls their own telephone; the next one is as good.
        let to = if to == from {
            self.inside.iter().find(|other| **other != from).cloned().unwrap_or(to)
        } else {
            to
        };
        call(Direction::Subscriber, &from, &to, String::new())
    }

    fn inbound(&self, dice: &mut Dice) -> Opening {
        let (from, name) = outsider(dice);
        // The lower of two draws: the first number, the main one most often, is called most.
        let many = self.numbers.len() as u64;
        let at = dice.below(many).min(dice.below(many));
        call(Direction::Inbound, &from, &self.numbers[at as usize], name)
    }
}

/// Somebody outside; about half of them have a name that comes with the call.
fn outsider(dice: &mut Dice) -> (String, String) {
    let who = dice.below(CALLERS).min(dice.below(CALLERS));
    let number = match who % 8 {
        7 => format!("{LONDON}{:02}", who / 8 % 100),
        area => format!("+1{}55501{:02}", AREAS[area as usize], who / 8 % 100),
    };
    let name = match who % 2 {
        0 => format!("{} {}", FIRST_NAMES[(who / 2 % 16) as usize], LAST_NAMES[(who / 5 % 16) as usize]),
        _ => String::new(),
    };
    (number, name)
}

fn picked(dice: &mut Dice, from: &[String]) -> String {
    from[dice.below(from.len() as u64) as usize].clone()
}

fn call(direction: Direction, from: &str, to: &str, from_name: String) -> Opening {
    Opening { direction, from: from.to_owned(), to: to.to_owned(), from_name, token: None, session: None }
}
