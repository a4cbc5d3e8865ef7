//! `access.toml`: what each group may do with the records of the model in the same folder, and who is shown its secrets.

use super::Mistakes;
use crate::literal::Reference;
use crate::model::Rights;
use crate::source::{Document, Entry, Place, SourceError};

/// One line of `[rights]`.
pub(super) struct Grant {
    pub(super) group: Reference,
    pub(super) rights: Rights,
    pub(super) place: Place,
}

pub(super) fn read(document: &Document, mistakes: &mut Mistakes) -> Vec<Grant> {
    let root = document.root();
    mistakes.add_all(root.unknown_keys(&["rights", "reveal"]));
    let Some(table) = mistakes.note(root.require("rights").and_then(Entry::table)) else { return Vec::new() };
    table.entries().iter().filter_map(|entry| mistakes.note(grant(entry))).collect()
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
    let group = Reference::parse(entry.key()).ok_or_else(|| {
        entry.refuse(format!("found `{}`, expected a group: \"base.group_owner\"", entry.key()))
    })?;
    let expected = || entry.expected("some of the letters of \"crud\": create, read, update, delete");
    let letters = entry.text()?;
    let mut rights = Rights::default();
    for letter in letters.chars() {
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
    if rights == Rights::default() {
        return Err(expected());
    }
    Ok(Grant { group, rights, place: entry.place().clone() })
}
