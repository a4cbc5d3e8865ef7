//! Names in a file, and the records they stand for.

use super::file::Wanted;
use super::{ApplyError, Applying, HOME};
use crate::tenants;
use opbx_kernel::RecordId;
use opbx_platform::literal::{Literal, Reference};
use opbx_platform::source::{Place, SourceError, unknown_word};
use opbx_platform::{DestinationRef, FieldKind, RecordRef, Value};
use std::collections::{HashMap, HashSet};

/// What the file's names stand for so far. A name means another record for each model.
#[derive(Default)]
pub(super) struct Names {
    ids: HashMap<String, RecordId>,
    new: HashSet<String>,
}

impl Names {
    pub(super) fn learn(&mut self, record: &Wanted<'_>, id: RecordId) {
        self.ids.insert(record.external_name(), id);
    }

    pub(super) fn id(&self, record: &Wanted<'_>) -> Option<RecordId> {
        self.ids.get(&record.external_name()).copied()
    }

    pub(super) fn note_new(&mut self, record: &Wanted<'_>) {
        self.new.insert(record.external_name());
    }

    pub(super) fn was_new(&self, record: &Wanted<'_>) -> bool {
        self.new.contains(&record.external_name())
    }
}

impl Wanted<'_> {
    /// The name of its external id.
    pub(super) fn external_name(&self) -> String {
        external_name(self.model.name.as_str(), &self.name)
    }
}

fn external_name(model: &str, name: &str) -> String {
    format!("{model}.{name}")
}

/// What a reference must name.
struct Expected<'a> {
    model: &'a str,
    place: &'a Place,
}

impl Applying<'_> {
    /// The value that a literal stands for; none while it names a record of the file that does not exist yet.
    pub(super) async fn resolve(
        &mut self,
        field: &opbx_platform::Field,
        literal: &Literal,
        place: &Place,
        wanted: &[Wanted<'_>],
    ) -> Result<Option<Value>, ApplyError> {
        let model = match &field.kind {
            FieldKind::Many2one { to, .. } | FieldKind::Many2many { to } => to.to_string(),
            _ => String::new(),
        };
        let expected = Expected { model: &model, place };
        Ok(match literal {
            Literal::Value(value) => Some(value.clone()),
            Literal::Record(to) => self.find(to, &expected, wanted).await?.map(Value::Record),
            Literal::Records(all) => {
                let mut ids = Vec::with_capacity(all.len());
                for to in all {
                    let Some(id) = self.find(to, &expected, wanted).await? else { return Ok(None) };
                    ids.push(id);
                }
                Some(Value::Records(ids))
            }
            Literal::OneOf { model, to } => {
                let expected = Expected { model: model.as_str(), place };
                let id = self.find(to, &expected, wanted).await?;
                id.map(|id| Value::Reference(RecordRef { model: model.clone(), id }))
            }
            Literal::Destination { kind, to } => {
                let model = format!("pbx.{kind}");
                if self.registry.model(&model).is_none() {
                    let message = format!("this version has no destinations of the kind `{kind}` yet");
                    return Err(place.refuse(message).into());
                }
                let expected = Expected { model: &model, place };
                let id = self.find(to, &expected, wanted).await?;
                id.map(|id| Value::Destination(DestinationRef::Record { kind: kind.clone(), id }))
            }
        })
    }

    async fn find(
        &mut self,
        to: &Reference,
        expected: &Expected<'_>,
        wanted: &[Wanted<'_>],
    ) -> Result<Option<RecordId>, ApplyError> {
        let module = to.module_or(HOME);
        if module != HOME {
            return match tenants::lookup(&mut self.tx, self.registry, module, &to.name).await? {
                Some((model, id)) if model == expected.model => Ok(Some(id)),
                Some((model, _)) => Err(other_model(to, &model, expected).into()),
                None => Err(unknown(to, expected, wanted).into()),
            };
        }
        let named = || wanted.iter().filter(|record| record.name == to.name);
        if let Some(record) = named().find(|record| record.model.name.as_str() == expected.model) {
            return Ok(self.names.id(record));
        }
        // Not in this file, but perhaps from one that was applied before.
        let known = self.tx.external(HOME, &external_name(expected.model, &to.name)).await?;
        match (known, named().next()) {
            (Some((_, id)), _) => Ok(Some(id)),
            (None, Some(other)) => Err(other_model(to, other.model.name.as_str(), expected).into()),
            (None, None) => Err(unknown(to, expected, wanted).into()),
        }
    }
}

fn unknown(to: &Reference, expected: &Expected<'_>, wanted: &[Wanted<'_>]) -> SourceError {
    let same_model = |record: &&Wanted<'_>| record.model.name.as_str() == expected.model;
    let names = wanted.iter().filter(same_model).map(|record| record.name.as_str());
    expected.place.refuse(unknown_word(&format!("record of {}", expected.model), &to.to_string(), names))
}

fn other_model(to: &Reference, model: &str, expected: &Expected<'_>) -> SourceError {
    expected
        .place
        .refuse(format!("found `{to}`, which is a record of {model}, expected one of {}", expected.model))
}
