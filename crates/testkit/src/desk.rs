//! A small module that tests of access and of records stand on: tickets of a help desk, with rules, field groups,
//! companies and lists of every kind.

use crate::registries::{module, registry_with};
use opbx_platform::Registry;
use opbx_platform::module::ModuleSource;

const FILES: &[(&str, &str)] = &[
    ("module.toml", "name = \"desk\"\ntitle = \"Help desk\"\nversion = \"1.0\"\ndepends = [\"base\"]\n"),
    (
        "data/groups.toml",
        "model = \"res.groups\"\n[records]\nclerk = { name = \"Desk clerk\" }\nboss = { name = \"Desk boss\" }\n",
    ),
    (
        "ticket/model.toml",
        r#"
name = "desk.ticket"
order = "name"
company = true
name_search = ["code", "name"]
[fields]
name = { type = "char", size = 40, required = true, unique = "active" }
code = { type = "char", size = 20, unique = "tenant" }
owner = { type = "integer" }
level = { type = "integer", default = 1, required = true }
price = { type = "decimal", digits = 4 }
day = { type = "date" }
at = { type = "datetime" }
state = { type = "selection", options = ["open", "done"], default = "open", required = true }
margin = { type = "decimal", digits = 2, groups = ["boss"] }
pin = { type = "secret" }
parent = { type = "many2one", to = "desk.ticket" }
notes = { type = "one2many", to = "desk.note", inverse = "ticket", max = 5 }
children = { type = "one2many", to = "desk.ticket", inverse = "parent" }
labels = { type = "many2many", to = "desk.label" }
active = { type = "boolean", default = true }
"#,
    ),
    (
        "ticket/access.toml",
        r#"
[rights]
clerk = "cru"
boss = "crud"
[[rules]]
name = "own or unowned"
groups = ["clerk"]
deeds = "ru"
domain = ["|", ["owner", "=", "$user"], ["owner", "=", false]]
[[rules]]
name = "easy ones"
groups = ["clerk"]
deeds = "cu"
domain = [["level", "<", 5]]
[[rules]]
name = "all"
groups = ["boss"]
domain = []
"#,
    ),
    (
        "note/model.toml",
        r#"
name = "desk.note"
order = "text"
[fields]
text = { type = "char", size = 100, required = true }
ticket = { type = "many2one", to = "desk.ticket", on_delete = "cascade", required = true }
label = { type = "many2one", to = "desk.label", on_delete = "restrict" }
"#,
    ),
    ("note/access.toml", "[rights]\nclerk = \"cru\"\nboss = \"crud\"\n"),
    (
        "label/model.toml",
        r#"
name = "desk.label"
order = "name"
[fields]
name = { type = "char", size = 40, required = true, unique = "tenant" }
hidden = { type = "boolean" }
"#,
    ),
    (
        "label/access.toml",
        r#"
[rights]
clerk = "cr"
boss = "crud"
[[rules]]
name = "not the hidden ones"
groups = ["clerk"]
domain = [["hidden", "=", false]]
[[rules]]
name = "all"
groups = ["boss"]
domain = []
"#,
    ),
    (
        "safe/model.toml",
        r#"
name = "desk.safe"
company = true
[fields]
name = { type = "char", size = 40 }
ticket = { type = "many2one", to = "desk.ticket" }
"#,
    ),
    ("safe/access.toml", "[rights]\nboss = \"crud\"\n"),
];

/// Group of clerks: they see tickets that are theirs or nobody's, and no margins.
pub const CLERK: &str = "desk.clerk";
/// Group of bosses, who see everything.
pub const BOSS: &str = "desk.boss";

/// The help desk alone.
pub fn desk() -> ModuleSource {
    module("desk", FILES)
}

/// The product's models and the help desk's.
pub fn desk_registry() -> Registry {
    registry_with(vec![desk()])
}
