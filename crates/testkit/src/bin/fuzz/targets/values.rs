//! What is written into records, as JSON: an object of fields after a line that names the model.

use crate::target::{Judged, Seen, Target};
use opbx_platform::command::read_values;
use opbx_platform::{Field, FieldKind, Registry, Value};
use opbx_testkit::{module, registry_with};

const MODEL: &str = "lab.thing";
/// A model with a field of every kind.
const LAB: &str = r#"
name = "lab.thing"
title = "Thing"
[fields]
name = { type = "char", size = 20, required = true }
mail = { type = "char", format = "email" }
phone = { type = "char", format = "e164" }
zone = { type = "char", format = "time_zone" }
code = { type = "char", pattern = "[A-Z]{2}[0-9]+" }
note = { type = "text" }
page = { type = "html" }
flag = { type = "boolean" }
count = { type = "integer", min = -5, max = 5 }
price = { type = "decimal", digits = 2 }
weight = { type = "float" }
day = { type = "date" }
at = { type = "datetime" }
state = { type = "selection", options = ["new", "done"] }
of = { type = "many2one", to = "lab.thing" }
parts = { type = "one2many", to = "lab.thing", inverse = "of" }
tags = { type = "many2many", to = "lab.thing" }
to = { type = "destination" }
any = { type = "reference", to = ["lab.thing", "res.partner"] }
raw = { type = "json" }
file = { type = "binary" }
key = { type = "secret" }
"#;
const EXAMPLES: &[&str] = &[
    r#"{"name": "a", "mail": "a@b.c", "phone": "+12125550100", "zone": "Europe/Paris", "code": "AB12", "flag": true}"#,
    r#"{"note": "a\nb", "page": "<p onclick='x'><b>a</b><script>x</script></p>", "count": 3, "price": "1.25"}"#,
    r#"{"price": 1e2, "weight": 1.5e-7, "day": "2026-02-28", "at": "2026-03-01T12:00:00.123456Z", "state": "new"}"#,
    r#"{"of": 1, "parts": [1, 2], "tags": [], "to": "ring_group:12", "any": "lab.thing,1", "raw": {"a": [null]}}"#,
    r#"{"file": "AAEC", "key": "k", "to": "forward:+12125550100"}"#,
    "pbx.extension\n{\"number\": \"1001\", \"name\": \"Alice\", \"user\": 7, \"ring_timeout_s\": 30}",
];
const WORDS: &[&str] = &[
    "\"name\"",
    "\"mail\"",
    "\"phone\"",
    "\"zone\"",
    "\"code\"",
    "\"note\"",
    "\"page\"",
    "\"flag\"",
    "\"count\"",
    "\"price\"",
    "\"weight\"",
    "\"day\"",
    "\"at\"",
    "\"state\"",
    "\"of\"",
    "\"parts\"",
    "\"tags\"",
    "\"to\"",
    "\"any\"",
    "\"raw\"",
    "\"file\"",
    "\"key\"",
    "null",
    "true",
    "false",
    "[",
    "]",
    "{",
    "}",
    ": ",
    ", ",
    "\"hangup\"",
    "\"forward:\"",
    "\"lab.thing,1\"",
    "\"2026-02-30\"",
    "\"2026-03-01T24:00:00Z\"",
    "\"-009999-01-02T01:59:59Z\"",
    "\"9999-12-31T23:59:59.999999999Z\"",
    "<b>",
    "</b>",
    "<a href=\"javascript:x\">",
    "<!--",
    "&lt;",
    "<svg>",
    "\\u0000",
    "\\ud800",
    "[0, 0, {\"name\": \"x\"}]",
    "[6, 0, [1]]",
    "[5]",
    "[4, 1]",
    "pbx.menu\n",
    "res.partner\n",
    "\"=\"",
];

pub(crate) fn target() -> Target {
    let manifest = "name = \"lab\"\ntitle = \"Lab\"\nversion = \"1.0\"\ndepends = [\"base\"]\n";
    let lab = [("module.toml", manifest), ("thing/model.toml", LAB), ("thing/access.toml", "[rights]\n")];
    let registry = registry_with(vec![module("lab", &lab)]);
    let examples = EXAMPLES.iter().map(|example| example.as_bytes().to_vec()).collect();
    let judge = move |input: &[u8]| judge(&registry, input);
    Target { name: "values", examples, words: WORDS, judge: Box::new(judge) }
}

fn refused(sentence: &str, said: &mut String) -> Result<(), String> {
    Seen::refused(sentence)?;
    said.extend(sentence.chars().filter(|c| c.is_alphabetic()).take(60));
    Ok(())
}

/// What fits a field is the same value once it was written and read again, in both ways of writing it.
fn holds(field: &Field, value: &Value) -> Result<(), String> {
    let written = value.to_json(field);
    let mut text = Vec::new();
    value.write_json(Some(field), &mut text);
    match serde_json::from_slice::<serde_json::Value>(&text) {
        Ok(json) if json == written => {}
        _ => return Err(format!("is written in two ways: {written} and {}", String::from_utf8_lossy(&text))),
    }
    let again = Value::from_json(field, &written);
    let is_shown = field.kind != FieldKind::Secret && !(field.kind == FieldKind::Boolean && value.is_null());
    if is_shown && again.as_ref() != Ok(value) {
        return Err(format!(
            "is another value once written: `{}` held {value:?}, then {again:?}",
            field.name
        ));
    }
    Ok(())
}

fn judge(registry: &Registry, input: &[u8]) -> Judged {
    let text = String::from_utf8_lossy(input);
    let (name, json) =
        text.split_once('\n').filter(|(name, _)| !name.starts_with('{')).unwrap_or((MODEL, &text));
    let model = registry.model(name).or_else(|| registry.model(MODEL)).expect("the laboratory has things");
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str(json) else {
        return Ok(Seen::taken("no object"));
    };
    let mut said = String::new();
    for (name, json) in &members {
        let Some(field) = model.field(name) else { continue };
        match Value::from_json(field, json).and_then(|value| field.check(&value).map(|()| value)) {
            Ok(value) => {
                holds(field, &value)?;
                said.push_str(value.shape());
            }
            Err(error) => refused(&error.to_string(), &mut said)?,
        }
    }
    // Once more as a whole: lists may be commands there, with records inside records.
    match read_values(registry, model, &members) {
        Ok(values) => said.extend(values.values().map(Value::shape)),
        Err(faults) => {
            for (place, fault) in &faults {
                refused(&fault.to_string(), &mut said)?;
                said.push_str(&place.matches('.').count().to_string());
            }
        }
    }
    Ok(Seen::taken(said))
}
