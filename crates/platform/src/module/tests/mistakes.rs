//! Mistakes in module files: each with its file, its line and what was expected.

use super::*;

/// The mistakes of a model with these fields, which start in line 3.
fn of_fields(fields: &str) -> Vec<String> {
    mistakes(one(&format!("name = \"m.thing\"\n[fields]\n{fields}\n")))
}

#[test]
fn every_mistake_of_a_field_comes_with_file_line_and_remedy() {
    let rows = [
        (
            "a = { type = \"chr\" }",
            "m/thing/model.toml:3: found the unknown word for `type` `chr`, did you mean `char`?",
        ),
        ("a = { size = 3 }", "m/thing/model.toml:3: the field `a` needs `type`"),
        ("a = 3", "m/thing/model.toml:3: `a`: found 3, expected a table"),
        (
            "a = { type = \"char\", sise = 3 }",
            "m/thing/model.toml:3: found the unknown attribute `sise`, did you mean `size`?",
        ),
        (
            "a = { type = \"char\", size = \"x\" }",
            "m/thing/model.toml:3: `size`: found \"x\", expected a whole number",
        ),
        ("a = { type = \"char\", size = 0 }", "m/thing/model.toml:3: `size`: found 0, expected 1 to 4000"),
        (
            "a = { type = \"boolean\", size = 3 }",
            "m/thing/model.toml:3: found `size`, but a field of type boolean has no such attribute",
        ),
        (
            "a = { type = \"char\", required = 1 }",
            "m/thing/model.toml:3: `required`: found 1, expected true or false",
        ),
        ("id = { type = \"char\" }", "m/thing/model.toml:3: found a field `id`, but that name is reserved"),
        (
            "x_folded = { type = \"char\" }",
            "m/thing/model.toml:3: found a field `x_folded`, but that name is reserved",
        ),
        (
            "Abc = { type = \"char\" }",
            "m/thing/model.toml:3: found a field `Abc`, expected a lower-case word of at most 50",
        ),
        (
            "\na = { type = \"integer\", min = 5, default = 3 }",
            "m/thing/model.toml:4: `a` must be at least 5",
        ),
        (
            "a = { type = \"integer\", min = 5, max = 3 }",
            "m/thing/model.toml:3: `max`: found 3, expected no less than `min`, 5",
        ),
        ("a = { type = \"selection\" }", "m/thing/model.toml:3: the field `a` needs `options`"),
        (
            "a = { type = \"selection\", options = [] }",
            "m/thing/model.toml:3: found 0 options, expected 1 to 100",
        ),
        (
            "a = { type = \"selection\", options = [\"x\", \"x\"] }",
            "m/thing/model.toml:3: found the option `x` twice, expected it once",
        ),
        (
            "a = { type = \"selection\", options = [\"x\"], default = \"y\" }",
            "m/thing/model.toml:3: `a` must be one of: x",
        ),
        (
            "a = { type = \"char\", format = \"mail\" }",
            "m/thing/model.toml:3: found the unknown word for `format` `mail`, did you mean `email`?",
        ),
        (
            "a = { type = \"char\", format = \"slug\", default = \"A B\" }",
            "m/thing/model.toml:3: `a` must be lower-case letters, digits and inner hyphens, at most 63",
        ),
        (
            "a = { type = \"many2one\", to = \"m.thin\" }",
            "m/thing/model.toml:3: found the unknown model `m.thin`, did you mean `m.thing`?",
        ),
        (
            "a = { type = \"many2one\", to = \"m.thing\", on_delete = \"set_null\", required = true }",
            "m/thing/model.toml:3: found \"set_null\" on a required field, expected \"restrict\" or \"cascade\"",
        ),
        (
            "a = { type = \"one2many\", to = \"m.thing\", inverse = \"b\" }",
            "m/thing/model.toml:3: `inverse`: found \"b\", expected a many2one of m.thing that goes to m.thing",
        ),
        (
            "a = { type = \"destination\", default = \"ring_group:x\" }",
            "m/thing/model.toml:3: `default`: found \"ring_group:x\", expected a value that names no record, for a default holds in every tenant",
        ),
        (
            "a = { type = \"char\", unique = \"active\" }",
            "m/thing/model.toml:3: found \"active\", expected \"tenant\": the model has no boolean field `active`",
        ),
        (
            "a = { type = \"char\", unique = \"installation\" }",
            "m/thing/model.toml:3: found \"installation\", expected \"tenant\" or \"active\": its records have a tenant",
        ),
        (
            "active = { type = \"char\" }",
            "m/thing/model.toml:3: found a field `active` of another type, expected a boolean: it archives records",
        ),
        (
            "x_translations = { type = \"char\" }",
            "m/thing/model.toml:3: found a field `x_translations`, but that name is reserved",
        ),
        ("a = { type = \"monetary\" }", "m/thing/model.toml:3: the field `a` needs `currency`"),
        (
            "a = { type = \"monetary\", currency = \"b\" }",
            "m/thing/model.toml:3: `currency`: found \"b\", expected a many2one of m.thing: the record that is the amount's currency",
        ),
        (
            "a = { type = \"decimal\", digits = 7 }",
            "m/thing/model.toml:3: `digits`: found 7, expected 0 to 6",
        ),
        (
            "a = { type = \"decimal\", min = 2.5, max = 1.5 }",
            "m/thing/model.toml:3: `max`: found 1.5, expected no less than `min`, 2.5",
        ),
        (
            "a = { type = \"float\", min = \"x\" }",
            "m/thing/model.toml:3: `min`: found \"x\", expected a number",
        ),
        (
            "a = { type = \"float\", default = nan }",
            "m/thing/model.toml:3: `default`: found nan, expected a number",
        ),
        (
            "a = { type = \"float\", max = 1.5, default = 2.0 }",
            "m/thing/model.toml:3: `a` must be at most 1.5",
        ),
        (
            "a = { type = \"reference\", to = \"m.thing\" }",
            "m/thing/model.toml:3: `to`: found \"m.thing\", expected a list of models: [\"res.partner\", \"res.users\"]",
        ),
        ("a = { type = \"reference\", to = [] }", "m/thing/model.toml:3: found 0 models, expected 1 to 50"),
        (
            "a = { type = \"reference\", to = [\"m.thing\", \"m.thing\"] }",
            "m/thing/model.toml:3: found the model `m.thing` twice, expected it once",
        ),
        (
            "a = { type = \"reference\", to = [\n  \"m.thing\",\n  \"m.thnig\",\n] }",
            "m/thing/model.toml:5: found the unknown model `m.thnig`, did you mean `m.thing`?",
        ),
        (
            "a = { type = \"reference\", to = [\"m.thing\"], on_delete = \"cascade\" }",
            "m/thing/model.toml:3: found the unknown word for `on_delete` `cascade`, expected one of: restrict, set_null",
        ),
        (
            "a = { type = \"reference\", to = [\"m.thing\"], on_delete = \"set_null\", required = true }",
            "m/thing/model.toml:3: found \"set_null\" on a required field, expected \"restrict\"",
        ),
        (
            "a = { type = \"char\", pattern = \"(\" }",
            "m/thing/model.toml:3: `pattern`: not a regular expression: unclosed group",
        ),
        (
            "a = { type = \"char\", pattern = 3 }",
            "m/thing/model.toml:3: `pattern`: found 3, expected a regular expression, or { regex = \"…\", expected = \"…\" }",
        ),
        (
            "a = { type = \"char\", pattern = { regx = \"x\" } }",
            "m/thing/model.toml:3: found the unknown key `regx`, did you mean `regex`?",
        ),
        (
            "a = { type = \"char\", pattern = { regex = \"x+\", expected = \"some x\" }, default = \"y\" }",
            "m/thing/model.toml:3: `a` must be some x",
        ),
        (
            "a = { type = \"text\", pattern = \"x\" }",
            "m/thing/model.toml:3: found `pattern`, but a field of type text has no such attribute",
        ),
        (
            "a = { type = \"integer\", translate = true }",
            "m/thing/model.toml:3: found `translate`, but a field of type integer has no such attribute",
        ),
        (
            "a = { type = \"char\", translate = true, unique = \"tenant\" }",
            "m/thing/model.toml:3: found `translate` on a unique field, expected one of the two",
        ),
        (
            "a = { type = \"char\", copy = true, unique = \"tenant\" }",
            "m/thing/model.toml:3: found true on a unique field, whose copy could not be saved",
        ),
        (
            "a = { type = \"secret\", copy = true }",
            "m/thing/model.toml:3: found true, but a secret is never copied",
        ),
        (
            "a = { type = \"secret\", track = true }",
            "m/thing/model.toml:3: found `track`, but a field of type secret has no such attribute",
        ),
        (
            "a = { type = \"char\", groups = \"base.x\" }",
            "m/thing/model.toml:3: `groups`: found \"base.x\", expected a list",
        ),
        ("a = { type = \"char\", groups = [] }", "m/thing/model.toml:3: found 0 groups, expected 1 to 20"),
        (
            "a = { type = \"char\", groups = [\"a b\"] }",
            "m/thing/model.toml:3: `groups`: found \"a b\", expected a group: \"base.group_owner\"",
        ),
        (
            "a = { type = \"integer\", groups = [\"base.x\"] }",
            "m/thing/model.toml:3: found the group `base.x`, expected one that module data declares",
        ),
        (
            "a = { type = \"char\", readonly = \"yes\" }",
            "m/thing/model.toml:3: `readonly`: found \"yes\", expected true or false",
        ),
        (
            "a = { type = \"char\", help = 3 }",
            "m/thing/model.toml:3: `help`: found 3, expected a text in quotes",
        ),
        (
            "a = { type = \"html\", folded = true }",
            "m/thing/model.toml:3: found `folded`, but a field of type html has no such attribute",
        ),
        ("a = { type = \"many2one\" }", "m/thing/model.toml:3: the field `a` needs `to`"),
        (
            "a = { type = \"many2one\", to = \"thing\" }",
            "m/thing/model.toml:3: `to`: found \"thing\", expected a model's name: lower-case words joined by dots, \"pbx.ring_group\"",
        ),
        (
            "a = { type = \"one2many\", to = \"m.thing\" }",
            "m/thing/model.toml:3: the field `a` needs `inverse`",
        ),
        (
            "a = { type = \"selection\", options = [\"Big\"] }",
            "m/thing/model.toml:3: `options`: found \"Big\", expected a lower-case word",
        ),
    ];
    for (field, expected) in rows {
        assert_eq!(of_fields(field), [expected], "{field}");
    }
    let twice = of_fields("a = { type = \"char\" }\na = { type = \"char\" }");
    assert!(twice[0].starts_with("m/thing/model.toml:4: not TOML: duplicate key"), "{twice:?}");
}

