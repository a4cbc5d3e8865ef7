//! `migrations/<version>.toml`: what becomes of stored records where models are renamed, narrowed or dropped.

use super::Mistakes;
use super::fields::model_name;
use crate::field::FieldKind;
use crate::literal::Literal;
use crate::model::{Model, ModelName};
use crate::source::{Document, Entry, Place, SourceError, Table, unknown_word};
use crate::value::Value;
use std::collections::BTreeMap;

/// Steps of one file at most.
const STEPS_MAX: usize = 200;

/// The steps that bring the records of older versions to one version of a module.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    pub module: String,
    /// As the file is called: `1.2.0`.
    pub version: String,
    pub steps: Vec<Step>,
}

/// One step. Whatever it names may be gone already, and then it does nothing: a fresh database has nothing to move.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    RenameModel {
        model: ModelName,
        to: ModelName,
    },
    RenameField {
        model: ModelName,
        field: String,
        to: String,
    },
    /// The column goes, and what it holds.
    DropField {
        model: ModelName,
        field: String,
    },
    /// The table goes, and what it holds.
    DropModel {
        model: ModelName,
    },
    /// A field that takes less than before.
    Narrow {
        model: ModelName,
        field: String,
        unfit: Unfit,
    },
    /// What records get that hold nothing in a field, which may be required from now on.
    Fill {
        model: ModelName,
        field: String,
        value: Value,
    },
}

/// What happens to values that a narrowed field does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// A text is cut at its end, a number loses its fraction.
    Truncate,
    Null,
    /// The migration is refused, and says how many there are.
    Refuse,
}

impl Step {
    pub fn model(&self) -> &ModelName {
        match self {
            Self::RenameModel { model, .. }
            | Self::RenameField { model, .. }
            | Self::DropField { model, .. }
            | Self::DropModel { model }
            | Self::Narrow { model, .. }
            | Self::Fill { model, .. } => model,
        }
    }
}

/// A migration file, not yet compared with the models.
pub(super) struct DeclaredMigration {
    version: String,
    steps: Vec<DeclaredStep>,
}

struct DeclaredStep {
    entry: Entry,
    place: Place,
    deed: &'static str,
    model: ModelName,
    field: Option<String>,
}

/// Each deed's word, and the keys that it needs besides `do` and `model`.
const DEEDS: &[(&str, &[&str])] = &[
    ("rename_model", &["to"]),
    ("rename_field", &["field", "to"]),
    ("drop_field", &["field"]),
    ("drop_model", &[]),
    ("narrow", &["field", "unfit"]),
    ("fill", &["field", "value"]),
];

/// Reads one file; `version` is its name.
pub(super) fn read(version: &str, document: &Document, mistakes: &mut Mistakes) -> DeclaredMigration {
    let root = document.root();
    mistakes.add_all(root.unknown_keys(&["steps"]));
    let listed = mistakes.note(root.require("steps").and_then(steps)).unwrap_or_default();
    let steps = listed.iter().filter_map(|entry| mistakes.note(step(entry))).collect();
    DeclaredMigration { version: version.to_owned(), steps }
}

fn steps(entry: &Entry) -> Result<&[Entry], SourceError> {
    let steps = entry.list().map_err(|_| entry.expected("a list of steps, each under `[[steps]]`"))?;
    if steps.is_empty() || steps.len() > STEPS_MAX {
        return Err(entry.refuse(format!("found {} steps, expected 1 to {STEPS_MAX}", steps.len())));
    }
    Ok(steps)
}

fn step(entry: &Entry) -> Result<DeclaredStep, SourceError> {
    let table = entry.table().map_err(|_| entry.expected("a step: a table under `[[steps]]`"))?;
    let words: Vec<&'static str> = DEEDS.iter().map(|(word, _)| *word).collect();
    let deed = table.require("do")?.word(&words)?;
    let keys = DEEDS.iter().find(|(word, _)| *word == deed).map_or(&[][..], |(_, keys)| keys);
    let known: Vec<&str> = ["do", "model"].iter().chain(keys).copied().collect();
    if let Some(mistake) = table.unknown_keys(&known).into_iter().next() {
        return Err(mistake);
    }
    for key in keys {
        if table.get(key).is_none() {
            return Err(table.place().refuse(format!("the step `{deed}` needs `{key}`")));
        }
    }
    let model = model_name(table.require("model")?)?;
    let field = table.get("field").map(|entry| entry.text().map(str::to_owned)).transpose()?;
    Ok(DeclaredStep { entry: entry.clone(), place: table.place().clone(), deed, model, field })
}

/// What all steps together take away: a later step may rename what an earlier one named.
pub(super) struct Gone<'a> {
    models: Vec<&'a ModelName>,
    fields: Vec<(&'a ModelName, &'a str)>,
}

impl<'a> Gone<'a> {
    pub(super) fn of(all: impl Iterator<Item = &'a DeclaredMigration>) -> Self {
        let mut gone = Self { models: Vec::new(), fields: Vec::new() };
        for step in all.flat_map(|migration| &migration.steps) {
            match (step.deed, &step.field) {
                ("rename_model" | "drop_model", _) => gone.models.push(&step.model),
                ("rename_field" | "drop_field", Some(field)) => gone.fields.push((&step.model, field)),
                _ => {}
            }
        }
        gone
    }

    fn has_field(&self, model: &ModelName, field: &str) -> bool {
        self.models.contains(&model) || self.fields.contains(&(model, field))
    }
}

