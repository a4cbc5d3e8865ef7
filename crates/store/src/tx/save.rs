//! Creating and changing records.

use super::values::{
    bound_translations, columns_of, complete, from_column, new_translations, partial, stamp,
};
use super::{Tx, model_to_write};
use crate::connection::Fault;
use crate::dialect::{ColumnType, Violation};
use crate::error::{SaveError, StoreError};
use crate::schema::unique_keys;
use crate::statement::machinery;
use crate::statement::records::record_id;
use crate::store::Store;
use crate::tx::read::IDS_PER_STATEMENT;
use opbx_kernel::RecordId;
use opbx_platform::access::Deed;
use opbx_platform::field::{Field, FieldKind, Translations, translated_language};
use opbx_platform::{DestinationRef, Domain, Model, Tenancy, Value, Values};
use std::collections::{BTreeMap, HashSet};

/// Records that one `insert_many` takes at most.
pub const INSERT_MANY_MAX: usize = 1_000;
/// Parameters of one statement; SQLite takes 32,766.
pub(crate) const PARAMETERS_MAX: usize = 30_000;

/// References of new values to other records: target model → (field, id).
type References = BTreeMap<String, Vec<(String, RecordId)>>;

/// What an update comes to.
pub(super) struct Changes {
    version: i64,
    /// The new values of the fields that differ.
    changed: Values,
    /// The old values of these, and the display field's.
    before: Values,
    /// By field: the translations to keep from now on, in place of the text itself.
    translations: BTreeMap<String, Translations>,
}

impl Changes {
    /// Values of a machine's own bookkeeping, which nobody asks what they were before.
    pub(super) fn unseen(version: i64, changed: Values) -> Self {
        Self { version, changed, before: Values::new(), translations: BTreeMap::new() }
    }
}

impl Tx {
    /// Creates a record: what is not given takes its default, and every field is judged before anything is written.
    pub async fn create(&mut self, model: &str, values: Values) -> Result<RecordId, SaveError> {
        let ids = self.insert_many(model, vec![values]).await?;
        Ok(*ids.first().expect("one record given is one record inserted"))
    }

    /// Creates many records of one model in a few statements, in the order given: for what machines write.
    pub async fn insert_many(&mut self, model: &str, rows: Vec<Values>) -> Result<Vec<RecordId>, SaveError> {
        if rows.len() > INSERT_MANY_MAX {
            return Err(SaveError::TooMany { max: INSERT_MANY_MAX });
        }
        let store = self.store.clone();
        let model = model_to_write(self, &store, model)?;
        let mut rows = rows;
        for row in &rows {
            seen(&store, model, row)?;
        }
        self.in_company(model, &mut rows);
        let rows = rows.into_iter().map(|row| complete(model, row)).collect::<Result<Vec<_>, _>>()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.rounded(&store, model, None, rows).await?;
        self.check_references(&store, model, &rows).await?;
        self.check_companies(&store, model, &rows).await?;
        let ids = self.draw_ids(&store, model, rows.len()).await?;
        self.insert(&store, model, ids.iter().copied().zip(rows).collect()).await?;
        self.judge(&store, model, &ids, Deed::Create).await?;
        self.spill_audit().await?;
        Ok(ids)
    }

    /// Draws ids that no record of the model has or had.
    pub(crate) async fn draw_ids(
        &mut self,
        store: &Store,
        model: &Model,
        count: usize,
    ) -> Result<Vec<RecordId>, StoreError> {
        let rows = self.fetch(machinery::draw_ids(store.dialect(), model, count)).await?;
        let ids: Vec<RecordId> = rows.iter().filter_map(|row| record_id(row.first()?)).collect();
        if ids.len() == count { Ok(ids) } else { Err(StoreError::Damaged { column: "id".to_owned() }) }
    }

