//! Secrets: sealed for their own place in their own tenant, and opened by `reveal` alone.

use super::{Tx, model_to_read};
use crate::dialect::ColumnType;
use crate::error::{ReadError, SaveError, StoreError};
use crate::statement::records::record_id;
use crate::tx::read::IDS_PER_STATEMENT;
use opbx_kernel::seal::NONCE_LEN;
use opbx_kernel::{RecordId, TenantId, seal};
use opbx_platform::field::FieldKind;
use opbx_platform::{Domain, Model, OrderBy, Value};
use std::collections::{HashMap, HashSet};

/// Records that one `reseal` looks at, at most: SQLite's one writer is not held for longer than that takes.
pub const RESEAL_MAX: usize = 200;

/// What a `reseal` came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Secrets that are sealed under the newest key now, and were not before.
    pub resealed: usize,
    /// Secrets that no key of the ring opens, each as record and field. They were left as they are.
    pub unopened: Vec<(RecordId, String)>,
    /// The last record looked at; none when there are no more.
    pub last: Option<RecordId>,
}

/// Where a secret stands; sealed into it, so that a copy in another row or column does not open.
pub(crate) fn context(table: &str, column: &str, tenant: TenantId, id: RecordId) -> String {
    format!("{table}|{column}|{tenant}|{id}")
}

/// Draws a nonce where it is used, once: nobody needs to know it, and nobody may choose it.
#[expect(clippy::disallowed_methods, reason = "a nonce that a caller could pass in could be passed in twice")]
fn nonce() -> [u8; NONCE_LEN] {
    rand::random()
}

