//! Retention: old records go, a bounded number in each transaction, with what belongs to them.

use super::outbox::{CURSOR_MODEL, OUTBOX_MODEL};
use super::{Tx, model_to_read};
use crate::error::{SaveError, StoreError};
use crate::statement::records::record_id;
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::{Domain, OrderBy, Tenancy};

/// Records that one `purge` deletes at most, not counting those that belong to them: so few that the SQLite writer
/// is free again within 100 ms even where each is a call with twenty legs and moments.
pub const PURGE_MAX: usize = 100;

impl Tx {
    /// Deletes the oldest of `among` whose instant in `field` lies before another, with what belongs to them, and says
    /// how many; repeat until it says 0. The only way by which audit entries go.
    ///
    /// Refused where others still name one of them, and for the outbox, which `prune_outbox` knows how to shorten.
    pub async fn purge(
        &mut self,
        model: &str,
        field: &str,
        before: Timestamp,
        among: &Domain,
    ) -> Result<usize, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        if [OUTBOX_MODEL, CURSOR_MODEL].contains(&model) {
            return Err(SaveError::KeptHere { model: model.to_owned() });
        }
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        if model.tenancy != Tenancy::Tenant {
            return Err(SaveError::OperatorOnly { model: model.name.to_string() });
        }
        let old = Domain::lt(field, before).and(among.clone());
        let order = [OrderBy::asc(field)];
        let oldest = self.whole(&store, model).search(&[], &old, Some(&order), PURGE_MAX, 0)?;
        let rows = self.fetch(oldest).await.map_err(StoreError::from)?;
        let mut ids: Vec<RecordId> = rows.iter().filter_map(|row| record_id(row.first()?)).collect();
        while !ids.is_empty() {
            match self.remove(&store, model, &ids).await {
                // Too much belongs to so many; nothing was touched yet.
                Err(SaveError::TooMany { .. }) if ids.len() > 1 => ids.truncate(ids.len() / 2),
                removed => return removed.map(|()| ids.len()),
            }
        }
        Ok(0)
    }
}