    /// Inserts complete, judged records under drawn ids.
    pub(crate) async fn insert(
        &mut self,
        store: &Store,
        model: &Model,
        records: Vec<(RecordId, Values)>,
    ) -> Result<(), SaveError> {
        let mut columns = Vec::new();
        let mut rows = Vec::with_capacity(records.len());
        for (id, values) in &records {
            let (names, bound): (Vec<_>, Vec<_>) =
                self.new_row(store, model, *id, values)?.into_iter().unzip();
            columns = names;
            rows.push((*id, bound));
        }
        let rows_per_statement = (PARAMETERS_MAX / (columns.len() + 2)).max(1);
        let visible = self.visible(store, model);
        while !rows.is_empty() {
            let chunk = rows.drain(..rows_per_statement.min(rows.len())).collect();
            self.execute(visible.insert(&columns, chunk))
                .await
                .map_err(|fault| self.save_error(model, fault))?;
        }
        for field in &model.fields {
            let mut pairs = Vec::new();
            for (id, values) in &records {
                if let (FieldKind::Many2many { .. }, Some(Value::Records(to))) =
                    (&field.kind, values.get(&field.name))
                {
                    pairs.extend(to.iter().map(|to| (*id, *to)));
                }
            }
            for pairs in pairs.chunks(IDS_PER_STATEMENT) {
                let add = visible.add_links(field, pairs)?;
                self.execute(add).await.map_err(|fault| self.save_error(model, fault))?;
            }
        }
        self.touch(model);
        for (id, values) in &records {
            self.note_created(model, *id, values);
        }
        self.check_outgoing()
    }

    pub(super) fn new_row(
        &self,
        store: &Store,
        model: &Model,
        id: RecordId,
        values: &Values,
    ) -> Result<Vec<(String, sea_query::Value)>, SaveError> {
        let sealed = |field: &Field, value: &Value| self.sealed(model, &field.kind, &field.name, id, value);
        self.row_of(store, model, values, sealed)
    }

    /// The columns of a new record but its id, each value in the form that `kept` gives it.
    pub(super) fn row_of(
        &self,
        store: &Store,
        model: &Model,
        values: &Values,
        kept: impl Fn(&Field, &Value) -> Value,
    ) -> Result<Vec<(String, sea_query::Value)>, SaveError> {
        let mut row = Vec::new();
        for field in model.stored() {
            let value = kept(field, values.get(&field.name).unwrap_or(&Value::Null));
            row.extend(columns_of(store.dialect(), model, field, &value)?);
            let language = translated_language(self.scope.language());
            row.extend(new_translations(store.dialect(), field, &value, language.as_deref()));
        }
        let now = store.now();
        row.extend(stamp(store.dialect(), "created", Some(&*self.scope), now));
        row.extend(stamp(store.dialect(), "updated", Some(&*self.scope), now));
        row.push(("version".to_owned(), 1_i64.into()));
        Ok(row)
    }

    fn sealed(&self, model: &Model, kind: &FieldKind, name: &str, id: RecordId, value: &Value) -> Value {
        match (kind, value) {
            (FieldKind::Secret, Value::Bytes(clear)) => Value::Bytes(self.seal(model, name, id, clear)),
            _ => value.clone(),
        }
    }

    /// Changes a record. Where nothing differs, nothing is written and the version stays.
    ///
    /// With `expected_version`, refuses if somebody else's change came between.
    pub async fn update(
        &mut self,
        model: &str,
        id: RecordId,
        values: Values,
        expected_version: Option<i64>,
    ) -> Result<(), SaveError> {
        self.update_at(model, id, values, expected_version).await.map(drop)
    }

    /// As `update`, and tells the version that the record has now.
    pub(super) async fn update_at(
        &mut self,
        model: &str,
        id: RecordId,
        values: Values,
        expected_version: Option<i64>,
    ) -> Result<i64, SaveError> {
        let store = self.store.clone();
        let model = match model_to_write(self, &store, model) {
            // A tenant may change its own record; who may, the caller's rights have said.
            Err(SaveError::OperatorOnly { model }) => match store.registry().model(&model) {
                Some(found) if found.tenancy == Tenancy::TenantItself => found,
                _ => return Err(SaveError::OperatorOnly { model }),
            },
            other => other?,
        };
        seen(&store, model, &values)?;
        let values = partial(model, values)?;
        let values = self.rounded(&store, model, Some(id), vec![values]).await?.pop().unwrap_or_default();
        let Changes { version, changed, before, translations } =
            self.changes(&store, model, id, values).await?;
        if expected_version.is_some_and(|expected| expected != version) {
            return Err(SaveError::Conflict { model: model.name.to_string(), id, current: version });
        }
        if changed.is_empty() {
            return Ok(version);
        }
        if let Some(field) =
            model.fields.iter().find(|field| field.immutable && changed.contains_key(&field.name))
        {
            return Err(SaveError::Fixed { model: model.name.to_string(), field: field.name.clone() });
        }
        self.check_references(&store, model, std::slice::from_ref(&changed)).await?;
        self.check_companies_after(&store, model, id, &changed).await?;
        let changes = Changes { version, changed, before, translations };
        self.write_changes(&store, model, id, &changes).await?;
        self.judge(&store, model, &[id], Deed::Update).await?;
        self.note_updated(model, id, version + 1, &changes.before, &changes.changed);
        self.check_outgoing()?;
        self.spill_audit().await?;
        Ok(version + 1)
    }

