//! `data/*.toml`: records that a module brings with it, under external ids.

use super::Mistakes;
use super::fields::model_name;
use crate::literal::{Literal, is_external_name};
use crate::model::{Model, ModelName, Tenancy};
use crate::source::{Document, Entry, Place, SourceError, unknown_word};
use std::collections::{BTreeMap, HashMap};

const KEYS: &[&str] = &["model", "noupdate", "records"];

/// A record of module data. Its external id is `module.name`.
#[derive(Debug, Clone, PartialEq)]
pub struct DataRecord {
    pub module: String,
    pub name: String,
    pub model: ModelName,
    /// Written once, then left to the tenant: an upgrade does not bring it back to what the file says.
    pub noupdate: bool,
    pub values: BTreeMap<String, Literal>,
}

impl DataRecord {
    pub fn external_id(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// The records already read: the model of each, by module and name.
pub(super) type Known = HashMap<(String, String), ModelName>;

/// What a data file is read against.
pub(super) struct Context<'a> {
    pub(super) module: &'a str,
    pub(super) models: &'a BTreeMap<ModelName, Model>,
    /// The modules whose records may be referred to, this one among them.
    pub(super) reachable: &'a [String],
}

pub(super) fn read(
    context: &Context<'_>,
    document: &Document,
    known: &mut Known,
    mistakes: &mut Mistakes,
) -> Vec<DataRecord> {
    let root = document.root();
    mistakes.add_all(root.unknown_keys(KEYS));
    let model = mistakes.note(root.require("model").and_then(|entry| model(context, entry)));
    let noupdate = mistakes.note(root.get("noupdate").map_or(Ok(false), Entry::flag));
    let records = mistakes.note(root.require("records").and_then(Entry::table));
    let (Some(model), Some(noupdate), Some(records)) = (model, noupdate, records) else { return Vec::new() };
    let mut read = Vec::new();
    for entry in records.entries() {
        let name = entry.key().to_owned();
        if !is_external_name(&name) {
            mistakes.add(entry.refuse(format!("found `{name}`, expected letters, digits, `_` and `-`")));
            continue;
        }
        let values = values(context, model, entry, known, mistakes);
        let key = (context.module.to_owned(), name.clone());
        if known.insert(key, model.name.clone()).is_some() {
            mistakes.add(
                entry.refuse(format!("found the record `{name}` twice in this module, expected it once")),
            );
        }
        let model = model.name.clone();
        read.push(DataRecord { module: context.module.to_owned(), name, model, noupdate, values });
    }
    read
}

fn model<'a>(context: &Context<'a>, entry: &Entry) -> Result<&'a Model, SourceError> {
    let name = model_name(entry)?;
    let names = context.models.keys().map(ModelName::as_str);
    let found = context.models.get(&name);
    let model = found.ok_or_else(|| entry.refuse(unknown_word("model", name.as_str(), names)))?;
    if model.tenancy == Tenancy::TenantItself {
        return Err(entry.refuse("found the model of tenants, but modules bring no tenants"));
    }
    if !context.reachable.contains(&model.module) {
        return Err(entry.refuse(not_reachable(&model.module)));
    }
    Ok(model)
}

/// Says that a module is used without being depended on.
pub(super) fn not_reachable(module: &str) -> String {
    format!("found something of the module `{module}`, which is not among this module's `depends`")
}

fn values(
    context: &Context<'_>,
    model: &Model,
    record: &Entry,
    known: &Known,
    mistakes: &mut Mistakes,
) -> BTreeMap<String, Literal> {
    let mut values = BTreeMap::new();
    let Some(table) = mistakes.note(record.table()) else { return values };
    for entry in table.entries() {
        let Some(field) = model.field(entry.key()) else {
            let names = model.fields.iter().map(|field| field.name.as_str());
            mistakes.add(entry.refuse(unknown_word("field", entry.key(), names)));
            continue;
        };
        let Some(literal) = mistakes.note(Literal::read(field, entry)) else { continue };
        for (of, reference) in literal.references(field) {
            let checked = check_reference(context, known, entry.place(), &of, reference);
            mistakes.note(checked);
        }
        values.insert(field.name.clone(), literal);
    }
    for field in &model.fields {
        if field.required && field.default.is_none() && table.get(&field.name).is_none() {
            mistakes.add(record.refuse(format!("the record `{}` needs `{}`", record.key(), field.name)));
        }
    }
    values
}

/// References go to records that were read before, so that data can be loaded in one pass.
fn check_reference(
    context: &Context<'_>,
    known: &Known,
    place: &Place,
    of: &str,
    reference: &crate::literal::Reference,
) -> Result<(), SourceError> {
    let module = reference.module_or(context.module);
    if !context.reachable.iter().any(|reachable| reachable == module) {
        return Err(place.refuse(not_reachable(module)));
    }
    match known.get(&(module.to_owned(), reference.name.clone())) {
        Some(model) if model.as_str() == of => Ok(()),
        Some(model) => Err(place.refuse(format!("found `{reference}`, which is a {model}, expected a {of}"))),
        None => Err(place.refuse(format!("found `{reference}`, expected a record that was declared before"))),
    }
}
