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
    let files = [
        ("module.toml", MODULE),
        ("sample/model.toml", sample),
        ("part/model.toml", PART),
        ("tick/model.toml", TICK),
        ("tally/model.toml", TALLY),
    ];
    module("lab", &files)
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
