//! The repository's own modules load, and say what the rest of the product relies on.

use opbx_platform::field::{FieldKind, OnDelete, Unique};
use opbx_platform::literal::Literal;
use opbx_platform::{Model, Registry, Tenancy, Value};
use std::collections::BTreeSet;
use std::path::Path;

fn registry() -> Registry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../modules");
    let sources = opbx_platform::module::from_folder(&folder).expect("the modules are readable");
    Registry::from_modules(&sources).unwrap_or_else(|error| panic!("{error}"))
}

fn model<'a>(registry: &'a Registry, name: &str) -> &'a Model {
    registry.model(name).unwrap_or_else(|| panic!("{name} is declared"))
}

#[test]
fn modules_come_after_those_they_depend_on() {
    let registry = registry();
    let names: Vec<&str> = registry.modules().iter().map(|module| module.name.as_str()).collect();
    let at = |name: &str| names.iter().position(|other| *other == name);
    assert!(at("base").is_some() && at("base") < at("pbx"), "{names:?}");
    assert!(registry.modules().iter().any(|module| module.name == "pbx" && module.application));
}

#[test]
fn a_ring_group_is_as_the_format_promises() {
    let registry = registry();
    let group = model(&registry, "pbx.ring_group");
    assert_eq!((group.name.table().as_str(), group.title.as_str()), ("pbx_ring_group", "Ring group"));
    assert!(group.routing && group.audit && group.archives());
    assert_eq!(group.order, [("name".to_owned(), false), ("id".to_owned(), false)]);
    let name = group.field("name").expect("a name");
    assert_eq!((name.unique, name.folded, name.required), (Some(Unique::Active), true, true));
    let timeout = group.field("timeout_s").expect("a time-out");
    assert_eq!(timeout.kind, FieldKind::Integer { min: Some(5), max: Some(300) });
    assert_eq!((timeout.title.as_str(), &timeout.default), ("Timeout (s)", &Some(Value::Int(30))));
    assert!(matches!(&group.field("members").expect("members").kind,
        FieldKind::One2many { to, inverse, max: Some(50) } if to.as_str() == "pbx.ring_group.member" && inverse == "ring_group"));
}

#[test]
fn the_company_is_extended_by_the_phone_system() {
    let registry = registry();
    let company = model(&registry, "res.company");
    assert_eq!(company.module, "base");
    assert!(company.routing);
    let fallback = company.field("fallback").expect("a fallback");
    assert_eq!(fallback.kind, FieldKind::Destination);
    assert_eq!(fallback.default.as_ref().map(|value| value.to_json(fallback)), Some("hangup".into()));
}

#[test]
fn tenancy_is_as_settled() {
    let registry = registry();
    assert_eq!(model(&registry, "res.tenant").tenancy, Tenancy::TenantItself);
    let shared: Vec<&str> = registry
        .models()
        .filter(|model| model.tenancy == Tenancy::Shared)
        .map(|model| model.name.as_str())
        .collect();
    assert_eq!(shared, ["res.country", "res.currency"]);
}

#[test]
fn what_a_call_is_decided_by_advances_the_plan_and_what_it_leaves_behind_does_not() {
    let registry = registry();
    let routing: BTreeSet<&str> =
        registry.models().filter(|model| model.routing).map(|model| model.name.as_str()).collect();
    let expected = BTreeSet::from([
        "pbx.assistant",
        "pbx.blocked_caller",
        "pbx.cloudonix_settings",
        "pbx.conference",
        "pbx.extension",
        "pbx.feature_code",
        "pbx.hours",
        "pbx.hours.exception",
        "pbx.hours.exception.range",
        "pbx.hours.range",
        "pbx.menu",
        "pbx.menu.key",
        "pbx.number",
        "pbx.outbound_rule",
        "pbx.outbound_rule.trunk",
        "pbx.prompt",
        "pbx.ring_group",
        "pbx.ring_group.member",
        "pbx.trunk",
        "pbx.voicemail",
        "res.company",
    ]);
    assert_eq!(routing, expected);
    let written_by_machines =
        ["pbx.call", "pbx.call.leg", "pbx.call.event", "pbx.voicemail.message", "pbx.plan_snapshot"];
    for name in written_by_machines {
        assert!(!model(&registry, name).audit, "{name}");
    }
}

#[test]
fn a_deleted_user_leaves_the_extension_and_a_deleted_group_takes_its_members_along() {
    let registry = registry();
    let on_delete =
        |model_name: &str, field: &str| match &model(&registry, model_name).field(field).expect(field).kind {
            FieldKind::Many2one { on_delete, .. } => *on_delete,
            other => panic!("{model_name}.{field} is {other:?}"),
        };
    assert_eq!(on_delete("pbx.extension", "user"), OnDelete::SetNull);
    assert_eq!(on_delete("pbx.ring_group.member", "ring_group"), OnDelete::Cascade);
    assert_eq!(on_delete("res.users", "company"), OnDelete::Restrict);
}

