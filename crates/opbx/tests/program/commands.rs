//! The commands beside the server: what they print, and how they refuse.

use crate::process::{opbx, run, stderr, stdout};
use std::path::Path;

const COMPANY: &str = r#"
tenant = { slug = "acme", name = "Acme" }
[res.company.main]
name = "Acme"
country = "base.us"
time_zone = "America/New_York"
[pbx.extension.one]
number = "1001"
name = "One"
[pbx.ring_group.sales]
name = "Sales"
members = ["one"]
[pbx.number.main]
number = "+12125550100"
destination = "ring_group:sales"
"#;

/// A data folder with a file in it.
fn folder(company: &str) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("company.toml");
    std::fs::write(&file, company).expect("written");
    let text = |path: &Path| path.display().to_string();
    let (data, file) = (text(folder.path()), text(&file));
    (folder, data, file)
}

#[test]
fn a_file_is_applied_twice_changes_nothing_and_calls_can_be_simulated() {
    let (_folder, data, file) = folder(COMPANY);
    let first = run(&["config", "apply", &file, "--data", &data]);
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(stdout(&first).starts_with("acme: 4 created, 0 updated, 0 unchanged"), "{}", stdout(&first));
    let second = stdout(&run(&["config", "apply", &file, "--data", &data, "--json"]));
    let second: serde_json::Value = serde_json::from_str(&second).expect("JSON");
    assert_eq!(
        (&second["created"], &second["updated"], &second["plan_version"]),
        (&0.into(), &0.into(), &().into())
    );

    let call = [
        "simulate",
        "--data",
        &data,
        "--from",
        "+442079460018",
        "--to",
        "(212) 555-0100",
        "--answer",
        "1001=yes",
    ];
    let told = stdout(&run(&call));
    assert!(
        told.contains("ring 1001 for 30 s") && told.contains("Result: completed, answered by 1001"),
        "{told}"
    );
    let told = stdout(&run(&[&call[..], &["--at", "2026-12-24 18:05", "--json"]].concat()));
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["at"], "2026-12-24T23:05:00Z", "the company's time zone");
    assert_eq!((&told["ending"], &told["answered_by"]), (&"completed".into(), &"1001".into()));
    assert_eq!(told["steps"][0]["trace"][1]["code"], "number_dialled");
}

#[test]
fn a_tenant_is_exported_planned_and_applied_with_exit_codes_that_say_what_is_to_do() {
    let (folder, data, file) = folder(COMPANY);
    assert!(run(&["db", "migrate", "--data", &data]).status.success());
    assert_eq!(run(&["config", "plan", &file, "--data", &data]).status.code(), Some(2), "all of it is to do");
    assert!(run(&["config", "apply", &file, "--data", &data]).status.success());
    let nothing = run(&["config", "plan", &file, "--data", &data]);
    assert_eq!(nothing.status.code(), Some(0), "{}", stderr(&nothing));
    assert!(stdout(&nothing).contains("acme: nothing to do, 4 unchanged"), "{}", stdout(&nothing));

    let out = folder.path().join("out.toml").display().to_string();
    let exported = run(&["config", "export", "--data", &data, "-o", &out]);
    assert!(stdout(&exported).contains("acme: 4 records"), "{}", stderr(&exported));
    let printed = stdout(&run(&["config", "export", "--data", &data, "--tenant", "acme"]));
    assert_eq!(std::fs::read_to_string(&out).expect("a file"), printed);
    assert_eq!(run(&["config", "plan", &out, "--data", &data]).status.code(), Some(0));

    let changed = printed
        .replace("name = \"One\"", "name = \"First\"")
        .replace("[pbx.number.main]", "[pbx.number.other]");
    std::fs::write(&out, changed.replace("+12125550100", "+12125550199")).expect("written");
    let plan = run(&["config", "plan", &out, "--prune", "--data", &data]);
    assert_eq!(plan.status.code(), Some(2));
    for line in [
        "~ pbx.extension.one\n    name: \"One\" → \"First\"\n",
        "+ pbx.number.other\n",
        "- pbx.number.main\n",
    ] {
        assert!(stdout(&plan).contains(line), "{line}: {}", stdout(&plan));
    }
    let plan = stdout(&run(&["config", "plan", &out, "--json", "--data", &data]));
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(plan["changes"][0]["fields"][0]["old"], "\"One\"");
    assert_eq!((&plan["kept"][0]["model"], &plan["kept"][0]["name"]), (&"pbx.number".into(), &"main".into()));
    let pruned = stdout(&run(&["config", "apply", &out, "--prune", "--data", &data]));
    assert!(pruned.starts_with("acme: 1 created, 1 updated, 2 unchanged, 1 deleted"), "{pruned}");
    assert_eq!(run(&["config", "export", "--tenant", "nobody", "--data", &data]).status.code(), Some(1));
}

