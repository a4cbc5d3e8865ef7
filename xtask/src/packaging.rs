//! The files by which OPBX is installed, as far as they can be judged where they cannot be run: what they copy exists,
//! their ports and addresses agree, and every variable is one that the configuration knows.

#[cfg(test)]
mod tests;

use crate::architecture::Finding;
use crate::yaml::{self, Node};
use anyhow::Context as _;
use std::path::Path;

const DOCKERFILE: &str = "Dockerfile";
/// What is sent to whoever builds the image.
const SENT: &str = ".dockerignore";
const COMPOSE: [&str; 2] = ["compose.yaml", "compose.single.yaml"];
const UNIT: &str = "packaging/opbx.service";
const BALANCER: &str = "packaging/haproxy.cfg";
/// Where the keys of the configuration are written down.
const CONFIGURATION: &str = "crates/opbx/src/config.rs";

/// The texts that are judged together.
pub(crate) struct Files<'a> {
    pub(crate) dockerfile: &'a str,
    pub(crate) sent: &'a str,
    pub(crate) compose: Vec<(&'a str, &'a str)>,
    pub(crate) unit: &'a str,
    pub(crate) balancer: &'a str,
    pub(crate) configuration: &'a str,
}

pub(crate) fn findings(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).with_context(|| path.to_owned());
    let compose = COMPOSE.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let (dockerfile, sent, unit) = (read(DOCKERFILE)?, read(SENT)?, read(UNIT)?);
    let (balancer, configuration) = (read(BALANCER)?, read(CONFIGURATION)?);
    let files = Files {
        dockerfile: &dockerfile,
        sent: &sent,
        compose: COMPOSE.into_iter().zip(compose.iter().map(String::as_str)).collect(),
        unit: &unit,
        balancer: &balancer,
        configuration: &configuration,
    };
    Ok(judge(&files, &|path| root.join(path).exists()))
}

/// What is wrong, file by file; `exists` knows the paths below the root.
pub(crate) fn judge(files: &Files<'_>, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut faults = Vec::new();
    let known = Known::of(files, &mut faults);
    judge_dockerfile(files, &known, exists, &mut faults);
    for (path, text) in &files.compose {
        match yaml::parse(text) {
            Ok(compose) => judge_compose(path, &compose, files, &known, exists, &mut faults),
            Err(fault) => faults.push(finding(path, &fault, "write it in the plain YAML of the others")),
        }
    }
    judge_unit(files.unit, &known, &mut faults);
    faults
}

fn finding(file: &str, fault: &str, fix: &str) -> Finding {
    Finding { file: file.to_owned(), fault: fault.to_owned(), fix: fix.to_owned() }
}

/// What the program itself says.
struct Known {
    /// Names of variables.
    variables: Vec<String>,
    port: String,
}

impl Known {
    fn of(files: &Files<'_>, faults: &mut Vec<Finding>) -> Self {
        let text = files.configuration;
        let mut variables: Vec<String> =
            quoted(block(text, "const KEYS:")).map(|key| format!("OPBX_{}", key.to_uppercase())).collect();
        variables.extend(quoted(block(text, "const OTHER_VARIABLES:")).map(str::to_owned));
        // `SocketAddr::from(([127, 0, 0, 1], 8080))`
        let port = text.split("[127, 0, 0, 1], ").nth(1).and_then(|rest| rest.split(')').next());
        if variables.is_empty() || port.is_none() {
            let fix = "teach xtask/src/packaging.rs how the configuration is written now";
            faults.push(finding(CONFIGURATION, "its keys or its default port are not found", fix));
        }
        Self { variables, port: port.unwrap_or_default().to_owned() }
    }

    fn judge_variable(&self, file: &str, name: &str, faults: &mut Vec<Finding>) {
        if name.starts_with("OPBX_") && !self.variables.iter().any(|known| known == name) {
            let fault = format!("the configuration knows no {name}");
            faults.push(finding(file, &fault, "name one of `KEYS` in crates/opbx/src/config.rs"));
        }
    }
}

/// From a declaration to its end.
fn block<'a>(text: &'a str, start: &str) -> &'a str {
    let rest = text.split_once(start).map_or("", |(_, rest)| rest);
    rest.split_once(';').map_or("", |(block, _)| block)
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

// ---- the image

