//! Secrets: sealed for their own place in their own tenant, and opened by `reveal` alone.

use super::{Tx, model_to_read};
use crate::dialect::ColumnType;
use crate::error::{ReadError, StoreError};
use crate::statement::records::record_id;
use crate::tx::read::IDS_PER_STATEMENT;
use opbx_kernel::seal::NONCE_LEN;
use opbx_kernel::{RecordId, TenantId, seal};
use opbx_platform::field::FieldKind;
use opbx_platform::{Model, Value};
use std::collections::{HashMap, HashSet};

/// Where a secret stands; sealed into it, so that a copy in another row or column does not open.
fn context(table: &str, column: &str, tenant: TenantId, id: RecordId) -> String {
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
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let is_secret = model.field(field).is_some_and(|field| matches!(field.kind, FieldKind::Secret));
        if !is_secret {
            let (model, field) = (model.name.to_string(), field.to_owned());
            return Err(ReadError::UnknownField { model, field });
        }
        let statement = self.visible(&store, model).by_ids(&[(field, ColumnType::Bytes)], &[id]);
        let mut rows = self.fetch(statement).await.map_err(StoreError::from)?;
        match rows.pop().and_then(|mut row| row.pop()) {
            Some(Value::Bytes(sealed)) => self.unseal(model, field, id, &sealed).map(Some),
            _ => Ok(None),
        }
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