#[test]
fn an_installation_that_nobody_named_is_not_made() {
    let (_folder, _, file) = folder(COMPANY);
    let empty = tempfile::tempdir().expect("a folder");
    let ask = |arguments: &[&str]| opbx(arguments).current_dir(&empty).output().expect("the binary runs");
    for arguments in [
        &["config", "export"][..],
        &["config", "export", "--data", "here"],
        &["config", "plan", &file],
        &["config", "plan", &file, "--data", "here"],
        &["config", "apply", &file],
    ] {
        let refused = ask(arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {}", stdout(&refused));
        let said = stderr(&refused);
        assert!(said.contains("there is no database") && said.contains("--data"), "{arguments:?}: {said}");
        let made = std::fs::read_dir(&empty).expect("the folder").count();
        assert_eq!(made, 0, "{arguments:?} left something behind");
    }
    let applied = ask(&["config", "apply", &file, "--data", "here"]);
    assert!(applied.status.success(), "{}", stderr(&applied));
}

#[test]
fn what_only_looks_at_a_database_does_not_let_it_follow_the_models() {
    let (folder, data, file) = folder(COMPANY);
    let model = folder.path().join("modules/own/thing/model.toml");
    std::fs::create_dir_all(model.parent().expect("a folder")).expect("a folder");
    std::fs::write(folder.path().join("modules/own/module.toml"), "name = \"own\"\n").expect("a file");
    let one = "name = \"own.thing\"\n[fields]\na = { type = \"char\" }\n";
    std::fs::write(&model, one).expect("a file");
    let config = folder.path().join("opbx.toml");
    let modules = folder.path().join("modules").display().to_string();
    std::fs::write(&config, format!("modules = {modules:?}\n")).expect("a file");
    assert!(run(&["config", "apply", &file, "--data", &data]).status.success());

    std::fs::write(&model, format!("{one}b = {{ type = \"text\" }}\n")).expect("a file");
    let due = || stdout(&run(&["db", "migrate", "--dry-run", "--data", &data]));
    let before = due();
    assert!(before.contains("1 change would be made"), "{before}");
    for looks in [&["config", "plan", &file][..], &["config", "export"]] {
        let refused = run(&[looks, &["--data", &data]].concat());
        assert_eq!(refused.status.code(), Some(1), "{looks:?}: {}", stdout(&refused));
        assert!(stderr(&refused).contains("`opbx db migrate`"), "{looks:?}: {}", stderr(&refused));
        assert_eq!(due(), before, "{looks:?} changed the database");
    }
    assert!(run(&["db", "migrate", "--data", &data]).status.success());
    assert_eq!(run(&["config", "plan", &file, "--data", &data]).status.code(), Some(0));
}

#[test]
fn a_mistake_in_a_file_names_file_line_and_field_and_changes_nothing() {
    let (_folder, data, file) = folder(&COMPANY.replace("members =", "membres ="));
    let refused = run(&["config", "apply", &file, "--data", &data]);
    assert!(!refused.status.success());
    let said = stderr(&refused);
    assert!(
        said.contains("company.toml:12") && said.contains("membres") && said.contains("members"),
        "{said}"
    );
    let simulated = run(&["simulate", "--data", &data, "--from", "1", "--to", "2"]);
    assert!(stderr(&simulated).contains("no tenant"), "{}", stderr(&simulated));
}

#[test]
fn a_migration_is_planned_then_done_then_there_is_nothing_to_do() {
    let (folder, data, _) = folder("");
    let planned = run(&["db", "migrate", "--dry-run", "--data", &data]);
    assert!(stderr(&planned).contains("there is no database"), "{}", stderr(&planned));
    let done = run(&["db", "migrate", "--data", &data]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(stdout(&done).contains("done   create the table res_company for"), "{}", stdout(&done));
    let nothing = run(&["db", "migrate", "--dry-run", "--data", &data]);
    assert_eq!(stdout(&nothing), "The database follows the models already.\n");

    // A module of one's own, which then drops a field without saying what becomes of it.
    let modules = folder.path().join("modules");
    let write = |path: &str, text: &str| {
        let path = modules.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let config = folder.path().join("own.toml");
    std::fs::write(&config, format!("modules = {:?}\n", modules.display().to_string())).expect("a file");
    let config = config.display().to_string();
    write("own/module.toml", "name = \"own\"\n");
    write(
        "own/thing/model.toml",
        "name = \"own.thing\"\n[fields]\na = { type = \"char\" }\nb = { type = \"text\" }\n",
    );
    let migrate =
        |more: &[&str]| run(&[&["db", "migrate", "--data", &data, "--config", &config], more].concat());
    let planned = migrate(&["--dry-run", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&stdout(&planned)).expect("JSON");
    assert_eq!((&told["done"], &told["refusals"]), (&false.into(), &serde_json::json!([])));
    assert!(told["changes"].to_string().contains("create the table own_thing"), "{told}");
    assert!(migrate(&[]).status.success());

    write("own/thing/model.toml", "name = \"own.thing\"\n[fields]\na = { type = \"char\" }\n");
    for arguments in [&["--dry-run"][..], &[]] {
        let refused = migrate(arguments);
        assert!(!refused.status.success());
        let expected = "REFUSED  own.thing.b is in the database, where 0 records hold a value";
        assert!(stdout(&refused).starts_with(expected), "{}", stdout(&refused));
    }
    write(
        "own/migrations/1.0.toml",
        "[[steps]]\ndo = \"drop_field\"\nmodel = \"own.thing\"\nfield = \"b\"\n",
    );
    let done = migrate(&[]);
    assert_eq!(
        stdout(&done),
        "done   drop the column b of own_thing\n1 change was made.\n",
        "{}",
        stderr(&done)
    );
}

#[test]
fn the_doctor_says_what_is_missing_and_what_to_do() {
    let (_folder, data, file) =
        folder(&format!("{COMPANY}[pbx.cloudonix_settings.main]\ndomain_name = \"acme.example\"\n"));
    let nothing = run(&["doctor", "--data", &data]);
    assert!(!nothing.status.success());
    assert!(stdout(&nothing).contains("opbx serve"), "{}", stdout(&nothing));
    assert!(run(&["config", "apply", &file, "--data", &data]).status.success());
    let sick = run(&["doctor", "--data", &data, "--json"]);
    assert!(!sick.status.success(), "without a requests key no call is routed");
    let findings: Vec<serde_json::Value> = serde_json::from_str(&stdout(&sick)).expect("JSON");
    let bad: Vec<_> = findings.iter().filter(|finding| finding["grade"] == "FAIL").collect();
    assert!(bad.len() == 1 && bad[0]["what"].to_string().contains("no requests key"), "{bad:?}");
}

#[test]
fn what_cannot_be_understood_is_refused_with_a_reason() {
    let (_folder, data, _) = folder("");
    for (arguments, reason) in [
        (&["simulate", "--from", "1", "--to", "2", "--answer", "1001=maybe"][..], "maybe"),
        (&["simulate", "--from", "1", "--to", "2"], "there is no database"),
        (&["serve", "--listen", "nowhere"], "nowhere"),
        (&["serve", "--database", "mysql://x/y"], "sqlite://"),
        (&["config", "apply", "/nowhere/company.toml"], "/nowhere/company.toml"),
        (&["conjure"], "conjure"),
    ] {
        let refused = run(&[arguments, &["--data", &data]].concat());
        assert!(!refused.status.success(), "{arguments:?}");
        assert!(stderr(&refused).contains(reason), "{arguments:?}: {}", stderr(&refused));
    }
}

#[test]
fn a_recording_is_attached_to_the_prompt_that_a_menu_plays() {
    let prompt = "[pbx.prompt.welcome]\nname = \"Welcome\"\nkind = \"recording\"\n\
                  [pbx.menu.front]\nname = \"Front\"\nprompt = \"welcome\"\n\
                  keys = [{ keys = \"1\", destination = \"ring_group:sales\" }]\n";
    let company = COMPANY.replace("destination = \"ring_group:sales\"", "destination = \"menu:front\"");
    let (folder, data, file) = folder(&format!("{company}{prompt}"));
    let applied = run(&["config", "apply", &file, "--data", &data]);
    assert!(applied.status.success(), "{}", stderr(&applied));
    let audio = folder.path().join("welcome.wav");
    std::fs::write(&audio, b"RIFF and so on").expect("written");
    let audio = audio.display().to_string();
    let added = run(&["attachments", "add", "pbx.prompt:welcome", &audio, "--data", &data]);
    assert!(stdout(&added).contains("welcome.wav is attached to pbx.prompt:welcome"), "{}", stderr(&added));
    let unknown = run(&["attachments", "add", "pbx.prompt:goodbye", &audio, "--data", &data]);
    assert!(stderr(&unknown).contains("has no pbx.prompt of the name \"goodbye\""), "{}", stderr(&unknown));
    let call =
        ["simulate", "--data", &data, "--from", "+442079460018", "--to", "+12125550100", "--keys", "1"];
    let told = stdout(&run(&call));
    assert!(told.contains("menu \"Front\" plays") && told.contains("ring 1001"), "{told}");
}

#[test]
fn the_contract_is_printed_for_other_tools() {
    let printed = run(&["openapi"]);
    assert!(printed.status.success(), "{}", stderr(&printed));
    let contract: serde_json::Value = serde_json::from_str(&stdout(&printed)).expect("JSON");
    assert_eq!(contract["openapi"], "3.1.0");
    assert!(contract["paths"]["/api/v1/ring-groups"]["post"].is_object());
}
