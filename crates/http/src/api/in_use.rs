//! Why a record is not deleted: who still uses it, in the lists that clients look through and in words.

use super::Problem;
use axum::http::StatusCode;
use opbx_app::Referrer;
use opbx_kernel::RecordId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lists that are there whether or not anything stands in them.
const ALWAYS: [&str; 6] =
    ["did_numbers", "phone_numbers", "ivr_menu_options", "ivr_menus", "ivr_failovers", "failover_menus"];
/// What people call the records of a model: one, and several.
const WORDS: [(&str, &str, &str); 16] = [
    ("pbx.assistant", "AI assistant", "AI assistants"),
    ("pbx.call_check", "call check", "call checks"),
    ("pbx.conference", "conference room", "conference rooms"),
    ("pbx.extension", "extension", "extensions"),
    ("pbx.feature_code", "feature code", "feature codes"),
    ("pbx.hours", "business hours schedule", "business hours schedules"),
    ("pbx.menu", "IVR menu", "IVR menus"),
    ("pbx.number", "phone number", "phone numbers"),
    ("pbx.outbound_rule", "outbound rule", "outbound rules"),
    ("pbx.prompt", "recording", "recordings"),
    ("pbx.ring_group", "ring group", "ring groups"),
    ("pbx.trunk", "trunk", "trunks"),
    ("pbx.voicemail", "voicemail box", "voicemail boxes"),
    ("res.company", "company", "companies"),
    ("res.partner", "contact", "contacts"),
    ("res.users", "user", "users"),
];

/// Refuses to delete a record of a model.
pub(super) fn problem(model: &str, by: &[Referrer], unseen: u64) -> Problem {
    let (what, _) = words(model);
    Problem {
        error: format!("Cannot delete {what}"),
        ..Problem::new(StatusCode::CONFLICT, sentence(&what, by, unseen))
    }
    .with("references", references(by))
    .with("referrers", referrers(by))
    .with("unseen", unseen)
}

/// Who names a record, as the original's clients look for it: lists by what they are, some of them under two names.
fn references(by: &[Referrer]) -> Value {
    let mut references: BTreeMap<&str, Vec<Value>> = ALWAYS.map(|list| (list, Vec::new())).into();
    for referrer in by {
        let (parts, wholes) = lists(&referrer.model);
        let of_wholes = referrer.wholes.as_ref().map_or(&referrer.some, |(_, wholes)| wholes);
        for (lists, named) in [(parts, &referrer.some), (wholes, of_wholes)] {
            for list in lists {
                let rows = references.entry(list).or_default();
                for row in named.iter().map(|named| json!({"id": named.id.get(), "name": named.name})) {
                    if !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
        }
    }
    json!(references)
}

/// The lists that records of a model stand in themselves, and those in which what they belong to stands.
fn lists(model: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match model {
        "pbx.number" => (&["did_numbers", "phone_numbers"], &[]),
        "pbx.menu.key" => (&["ivr_menu_options"], &["ivr_menus"]),
        "pbx.menu" => (&["ivr_failovers", "failover_menus"], &[]),
        "pbx.ring_group" | "pbx.ring_group.member" => (&[], &["ring_groups"]),
        "pbx.extension" => (&["extensions"], &[]),
        "pbx.hours" => (&["business_hours"], &[]),
        "pbx.assistant" => (&["ai_assistants"], &[]),
        "pbx.outbound_rule" | "pbx.outbound_rule.trunk" => (&[], &["outbound_whitelist"]),
        _ => (&[], &[]),
    }
}

/// All who name a record, as our own clients show it.
fn referrers(by: &[Referrer]) -> Value {
    let named = |referrer: &Referrer| -> Vec<Value> {
        referrer.some.iter().map(|named| json!({"id": named.id.get(), "name": named.name})).collect()
    };
    let all = by.iter().map(|referrer| {
        json!({"model": referrer.model, "title": referrer.title, "field": referrer.field,
            "count": referrer.count, "some": named(referrer)})
    });
    all.collect()
}

/// Of one kind: those that are known by name, and how many more there are.
#[derive(Default)]
struct Users<'a> {
    named: Vec<(RecordId, &'a str)>,
    more: u64,
}

/// `This extension is still used by 2 phone numbers ("+12125550100", "+12125550101") and 1 IVR menu ("Main").`
fn sentence(what: &str, by: &[Referrer], unseen: u64) -> String {
    let mut users: BTreeMap<&str, Users<'_>> = BTreeMap::new();
    for referrer in by {
        let (model, named) = match &referrer.wholes {
            Some((model, wholes)) => (model.as_str(), wholes),
            None => (referrer.model.as_str(), &referrer.some),
        };
        let of_kind = users.entry(model).or_default();
        of_kind.more += referrer.count.saturating_sub(referrer.some.len() as u64);
        for named in named.iter().map(|named| (named.id, named.name.as_str())) {
            if !of_kind.named.contains(&named) {
                of_kind.named.push(named);
            }
        }
    }
    let mut told: Vec<String> = users.iter().map(|(model, users)| users.told(model)).collect();
    if unseen > 0 {
        told.push(format!("{unseen} that you may not see"));
    }
    let last = told.pop().unwrap_or_default();
    let all = if told.is_empty() { last } else { format!("{} and {last}", told.join(", ")) };
    format!("This {what} is still used by {all}.")
}

impl Users<'_> {
    fn told(&self, model: &str) -> String {
        let (one, several) = words(model);
        let count = self.named.len() as u64 + self.more;
        let word = if count == 1 { one } else { several };
        let names: Vec<String> = self.named.iter().map(|(_, name)| format!("\"{name}\"")).collect();
        match (names.is_empty(), self.more) {
            (true, _) => format!("{count} {word}"),
            (false, 0) => format!("{count} {word} ({})", names.join(", ")),
            (false, _) => format!("{count} {word} ({}, …)", names.join(", ")),
        }
    }
}

/// What is not listed is called as its model is, without the module.
fn words(model: &str) -> (String, String) {
    match WORDS.iter().find(|(known, ..)| *known == model) {
        Some((_, one, several)) => ((*one).to_owned(), (*several).to_owned()),
        None => {
            let name = model.split_once('.').map_or(model, |(_, name)| name).replace(['.', '_'], " ");
            (name.clone(), name)
        }
    }
}
