//! Groups: which ones a user is in, those that they imply included.

use crate::models::{IrModelData, ResGroups};
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use opbx_store::{ReadError, Tx};
use std::collections::{HashMap, HashSet};

/// The external ids (`base.group_owner`) of these groups and of all that they imply, sorted.
///
/// A group that the tenant made for itself has none, and counts by what it implies.
pub async fn closed(tx: &mut Tx, groups: &[RecordId]) -> Result<Vec<String>, ReadError> {
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let implied: HashMap<RecordId, Vec<RecordId>> =
        tx.all::<ResGroups>(&Domain::All).await?.into_iter().map(|group| (group.id, group.implied)).collect();
    let mut reached = HashSet::new();
    let mut waiting = groups.to_vec();
    // Ends, for each group is entered once: even a circle that two changes at the same moment closed.
    while let Some(group) = waiting.pop() {
        if reached.insert(group) {
            waiting.extend(implied.get(&group).into_iter().flatten().copied());
        }
    }
    let externals = tx.all::<IrModelData>(&Domain::eq("model", "res.groups")).await?;
    let is_reached = |row: &IrModelData| reached.iter().any(|group| group.get() == row.record);
    let mut names: Vec<String> =
        externals.into_iter().filter(is_reached).map(|row| format!("{}.{}", row.module, row.name)).collect();
    names.sort();
    Ok(names)
}