fn judge_dockerfile(
    files: &Files<'_>,
    known: &Known,
    exists: &dyn Fn(&str) -> bool,
    faults: &mut Vec<Finding>,
) {
    judge_app(files.dockerfile, faults);
    let joined = files.dockerfile.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut stages, mut user, mut is_checked) = (Vec::new(), "root", false);
    let mut fault = |fault: String, fix: &str| faults.push(finding(DOCKERFILE, &fault, fix));
    let mut variables = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let (instruction, words) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>());
        match instruction {
            "FROM" => {
                user = "root";
                if let [_, "AS", stage] = words.as_slice() {
                    stages.push(*stage);
                }
            }
            "COPY" => match words.first().and_then(|word| word.strip_prefix("--from=")) {
                Some(stage) if !stages.contains(&stage) => {
                    fault(format!("there is no stage {stage}"), "name one that stands above");
                }
                Some(_) => {}
                None => {
                    let sources = words.iter().take(words.len().saturating_sub(1));
                    for source in sources.filter(|source| !exists(source)) {
                        fault(format!("copies {source}, which is not there"), "name what is there");
                    }
                    for source in words.iter().take(words.len().saturating_sub(1)) {
                        let folder = format!("!{}", source.split('/').next().unwrap_or(source));
                        if !files.sent.lines().any(|line| line == folder) {
                            fault(
                                format!("copies {source}, which {SENT} holds back"),
                                "let it through there",
                            );
                        }
                    }
                }
            },
            "USER" => user = words.first().copied().unwrap_or("root"),
            "EXPOSE" if words != [known.port.as_str()] => {
                fault(format!("exposes {words:?}"), "expose the port of the default configuration");
            }
            "ENV" => variables.extend(words),
            "HEALTHCHECK" => is_checked = true,
            "ENTRYPOINT" if words != [r#"["opbx"]"#] => {
                fault(format!("starts {words:?}"), "start the binary: [\"opbx\"]");
            }
            _ => {}
        }
    }
    if ["root", "0"].contains(&user) {
        fault("runs as root".into(), "end with a USER who owns the data folder alone");
    }
    if !is_checked {
        fault("has no HEALTHCHECK".into(), "let `opbx health` say whether it is ready");
    }
    for variable in variables {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        known.judge_variable(DOCKERFILE, name, faults);
        if name == "OPBX_LISTEN" && !value.ends_with(&format!(":{}", known.port)) {
            let fix = "listen on the port of the default configuration";
            faults.push(finding(DOCKERFILE, &format!("listens on {value}"), fix));
        }
    }
}

/// The binary that is shipped is built where the web app lies.
fn judge_app(text: &str, faults: &mut Vec<Finding>) {
    let ships = |stage: &&str| stage.lines().any(|line| line.ends_with(" /out/opbx"));
    let shipped = text.split("\nFROM ").find(ships);
    let app = shipped.and_then(|stage| stage.split_once(" web/dist\n"));
    if !app.is_some_and(|(_, rest)| rest.contains("cargo build")) {
        let fix = "copy the built app to web/dist before the binary is built";
        faults.push(finding(DOCKERFILE, "ships a binary without the web app", fix));
    }
}

// ---- the compositions

/// Parts of a composition that ours are made of.
const PARTS: [&str; 4] = ["services", "networks", "volumes", "x-node"];

fn judge_compose(
    path: &str,
    compose: &Node,
    files: &Files<'_>,
    known: &Known,
    exists: &dyn Fn(&str) -> bool,
    faults: &mut Vec<Finding>,
) {
    for (part, _) in compose.entries().iter().filter(|(part, _)| !PARTS.contains(&part.as_str())) {
        faults.push(finding(path, &format!("{part} is no part of ours"), "services, networks, volumes"));
    }
    let services = compose.get("services").map(Node::entries).unwrap_or_default();
    if services.is_empty() {
        faults.push(finding(path, "has no services", "name at least one"));
    }
    for (name, service) in services {
        let mut fault = |fault: &str, fix: &str| {
            faults.push(finding(path, &format!("{name}: {fault}"), fix));
        };
        if service.get("image").is_none() {
            fault("has no image", "name one");
        }
        for volume in service.get("volumes").map(Node::items).unwrap_or_default() {
            let source = volume.text().split(':').next().unwrap_or_default();
            let is_there = match source.strip_prefix("./") {
                Some(file) => exists(file),
                None => compose.get("volumes").and_then(|volumes| volumes.get(source)).is_some(),
            };
            if !is_there {
                fault(&format!("mounts {source}, which is not there"), "name a file or a declared volume");
            }
        }
        for (other, _) in service.get("depends_on").map(Node::entries).unwrap_or_default() {
            if !services.iter().any(|(known, _)| known == other) {
                fault(&format!("depends on {other}, which is no service"), "name one of the services");
            }
        }
        for (network, _) in service.get("networks").map(Node::entries).unwrap_or_default() {
            if compose.get("networks").and_then(|networks| networks.get(network)).is_none() {
                fault(&format!("is in the network {network}, which is none"), "declare it");
            }
        }
        for (name, _) in service.get("environment").map(Node::entries).unwrap_or_default() {
            known.judge_variable(path, name, faults);
        }
    }
    if services.iter().any(|(name, _)| name == "balancer") {
        judge_balancer(path, compose, files.balancer, known, faults);
    } else {
        judge_port(path, services, known, faults);
    }
}