/// Checks a file's steps against the models as they are now, and puts versions into their order.
pub(super) fn settle(
    module: &str,
    declared: &[DeclaredMigration],
    models: &BTreeMap<ModelName, Model>,
    gone: &Gone<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Migration> {
    let mut settled: Vec<Migration> = Vec::new();
    for migration in declared {
        let mut steps = Vec::new();
        for step in &migration.steps {
            steps.extend(mistakes.note(settle_step(step, models, gone)).flatten());
        }
        settled.push(Migration { module: module.to_owned(), version: migration.version.clone(), steps });
    }
    settled.sort_by_key(|migration| numbers(&migration.version));
    settled
}

/// `1.10` comes after `1.9`, and `1.0` and `1` are one place.
pub(super) fn numbers(version: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = version.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

/// `None` where a later step takes away what this one is about, so that nothing can be judged or done.
fn settle_step(
    step: &DeclaredStep,
    models: &BTreeMap<ModelName, Model>,
    gone: &Gone<'_>,
) -> Result<Option<Step>, SourceError> {
    let table = step.entry.table()?;
    let model = step.model.clone();
    let field = || step.field.clone().unwrap_or_default();
    match step.deed {
        "rename_model" => {
            must_be_gone(step, models)?;
            let entry = table.require("to")?;
            let to = model_name(entry)?;
            if !models.contains_key(&to) && !gone.models.contains(&&to) {
                return Err(entry.refuse(unknown_word(
                    "model",
                    to.as_str(),
                    models.keys().map(ModelName::as_str),
                )));
            }
            Ok(Some(Step::RenameModel { model, to }))
        }
        "drop_model" => {
            must_be_gone(step, models)?;
            Ok(Some(Step::DropModel { model }))
        }
        "rename_field" => {
            let (now, gone_field) = (table.require("to")?, field());
            field_must_be_gone(step, table, models)?;
            let to = now.text()?.to_owned();
            if gone.has_field(&model, &to) {
                return Ok(Some(Step::RenameField { model, field: gone_field, to }));
            }
            find(models, gone, &model, table)?;
            if let Some(found) = models.get(&model)
                && found.field(&to).is_none()
            {
                let names = found.fields.iter().map(|field| field.name.as_str());
                return Err(now.refuse(unknown_word("field", &to, names)));
            }
            Ok(Some(Step::RenameField { model, field: gone_field, to }))
        }
        "drop_field" => {
            field_must_be_gone(step, table, models)?;
            find(models, gone, &model, table)?;
            Ok(Some(Step::DropField { model, field: field() }))
        }
        "narrow" => {
            let word = table.require("unfit")?.word(&["truncate", "null", "refuse"])?;
            let unfit = match word {
                "truncate" => Unfit::Truncate,
                "null" => Unfit::Null,
                _ => Unfit::Refuse,
            };
            let Some(found) = field_now(step, table, models, gone)? else { return Ok(None) };
            if unfit == Unfit::Null && found.required {
                return Err(table.require("unfit")?.refuse("found \"null\", but the field is required"));
            }
            if unfit == Unfit::Truncate && matches!(found.kind, FieldKind::Selection { .. }) {
                let message = "found \"truncate\" for a selection, expected \"null\" or \"refuse\"";
                return Err(table.require("unfit")?.refuse(message));
            }
            Ok(Some(Step::Narrow { model, field: field(), unfit }))
        }
        _ => {
            let Some(found) = field_now(step, table, models, gone)? else { return Ok(None) };
            let entry = table.require("value")?;
            if found.kind == FieldKind::Secret {
                return Err(entry.refuse("found a value for a secret, but secrets are not written in files"));
            }
            match Literal::read(found, entry)? {
                Literal::Value(value) if found.is_stored() => {
                    Ok(Some(Step::Fill { model, field: field(), value }))
                }
                _ => Err(entry.expected("a value that names no record, for it goes to every tenant's")),
            }
        }
    }
}

fn find<'a>(
    models: &'a BTreeMap<ModelName, Model>,
    gone: &Gone<'_>,
    model: &ModelName,
    table: &Table,
) -> Result<Option<&'a Model>, SourceError> {
    let found = models.get(model);
    if found.is_none() && !gone.models.contains(&model) {
        let names = models.keys().map(ModelName::as_str);
        return Err(table.require("model")?.refuse(unknown_word("model", model.as_str(), names)));
    }
    Ok(found)
}

/// The field as it is declared now; `None` where a later step takes it away.
fn field_now<'a>(
    step: &DeclaredStep,
    table: &Table,
    models: &'a BTreeMap<ModelName, Model>,
    gone: &Gone<'_>,
) -> Result<Option<&'a crate::field::Field>, SourceError> {
    let name = step.field.as_deref().unwrap_or_default();
    let Some(model) = find(models, gone, &step.model, table)? else { return Ok(None) };
    let found = model.field(name);
    if found.is_none() && !gone.has_field(&step.model, name) {
        let names = model.fields.iter().map(|field| field.name.as_str());
        return Err(table.require("field")?.refuse(unknown_word("field", name, names)));
    }
    Ok(found)
}

fn must_be_gone(step: &DeclaredStep, models: &BTreeMap<ModelName, Model>) -> Result<(), SourceError> {
    if models.contains_key(&step.model) {
        let message = format!("found the model `{}`, which is still declared", step.model);
        return Err(step.place.refuse(message));
    }
    Ok(())
}

fn field_must_be_gone(
    step: &DeclaredStep,
    table: &Table,
    models: &BTreeMap<ModelName, Model>,
) -> Result<(), SourceError> {
    let field = step.field.as_deref().unwrap_or_default();
    if models.get(&step.model).is_some_and(|model| model.field(field).is_some()) {
        let message = format!("found the field `{field}`, which `{}` still has", step.model);
        return Err(table.require("field")?.refuse(message));
    }
    Ok(())
}
