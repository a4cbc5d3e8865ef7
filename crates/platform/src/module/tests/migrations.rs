//! Migration files: their steps, their order, and their mistakes.

use super::*;

const MODEL: &str = "name = \"m.x\"\n[fields]\nname = { type = \"char\", size = 10, required = true }\n\
                     note = { type = \"text\" }\nkey = { type = \"secret\" }\n\
                     state = { type = \"selection\", options = [\"new\"] }\n";

fn with(migrations: &[(&str, &str)]) -> Result<Registry, ModuleError> {
    let mut files = vec![("module.toml", "name = \"m\"\nversion = \"1.10\"\n"), ("x/model.toml", MODEL)];
    files.extend(migrations);
    Registry::from_modules(&[module("m", &files)])
}

#[test]
fn steps_are_read_in_the_order_of_versions_and_of_the_file() {
    let rename = "[[steps]]\ndo = \"rename_field\"\nmodel = \"m.x\"\nfield = \"label\"\nto = \"name\"\n";
    let later = "[[steps]]\ndo = \"fill\"\nmodel = \"m.x\"\nfield = \"name\"\nvalue = \"?\"\n\
                 [[steps]]\ndo = \"drop_model\"\nmodel = \"m.old\"\n\
                 [[steps]]\ndo = \"narrow\"\nmodel = \"m.x\"\nfield = \"name\"\nunfit = \"truncate\"\n";
    let registry = with(&[("migrations/1.10.toml", later), ("migrations/1.9.toml", rename)]);
    let registry = registry.unwrap_or_else(|error| panic!("{error}"));
    let versions: Vec<&str> = registry.migrations().iter().map(|each| each.version.as_str()).collect();
    assert_eq!(versions, ["1.9", "1.10"]);
    let (x, old) = (ModelName::new("m.x").expect("a name"), ModelName::new("m.old").expect("a name"));
    assert_eq!(
        registry.migrations()[0].steps,
        [Step::RenameField { model: x.clone(), field: "label".into(), to: "name".into() }]
    );
    assert_eq!(
        registry.migrations()[1].steps,
        [
            Step::Fill { model: x.clone(), field: "name".into(), value: "?".into() },
            Step::DropModel { model: old },
            Step::Narrow { model: x, field: "name".into(), unfit: Unfit::Truncate },
        ]
    );
}

#[test]
fn an_earlier_step_may_name_what_a_later_one_takes_away() {
    let rename = |from: &str, to: &str| {
        format!("[[steps]]\ndo = \"rename_field\"\nmodel = \"m.x\"\nfield = \"{from}\"\nto = \"{to}\"\n")
    };
    let fill = "[[steps]]\ndo = \"fill\"\nmodel = \"m.x\"\nfield = \"b\"\nvalue = 3\n";
    let registry = with(&[
        ("migrations/1.1.toml", &(rename("a", "b") + fill)),
        ("migrations/1.2.toml", &rename("b", "name")),
    ]);
    let registry = registry.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(registry.migrations()[0].steps.len(), 1, "nobody can judge a value for a field that is gone");
}

