//! Extensions: what a module may add to another's model and change in it, and the order of modules.

use super::*;

fn registry(files: &[(&str, &str)]) -> Registry {
    above_base(files).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn an_extension_adds_fields_rules_and_rights() {
    let extension = "extends = \"res.groups\"\nrouting = true\nunique = [[\"name\", \"level\"]]\n\
                     indexes = [[\"level\"]]\n[fields]\nlevel = { type = \"integer\" }\n";
    let registry = registry(&[
        ("groups/model.toml", extension),
        ("groups/access.toml", "[rights]\n\"base.group_owner\" = \"r\"\n"),
    ]);
    let model = registry.model("res.groups").expect("declared by base");
    assert_eq!((model.module.as_str(), model.routing, model.fields.len()), ("base", true, 3));
    assert_eq!((model.fields[0].module.as_str(), model.fields[2].module.as_str()), ("base", "m"));
    assert_eq!(model.unique, [["name", "level"]]);
    assert_eq!(model.indexes, [["level"]]);
    assert!(model.rights[0].1.read);
}

#[test]
fn an_extension_changes_what_it_may_of_fields_it_does_not_bring() {
    let model = "name = \"m.x\"\n[fields]\nstate = { type = \"selection\", options = [\"new\"] }\n\
                 name = { type = \"char\" }\ncode = { type = \"char\", size = 10 }\n";
    let above = "extends = \"m.x\"\n[fields]\n\
                 state = { add_options = [\"done\"], default = \"done\", title = \"Stage\", help = \"How far it is\" }\n\
                 code = { size = 20, required = true, default = \"x\", track = true, readonly = true, groups = [\"base.group_owner\"] }\n";
    let sources = [
        module("z", &[("module.toml", "name = \"z\"\ndepends = [\"m\"]\n"), ("x/model.toml", above)]),
        module("m", &[("module.toml", "name = \"m\"\ndepends = [\"base\"]\n"), ("x/model.toml", model)]),
        module("base", BASE),
    ];
    let registry = Registry::from_modules(&sources).unwrap_or_else(|error| panic!("{error}"));
    let model = registry.model("m.x").expect("declared");
    let state = model.field("state").expect("declared");
    assert_eq!(state.kind, FieldKind::Selection { options: vec!["new".into(), "done".into()] });
    assert_eq!((state.title.as_str(), &state.default), ("Stage", &Some("done".into())));
    assert_eq!(state.help.as_deref(), Some("How far it is"));
    let code = model.field("code").expect("declared");
    assert_eq!(code.kind, FieldKind::Char { size: 20 });
    assert!(code.required && code.track && code.readonly);
    assert_eq!(code.groups, ["base.group_owner"]);
    assert_eq!((code.module.as_str(), code.title.as_str()), ("m", "Code"), "whose it is does not change");
}

#[test]
fn base_is_first_then_dependencies_then_names() {
    let named = |name: &str, depends: &str| {
        let text = format!("name = \"{name}\"\ndepends = [{depends}]\n");
        module(name, &[("module.toml", &text)])
    };
    let sources =
        [named("c", ""), named("a", "\"d\""), named("d", ""), named("base", ""), named("b", "\"base\"")];
    let registry = Registry::from_modules(&sources).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = registry.modules().iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["base", "b", "c", "d", "a"]);
}

#[test]
fn the_last_module_has_the_last_word_on_a_title() {
    let titled = |name: &str, depends: &str, title: &str| {
        let manifest = format!("name = \"{name}\"\ndepends = [{depends}]\n");
        let extension = format!("extends = \"res.groups\"\n[fields]\nname = {{ title = \"{title}\" }}\n");
        module(name, &[("module.toml", &manifest), ("g/model.toml", &extension)])
    };
    let sources =
        [module("base", BASE), titled("a", "\"base\", \"b\"", "of a"), titled("b", "\"base\"", "of b")];
    let registry = Registry::from_modules(&sources).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(registry.model("res.groups").expect("declared").fields[0].title, "of a");
}

