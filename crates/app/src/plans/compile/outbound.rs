//! Trunks, and the rules that say which outside calls leave by them.

use super::at::{At, filled};
use super::company::Countries;
use super::policies::recording;
use super::prompts::Prompts;
use super::{CompileError, everything, grouped, typed};
use crate::models::{PbxOutboundRule, PbxOutboundRuleTrunk, PbxTrunk};
use opbx_platform::Domain;
use opbx_routing::{OutboundRule, Trunk};
use opbx_store::Tx;

pub(super) async fn trunks(tx: &mut Tx, prompts: &Prompts) -> Result<Vec<Trunk>, CompileError> {
    let records = tx.all::<PbxTrunk>(&everything()).await?;
    records.into_iter().map(|record| trunk(record, prompts)).collect()
}

fn trunk(record: PbxTrunk, prompts: &Prompts) -> Result<Trunk, CompileError> {
    let at = At::of::<PbxTrunk>(record.id);
    Ok(Trunk {
        id: typed(record.id),
        name: record.engine_name.into(),
        active: record.active,
        recording: recording(
            at,
            prompts,
            record.recording.as_str(),
            record.recording_announcement,
            record.recording_retention_days,
        )?,
    })
}

/// In the order in which they are preferred.
pub(super) async fn rules(tx: &mut Tx, countries: &Countries) -> Result<Vec<OutboundRule>, CompileError> {
    let records = tx.all::<PbxOutboundRule>(&everything()).await?;
    let mut trunks = grouped(tx.all::<PbxOutboundRuleTrunk>(&Domain::All).await?, |trunk| trunk.rule);
    records
        .into_iter()
        .map(|record| {
            let trunks = trunks.remove(&record.id).unwrap_or_default();
            rule(record, trunks, countries)
        })
        .collect()
}

fn rule(
    record: PbxOutboundRule,
    trunks: Vec<PbxOutboundRuleTrunk>,
    countries: &Countries,
) -> Result<OutboundRule, CompileError> {
    let at = At::of::<PbxOutboundRule>(record.id);
    let prefix = filled(record.prefix);
    if record.country.is_none() && prefix.is_none() {
        return Err(at.refuse("prefix", "is unset, and so is the country: the rule says nothing"));
    }
    Ok(OutboundRule {
        id: typed(record.id),
        name: record.name.into(),
        active: record.active,
        country: record.country.map(|id| countries.country(at, "country", id)).transpose()?,
        prefix,
        trunks: trunks.into_iter().map(|trunk| typed(trunk.trunk)).collect(),
        caller_id: filled(record.caller_id),
    })
}
