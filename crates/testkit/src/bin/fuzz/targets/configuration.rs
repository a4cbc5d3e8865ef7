//! Configuration files, as far as they are read without a database: mistakes have a line that is there.

use crate::corpus;
use crate::target::{Judged, Seen, Target, readable};
use opbx_app::configuration::apply::{self, ApplyError};
use opbx_platform::Registry;
use opbx_testkit::product_registry;

const FILE: &str = "company.toml";
const WORDS: &[&str] = &[
    "tenant",
    "slug",
    "name",
    "[pbx.extension.a]\n",
    "[pbx.ring_group.sales]\n",
    "[res.users.alice]\n",
    "[res.company.main]\n",
    "[pbx.menu.main]\n",
    "[pbx.hours.week]\n",
    "[pbx.number.main]\n",
    "[pbx.extension.\"x y\"]\n",
    "renamed_from = \"old\"\n",
    "members = [\"1001\"]\n",
    "keys = [{ key = \"1\", destination = \"hangup\" }]\n",
    "ranges",
    "exceptions",
    "fallback",
    "destination",
    "\"extension:reception\"",
    "\"hangup\"",
    "\"ring_group:sales\"",
    "\"forward:+12125550100\"",
    "number = \"1001\"\n",
    "timeout_s = 20\n",
    "{ env = \"HOME\" }",
    "{ env = \"NONE\" }",
    "\"base.us\"",
    "[\"base.group_owner\"]",
    "active = false\n",
    "true",
    "[",
    "]",
    "{",
    "}",
    " = ",
    "\"\"\"",
    "\"",
    "1979-05-27T07:32:00Z",
    "07:32:00",
    "[[pbx.extension]]\n",
    "pbx = 1\n",
    "user = \"alice\"\n",
    "''",
];

pub(crate) fn target() -> Target {
    let registry = product_registry();
    let mut examples = corpus::blocks_of_docs("toml");
    let demo = corpus::root().join("crates/app/data/company.toml");
    let demo = std::fs::read(&demo).expect("the demo company can be read");
    // Record by record, too: a small file changes more in a change.
    let tenant = "tenant = { slug = \"a\", name = \"A\" }\n";
    for record in String::from_utf8_lossy(&demo).split("\n[").skip(1) {
        examples.push(format!("{tenant}[{record}\n").into_bytes());
    }
    examples.push(demo);
    let judge = move |input: &[u8]| judge(&registry, &String::from_utf8_lossy(input));
    Target { name: "configuration", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(registry: &Registry, text: &str) -> Judged {
    let environment = |name: &str| (name == "HOME").then(|| "a secret".to_owned());
    let mistakes = match apply::check(registry, FILE, text, &environment) {
        Ok(()) => return Ok(Seen::taken(text.matches("\n[").count())),
        Err(ApplyError::Mistakes(mistakes)) => mistakes,
        Err(other) => return Err(format!("fails otherwise than by a mistake in the file: {other}")),
    };
    let lines = text.split('\n').count();
    for mistake in &mistakes {
        readable(&mistake.message)?;
        if mistake.file != FILE || !(1..=lines).contains(&mistake.line) {
            return Err(format!("a mistake stands in a line that is not there, {lines} are: {mistake}"));
        }
    }
    let Some(first) = mistakes.first() else { return Err("is refused without a mistake".into()) };
    Seen::refused(&first.message)
}