#[test]
fn every_conflict_of_extensions_is_named_with_file_and_line() {
    let rows: &[(&str, &str)] = &[
        (
            "extends = \"res.groups\"\n[fields]\nname = { type = \"char\" }",
            "m/g/model.toml:3: found the field `name`, but the module `base` brings it to `res.groups` already (base/groups/model.toml:3)",
        ),
        (
            "extends = \"res.groups\"\ntitle = \"x\"\n[fields]",
            "m/g/model.toml:2: found the unknown key `title`, expected one of: extends, routing, unique, indexes, fields",
        ),
        (
            "extends = \"res.group\"\n[fields]",
            "m/g/model.toml:1: found the unknown model `res.group`, did you mean `res.groups`?",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nnaem = { title = \"x\" }",
            "m/g/model.toml:3: found the unknown field `naem`, did you mean `name`? A new field needs `type`.",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nname = { unique = \"tenant\" }",
            "m/g/model.toml:3: found `unique`, but an extension may change only: title, help, default, required, track, groups, readonly, size, add_options",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nname = { titel = \"x\" }",
            "m/g/model.toml:3: found the unknown attribute `titel`, did you mean `title`?",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nname = { size = 100 }",
            "m/g/model.toml:3: `size`: found 100, expected no less than 255, which records may fill already",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nname = { add_options = [\"x\"] }",
            "m/g/model.toml:3: found `add_options`, but a field of type char has no such attribute",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nname = { required = false }",
            "m/g/model.toml:3: found false, but an extension may not release a required field: the module that brings it relies on it",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nkind = { add_options = [\"plain\"] }",
            "m/g/model.toml:3: found the option `plain`, which `kind` has",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nkind = { default = \"fancy\" }",
            "m/g/model.toml:3: `kind` must be one of: plain",
        ),
        (
            "extends = \"res.groups\"\nunique = [[\"nmae\"]]\n[fields]",
            "m/g/model.toml:2: found the unknown field `nmae`, did you mean `name`?",
        ),
        (
            "extends = \"res.groups\"\n[fields]\nkind = { groups = [\"base.nobody\"] }",
            "m/g/model.toml:3: found the group `base.nobody`, expected one that module data declares",
        ),
    ];
    for (extension, expected) in rows {
        assert_eq!(mistakes(above_base(&[("g/model.toml", extension)])), [*expected], "{extension}");
    }
}

#[test]
fn a_module_extends_only_what_it_depends_on() {
    let extension = "extends = \"res.groups\"\n[fields]\n";
    let alone = |name: &str, depends: &str, extension: &str| {
        module(
            name,
            &[
                ("module.toml", &format!("name = \"{name}\"\ndepends = [{depends}]\n")),
                ("g/model.toml", extension),
            ],
        )
    };
    assert_eq!(
        mistakes(Registry::from_modules(&[module("base", BASE), alone("m", "", extension)])),
        [
            "m/g/model.toml:1: found an extension of `res.groups`, expected a model of a module among this module's `depends`"
        ]
    );
    let brings = "extends = \"res.groups\"\n[fields]\nlevel = { type = \"integer\" }\n";
    let changes = "extends = \"res.groups\"\n[fields]\nlevel = { title = \"L\" }\n";
    let sources = [module("base", BASE), alone("a", "\"base\"", brings), alone("b", "\"base\"", changes)];
    assert_eq!(
        mistakes(Registry::from_modules(&sources)),
        ["b/g/model.toml:3: found something of the module `a`, which is not among this module's `depends`"]
    );
    let sources = [module("base", BASE), alone("a", "\"base\"", brings), alone("b", "\"base\"", brings)];
    assert_eq!(
        mistakes(Registry::from_modules(&sources)),
        [
            "b/g/model.toml:3: found the field `level`, but the module `a` brings it to `res.groups` already (a/g/model.toml:3)"
        ]
    );
}

#[test]
fn a_circle_of_dependencies_is_shown_all_the_way_round() {
    let depends = |name: &str, on: &str| {
        module(name, &[("module.toml", &format!("name = \"{name}\"\ndepends = [\"{on}\"]\n"))])
    };
    let found = mistakes(Registry::from_modules(&[
        depends("a", "b"),
        depends("b", "c"),
        depends("c", "a"),
        depends("above", "a"),
    ]));
    assert_eq!(
        found,
        [
            "a/module.toml:2: the module `a` depends on itself: a → b → c → a",
            "b/module.toml:2: the module `b` depends on itself: b → c → a → b",
            "c/module.toml:2: the module `c` depends on itself: c → a → b → c",
        ]
    );
}
