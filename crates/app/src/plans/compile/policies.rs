//! What any record says of recording, codes that phones dial, and callers who are turned away.

use super::at::{At, filled};
use super::prompts::Prompts;
use super::{CompileError, everything};
use crate::models::{PbxBlockedCaller, PbxFeatureCode, PbxFeatureCodeFeature, PbxNumber};
use opbx_kernel::{E164, RecordId};
use opbx_routing::{BlockedCaller, Feature, FeatureCode, RecordingChoice, RecordingPolicy};
use opbx_store::Tx;
use std::collections::HashMap;

/// Reads the three fields that every record has which speaks of recording.
pub(super) fn recording(
    at: At,
    prompts: &Prompts,
    choice: &str,
    announcement: Option<RecordId>,
    retention_days: Option<i64>,
) -> Result<RecordingPolicy, CompileError> {
    let choice = match choice {
        "always" => RecordingChoice::Always,
        "never" => RecordingChoice::Never,
        _ => RecordingChoice::Inherit,
    };
    Ok(RecordingPolicy {
        choice,
        announcement: prompts.named(at, "recording_announcement", announcement)?,
        retention_days: at.optional("recording_retention_days", retention_days)?,
    })
}

pub(super) async fn feature_codes(tx: &mut Tx) -> Result<Vec<FeatureCode>, CompileError> {
    let records = tx.all::<PbxFeatureCode>(&everything()).await?.into_iter();
    let code = |record: PbxFeatureCode| FeatureCode {
        code: record.code.into(),
        feature: feature(record.feature),
        active: record.active,
    };
    Ok(records.map(code).collect())
}

fn feature(named: PbxFeatureCodeFeature) -> Feature {
    match named {
        PbxFeatureCodeFeature::OwnVoicemail => Feature::OwnVoicemail,
        PbxFeatureCodeFeature::AnyVoicemail => Feature::AnyVoicemail,
        PbxFeatureCodeFeature::ForwardAll => Feature::ForwardAll,
        PbxFeatureCodeFeature::ForwardAllOff => Feature::ForwardAllOff,
        PbxFeatureCodeFeature::ForwardBusy => Feature::ForwardBusy,
        PbxFeatureCodeFeature::ForwardBusyOff => Feature::ForwardBusyOff,
        PbxFeatureCodeFeature::ForwardNoAnswer => Feature::ForwardNoAnswer,
        PbxFeatureCodeFeature::ForwardNoAnswerOff => Feature::ForwardNoAnswerOff,
        PbxFeatureCodeFeature::DoNotDisturb => Feature::DoNotDisturb,
        PbxFeatureCodeFeature::DoNotDisturbOff => Feature::DoNotDisturbOff,
        PbxFeatureCodeFeature::Test => Feature::Test,
        PbxFeatureCodeFeature::CallBack => Feature::CallBack,
    }
}

pub(super) async fn blocked_callers(tx: &mut Tx) -> Result<Vec<BlockedCaller>, CompileError> {
    let records = tx.all::<PbxBlockedCaller>(&everything()).await?;
    let numbers: HashMap<RecordId, String> = if records.iter().any(|record| record.number.is_some()) {
        let numbers = tx.all::<PbxNumber>(&everything()).await?.into_iter();
        numbers.map(|number| (number.id, number.number)).collect()
    } else {
        HashMap::new()
    };
    records.into_iter().map(|record| blocked_caller(record, &numbers)).collect()
}

fn blocked_caller(
    record: PbxBlockedCaller,
    numbers: &HashMap<RecordId, String>,
) -> Result<BlockedCaller, CompileError> {
    let at = At::of::<PbxBlockedCaller>(record.id);
    let number = |id: RecordId| {
        let known = numbers.get(&id).and_then(|number| E164::new(number));
        known.ok_or_else(|| at.refuse("number", format!("there is no number {id}")))
    };
    Ok(BlockedCaller {
        pattern: record.caller.into(),
        is_prefix: record.is_prefix,
        number: record.number.map(number).transpose()?,
        reason: filled(record.reason),
        expires_at: record.expires_at,
        active: record.active,
    })
}