#[test]
fn every_model_says_what_each_group_may_do_and_nobody_writes_calls() {
    let registry = registry();
    let mut unseen = BTreeSet::new();
    for model in registry.models() {
        if !model.rights.iter().any(|(group, rights)| group == "base.group_owner" && rights.read) {
            assert!(model.rights.is_empty(), "{} is for others and not for the owner", model.name);
            unseen.insert(model.name.as_str());
        }
    }
    let of_use_cases_alone = ["ir.request", "res.users.apikeys", "res.users.session", "res.users.token"];
    assert_eq!(
        unseen,
        BTreeSet::from(of_use_cases_alone),
        "who asks gets them from a use case, or nobody does"
    );
    for name in ["pbx.call", "pbx.call.leg", "pbx.call.event"] {
        let rights = &model(&registry, name).rights;
        assert_eq!(rights.len(), 4, "{name}");
        assert!(
            rights
                .iter()
                .all(|(_, rights)| rights.read && !rights.create && !rights.update && !rights.delete)
        );
    }
    let settings = &model(&registry, "pbx.cloudonix_settings").rights;
    assert_eq!(settings.len(), 1, "only the owner sees the API keys' model");
}

#[test]
fn every_country_comes_with_the_numbers_of_its_emergency_services() {
    let registry = registry();
    let countries: Vec<_> =
        registry.data().iter().filter(|record| record.model.as_str() == "res.country").collect();
    assert_eq!(countries.len(), 249);
    for record in &countries {
        let Some(Literal::Value(Value::Text(numbers))) = record.values.get("emergency_numbers") else {
            panic!("{} has none", record.external_id());
        };
        let is_number =
            |number: &str| (2..=5).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        assert!(numbers.split(',').all(is_number), "{}: {numbers}", record.external_id());
    }
    let of = |name: &str| {
        let record = countries.iter().find(|record| record.name == name).expect("a country");
        record.values["emergency_numbers"].clone()
    };
    assert_eq!(of("be"), Literal::Value("112,100,101".into()));
    assert_eq!(of("us"), Literal::Value("911".into()));
    assert_eq!(of("gb"), Literal::Value("999,112".into()));
}

#[test]
fn every_country_has_the_calling_code_of_its_numbering_plan() {
    let registry = registry();
    // What the library of telephone numbers does not number borrows the code of whoever administers it.
    const BORROWED: [&str; 7] = ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"];
    let mut borrowed = Vec::new();
    for record in registry.data().iter().filter(|record| record.model.as_str() == "res.country") {
        let (Literal::Value(Value::Text(code)), Literal::Value(Value::Int(calling))) =
            (&record.values["code"], &record.values["calling_code"])
        else {
            panic!("{} has no calling code", record.external_id());
        };
        match opbx_kernel::phone::calling_code(opbx_kernel::Country::new(code).expect("a country")) {
            Some(known) => assert_eq!(i64::from(known), *calling, "{code}"),
            None => borrowed.push(code.as_str()),
        }
    }
    assert_eq!(borrowed, BORROWED);
}

#[test]
fn currencies_have_the_digits_of_their_minor_unit() {
    let registry = registry();
    let currencies: Vec<_> =
        registry.data().iter().filter(|record| record.model.as_str() == "res.currency").collect();
    assert_eq!(currencies.len(), 155);
    let with = |digits: i64| -> Vec<&str> {
        let has = |record: &&&opbx_platform::module::DataRecord| {
            record.values["digits"] == Literal::Value(Value::Int(digits))
        };
        currencies.iter().filter(has).map(|record| record.name.as_str()).collect()
    };
    assert_eq!(
        with(0),
        [
            "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf",
            "xof", "xpf"
        ]
    );
    assert_eq!(with(3), ["bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"]);
    assert_eq!(with(2).len(), 155 - 16 - 7);
    for record in currencies {
        assert_eq!(record.values["code"], Literal::Value(record.name.to_uppercase().as_str().into()));
    }
}

#[test]
fn secrets_are_shown_to_named_groups_only() {
    let registry = registry();
    let reveal = |name: &str| model(&registry, name).reveal.clone();
    assert_eq!(reveal("pbx.extension"), ["base.group_owner", "base.group_pbx_admin"]);
    assert_eq!(reveal("pbx.cloudonix_settings"), ["base.group_owner"]);
    assert!(reveal("res.users").is_empty(), "a password's hash is for nobody");
}

#[test]
fn the_four_groups_have_external_ids() {
    let registry = registry();
    let groups: Vec<String> = registry
        .data()
        .iter()
        .filter(|record| record.model.as_str() == "res.groups")
        .map(opbx_platform::module::DataRecord::external_id)
        .collect();
    assert_eq!(
        groups,
        ["base.group_owner", "base.group_pbx_admin", "base.group_pbx_user", "base.group_reporter"]
    );
}
