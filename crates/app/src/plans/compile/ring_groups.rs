//! Ring groups with their members.

use super::at::At;
use super::{CompileError, everything, grouped, typed};
use crate::models::{PbxRingGroup, PbxRingGroupMember, PbxRingGroupStrategy};
use opbx_platform::Domain;
use opbx_routing::{RingGroup, Strategy};
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx) -> Result<Vec<RingGroup>, CompileError> {
    let groups = tx.all::<PbxRingGroup>(&everything()).await?;
    let members = tx.all::<PbxRingGroupMember>(&Domain::All).await?;
    let mut members = grouped(members, |member| member.ring_group);
    groups
        .into_iter()
        .map(|group| {
            let members = members.remove(&group.id).unwrap_or_default();
            ring_group(group, members)
        })
        .collect()
}

fn ring_group(record: PbxRingGroup, members: Vec<PbxRingGroupMember>) -> Result<RingGroup, CompileError> {
    let at = At::of::<PbxRingGroup>(record.id);
    Ok(RingGroup {
        id: typed(record.id),
        strategy: match record.strategy {
            PbxRingGroupStrategy::Simultaneous => Strategy::Simultaneous,
            PbxRingGroupStrategy::Sequential => Strategy::Sequential,
            PbxRingGroupStrategy::RoundRobin => Strategy::RoundRobin,
            PbxRingGroupStrategy::Random => Strategy::Random,
        },
        timeout_s: at.small("timeout_s", record.timeout_s)?,
        turns: at.small("turns", record.turns)?,
        members: members.into_iter().map(|member| typed(member.extension)).collect(),
        fallback: at.destination("fallback", record.fallback)?,
        name: record.name.into(),
        active: record.active,
    })
}
