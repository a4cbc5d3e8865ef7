//! `access.toml`: what each group may do with the records of the model in the same folder, with which of them, and who is
//! shown its secrets.

use super::Mistakes;
use crate::access::{RULES_MAX, Rule};
use crate::literal::{self, Reference};
use crate::model::Rights;
use crate::source::{Document, Entry, Place, SourceError};
use serde_json::Value as Json;

const RULE_KEYS: &[&str] = &["name", "groups", "deeds", "domain"];

/// One line of `[rights]`.
pub(super) struct Grant {
    pub(super) group: Reference,
    pub(super) rights: Rights,
    pub(super) place: Place,
}

/// One line of `[changes]`: the only fields that a group may change.
pub(super) struct Changes {
    pub(super) group: Reference,
    pub(super) fields: Vec<(String, Place)>,
    pub(super) place: Place,
}

/// One of `[[rules]]`; its domain is not yet compared with the model.
pub(super) struct DeclaredRule {
    pub(super) name: String,
    pub(super) groups: Vec<(Reference, Place)>,
    pub(super) deeds: Rights,
    pub(super) domain: Json,
    /// Where the domain stands.
    pub(super) place: Place,
}

/// What one `access.toml` says.
#[derive(Default)]
pub(super) struct Access {
    pub(super) grants: Vec<Grant>,
    pub(super) changes: Vec<Changes>,
    pub(super) rules: Vec<DeclaredRule>,
}

impl Access {
    /// Where the first thing that it says stands.
    pub(super) fn place(&self) -> Option<&Place> {
        let grant = self.grants.first().map(|grant| &grant.place);
        grant
            .or_else(|| self.changes.first().map(|changes| &changes.place))
            .or_else(|| self.rules.first().map(|rule| &rule.place))
    }
}

/// Reads a file; one of a folder that extends a model may say nothing but rules.
pub(super) fn read(document: &Document, mistakes: &mut Mistakes) -> Access {
    let root = document.root();
    mistakes.add_all(root.unknown_keys(&["rights", "changes", "rules", "reveal"]));
    let mut access = Access::default();
    if root.get("rights").is_some() || root.get("rules").is_none() {
        let table = mistakes.note(root.require("rights").and_then(Entry::table));
        let entries = table.map_or(&[][..], |table| table.entries());
        access.grants = entries.iter().filter_map(|entry| mistakes.note(grant(entry))).collect();
    }
    if let Some(table) = root.get("changes").and_then(|entry| mistakes.note(entry.table())) {
        access.changes = table.entries().iter().filter_map(|entry| mistakes.note(changes(entry))).collect();
    }
    if let Some(rules) = root.get("rules").and_then(|entry| mistakes.note(entry.list())) {
        if let Some(first) = rules.get(RULES_MAX) {
            mistakes.add(first.refuse(format!("found {} rules, expected at most {RULES_MAX}", rules.len())));
        }
        for entry in rules.iter().take(RULES_MAX) {
            if let Ok(table) = entry.table() {
                mistakes.add_all(table.unknown_keys(RULE_KEYS));
            }
            access.rules.extend(mistakes.note(rule(entry)));
        }
    }
    access
}

fn rule(entry: &Entry) -> Result<DeclaredRule, SourceError> {
    let table = entry.table()?;
    let groups = match table.get("groups") {
        Some(groups) => {
            let groups = groups.list()?.iter().map(|group| Ok((group_named(group)?, group.place().clone())));
            groups.collect::<Result<_, SourceError>>()?
        }
        None => Vec::new(),
    };
    let domain = table.require("domain")?;
    let json = literal::json(domain)?;
    if let Some(reason) = Rule::misplaced_word(&json) {
        return Err(domain.refuse(reason));
    }
    let all = Rights { create: true, read: true, update: true, delete: true };
    Ok(DeclaredRule {
        name: table.require("name")?.text()?.to_owned(),
        groups,
        deeds: table.get("deeds").map_or(Ok(all), deeds)?,
        domain: json,
        place: domain.place().clone(),
    })
}

fn group_named(entry: &Entry) -> Result<Reference, SourceError> {
    Reference::parse(entry.text()?).ok_or_else(|| entry.expected("a group: \"base.group_owner\""))
}

fn group_of_key(entry: &Entry) -> Result<Reference, SourceError> {
    Reference::parse(entry.key()).ok_or_else(|| {
        entry.refuse(format!("found `{}`, expected a group: \"base.group_owner\"", entry.key()))
    })
}

fn changes(entry: &Entry) -> Result<Changes, SourceError> {
    let fields = entry.list()?.iter().map(|field| Ok((field.text()?.to_owned(), field.place().clone())));
    Ok(Changes {
        group: group_of_key(entry)?,
        fields: fields.collect::<Result<_, SourceError>>()?,
        place: entry.place().clone(),
    })
}

/// The groups that may be shown the model's secrets in clear.
pub(super) fn read_reveal(document: &Document, mistakes: &mut Mistakes) -> Vec<(Reference, Place)> {
    let Some(entry) = document.root().get("reveal") else { return Vec::new() };
    let Some(list) = mistakes.note(entry.list()) else { return Vec::new() };
    let group = |entry: &Entry| {
        let expected = || entry.expected("a group: \"base.group_owner\"");
        Ok((Reference::parse(entry.text()?).ok_or_else(expected)?, entry.place().clone()))
    };
    list.iter().filter_map(|entry| mistakes.note(group(entry))).collect()
}

fn grant(entry: &Entry) -> Result<Grant, SourceError> {
    Ok(Grant { group: group_of_key(entry)?, rights: deeds(entry)?, place: entry.place().clone() })
}

/// Some of the letters of "crud", each at most once.
fn deeds(entry: &Entry) -> Result<Rights, SourceError> {
    let expected = || entry.expected("some of the letters of \"crud\": create, read, update, delete");
    let mut rights = Rights::default();
    for letter in entry.text()?.chars() {
        let right = match letter {
            'c' => &mut rights.create,
            'r' => &mut rights.read,
            'u' => &mut rights.update,
            'd' => &mut rights.delete,
            _ => return Err(expected()),
        };
        if std::mem::replace(right, true) {
            return Err(expected());
        }
    }
    if rights == Rights::default() { Err(expected()) } else { Ok(rights) }
}
