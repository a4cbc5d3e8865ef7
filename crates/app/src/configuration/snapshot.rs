//! A tenant's configuration as the database holds it, all of it at once: what a file is compared with.

use super::names::Names;
use super::outline::{Outline, is_written};
use opbx_kernel::RecordId;
use opbx_platform::record::Row;
use opbx_platform::{Field, FieldKind, Model, Registry, Value};
use opbx_store::{ReadError, Tx};
use std::collections::HashMap;

/// The records of one model.
pub(super) struct Held<'a> {
    pub(super) model: &'a Model,
    /// The fields that were read: each row's values stand in their order.
    pub(super) fields: Vec<&'a Field>,
    /// In the model's order.
    pub(super) rows: Vec<Row>,
    at: HashMap<RecordId, usize>,
}

pub(super) struct Snapshot<'a> {
    held: HashMap<&'a str, Held<'a>>,
    /// (model, many2one) → record → the rows that name it, in the model's order
    belonging: HashMap<(&'a str, &'a str), HashMap<RecordId, Vec<usize>>>,
    pub(super) names: Names,
}

impl<'a> Snapshot<'a> {
    /// Reads everything that files speak of. Records without a name get one that nothing keeps yet.
    pub(super) async fn load(
        tx: &mut Tx,
        registry: &'a Registry,
        outline: &Outline<'a>,
    ) -> Result<Self, ReadError> {
        let mut held = HashMap::new();
        for model in registry.models().filter(|model| model.config) {
            let fields: Vec<&Field> = model.fields.iter().filter(|field| is_written(field)).collect();
            let columns: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            let rows = tx.rows(model.name.as_str(), &columns).await?;
            let at = rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
            held.insert(model.name.as_str(), Held { model, fields, rows, at });
        }
        let exists =
            |model: &str, id| held.get(model).is_none_or(|held: &Held<'_>| held.at.contains_key(&id));
        let names = Names::load(tx, registry, exists).await?;
        let mut snapshot = Self { held, belonging: HashMap::new(), names };
        snapshot.index(registry);
        snapshot.make_names(outline);
        Ok(snapshot)
    }

    fn index(&mut self, registry: &'a Registry) {
        for model in registry.models() {
            for field in &model.fields {
                let FieldKind::One2many { to, inverse, .. } = &field.kind else { continue };
                let Some(child) = self.held.get(to.as_str()) else { continue };
                let mut lists: HashMap<RecordId, Vec<usize>> = HashMap::new();
                for (at, row) in child.rows.iter().enumerate() {
                    if let Some(Value::Record(parent)) = child.value(row, inverse) {
                        lists.entry(*parent).or_default().push(at);
                    }
                }
                self.belonging.insert((child.model.name.as_str(), inverse.as_str()), lists);
            }
        }
    }

    fn make_names(&mut self, outline: &Outline<'a>) {
        for model in outline.top() {
            let Some(held) = self.held.get(model.name.as_str()) else { continue };
            // The oldest first, so that a newer record never takes over an older one's name.
            let mut rows: Vec<&Row> = held.rows.iter().collect();
            rows.sort_by_key(|row| row.id);
            for row in rows {
                let display = match held.value(row, &model.display) {
                    Some(Value::Text(text)) => Some(text.as_str()),
                    _ => None,
                };
                let is_model = |name: &str| {
                    let below = format!("{}.{name}", model.name);
                    outline.top().iter().any(|top| top.name.as_str() == below)
                };
                self.names.make(model.name.as_str(), display, row.id, is_model);
            }
        }
    }

    pub(super) fn held(&self, model: &str) -> Option<&Held<'a>> {
        self.held.get(model)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Held<'a>> {
        self.held.values()
    }

    pub(super) fn row(&self, model: &str, id: RecordId) -> Option<&Row> {
        let held = self.held.get(model)?;
        held.rows.get(*held.at.get(&id)?)
    }

    /// What a field of a record holds; none for what is not read, and where there is no such record.
    pub(super) fn value(&self, model: &str, id: RecordId, field: &str) -> Option<&Value> {
        self.held.get(model)?.value(self.row(model, id)?, field)
    }

    /// The records that name `parent` by their many2one `inverse`.
    pub(super) fn belonging<'s>(
        &'s self,
        model: &'s str,
        inverse: &'s str,
        parent: RecordId,
    ) -> impl Iterator<Item = &'s Row> {
        let rows = self.held.get(model).map_or(&[][..], |held| held.rows.as_slice());
        let at = self.belonging.get(&(model, inverse)).and_then(|lists| lists.get(&parent));
        at.into_iter().flatten().filter_map(move |at| rows.get(*at))
    }
}

impl Held<'_> {
    pub(super) fn value<'r>(&self, row: &'r Row, field: &str) -> Option<&'r Value> {
        let at = self.fields.iter().position(|read| read.name == field)?;
        row.values.get(at)
    }
}