/// The balancer reads our file, finds the nodes where the composition puts them, and is believed by them.
fn judge_balancer(path: &str, compose: &Node, balancer: &str, known: &Known, faults: &mut Vec<Finding>) {
    let services = compose.get("services").map(Node::entries).unwrap_or_default();
    let address = |service: &Node| {
        service.get("networks")?.get("nodes")?.get("ipv4_address").map(|address| address.text().to_owned())
    };
    let own = services.iter().find(|(name, _)| name == "balancer").map(|(_, service)| service);
    let mounts = own.and_then(|own| own.get("volumes")).map(Node::items).unwrap_or_default();
    if !mounts.iter().any(|mount| mount.text().starts_with(&format!("./{BALANCER}:"))) {
        let fix = "mount the file that is tested";
        faults.push(finding(path, &format!("the balancer does not read {BALANCER}"), fix));
    }
    let at = own.and_then(address).unwrap_or_default();
    for (name, service) in services.iter().filter(|(_, service)| is_node(service)) {
        let expected = format!("server {name} {}:{}", address(service).unwrap_or_default(), known.port);
        if !balancer.lines().any(|line| line.trim() == expected) {
            let fix = "let both name the same address, and the port of the default configuration";
            faults.push(finding(path, &format!("{BALANCER} has no line {expected:?}"), fix));
        }
        let trusted = service.get("environment").and_then(|env| env.get("OPBX_TRUSTED_PROXIES"));
        if trusted.is_none_or(|trusted| trusted.text() != at) {
            let fix = "set OPBX_TRUSTED_PROXIES to the balancer's address";
            faults.push(finding(path, &format!("{name} does not trust the balancer at {at}"), fix));
        }
    }
    let servers = balancer.lines().filter(|line| line.trim().starts_with("server ")).count();
    let nodes = services.iter().filter(|(_, service)| is_node(service)).count();
    if servers != nodes {
        let fault = format!("{BALANCER} names {servers} servers, and there are {nodes} nodes");
        faults.push(finding(path, &fault, "let both name the same nodes"));
    }
}

fn is_node(service: &Node) -> bool {
    service.get("image").is_some_and(|image| image.text() == "opbx")
}

fn judge_port(path: &str, services: &[(String, Node)], known: &Known, faults: &mut Vec<Finding>) {
    let ports =
        services.iter().flat_map(|(_, service)| service.get("ports").map(Node::items).unwrap_or_default());
    for port in ports {
        if port.text().rsplit(':').next() != Some(known.port.as_str()) {
            let fix = "publish the port of the default configuration";
            faults.push(finding(path, &format!("publishes {}", port.text()), fix));
        }
    }
}

// ---- the unit

fn judge_unit(text: &str, known: &Known, faults: &mut Vec<Finding>) {
    let mut section = "";
    let mut sections = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut fault = |fault: String, fix: &str| {
            faults.push(finding(UNIT, &format!("line {}: {fault}", at + 1), fix));
        };
        if let Some(name) = line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            section = name;
            sections.push(name);
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            fault(format!("{line:?} sets nothing"), "write KEY=VALUE");
            continue;
        };
        match (section, key) {
            ("Service", "ExecStart") if !value.starts_with("/usr/local/bin/opbx serve") => {
                fault(format!("starts {value:?}"), "start /usr/local/bin/opbx serve");
            }
            ("Service", "User") if value == "root" => fault("runs as root".into(), "run as opbx"),
            ("Service", "Environment") => {
                known.judge_variable(UNIT, value.split('=').next().unwrap_or_default(), faults);
            }
            _ => {}
        }
    }
    if sections != ["Unit", "Service", "Install"] {
        faults.push(finding(UNIT, &format!("has the sections {sections:?}"), "Unit, Service, Install"));
    }
    for needed in ["ExecStart=", "User=", "NoNewPrivileges=yes", "ProtectSystem=strict"] {
        if !text.lines().any(|line| line.starts_with(needed)) {
            faults.push(finding(UNIT, &format!("does not say {needed}"), "say it under [Service]"));
        }
    }
}