    /// Gives the records of a machine-written model for which a domain holds the same values, in one statement, and says
    /// how many they are. Tells nobody: such a model publishes nothing.
    pub async fn set_where(
        &mut self,
        model: &str,
        domain: &Domain,
        values: Values,
    ) -> Result<u64, SaveError> {
        let store = self.store.clone();
        let model = model_to_write(self, &store, model)?;
        if model.audit || model.publish {
            return Err(SaveError::NotMachineWritten { model: model.name.to_string() });
        }
        seen(&store, model, &values)?;
        let values = partial(model, values)?;
        self.check_references(&store, model, std::slice::from_ref(&values)).await?;
        let mut columns = stamp(store.dialect(), "updated", Some(&*self.scope), store.now());
        for field in model.stored() {
            let Some(value) = values.get(&field.name) else { continue };
            if matches!(field.kind, FieldKind::Secret) {
                // A secret is sealed for its own record.
                return Err(SaveError::NotWritable {
                    model: model.name.to_string(),
                    field: field.name.clone(),
                });
            }
            columns.extend(columns_of(store.dialect(), model, field, value)?);
        }
        let statement = self.visible_for(&store, model, Deed::Update).set_where(domain, columns)?;
        let changed = self.execute(statement).await.map_err(|fault| self.save_error(model, fault))?;
        self.touch(model);
        Ok(changed)
    }

    /// Holds a record that this scope may change until the transaction ends, and tells its version.
    pub async fn hold(
        &mut self,
        model: &str,
        id: RecordId,
        expected_version: Option<i64>,
    ) -> Result<i64, SaveError> {
        let store = self.store.clone();
        let model = model_to_write(self, &store, model)?;
        let Changes { version, .. } = self.changes(&store, model, id, Values::new()).await?;
        match expected_version {
            Some(expected) if expected != version => {
                Err(SaveError::Conflict { model: model.name.to_string(), id, current: version })
            }
            _ => Ok(version),
        }
    }

    /// Makes a record one version younger: something that belongs to it changed, and whoever read it before must know.
    pub async fn advance(&mut self, model: &str, id: RecordId) -> Result<(), SaveError> {
        let store = self.store.clone();
        let model = model_to_write(self, &store, model)?;
        let stamp = stamp(store.dialect(), "updated", Some(&*self.scope), store.now());
        let advance = self.whole(&store, model).advance(id, stamp);
        if self.execute(advance).await.map_err(|fault| self.save_error(model, fault))? == 0 {
            return Err(SaveError::Absent { model: model.name.to_string(), id });
        }
        self.touch(model);
        Ok(())
    }

