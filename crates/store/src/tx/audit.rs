//! The audit: who did what to which record, written inside the transaction that does it.

use super::{Tx, model_to_read};
use crate::dialect::ColumnType;
use crate::error::{ReadError, SaveError, StoreError};
use crate::statement::records::record_id;
use crate::store::Store;
use crate::tx::read::IDS_PER_STATEMENT;
use opbx_kernel::{Actor, RecordId, Timestamp};
use opbx_platform::field::FieldKind;
use opbx_platform::{Field, Model, Tenancy, Value, Values};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// The model of the audit's entries.
pub(crate) const AUDIT_MODEL: &str = "ir.audit";
const USER_MODEL: &str = "res.users";

/// Entries held in memory before they are written; the rest of them goes with the commit.
const AUDIT_PENDING_MAX: usize = 500;
/// Letters of a text that an entry keeps; what was longer ends with an ellipsis.
const AUDIT_TEXT_MAX: usize = 2_000;
const NAME_LEN_MAX: usize = 255;
const ACTOR_LEN_MAX: usize = 200;
const REQUEST_LEN_MAX: usize = 64;
const REASON_LEN_MAX: usize = 500;
/// What stands for a secret, whatever it holds.
const MASK: &str = "•••";

/// What was done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Create,
    Update,
    Delete,
    Reveal,
}

impl Deed {
    fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Reveal => "reveal",
        }
    }
}

/// An entry that is not written yet. Who did it, the transaction's scope says.
pub(super) struct Entry {
    at: Timestamp,
    deed: Deed,
    model: String,
    record: RecordId,
    name: Option<String>,
    changes: serde_json::Map<String, Json>,
    tracked: bool,
    /// What somebody said why; of a revealed secret only.
    reason: Option<String>,
}

/// Whether a model's records are audited in a tenant.
pub(super) fn is_audited(model: &Model) -> bool {
    model.audit && model.tenancy != Tenancy::Shared
}

/// Whether a field's changes are among those that its record's history shows.
fn is_tracked(field: &Field) -> bool {
    field.track
}

/// The name by which people know a record, among its values.
fn name_in(model: &Model, values: &Values) -> Option<String> {
    match values.get(&model.display) {
        Some(Value::Text(text)) => Some(cut(text, NAME_LEN_MAX)),
        _ => None,
    }
}

fn cut(text: &str, len_max: usize) -> String {
    match text.char_indices().nth(len_max.saturating_sub(1)) {
        Some((end, _)) if text[end..].chars().nth(1).is_some() => format!("{}…", &text[..end]),
        _ => text.to_owned(),
    }
}

/// A value as an entry shows it: no secret, no blob, no long text.
fn shown(field: &Field, value: &Value) -> Json {
    match (&field.kind, value) {
        (_, Value::Null) => Json::Null,
        (FieldKind::Secret, _) => MASK.into(),
        (_, Value::Bytes(bytes)) => json!({ "bytes": bytes.len() }),
        (_, Value::Text(text)) => cut(text, AUDIT_TEXT_MAX).into(),
        (_, Value::Json(held)) => {
            let text = held.to_string();
            if text.len() <= AUDIT_TEXT_MAX { held.clone() } else { cut(&text, AUDIT_TEXT_MAX).into() }
        }
        (_, value) => value.to_json(field),
    }
}

