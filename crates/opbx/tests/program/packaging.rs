//! What the container, the compositions and the unit start is what the program understands.

use crate::process::{Server, opbx, run, stderr, stdout};
use crate::two_nodes::free_port;
use std::collections::BTreeMap;
use std::path::Path;

const DOCKERFILE: &str = include_str!("../../../../Dockerfile");
const SINGLE: &str = include_str!("../../../../compose.single.yaml");
const CLUSTER: &str = include_str!("../../../../compose.yaml");
const UNIT: &str = include_str!("../../../../packaging/opbx.service");
/// The folder of the image's user, and the only one that it may write to.
const HOME: &str = "/var/lib/opbx";

/// The words in the brackets behind an instruction.
fn words(instruction: &str) -> Vec<String> {
    let line = DOCKERFILE.lines().map(str::trim).find(|line| line.starts_with(instruction));
    let list = line.and_then(|line| line.split_once('[')).expect("a list of words").1;
    list.trim_end_matches(']').split(',').map(|word| word.trim().trim_matches('"').to_owned()).collect()
}

/// `NAME=value` behind `ENV`.
fn image_environment() -> BTreeMap<String, String> {
    let line = DOCKERFILE.lines().find_map(|line| line.strip_prefix("ENV ")).expect("an environment");
    line.split(' ').filter_map(|word| word.split_once('=')).map(own).collect()
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The `OPBX_…` lines of a composition, with what stands behind `:-` where the environment says nothing.
fn composed_environment(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with("OPBX_"));
    lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| own((name, &filled(value)))).collect()
}

fn filled(value: &str) -> String {
    let Some((before, rest)) = value.split_once("${") else { return value.to_owned() };
    let (inner, after) = rest.split_once('}').expect("a closed brace");
    let default = inner.split_once(":-").map_or("secret", |(_, default)| default);
    format!("{before}{default}{after}")
}

#[test]
fn every_command_that_is_started_anywhere_is_one_of_ours() {
    let start: Vec<String> = [words("ENTRYPOINT"), words("CMD")].concat();
    let health = words("HEALTHCHECK");
    let unit = UNIT.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a start");
    let unit = unit.split(' ').map(str::to_owned).collect();
    for command in [start, health, unit] {
        let (binary, arguments) = command.split_first().expect("words");
        assert_eq!(Path::new(binary).file_name().expect("a name"), env!("CARGO_PKG_NAME"), "{command:?}");
        let asked: Vec<&str> = arguments.iter().map(String::as_str).chain(["--help"]).collect();
        let help = run(&asked);
        assert!(help.status.success(), "{command:?}: {}", stderr(&help));
    }
}

#[test]
fn the_environments_of_all_compositions_are_understood() {
    for text in [SINGLE, CLUSTER] {
        let environment = composed_environment(text);
        assert!(environment.len() >= 3, "they are found: {environment:?}");
        let mut command = opbx(&["version"]);
        command.envs(&image_environment()).envs(&environment);
        let output = command.output().expect("the binary runs");
        assert!(output.status.success(), "{environment:?}: {}", stderr(&output));
    }
    let mut wrong = opbx(&["version"]);
    wrong.env("OPBX_NOTHING", "1");
    assert!(!wrong.output().expect("the binary runs").status.success(), "an unknown one would be seen");
}

#[test]
fn the_image_starts_and_its_health_check_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut environment = image_environment();
    environment.extend(composed_environment(SINGLE));
    let data = environment.get_mut("OPBX_DATA").expect("a data folder");
    assert_eq!(data, HOME, "the folder that the image gives to its user");
    assert!(
        DOCKERFILE.contains(&format!("--home-dir {HOME}")) && DOCKERFILE.contains(&format!("VOLUME {HOME}"))
    );
    *data = folder.path().display().to_string();
    let listen = environment.get_mut("OPBX_LISTEN").expect("an address");
    assert!(listen.starts_with("0.0.0.0:"), "reached from outside of the container: {listen}");
    *listen = format!("127.0.0.1:{}", free_port());

    let of_image = |instruction: &str| words(instruction).into_iter().skip(1).collect::<Vec<_>>();
    let health = || {
        let arguments = of_image("HEALTHCHECK");
        let mut command = opbx(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        command.envs(&environment).output().expect("the binary runs")
    };
    let before = health();
    assert!(!before.status.success() && stdout(&before).contains("nobody listens"), "{}", stdout(&before));
    let start = words("CMD");
    let mut serve = opbx(&start.iter().map(String::as_str).collect::<Vec<_>>());
    serve.envs(&environment);
    let server = Server::start(serve);
    let well = health();
    assert!(well.status.success(), "{}{}", stdout(&well), stderr(&well));
    assert_eq!(stdout(&well), "ready\n");
    assert!(server.terminate(), "SIGTERM ends it well");
    assert!(!health().status.success());
}