    /// Holds the record, and tells its version and which of the values differ from what it has.
    async fn changes(
        &mut self,
        store: &Store,
        model: &Model,
        id: RecordId,
        mut values: Values,
    ) -> Result<Changes, SaveError> {
        let stored = model.stored().filter(|field| values.contains_key(&field.name));
        let stored: Vec<_> = stored.filter_map(|field| Some((field, ColumnType::of(&field.kind)?))).collect();
        let language = translated_language(self.scope.language());
        let translated: Vec<(&Field, String)> = match language {
            Some(_) => {
                stored.iter().filter_map(|(field, _)| Some((*field, field.translations_column()?))).collect()
            }
            None => Vec::new(),
        };
        let mut columns: Vec<_> =
            stored.iter().map(|(field, column)| (field.name.as_str(), *column)).collect();
        columns.extend(translated.iter().map(|(_, column)| (column.as_str(), ColumnType::Json)));
        // The name that the audit knows the record by, whether it changes or not.
        let display = model.field(&model.display).filter(|field| field.is_stored());
        columns.extend(display.map(|field| (field.name.as_str(), ColumnType::Text)));
        let hold = self.visible_for(store, model, Deed::Update).hold(&columns, id);
        let mut rows = self.fetch(hold).await.map_err(StoreError::from)?;
        let Some(held) = rows.pop() else {
            return Err(self.out_of_reach(store, model, id, Deed::Update).await);
        };
        let mut held = held.into_iter().skip(1);
        let Some(Value::Int(version)) = held.next() else {
            return Err(StoreError::Damaged { column: "version".to_owned() }.into());
        };
        let mut before = Values::new();
        let mut base = BTreeMap::new();
        for ((field, _), old) in stored.into_iter().zip(held.by_ref()) {
            if translated.iter().any(|(other, _)| other.name == field.name) {
                base.insert(field.name.clone(), old);
                continue;
            }
            let kept = match field.kind {
                FieldKind::Secret => Some(old.clone()),
                _ => from_column(Some(field), old.clone()),
            };
            let same = match (&field.kind, &old, values.get(&field.name)) {
                (FieldKind::Secret, Value::Bytes(sealed), Some(Value::Bytes(clear))) => {
                    self.seals_same(model, &field.name, id, sealed, clear)
                }
                (FieldKind::Secret, old, Some(new)) => old == new,
                (_, _, new) => from_column(Some(field), old).as_ref() == new,
            };
            if same {
                values.remove(&field.name);
            } else {
                before.insert(field.name.clone(), kept.unwrap_or(Value::Null));
            }
        }
        let mut translations = BTreeMap::new();
        for ((field, _), old) in translated.iter().zip(held.by_ref()) {
            let language = language.as_deref().unwrap_or_default();
            let new = values.get(&field.name).cloned().unwrap_or(Value::Null);
            match translated_change(language, base.get(&field.name), &old, &new) {
                Some(changed) => {
                    let shown = shown_in(language, &old).or_else(|| base.remove(&field.name));
                    before.insert(field.name.clone(), shown.unwrap_or(Value::Null));
                    translations.insert(field.name.clone(), changed);
                }
                None => drop(values.remove(&field.name)),
            }
        }
        if let (Some(field), Some(name)) = (display, held.next()) {
            before.insert(field.name.clone(), name);
        }
        for field in &model.fields {
            if let Some(Value::Records(new)) = values.get(&field.name) {
                let mut lists = self.lists(store, model, field, &[id]).await?;
                let old = lists.remove(&id).unwrap_or_default();
                if old == *new {
                    values.remove(&field.name);
                } else {
                    before.insert(field.name.clone(), Value::Records(old));
                }
            }
        }
        Ok(Changes { version, changed: values, before, translations })
    }

    pub(super) async fn write_changes(
        &mut self,
        store: &Store,
        model: &Model,
        id: RecordId,
        changes: &Changes,
    ) -> Result<(), SaveError> {
        let Changes { version, changed, translations, .. } = changes;
        let visible = self.visible(store, model);
        let mut columns = stamp(store.dialect(), "updated", Some(&*self.scope), store.now());
        for field in &model.fields {
            let Some(value) = changed.get(&field.name) else { continue };
            if let (Some(column), Some(texts)) = (field.translations_column(), translations.get(&field.name))
            {
                columns.push((column, bound_translations(store.dialect(), texts.clone())));
                continue;
            }
            let value = self.sealed(model, &field.kind, &field.name, id, value);
            columns.extend(columns_of(store.dialect(), model, field, &value)?);
        }
        let touched = self
            .execute(visible.update(id, *version, columns))
            .await
            .map_err(|fault| self.save_error(model, fault))?;
        if touched == 0 {
            return Err(SaveError::Absent { model: model.name.to_string(), id });
        }
        for field in &model.fields {
            let Some(Value::Records(to)) = changed.get(&field.name) else { continue };
            // What somebody cannot see in a list stays in it.
            let old = self.lists(store, model, field, &[id]).await?.remove(&id).unwrap_or_default();
            let gone: Vec<RecordId> = old.iter().copied().filter(|old| !to.contains(old)).collect();
            let pairs: Vec<_> = to.iter().filter(|to| !old.contains(to)).map(|to| (id, *to)).collect();
            let mut statements = Vec::new();
            for gone in gone.chunks(IDS_PER_STATEMENT) {
                statements.push(visible.remove_from_list(field, id, gone)?);
            }
            for pairs in pairs.chunks(IDS_PER_STATEMENT) {
                statements.push(visible.add_links(field, pairs)?);
            }
            for statement in statements {
                self.execute(statement).await.map_err(|fault| self.save_error(model, fault))?;
            }
        }
        // What machines keep of a record is no part of a plan.
        if !changed.keys().all(|field| model.machine_fields.contains(field)) {
            self.touch(model);
        }
        Ok(())
    }

