//! The position up to which a node's journal was ingested: moved in the transaction that ingests.

use super::Tx;
use crate::error::{SaveError, StoreError};
use crate::statement::machinery;
use opbx_platform::Value;

impl Tx {
    /// The sequence number of the last fact ingested from a node's journal; 0 before the first.
    pub async fn journal_position(&mut self, node: &str) -> Result<u64, StoreError> {
        let rows = self.fetch(machinery::journal_position(self.store.dialect(), node)).await?;
        match rows.first().and_then(|row| row.first()) {
            Some(Value::Int(seq)) => Ok(u64::try_from(*seq).unwrap_or(0)),
            _ => Ok(0),
        }
    }

    /// Moves the position forward, never back; answers whether it moved. Where it did not, somebody ingested the
    /// same facts already, and this transaction must be dropped.
    pub async fn advance_journal(&mut self, node: &str, seq: u64) -> Result<bool, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let moved = self.execute(machinery::advance_journal(self.store.dialect(), node, seq)).await;
        Ok(moved.map_err(StoreError::from)? > 0)
    }
}
