//! Modules: read, merged, and every mistake named by file and line.

use super::*;
use crate::field::{FieldKind, Unique};
use crate::{Registry, Tenancy, Value};

mod extensions;
mod migrations;
mod mistakes;

const MANIFEST: &str = "name = \"m\"\ntitle = \"M\"\n";

fn module(name: &str, files: &[(&str, &str)]) -> ModuleSource {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    ModuleSource { name: name.to_owned(), files }
}

/// A module `m` whose one model is this.
fn one(model: &str) -> Result<Registry, ModuleError> {
    Registry::from_modules(&[module("m", &[("module.toml", MANIFEST), ("thing/model.toml", model)])])
}

fn mistakes(result: Result<Registry, ModuleError>) -> Vec<String> {
    result.expect_err("a mistake").mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_usual_needs_no_line() {
    let registry = one(
        "name = \"m.phone_book\"\n[fields]\nfirst_name = { type = \"char\" }\nopen = { type = \"boolean\" }\n",
    );
    let registry = registry.unwrap_or_else(|error| panic!("{error}"));
    let model = registry.model("m.phone_book").expect("declared");
    assert_eq!((model.title.as_str(), model.display.as_str()), ("Phone book", "first_name"));
    assert_eq!((model.tenancy, model.audit, model.routing), (Tenancy::Tenant, true, false));
    assert_eq!(model.order, [("first_name".to_owned(), false), ("id".to_owned(), false)]);
    let name = &model.fields[0];
    assert_eq!(
        (&name.kind, name.title.as_str(), name.folded),
        (&FieldKind::Char { size: 255 }, "First name", true)
    );
    assert_eq!(model.fields[1].default, Some(Value::Bool(false)));
}

#[test]
fn one_run_finds_the_mistakes_of_all_files() {
    let found = mistakes(Registry::from_modules(&[
        module(
            "a",
            &[
                ("module.toml", "name = \"a\"\nversoin = \"1\"\n"),
                ("x/model.toml", "name = \"a.x\"\n[fields]\ny = {}\n"),
            ],
        ),
        module(
            "b",
            &[
                ("module.toml", "name = \"c\"\ndepends = [\"a\"]\n"),
                ("x/access.toml", "[rights]\n\"base.g\" = \"z\"\n"),
            ],
        ),
    ]));
    assert_eq!(
        found,
        [
            "a/module.toml:2: found the unknown key `versoin`, did you mean `version`?",
            "a/x/model.toml:3: the field `y` needs `type`",
            "b/module.toml:1: `name`: found \"c\", expected the name of its folder, \"b\"",
        ]
    );
}

const BASE: &[(&str, &str)] = &[
    ("module.toml", "name = \"base\"\n"),
    (
        "groups/model.toml",
        "name = \"res.groups\"\n[fields]\nname = { type = \"char\", required = true }\nkind = { type = \"selection\", options = [\"plain\"] }\n",
    ),
    ("data/groups.toml", "model = \"res.groups\"\n[records]\ngroup_owner = { name = \"Owner\" }\n"),
];

/// `base`, and a module that depends on it.
fn above_base(files: &[(&str, &str)]) -> Result<Registry, ModuleError> {
    let mut all = vec![("module.toml", "name = \"m\"\ndepends = [\"base\"]\n")];
    all.extend(files);
    Registry::from_modules(&[module("m", &all), module("base", BASE)])
}

#[test]
fn a_table_of_pairs_keeps_to_the_length_that_postgresql_keeps() {
    let (model, field) = ("m.".to_owned() + &"x".repeat(40), "y".repeat(30));
    let text =
        format!("name = \"{model}\"\n[fields]\n{field} = {{ type = \"many2many\", to = \"{model}\" }}\n");
    assert_eq!(
        mistakes(one(&text)),
        [
            "m/thing/model.toml:3: found a many2many whose table's name would be too long, expected a shorter name"
        ]
    );
}

#[test]
fn too_many_modules_are_refused_and_not_cut_short() {
    let names: Vec<String> = (0..=MODULES_MAX).map(|n| format!("m{n}")).collect();
    let manifests: Vec<String> = names.iter().map(|name| format!("name = \"{name}\"")).collect();
    let modules = names.iter().zip(&manifests).map(|(name, text)| module(name, &[("module.toml", text)]));
    let modules: Vec<ModuleSource> = modules.collect();
    assert!(Registry::from_modules(&modules[1..]).is_ok());
    assert_eq!(
        mistakes(Registry::from_modules(&modules)),
        ["m200/module.toml:1: found 201 modules, expected at most 200"]
    );
}

#[test]
fn two_models_never_share_a_table() {
    let fields = "[fields]\na = { type = \"char\" }\n";
    let found = mistakes(above_base(&[
        ("a/model.toml", &format!("name = \"m.a_b\"\n{fields}")),
        ("b/model.toml", &format!("name = \"m.a.b\"\n{fields}")),
    ]));
    assert_eq!(
        found,
        ["m/b/model.toml:1: found the model `m.a.b`, but there is already `m.a_b` with its table"]
    );
}

#[test]
fn rights_go_to_groups_that_exist_and_are_letters_of_crud() {
    let model = ("x/model.toml", "name = \"m.x\"\n[fields]\na = { type = \"char\" }\n");
    let right = above_base(&[model, ("x/access.toml", "[rights]\n\"base.group_owner\" = \"ru\"\n")]);
    let registry = right.unwrap_or_else(|error| panic!("{error}"));
    let (group, rights) = &registry.model("m.x").expect("declared").rights[0];
    assert_eq!(
        (group.as_str(), rights.read, rights.update, rights.create, rights.delete),
        ("base.group_owner", true, true, false, false)
    );

    for (line, expected) in [
        (
            "\"base.group_ownr\" = \"r\"",
            "m/x/access.toml:2: found the group `base.group_ownr`, expected one that module data declares",
        ),
        (
            "\"base.group_owner\" = \"rx\"",
            "m/x/access.toml:2: `base.group_owner`: found \"rx\", expected some of the letters of \"crud\": create, read, update, delete",
        ),
        (
            "\"base.group_owner\" = \"rr\"",
            "m/x/access.toml:2: `base.group_owner`: found \"rr\", expected some of the letters of \"crud\": create, read, update, delete",
        ),
        ("\"a b\" = \"r\"", "m/x/access.toml:2: found `a b`, expected a group: \"base.group_owner\""),
    ] {
        assert_eq!(
            mistakes(above_base(&[model, ("x/access.toml", &format!("[rights]\n{line}\n"))])),
            [expected]
        );
    }
    let reveal = |line: &str| {
        let access = format!("reveal = {line}\n[rights]\n\"base.group_owner\" = \"r\"\n");
        above_base(&[model, ("x/access.toml", access.as_str())])
    };
    let registry = reveal("[\"base.group_owner\"]").expect("right");
    assert_eq!(registry.model("m.x").expect("declared").reveal, ["base.group_owner"]);
    for (line, mistake) in [
        (
            "[\"base.group_ownr\"]",
            "m/x/access.toml:1: found the group `base.group_ownr`, expected one that module data declares",
        ),
        ("[\"a b\"]", "found \"a b\", expected a group: \"base.group_owner\""),
        ("\"base.group_owner\"", "`reveal`"),
    ] {
        let found = mistakes(reveal(line));
        assert!(found.len() == 1 && found[0].contains(mistake), "{line}: {found:?}");
    }
    let lonely = mistakes(above_base(&[("x/access.toml", "[rights]\n\"base.group_owner\" = \"r\"\n")]));
    assert_eq!(lonely, ["m/x/access.toml:2: found rights, expected a valid model.toml in the same folder"]);
}

#[test]
fn data_names_records_by_external_id_and_in_order() {
    let model = (
        "x/model.toml",
        "name = \"m.x\"\n[fields]\na = { type = \"char\", required = true }\ng = { type = \"many2one\", to = \"res.groups\" }\n",
    );
    let data = "model = \"m.x\"\nnoupdate = true\n[records]\none = { a = \"1\", g = \"base.group_owner\" }\n";
    let registry = above_base(&[model, ("data/x.toml", data)]).unwrap_or_else(|error| panic!("{error}"));
    let ids: Vec<String> = registry.data().iter().map(DataRecord::external_id).collect();
    assert_eq!(ids, ["base.group_owner", "m.one"]);
    assert!(registry.data()[1].noupdate && !registry.data()[0].noupdate);

    for (record, expected) in [
        ("one = { a = 1 }", "m/data/x.toml:3: `a`: found 1, expected a text in quotes"),
        ("one = { b = 1, a = \"\" }", "m/data/x.toml:3: found the unknown field `b`, expected one of: a, g"),
        ("one = {}", "m/data/x.toml:3: the record `one` needs `a`"),
        (
            "one = { a = \"1\", g = \"base.nobody\" }",
            "m/data/x.toml:3: found `base.nobody`, expected a record that was declared before",
        ),
        (
            "one = { a = \"1\", g = \"crm.x\" }",
            "m/data/x.toml:3: found something of the module `crm`, which is not among this module's `depends`",
        ),
        ("\"o n e\" = {}", "m/data/x.toml:3: found `o n e`, expected letters, digits, `_` and `-`"),
        (
            "one = { a = \"1\" }\ntwo = { a = \"2\", g = \"one\" }",
            "m/data/x.toml:4: found `one`, which is a m.x, expected a res.groups",
        ),
    ] {
        let found = mistakes(above_base(&[
            model,
            ("data/x.toml", &format!("model = \"m.x\"\n[records]\n{record}\n")),
        ]));
        assert!(found.contains(&expected.to_owned()), "{record}: {found:#?}");
    }
    let twice = [model, ("data/a.toml", data), ("data/b.toml", data)];
    assert_eq!(
        mistakes(above_base(&twice)),
        ["m/data/b.toml:4: found the record `one` twice in this module, expected it once"]
    );
}

#[test]
fn tenancy_decides_within_what_a_value_is_unique() {
    let shared = |unique: &str| {
        one(&format!(
            "name = \"m.thing\"\ntenancy = \"shared\"\n[fields]\na = {{ type = \"char\", unique = \"{unique}\" }}\n"
        ))
    };
    let registry = shared("installation").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(registry.model("m.thing").expect("declared").fields[0].unique, Some(Unique::Installation));
    assert_eq!(
        mistakes(shared("tenant")),
        ["m/thing/model.toml:4: expected \"installation\": the records of this model have no tenant"]
    );
}

/// xorshift: the same mutations in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end.max(1) as u64).expect("below a usize")
    }
}