    /// Makes sure that every record named by these values exists in this tenant, and stays until the commit.
    pub(crate) async fn check_references(
        &mut self,
        store: &Store,
        model: &Model,
        rows: &[Values],
    ) -> Result<(), SaveError> {
        for (target, named) in references(model, rows) {
            let absent = |(field, id): &(String, RecordId)| SaveError::NoSuchRecord {
                model: model.name.to_string(),
                field: field.clone(),
                id: *id,
            };
            let Some(target) = store.registry().model(&target) else {
                return named.first().map_or(Ok(()), |first| Err(absent(first)));
            };
            let mut ids: Vec<RecordId> = named.iter().map(|(_, id)| *id).collect();
            // In rising order, so that two transactions that hold the same records never wait for each other.
            ids.sort_unstable();
            ids.dedup();
            let mut found = HashSet::new();
            for ids in ids.chunks(IDS_PER_STATEMENT) {
                let existing = self.visible(store, target).existing(ids);
                let rows = self.fetch(existing).await.map_err(StoreError::from)?;
                found.extend(rows.iter().filter_map(|row| record_id(row.first()?)));
            }
            if let Some(missing) = named.iter().find(|(_, id)| !found.contains(id)) {
                return Err(absent(missing));
            }
        }
        Ok(())
    }

    /// Says in the model's words which rule a statement broke.
    pub(super) fn save_error(&self, model: &Model, fault: Fault) -> SaveError {
        let violation = match fault {
            Fault::Store(error) => return error.into(),
            Fault::Violation(violation) => violation,
        };
        let keys = unique_keys(model);
        let key = match &violation {
            Violation::UniqueIndex(name) => keys.iter().find(|key| key.name == *name),
            Violation::UniqueColumns(columns) => keys.iter().find(|key| key.columns == *columns),
            // Whatever a record names was made sure of before: what is missing is the tenant itself.
            Violation::Reference => {
                let tenant =
                    RecordId::new(self.scope.tenant().get()).expect("a tenant's id is a record's id");
                return SaveError::Absent { model: super::TENANT_MODEL.to_owned(), id: tenant };
            }
            Violation::Busy => return StoreError::Busy.into(),
        };
        let is_seen = |field: &&String| {
            self.models().model(model.name.as_str()).is_none_or(|model| model.field(field).is_some())
        };
        match key {
            Some(key) => SaveError::Taken {
                model: model.name.to_string(),
                fields: key.fields.iter().filter(is_seen).cloned().collect(),
            },
            None => StoreError::from(Fault::Violation(violation)).into(),
        }
    }
}

/// A text as it reads in a language by its translations, where these have it.
fn shown_in(language: &str, translations: &Value) -> Option<Value> {
    match translations {
        Value::Json(json) => Translations::from_json(json).best(language).map(Value::from),
        _ => None,
    }
}

/// The translations of a text after a change in another language than the base; `None` where nothing changes.
fn translated_change(language: &str, base: Option<&Value>, old: &Value, new: &Value) -> Option<Translations> {
    let mut texts = match old {
        Value::Json(json) => Translations::from_json(json),
        _ => Translations::default(),
    };
    let shown = texts.best(language).map(Value::from);
    let is_same = match new {
        // To unset a translation is to show the base again.
        Value::Null => texts.own(language).is_none(),
        new => shown.as_ref().or(base) == Some(new),
    };
    if is_same {
        return None;
    }
    texts.set(language, if let Value::Text(text) = new { Some(text) } else { None });
    Some(texts)
}

/// Refuses fields that the transaction's scope does not see, in the words for those that do not exist.
fn seen(store: &Store, model: &Model, given: &Values) -> Result<(), SaveError> {
    let unknown =
        |field: &String| SaveError::UnknownField { model: model.name.to_string(), field: field.clone() };
    let view = store.view().model(model.name.as_str());
    match given.keys().find(|name| view.is_none_or(|view| view.field(name).is_none())) {
        Some(name) => Err(unknown(name)),
        None => Ok(()),
    }
}

fn references(model: &Model, rows: &[Values]) -> References {
    let mut references = References::new();
    let mut add = |target: String, field: &str, id| {
        references.entry(target).or_default().push((field.to_owned(), id));
    };
    for (name, value) in rows.iter().flatten() {
        let Some(field) = model.field(name) else { continue };
        match (&field.kind, value) {
            (FieldKind::Many2one { to, .. }, Value::Record(id)) => add(to.to_string(), name, *id),
            (FieldKind::Reference { .. }, Value::Reference(reference)) => {
                add(reference.model.to_string(), name, reference.id);
            }
            (FieldKind::Many2many { to }, Value::Records(ids)) => {
                for id in ids {
                    add(to.to_string(), name, *id);
                }
            }
            (FieldKind::Destination, Value::Destination(destination)) => {
                if let (Some(target), DestinationRef::Record { id, .. }) = (destination.model(), destination)
                {
                    add(target, name, *id);
                }
            }
            _ => {}
        }
    }
    references
}