#[test]
fn every_mistake_of_a_migration_comes_with_file_line_and_remedy() {
    let rows: &[(&str, &str)] = &[
        ("step = 1", "m/migrations/1.1.toml:1: `steps` is missing"),
        (
            "steps = 1",
            "m/migrations/1.1.toml:1: `steps`: found 1, expected a list of steps, each under `[[steps]]`",
        ),
        (
            "steps = [1]",
            "m/migrations/1.1.toml:1: `steps`: found 1, expected a step: a table under `[[steps]]`",
        ),
        ("steps = []", "m/migrations/1.1.toml:1: found 0 steps, expected 1 to 200"),
        ("[[steps]]\nmodel = \"m.x\"", "m/migrations/1.1.toml:1: `do` is missing"),
        (
            "[[steps]]\ndo = \"rename\"\nmodel = \"m.x\"",
            "m/migrations/1.1.toml:2: found the unknown word for `do` `rename`, did you mean `rename_field`?",
        ),
        ("[[steps]]\ndo = \"drop_model\"", "m/migrations/1.1.toml:1: `model` is missing"),
        (
            "[[steps]]\ndo = \"drop_field\"\nmodel = \"m.x\"",
            "m/migrations/1.1.toml:1: the step `drop_field` needs `field`",
        ),
        (
            "[[steps]]\ndo = \"drop_field\"\nmodel = \"m.x\"\nfield = \"note\"",
            "m/migrations/1.1.toml:4: found the field `note`, which `m.x` still has",
        ),
        (
            "[[steps]]\ndo = \"drop_field\"\nmodel = \"m.y\"\nfield = \"note\"",
            "m/migrations/1.1.toml:3: found the unknown model `m.y`, did you mean `m.x`?",
        ),
        (
            "[[steps]]\ndo = \"drop_field\"\nmodel = \"m.x\"\nfield = \"n\"\nto = \"x\"",
            "m/migrations/1.1.toml:5: found the unknown key `to`, expected one of: do, model, field",
        ),
        (
            "[[steps]]\ndo = \"drop_model\"\nmodel = \"m.x\"",
            "m/migrations/1.1.toml:1: found the model `m.x`, which is still declared",
        ),
        (
            "[[steps]]\ndo = \"rename_model\"\nmodel = \"m.old\"\nto = \"m.xx\"",
            "m/migrations/1.1.toml:4: found the unknown model `m.xx`, did you mean `m.x`?",
        ),
        (
            "[[steps]]\ndo = \"rename_field\"\nmodel = \"m.x\"\nfield = \"n\"\nto = \"naem\"",
            "m/migrations/1.1.toml:5: found the unknown field `naem`, did you mean `name`?",
        ),
        (
            "[[steps]]\ndo = \"narrow\"\nmodel = \"m.x\"\nfield = \"name\"\nunfit = \"cut\"",
            "m/migrations/1.1.toml:5: found the unknown word for `unfit` `cut`, expected one of: truncate, null, refuse",
        ),
        (
            "[[steps]]\ndo = \"narrow\"\nmodel = \"m.x\"\nfield = \"name\"\nunfit = \"null\"",
            "m/migrations/1.1.toml:5: found \"null\", but the field is required",
        ),
        (
            "[[steps]]\ndo = \"fill\"\nmodel = \"m.x\"\nfield = \"name\"\nvalue = \"much too long\"",
            "m/migrations/1.1.toml:5: `name` must have at most 10 characters",
        ),
        (
            "[[steps]]\ndo = \"narrow\"\nmodel = \"m.x\"\nfield = \"state\"\nunfit = \"truncate\"",
            "m/migrations/1.1.toml:5: found \"truncate\" for a selection, expected \"null\" or \"refuse\"",
        ),
        (
            "[[steps]]\ndo = \"fill\"\nmodel = \"m.x\"\nfield = \"key\"\nvalue = \"hunter2\"",
            "m/migrations/1.1.toml:5: found a value for a secret, but secrets are not written in files",
        ),
    ];
    for (text, expected) in rows {
        let found = mistakes(with(&[("migrations/1.1.toml", text)]));
        assert!(found.contains(&(*expected).to_owned()), "{text}: {found:#?}");
    }
    let step = "[[steps]]\ndo = \"drop_model\"\nmodel = \"m.old\"\n";
    assert_eq!(
        mistakes(with(&[("migrations/2.0.toml", step)])),
        ["m/migrations/2.0.toml:1: found a migration to version 2.0, but the module is at version 1.10"]
    );
    assert_eq!(
        mistakes(with(&[("migrations/next.toml", step)])),
        ["m/migrations/next.toml:1: found the file `next.toml`, expected a version: `1.2.toml`"]
    );
}
