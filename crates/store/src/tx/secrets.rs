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
use std::collections::HashMap;

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
        Ok(self.reveal_many(model, &[id], field).await?.remove(&id))
    }

    /// Opens one secret of many records, in a few statements. What is unset or absent is left out.
    pub async fn reveal_many(
        &mut self,
        model: &str,
        ids: &[RecordId],
        field: &str,
    ) -> Result<HashMap<RecordId, Vec<u8>>, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let is_secret = model.field(field).is_some_and(|field| matches!(field.kind, FieldKind::Secret));
        if !is_secret {
            let (model, field) = (model.name.to_string(), field.to_owned());
            return Err(ReadError::UnknownField { model, field });
        }
        let mut opened = HashMap::new();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let statement = self.visible(&store, model).by_ids(&[(field, ColumnType::Bytes)], ids);
            for mut row in self.fetch(statement).await.map_err(StoreError::from)? {
                if let (Some(Value::Bytes(sealed)), Some(id)) = (row.pop(), row.first().and_then(record_id)) {
                    opened.insert(id, self.unseal(model, field, id, &sealed)?);
                }
            }
        }
        Ok(opened)
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