impl Tx {
    /// Notes that somebody was shown a secret. Call it where a person asked; OPBX's own use needs no entry.
    pub async fn note_revealed(
        &mut self,
        model: &str,
        id: RecordId,
        field: &str,
        reason: &str,
    ) -> Result<(), SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let before = self.snapshots(&store, model, &[id]).await?;
        let gone = || SaveError::Absent { model: model.name.to_string(), id };
        let name = name_in(model, before.get(&id).ok_or_else(gone)?);
        let changes = serde_json::Map::from_iter([(field.to_owned(), json!([MASK, MASK]))]);
        self.keep_entry(Deed::Reveal, model, id, name, changes, true);
        if let Some(entry) = self.audited.last_mut() {
            entry.reason = Some(cut(reason, REASON_LEN_MAX));
        }
        self.spill_audit().await
    }

    pub(super) fn note_created(&mut self, model: &Model, id: RecordId, values: &Values) {
        self.publish_created(model, id);
        if !is_audited(model) {
            return;
        }
        let changes = values.iter().filter(|(_, value)| is_something(value)).filter_map(|(name, value)| {
            let field = model.field(name)?;
            Some((name.clone(), json!([null, shown(field, value)])))
        });
        let changes = changes.collect();
        self.keep_entry(Deed::Create, model, id, name_in(model, values), changes, true);
    }

    /// Notes what changed; `before` holds the old values of the changed fields, and the display field's.
    pub(super) fn note_updated(
        &mut self,
        model: &Model,
        id: RecordId,
        version: i64,
        before: &Values,
        after: &Values,
    ) {
        let told: Vec<&Field> = after
            .keys()
            .filter(|name| !model.machine_fields.contains(*name))
            .filter_map(|name| model.field(name))
            .collect();
        if told.is_empty() {
            return;
        }
        self.publish_updated(model, id, version, told.iter().map(|field| field.name.as_str()));
        if !is_audited(model) {
            return;
        }
        let mut changes = serde_json::Map::new();
        for field in &told {
            let old = before.get(&field.name).unwrap_or(&Value::Null);
            let new = after.get(&field.name).unwrap_or(&Value::Null);
            changes.insert(field.name.clone(), json!([shown(field, old), shown(field, new)]));
        }
        let tracked = told.iter().any(|field| is_tracked(field));
        self.keep_entry(Deed::Update, model, id, name_in(model, before), changes, tracked);
    }

    pub(super) fn note_deleted(&mut self, model: &Model, id: RecordId, before: &Values) {
        self.publish_deleted(model, id);
        if !is_audited(model) {
            return;
        }
        let changes = before.iter().filter(|(_, value)| is_something(value)).filter_map(|(name, value)| {
            let field = model.field(name)?;
            Some((name.clone(), json!([shown(field, value), null])))
        });
        let changes = changes.collect();
        self.keep_entry(Deed::Delete, model, id, name_in(model, before), changes, true);
    }

    fn keep_entry(
        &mut self,
        deed: Deed,
        model: &Model,
        record: RecordId,
        name: Option<String>,
        changes: serde_json::Map<String, Json>,
        tracked: bool,
    ) {
        let at = self.store.now();
        let model = model.name.to_string();
        self.audited.push(Entry { at, deed, model, record, name, changes, tracked, reason: None });
    }

    /// What records hold, lists of records included, for entries that tell of their end.
    pub(super) async fn snapshots(
        &mut self,
        store: &Store,
        model: &Model,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Values>, ReadError> {
        let stored: Vec<(&str, ColumnType)> = model
            .stored()
            .filter_map(|field| Some((field.name.as_str(), ColumnType::of(&field.kind)?)))
            .collect();
        let mut found: HashMap<RecordId, Values> = HashMap::new();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let rows = self.fetch(self.whole(store, model).by_ids(&stored, ids)).await;
            for row in rows.map_err(StoreError::from)? {
                let Some(id) = row.first().and_then(record_id) else { continue };
                let values = stored.iter().zip(row.into_iter().skip(2));
                let values = values.map(|((name, _), value)| {
                    // The form in which `to_json` writes it; what does not fit stays as it is.
                    let field = model.field(name).filter(|field| field.kind != FieldKind::Secret);
                    let value = match field {
                        Some(_) => super::values::from_column(field, value.clone()).unwrap_or(value),
                        None => value,
                    };
                    ((*name).to_owned(), value)
                });
                found.insert(id, values.collect());
            }
        }
        for field in &model.fields {
            if !matches!(field.kind, FieldKind::Many2many { .. }) {
                continue;
            }
            for (id, list) in self.lists(store, model, field, ids).await? {
                if let Some(values) = found.get_mut(&id) {
                    values.insert(field.name.clone(), Value::Records(list));
                }
            }
        }
        Ok(found)
    }

    /// Writes pending entries where there are many of them, so that a large transaction does not hold all in memory.
    pub(super) async fn spill_audit(&mut self) -> Result<(), SaveError> {
        if self.audited.len() < AUDIT_PENDING_MAX { Ok(()) } else { Ok(self.write_audit().await?) }
    }

    /// Writes all pending entries under the scope's actor.
    pub(super) async fn write_audit(&mut self) -> Result<(), StoreError> {
        if self.audited.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.audited);
        let user = self.scope.user_id().map(|user| user.get());
        let actor = self.actor().await?;
        let request = self.scope.request().map(|request| cut(request, REQUEST_LEN_MAX));
        let rows = entries.into_iter().map(|entry| {
            Values::from([
                ("at".to_owned(), entry.at.into()),
                ("user".to_owned(), user.into()),
                ("actor".to_owned(), actor.as_str().into()),
                ("deed".to_owned(), entry.deed.as_str().into()),
                ("model".to_owned(), entry.model.into()),
                ("record".to_owned(), Value::Int(entry.record.get())),
                ("record_name".to_owned(), entry.name.into()),
                ("tracked".to_owned(), entry.tracked.into()),
                ("changes".to_owned(), Value::Json(Json::Object(entry.changes))),
                ("request".to_owned(), request.clone().into()),
                ("reason".to_owned(), entry.reason.into()),
            ])
        });
        self.append(AUDIT_MODEL, rows.collect()).await
    }

    /// The user's name as it is now, or the reason for which OPBX acts.
    async fn actor(&mut self) -> Result<String, StoreError> {
        let id = match self.scope.actor() {
            Actor::System { reason } => return Ok(cut(reason, ACTOR_LEN_MAX)),
            Actor::User { id, .. } => id.get(),
        };
        let store = self.store.clone();
        let users = store.registry().model(USER_MODEL);
        let named = users.and_then(|users| users.field("name")).is_some();
        if let (Some(users), true, Ok(record)) = (users, named, RecordId::new(id)) {
            let name = self.whole(&store, users).by_ids(&[("name", ColumnType::Text)], &[record]);
            let mut rows = self.fetch(name).await?;
            if let Some(Value::Text(name)) = rows.pop().and_then(|mut row| row.pop()) {
                return Ok(cut(&name, ACTOR_LEN_MAX));
            }
        }
        Ok(format!("user {id}"))
    }
}

/// Whether a value says anything: an unset field, a list without members and a `false` do not.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Records(ids) => !ids.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_between_letters_and_only_where_it_is_too_long() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("", 3), "");
    }
}