#[test]
fn every_mistake_of_a_model_comes_with_file_line_and_remedy() {
    let fields = "[fields]\na = { type = \"char\" }\nx = { type = \"json\" }\n";
    let rows = [
        ("nmae = \"m.thing\"", "m/thing/model.toml:1: `name` is missing"),
        (
            "name = \"thing\"",
            "m/thing/model.toml:1: `name`: found \"thing\", expected a model's name: lower-case words joined by dots, \"pbx.ring_group\"",
        ),
        (
            "name = \"m.thing\"\ntitel = \"x\"",
            "m/thing/model.toml:2: found the unknown key `titel`, did you mean `title`?",
        ),
        (
            "name = \"m.thing\"\ntenancy = \"tennant\"",
            "m/thing/model.toml:2: found the unknown word for `tenancy` `tennant`, did you mean `tenant`?",
        ),
        (
            "name = \"m.thing\"\norder = \"a up\"",
            "m/thing/model.toml:2: `order`: found \"a up\", expected field names joined by commas, each perhaps with `asc` or `desc`",
        ),
        (
            "name = \"m.thing\"\norder = \"b\"",
            "m/thing/model.toml:2: found the unknown field `b`, expected one of: a, x",
        ),
        (
            "name = \"m.thing\"\norder = \"x\"",
            "m/thing/model.toml:2: found `x`, which cannot be sorted by or indexed",
        ),
        (
            "name = \"m.thing\"\nunique = [[\"a\", \"a\"]]",
            "m/thing/model.toml:2: found a field twice in one group, expected it once",
        ),
        (
            "name = \"m.thing\"\nindexes = [\"a\"]",
            "m/thing/model.toml:2: `indexes`: found \"a\", expected a list of field names: [[\"a\", \"b\"]]",
        ),
        (
            "name = \"m.thing\"\ndisplay = \"x\"",
            "m/thing/model.toml:2: found the unknown char field `x`, expected one of: a",
        ),
        (
            "extends = \"m.thing\"",
            "m/thing/model.toml:1: found the unknown model `m.thing`, expected one of: ",
        ),
    ];
    for (head, expected) in rows {
        let found = mistakes(one(&format!("{head}\n{fields}")));
        assert!(found.contains(&expected.to_owned()), "{head}: {found:#?}");
    }
    assert_eq!(mistakes(one("name = \"m.thing\"")), ["m/thing/model.toml:1: `fields` is missing"]);
}

