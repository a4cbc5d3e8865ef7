//! Each rule about packaging, broken once.

use super::*;

const CONFIG: &str = r#"
const KEYS: &[&str] = &["data", "listen", "trusted_proxies"];
const OTHER_VARIABLES: &[&str] = &["OPBX_CONFIG"];
listen: self.parsed("listen", SocketAddr::from(([127, 0, 0, 1], 8080))),
"#;
const IMAGE: &str = "FROM node AS web\nFROM rust AS build\nCOPY crates crates\nCOPY --from=web /dist web/dist\n\
                     RUN cargo build && install opbx /out/opbx\nFROM debian\nCOPY --from=build /out/opbx /bin/opbx\n\
                     USER opbx\nENV OPBX_DATA=/d \\\n  OPBX_LISTEN=0.0.0.0:8080\nEXPOSE 8080\n\
                     HEALTHCHECK CMD [\"opbx\", \"health\"]\nENTRYPOINT [\"opbx\"]\nCMD [\"serve\"]\n";
const LET_THROUGH: &str = "*\n!crates\n";
const TWO: &str = "services:\n  node-1:\n    image: opbx\n    environment:\n      OPBX_TRUSTED_PROXIES: 10.0.0.10\n    \
                   volumes:\n      - one:/d\n    networks:\n      nodes:\n        ipv4_address: 10.0.0.1\n  balancer:\n    \
                   image: haproxy\n    depends_on:\n      node-1:\n        condition: service_healthy\n    volumes:\n      \
                   - ./packaging/haproxy.cfg:/x:ro\n    networks:\n      nodes:\n        ipv4_address: 10.0.0.10\n\
                   networks:\n  nodes:\nvolumes:\n  one:\n";
const ONE: &str = "services:\n  opbx:\n    image: opbx\n    ports:\n      - \"127.0.0.1:80:8080\"\n";
const SERVICE: &str = "[Unit]\n[Service]\nUser=opbx\nEnvironment=OPBX_DATA=/d\nExecStart=/usr/local/bin/opbx serve\n\
                       NoNewPrivileges=yes\nProtectSystem=strict\n[Install]\n";
const HAPROXY: &str = "backend opbx\n    server node-1 10.0.0.1:8080\n";

/// What is found once something in one of the files was replaced.
fn found(old: &str, new: &str) -> String {
    let texts = [IMAGE, LET_THROUGH, TWO, ONE, SERVICE, HAPROXY, CONFIG];
    assert!(old.is_empty() || texts.iter().any(|text| text.contains(old)), "{old:?} stands nowhere");
    let [image, sent, two, one, service, haproxy, config] =
        texts.map(|text| if old.is_empty() { text.to_owned() } else { text.replacen(old, new, 1) });
    let files = Files {
        dockerfile: &image,
        sent: &sent,
        compose: vec![("two.yaml", &two), ("one.yaml", &one)],
        unit: &service,
        balancer: &haproxy,
        configuration: &config,
    };
    let exists = |path: &str| ["crates", BALANCER].contains(&path);
    judge(&files, &exists).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn good_files_are_good() {
    assert_eq!(found("", ""), "");
}

#[test]
fn every_rule_can_be_broken() {
    for (old, new, told) in [
        ("COPY crates crates", "COPY crate crate", "copies crate,"),
        ("!crates\n", "", "copies crates, which .dockerignore holds back"),
        ("COPY --from=web /dist web/dist", "COPY --from=web /dist dist", "without the web app"),
        ("RUN cargo build", "RUN cargo check", "without the web app"),
        ("--from=build", "--from=built", "no stage built"),
        ("USER opbx\n", "", "runs as root"),
        ("EXPOSE 8080", "EXPOSE 80", "exposes"),
        ("OPBX_LISTEN=0.0.0.0:8080", "OPBX_LISTEN=0.0.0.0:80", "listens on"),
        ("OPBX_DATA=/d \\", "OPBX_DATE=/d \\", "knows no OPBX_DATE"),
        ("HEALTHCHECK CMD", "LABEL", "no HEALTHCHECK"),
        ("ENTRYPOINT [\"opbx\"]", "ENTRYPOINT [\"opb\"]", "starts"),
        ("services:\n  node-1", "services:\n    node-1", "two.yaml: line"),
        ("- one:/d", "- two:/d", "mounts two"),
        ("- ./packaging/haproxy.cfg", "- ./haproxy.cfg", "does not read packaging/haproxy.cfg"),
        ("OPBX_TRUSTED_PROXIES: 10.0.0.10", "OPBX_TRUSTED_PROXIES: 10.0.0.9", "does not trust"),
        ("OPBX_TRUSTED_PROXIES: 10", "OPBX_TRUSTED: 10", "knows no OPBX_TRUSTED"),
        ("ipv4_address: 10.0.0.1\n", "ipv4_address: 10.0.0.7\n", "no line \"server node-1 10.0.0.7:8080\""),
        ("server node-1", "server other 10.0.0.3:8080\n server node-1", "names 2 servers"),
        ("      node-1:\n        condition", "      node-9:\n        condition", "depends on node-9"),
        ("networks:\n  nodes:\n", "networks:\n  others:\n", "network nodes"),
        ("volumes:\n  one:\n", "volume:\n  one:\n", "volume is no part"),
        (":80:8080", ":80:80", "publishes"),
        ("image: haproxy\n", "restart: always\n", "has no image"),
        ("bin/opbx serve", "bin/opbxd serve", "starts"),
        ("User=opbx", "User=root", "runs as root"),
        ("Environment=OPBX_DATA", "Environment=OPBX_DATE", "knows no OPBX_DATE"),
        ("ProtectSystem=strict\n", "", "does not say ProtectSystem"),
        ("[Install]", "[Instal]", "has the sections"),
        ("User=opbx\n", "User opbx\n", "sets nothing"),
        ("const KEYS:", "const WORDS:", "knows no"),
        ("[127, 0, 0, 1], 8080", "[127, 0, 0, 1], 8081", "exposes"),
    ] {
        let findings = found(old, new);
        assert!(findings.contains(told), "{old:?} → {new:?} tells {findings:?}, not {told:?}");
    }
}

#[test]
fn the_files_of_the_tree_are_good() {
    let findings = findings(crate::workspace::root()).expect("they are there");
    assert!(
        findings.is_empty(),
        "{}",
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    );
}
