//! What is generated for the models of a registry.

use super::*;
use crate::module::ModuleSource;

fn generated(model: &str) -> String {
    let files = vec![
        ("module.toml".to_owned(), "name = \"m\"".to_owned()),
        ("thing/model.toml".to_owned(), model.to_owned()),
    ];
    let registry = Registry::from_modules(&[ModuleSource { name: "m".to_owned(), files }]);
    rust(&registry.unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn a_record_and_a_draft_hold_what_their_model_declares() {
    let text = generated(
        "name = \"m.call_log\"\n[fields]\nname = { type = \"char\", required = true }\n\
         note = { type = \"text\" }\nopen = { type = \"boolean\" }\npeers = { type = \"many2many\", to = \"m.call_log\" }\n",
    );
    insta::assert_snapshot!(text);
}

#[test]
fn a_secret_is_in_no_record_and_in_no_debug_text() {
    let text = generated("name = \"m.login\"\n[fields]\ntoken = { type = \"secret\" }\n");
    insta::assert_snapshot!(text);
}

#[test]
fn a_selection_becomes_an_enum_and_keywords_become_raw_names() {
    let text = generated(
        "name = \"m.thing\"\n[fields]\ntype = { type = \"selection\", options = [\"round_robin\", \"self\"], required = true }\n",
    );
    insta::assert_snapshot!(text);
}

#[test]
fn every_kind_has_its_rust_type() {
    let text = generated(
        "name = \"m.thing\"\n[fields]\npage = { type = \"html\", required = true }\n\
         weight = { type = \"float\", required = true }\ncoin = { type = \"many2one\", to = \"m.thing\" }\n\
         due = { type = \"monetary\", currency = \"coin\" }\nabout = { type = \"reference\", to = [\"m.thing\"] }\n",
    );
    for line in [
        "    pub page: String,",
        "    pub weight: f64,",
        "    pub due: Option<rust_decimal::Decimal>,",
        "    pub about: Option<opbx_platform::RecordRef>,",
        "    pub about: Option<Option<opbx_platform::RecordRef>>,",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}