const PIECES: &[&str] = &[
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    ",",
    ".",
    "'",
    "#",
    "[[",
    "\"\"\"",
    "\0",
    "é",
    "\u{feff}",
    "-1",
    "1e999",
    "nan",
    "9223372036854775808",
    "1979-05-27",
    "true",
    "name",
    "type = \"secret\"",
    "to = \"res.users\"",
    "extends = \"res.company\"",
    "unique = \"installation\"",
    "required",
    "id",
    "[fields]",
    "[records]",
    "hangup",
    "\\u0000",
    "\\",
    "a.b.c = 1",
];

fn mutate(text: &str, dice: &mut Dice) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(4) {
        let at = dice.below(chars.len() + 1);
        let end = (at + dice.below(12)).min(chars.len());
        match dice.below(4) {
            0 => drop(chars.drain(at..end)),
            1 => drop(chars.splice(at..end, PIECES[dice.below(PIECES.len())].chars())),
            2 => {
                let copied: Vec<char> = chars[at..end].to_vec();
                let to = dice.below(chars.len() + 1);
                drop(chars.splice(to..to, copied));
            }
            _ => drop(chars.splice(at..at, PIECES[dice.below(PIECES.len())].chars())),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn mutated_modules_are_refused_or_read_but_never_panic() {
    const ROUNDS: usize = 1_000;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../modules");
    let mut original = from_folder(&folder).expect("the modules are readable");
    // The long list of countries would only make each round slow; two of them do.
    for source in &mut original {
        let long = ["data/countries.toml", "data/currencies.toml"];
        for (_, text) in source.files.iter_mut().filter(|(path, _)| long.contains(&path.as_str())) {
            *text = text.lines().take(8).collect::<Vec<_>>().join("\n");
        }
    }
    assert!(Registry::from_modules(&original).is_ok());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut refused, mut read) = (0, 0);
    for _ in 0..ROUNDS {
        let mut sources = original.clone();
        let source = dice.below(sources.len());
        let files = &mut sources[source].files;
        let file = dice.below(files.len());
        files[file].1 = mutate(&files[file].1, &mut dice);
        match Registry::from_modules(&sources) {
            Ok(_) => read += 1,
            Err(error) => {
                refused += 1;
                for mistake in &error.mistakes {
                    assert!(mistake.line >= 1 && !mistake.message.is_empty(), "{mistake}");
                }
                assert!(!error.mistakes.is_empty() && error.mistakes.len() <= MISTAKES_MAX);
            }
        }
    }
    // A test that only ever saw one of the two would prove little.
    assert!(refused > ROUNDS / 4 && read > ROUNDS / 100, "{refused} refused, {read} read");
}
