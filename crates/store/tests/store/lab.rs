//! A module made for these tests, with a field of every kind; and short ways to say values.

use opbx_kernel::{RecordId, Scope, TenantId};
use opbx_platform::module::ModuleSource;
use opbx_platform::{Registry, Value, Values};
use opbx_testkit::{module, registry_with};

const MODULE: &str = r#"
name = "lab"
title = "Laboratory"
version = "1.0"
depends = ["base", "pbx"]
category = "Tests"
"#;

pub(crate) const SAMPLE: &str = r#"
name = "lab.sample"
title = "Sample"
order = "name"

[fields]
name = { type = "char", size = 40, required = true, folded = true, index = true }
code = { type = "char", size = 20, unique = "tenant", folded = false, immutable = true }
label = { type = "char", size = 40, unique = "active", folded = true }
body = { type = "text" }
level = { type = "integer", min = -5, max = 100, default = 3 }
price = { type = "decimal", digits = 4 }
day = { type = "date" }
at = { type = "datetime" }
state = { type = "selection", options = ["new", "done"], default = "new" }
parent = { type = "many2one", to = "lab.sample", on_delete = "restrict" }
origin = { type = "many2one", to = "res.country", on_delete = "restrict" }
friend = { type = "many2one", to = "lab.sample", on_delete = "set_null" }
parts = { type = "one2many", to = "lab.part", inverse = "sample" }
tags = { type = "many2many", to = "lab.part" }
lands = { type = "many2many", to = "res.country" }
goal = { type = "destination", default = "hangup" }
page = { type = "html" }
weight = { type = "float", min = -100.5 }
coin = { type = "many2one", to = "lab.coin" }
due = { type = "monetary", currency = "coin" }
about = { type = "reference", to = ["lab.part", "pbx.ring_group"], on_delete = "set_null" }
proof = { type = "reference", to = ["lab.part"] }
slogan = { type = "char", size = 60, translate = true, folded = true, pattern = "[^<>]*" }
notice = { type = "html", translate = true, track = true, help = "What everybody should know" }
rating = { type = "integer", readonly = true, copy = false, groups = ["base.group_owner"] }
facts = { type = "json" }
blob = { type = "binary" }
pin = { type = "secret" }
active = { type = "boolean", default = true }
"#;

const PART: &str = r#"
name = "lab.part"
title = "Part"
order = "rank desc"
unique = [["sample", "rank"]]

[fields]
name = { type = "char", size = 40, required = true }
rank = { type = "integer", default = 1, required = true }
sample = { type = "many2one", to = "lab.sample", on_delete = "cascade" }
"#;

const COIN: &str = r#"
name = "lab.coin"
title = "Coin"

[fields]
name = { type = "char", size = 3, required = true }
digits = { type = "integer", min = 0, max = 6, default = 2, required = true }
"#;

const TICK: &str = r#"
name = "lab.tick"
title = "Tick"
audit = false

[fields]
name = { type = "char", size = 40 }
number = { type = "integer", required = true }
"#;

const TALLY: &str = r#"
name = "lab.tally"
title = "Tally"
display = "day"
audit = false
unique = [["sample", "day"]]

[fields]
sample = { type = "many2one", to = "lab.sample", on_delete = "cascade", required = true }
day = { type = "char", size = 10, required = true, folded = false }
next = { type = "integer", required = true }
"#;

/// The product's models and the laboratory's, with a sample declared as given.
pub(crate) fn registry_of(sample: &str) -> Registry {
    registry_with(vec![lab(sample)])
}

pub(crate) fn registry() -> Registry {
    registry_of(SAMPLE)
}

fn lab(sample: &str) -> ModuleSource {
    lab_with(&[("sample/model.toml", sample)])
}

/// The laboratory with other files in place of its own, or beside them.
pub(crate) fn lab_with(files: &[(&str, &str)]) -> ModuleSource {
    let own = [
        ("module.toml", MODULE),
        ("sample/model.toml", SAMPLE),
        ("part/model.toml", PART),
        ("coin/model.toml", COIN),
        ("tick/model.toml", TICK),
        ("tally/model.toml", TALLY),
    ];
    let is_kept = |(path, _): &&(&str, &str)| !files.iter().any(|(other, _)| other == path);
    let all: Vec<(&str, &str)> = own.iter().filter(is_kept).chain(files).copied().collect();
    module("lab", &all)
}

/// The sample with some of its lines replaced; an empty one is taken out, a new name adds one.
pub(crate) fn sample_but(lines: &[(&str, &str)]) -> String {
    let mut text: Vec<String> = SAMPLE.lines().map(str::to_owned).collect();
    for (name, line) in lines {
        let start = format!("{name} =");
        // The model's own `name` stands before its fields.
        match text.iter().rposition(|old| old.starts_with(&start)) {
            Some(at) => text[at] = (*line).to_owned(),
            None => text.push((*line).to_owned()),
        }
    }
    text.join("\n")
}

pub(crate) fn scope(tenant: TenantId) -> Scope {
    Scope::system(tenant, "a test")
}

pub(crate) fn values<const N: usize>(pairs: [(&str, Value); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn sample(name: &str) -> Values {
    values([("name", name.into())])
}

pub(crate) fn id(raw: i64) -> RecordId {
    RecordId::new(raw).expect("a test's id is an id")
}