impl Tx {
    /// Opens a secret: the only way to its clear text. `None` where it is unset, or the record is absent.
    pub async fn reveal(
        &mut self,
        model: &str,
        id: RecordId,
        field: &str,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.reveal_many(model, &[id], field).await?.remove(&id))
    }

    /// Opens one secret of many records, in a few statements. What is unset or absent is left out.
    pub async fn reveal_many(
        &mut self,
        model: &str,
        ids: &[RecordId],
        field: &str,
    ) -> Result<HashMap<RecordId, Vec<u8>>, ReadError> {
        let sealed = self.sealed_values(model, field, ids).await?;
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        sealed.into_iter().map(|(id, sealed)| Ok((id, self.unseal(model, field, id, &sealed)?))).collect()
    }

    /// Seals the secrets of a model's records anew that are sealed under a previous key: of `limit` records at most, in
    /// the order of their ids, behind `after`.
    pub async fn reseal(
        &mut self,
        model: &str,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Resealed, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let secrets = model.fields.iter().filter(|field| matches!(field.kind, FieldKind::Secret));
        let columns: Vec<_> = secrets.map(|field| (field.name.as_str(), ColumnType::Bytes)).collect();
        if columns.is_empty() {
            return Ok(Resealed::default());
        }
        let limit = limit.clamp(1, RESEAL_MAX);
        let behind = after.map_or(Domain::All, |after| Domain::gt("id", after));
        let by_id = [OrderBy::asc("id")];
        let statement = self.visible(&store, model).search(&columns, &behind, Some(&by_id), limit, 0)?;
        let rows = self.fetch(statement).await.map_err(StoreError::from)?;
        let mut done = Resealed::default();
        for row in &rows {
            let id =
                row.first().and_then(record_id).ok_or(StoreError::Damaged { column: "id".to_owned() })?;
            let is_old = |cell: &Value| match cell {
                Value::Bytes(sealed) => !store.keyring().sealed_under_newest(sealed),
                _ => false,
            };
            if row.iter().any(is_old) {
                self.reseal_one(model, &columns, id, &mut done).await?;
            }
            done.last = Some(id);
        }
        if rows.len() < limit {
            done.last = None;
        }
        Ok(done)
    }

    async fn reseal_one(
        &mut self,
        model: &Model,
        columns: &[(&str, ColumnType)],
        id: RecordId,
        done: &mut Resealed,
    ) -> Result<(), SaveError> {
        let store = self.store.clone();
        // Read once more, and held: somebody may have written another secret since.
        let hold = self.visible(&store, model).hold(columns, id);
        let mut rows = self.fetch(hold).await.map_err(StoreError::from)?;
        let Some(row) = rows.pop() else { return Ok(()) };
        let mut anew = Vec::new();
        for ((field, column), cell) in columns.iter().zip(row.into_iter().skip(2)) {
            let Value::Bytes(sealed) = cell else { continue };
            if store.keyring().sealed_under_newest(&sealed) {
                continue;
            }
            match self.unseal(model, field, id, &sealed) {
                Ok(clear) => {
                    let clear = zeroize::Zeroizing::new(clear);
                    let sealed = Value::Bytes(self.seal(model, field, id, &clear));
                    let bound = store.dialect().bind(*column, &sealed);
                    anew.push(((*field).to_owned(), bound.expect("bytes fit a column of bytes")));
                }
                Err(_) => done.unopened.push((id, (*field).to_owned())),
            }
        }
        if !anew.is_empty() {
            done.resealed += anew.len();
            let reseal = self.visible(&store, model).reseal(id, anew);
            self.execute(reseal).await.map_err(StoreError::from)?;
        }
        Ok(())
    }

    /// Which of these records have the secret set. What it is stays sealed.
    pub async fn secrets_set(
        &mut self,
        model: &str,
        field: &str,
        ids: &[RecordId],
    ) -> Result<HashSet<RecordId>, ReadError> {
        Ok(self.sealed_values(model, field, ids).await?.into_keys().collect())
    }

    /// Which of these records hold this clear text already. A value that does not open holds none.
    pub async fn secrets_held(
        &mut self,
        model: &str,
        field: &str,
        clear: &[(RecordId, &[u8])],
    ) -> Result<HashSet<RecordId>, ReadError> {
        let ids: Vec<RecordId> = clear.iter().map(|(id, _)| *id).collect();
        let sealed = self.sealed_values(model, field, &ids).await?;
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let same = clear.iter().filter(|(id, clear)| {
            sealed.get(id).is_some_and(|sealed| self.seals_same(model, field, *id, sealed, clear))
        });
        Ok(same.map(|(id, _)| *id).collect())
    }

    async fn sealed_values(
        &mut self,
        model: &str,
        field: &str,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, Vec<u8>>, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        if !model.field(field).is_some_and(|field| matches!(field.kind, FieldKind::Secret)) {
            let (model, field) = (model.name.to_string(), field.to_owned());
            return Err(ReadError::UnknownField { model, field });
        }
        let mut sealed = HashMap::new();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let statement = self.visible(&store, model).by_ids(&[(field, ColumnType::Bytes)], ids);
            for row in self.fetch(statement).await.map_err(StoreError::from)? {
                // The row is id, version, secret; an unset one is no bytes.
                if let [id, _, Value::Bytes(bytes)] = row.as_slice()
                    && let Some(id) = record_id(id)
                {
                    sealed.insert(id, bytes.clone());
                }
            }
        }
        Ok(sealed)
    }

    pub(super) fn unseal(
        &self,
        model: &Model,
        field: &str,
        id: RecordId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, ReadError> {
        let place = context(&model.name.table(), field, self.scope.tenant(), id);
        self.store.keyring().open(place.as_bytes(), sealed).map_err(|source| ReadError::Sealed {
            model: model.name.to_string(),
            field: field.to_owned(),
            source,
        })
    }

    pub(super) fn seal(&self, model: &Model, field: &str, id: RecordId, clear: &[u8]) -> Vec<u8> {
        let place = context(&model.name.table(), field, self.scope.tenant(), id);
        self.store.keyring().seal(nonce(), place.as_bytes(), clear)
    }

    /// Whether a sealed value already holds this clear text. One that does not open holds nothing.
    pub(super) fn seals_same(
        &self,
        model: &Model,
        field: &str,
        id: RecordId,
        sealed: &[u8],
        clear: &[u8],
    ) -> bool {
        self.unseal(model, field, id, sealed).is_ok_and(|held| seal::same_secret(&held, clear))
    }
}
