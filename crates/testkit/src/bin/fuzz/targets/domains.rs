//! Domains: read, judged in memory, and written back as what they were. The first line names the model.

use crate::target::{Judged, Seen, Target};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, FieldKind, Model, Reading, Registry, Value, Values, World};
use opbx_testkit::product_registry;

/// Where the first line names no model.
const MODEL: &str = "pbx.extension";
const EXAMPLES: &[&str] = &[
    "pbx.extension\n[]",
    "pbx.extension\n[[\"number\", \"=\", \"1001\"], [\"active\", \"in\", [true, false]]]",
    "pbx.extension\n[\"|\", [\"user.name\", \"ilike\", \"al%_\"], \"!\", [\"user\", \"=\", false]]",
    "pbx.ring_group\n[[\"members\", \"any\", [[\"extension.number\", \">=\", \"1\"]]], [\"timeout_s\", \"<\", 30]]",
    "pbx.call\n[[\"started_at\", \">=\", \"today -1m =monday\"], [\"started_at.month_number\", \"in\", [1, 12]]]",
    "pbx.call\n[\"&\", \"|\", [\"status\", \"!=\", \"completed\"], [\"id\", \"not in\", [1, 2, null]], [1, \"=\", 1]]",
    "res.partner\n[[\"id\", \"child_of\", [1]], [\"parent\", \"parent_of\", \"acme\"], [\"name\", \"=?\", false]]",
    "res.currency\n[[\"name\", \"not =ilike\", \"e%\"], [\"created_at\", \"<\", \"2026-03-01\"]]",
    "pbx.hours_exception\n[[\"date\", \"=\", \"2026-02-29\"], [\"date.iso_week_number\", \"<=\", 53]]",
];
const WORDS: &[&str] = &[
    "\"=\"",
    "\"!=\"",
    "\"<\"",
    "\"<=\"",
    "\">\"",
    "\">=\"",
    "\"in\"",
    "\"not in\"",
    "\"like\"",
    "\"ilike\"",
    "\"not like\"",
    "\"not ilike\"",
    "\"=like\"",
    "\"=ilike\"",
    "\"not =like\"",
    "\"=?\"",
    "\"child_of\"",
    "\"parent_of\"",
    "\"any\"",
    "\"not any\"",
    "\"&\"",
    "\"|\"",
    "\"!\"",
    "\"&\", ",
    "\"|\", ",
    "\"!\", ",
    "[]",
    "[[",
    "]]",
    "null",
    "true",
    "false",
    "\"id\"",
    "\"name\"",
    "\"number\"",
    "\"active\"",
    "\"created_at\"",
    "\"updated_by\"",
    "\"started_at\"",
    "\"user.name\"",
    "\"members.extension.user.name\"",
    "\"started_at.year_number\"",
    "\"started_at.day_of_week\"",
    "\"parent.parent.parent\"",
    "\"parent\"",
    "\"fallback\"",
    "\"hangup\"",
    "\"ring_group:1\"",
    "\"today\"",
    "\"now -3d\"",
    "\"today +1w =week_start\"",
    "\"2026-03-01\"",
    "\"2026-03-01T12:00:00Z\"",
    "\"9999-12-31T23:59:59Z\"",
    "\"-9999-01-01\"",
    "\"today +9999999y\"",
    "1",
    "0",
    "-1",
    "pbx.call\n",
    "res.partner\n",
    "pbx.menu\n",
    "res.users\n",
    ", ",
    "[\"name\", \"=\", \"a\"]",
    "[\"id\", \"in\", [1, 2]], ",
    "\\u0000",
    "\\ud83d\\ude00",
];

pub(crate) fn target() -> Target {
    let registry = product_registry();
    let examples = EXAMPLES.iter().map(|example| example.as_bytes().to_vec()).collect();
    let judge = move |input: &[u8]| judge(&registry, input);
    Target { name: "domains", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(registry: &Registry, input: &[u8]) -> Judged {
    let text = String::from_utf8_lossy(input);
    let (name, json) = text.split_once('\n').unwrap_or((MODEL, &text));
    let model = registry.model(name).or_else(|| registry.model(MODEL)).expect("the product has extensions");
    let Ok(json) = serde_json::from_str(json) else { return Ok(Seen::taken("no JSON")) };
    let now = "2026-03-01T12:00:00Z".parse().expect("an instant");
    let zone = jiff::tz::TimeZone::get("America/New_York").expect("a zone");
    let reading = Reading::new(registry, now).within(zone);
    let domain = match Domain::parse(&reading, model, &json) {
        Ok(domain) => domain,
        Err(error) => return Seen::refused(&error.to_string()),
    };
    let written = domain.to_json();
    match Domain::parse(&reading, model, &written) {
        Ok(again) if again == domain => {}
        Ok(again) => {
            return Err(format!(
                "is another domain once written: {written} reads as {again:?}, not {domain:?}"
            ));
        }
        Err(error) => return Err(format!("cannot be read once written: {error}; it was {written}")),
    }
    let world = world(registry, model);
    let found = world.find(model, &domain);
    let others = world.find(model, &!domain);
    if !found.is_disjoint(&others) || found.len() + others.len() != RECORDS {
        return Err(format!("holds and does not hold: {written}"));
    }
    Ok(Seen::taken(shape(&written)))
}

const RECORDS: usize = 3;

/// Records that hold nothing, that name each other in a circle, and that hold whatever their defaults say.
fn world<'r>(registry: &'r Registry, model: &Model) -> World<'r> {
    let mut world = World::new(registry);
    for id in 1..=RECORDS {
        let id = RecordId::new(id as i64).expect("positive");
        let mut values = Values::new();
        if id.get() > 1 {
            for field in &model.fields {
                let value = match &field.kind {
                    FieldKind::Many2one { .. } => {
                        Value::Record(RecordId::new(5 - id.get()).expect("positive"))
                    }
                    FieldKind::Char { .. } | FieldKind::Text => Value::Text("Al_%\\ß".to_owned()),
                    FieldKind::Integer { .. } => Value::Int(i64::MAX),
                    FieldKind::Datetime => Value::Instant(jiff::Timestamp::MAX),
                    FieldKind::Date => Value::Date(jiff::civil::Date::MIN),
                    _ => continue,
                };
                values.insert(field.name.clone(), value);
            }
        }
        world.insert(model, id, values);
    }
    world
}

/// The operators of a domain in their order, without fields and values.
fn shape(json: &serde_json::Value) -> String {
    let mut shape = String::new();
    for item in json.as_array().into_iter().flatten() {
        match item.as_array() {
            Some(term) => shape.extend(term.get(1).map(ToString::to_string)),
            None => shape.push_str(&item.to_string()),
        }
        if shape.len() > 40 {
            break;
        }
    }
    shape
}
