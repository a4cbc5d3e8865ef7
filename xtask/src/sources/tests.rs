//! Breaks each rule about files once.

use super::*;

fn faults(path: &str, text: &str) -> Vec<String> {
    judge(path, text).into_iter().map(|finding| finding.fault).collect()
}

const SOUND_ADR: &str = "# 1. It\n\n## Context\n\n## Decision\n\n## Price\n";

#[test]
fn sound_files_are_left_in_peace() {
    assert_eq!(faults("crates/kernel/src/ids.rs", "//! Typed ids.\n"), Vec::<String>::new());
    assert_eq!(faults("docs/adr/0001-two-pools.md", SOUND_ADR), Vec::<String>::new());
    assert_eq!(faults("modules/pbx/ring_group/model.toml", ""), Vec::<String>::new());
}

#[test]
fn a_source_file_opens_with_what_it_is_for() {
    for text in ["", "use std::fmt;\n", "// plain\n", "//!\n", "\n//! late\n"] {
        assert_eq!(faults("xtask/src/main.rs", text).len(), 1, "{text:?}");
    }
}

#[test]
fn names_that_say_nothing_are_refused_in_files_and_folders() {
    for path in ["crates/app/src/call_utils.rs", "crates/app/src/helpers/mod.rs", "web/src/common.ts"] {
        assert_eq!(faults(path, "//! It.").len(), 1, "{path}");
    }
    assert_eq!(faults("crates/app/src/commons.rs", "//! It."), Vec::<String>::new());
}

#[test]
fn a_crate_takes_the_lints_of_the_workspace() {
    assert_eq!(faults("crates/app/Cargo.toml", "[package]\n").len(), 1);
    assert_eq!(faults("crates/app/Cargo.toml", "[lints]\nworkspace = true\n"), Vec::<String>::new());
}

#[test]
fn a_decision_has_a_number_and_three_sections() {
    for name in ["1-short.md", "0001.md", "0001-.md", "000a-x.md", "notes.md", "0001-x.txt"] {
        assert_eq!(faults(&format!("docs/adr/{name}"), SOUND_ADR).len(), 1, "{name}");
    }
    for section in ADR_SECTIONS {
        let text = SOUND_ADR.replace(section, "## Other");
        assert_eq!(faults("docs/adr/0001-x.md", &text), [format!("has no section `{section}`")]);
    }
}

#[test]
fn the_map_stays_a_map() {
    assert_eq!(faults(MAP, &"line\n".repeat(MAP_LINES_MAX)), Vec::<String>::new());
    assert_eq!(faults(MAP, &"line\n".repeat(MAP_LINES_MAX + 1)).len(), 1);
}