#[test]
fn every_mistake_of_a_manifest_comes_with_file_line_and_remedy() {
    let rows = [
        ("", "m/module.toml:1: `name` is missing"),
        ("name = \"M m\"", "m/module.toml:1: `name`: found \"M m\", expected a lower-case word"),
        ("name = \"n\"", "m/module.toml:1: `name`: found \"n\", expected the name of its folder, \"m\""),
        (
            "name = \"m\"\nversion = \"one\"",
            "m/module.toml:2: `version`: found \"one\", expected numbers joined by dots, \"1.0\"",
        ),
        ("name = \"m\"\nversion = 1.0", "m/module.toml:2: `version`: found 1.0, expected a text in quotes"),
        ("name = \"m\"\ndepends = \"base\"", "m/module.toml:2: `depends`: found \"base\", expected a list"),
        (
            "name = \"m\"\ndepends = [\"x\", \"x\"]",
            "m/module.toml:2: found the module `x` twice, expected it once",
        ),
        (
            "name = \"m\"\n\ndepends = [\"bse\"]",
            "m/module.toml:3: found the unknown module `bse`, expected one of: m",
        ),
        ("name = \"m\"\napplication = 1", "m/module.toml:2: `application`: found 1, expected true or false"),
        (
            "name = \"m\"\nauthor = \"x\"",
            "m/module.toml:2: found the unknown key `author`, expected one of: name, title, version, depends, category, application",
        ),
        ("name = \"m", "m/module.toml:1: not TOML: invalid basic string, expected `\"`"),
    ];
    for (manifest, expected) in rows {
        let found = mistakes(Registry::from_modules(&[module("m", &[("module.toml", manifest)])]));
        assert_eq!(found, [expected], "{manifest}");
    }
    assert_eq!(
        mistakes(Registry::from_modules(&[module("a", &[])])),
        ["a/module.toml:1: the file is missing: every module folder has one"]
    );
    let twice = [module("m", &[("module.toml", MANIFEST)]), module("m", &[("module.toml", MANIFEST)])];
    assert_eq!(
        mistakes(Registry::from_modules(&twice)),
        ["m/module.toml:1: found the module `m` twice, expected it once"]
    );
}

#[test]
fn a_toml_file_that_nothing_reads_is_a_mistake_and_other_files_are_passed_over() {
    let model = ("thing/model.toml", "name = \"m.thing\"\n[fields]\na = { type = \"char\" }\n");
    let with =
        |path: &str| Registry::from_modules(&[module("m", &[("module.toml", MANIFEST), model, (path, "x")])]);
    for (path, expected) in [
        (
            "thing/modle.toml",
            "m/thing/modle.toml:1: found the unknown file `modle.toml`, did you mean `model.toml`?",
        ),
        (
            "thing/rights.toml",
            "m/thing/rights.toml:1: found the unknown file `rights.toml`, expected one of: model.toml, access.toml",
        ),
        ("modul.toml", "m/modul.toml:1: found the unknown file `modul.toml`, did you mean `module.toml`?"),
    ] {
        assert_eq!(mistakes(with(path)), [expected]);
    }
    for path in ["thing/views.xml", "thing/logic.js", "README.md", "i18n/fr.toml"] {
        assert!(with(path).is_ok(), "{path}");
    }
}
