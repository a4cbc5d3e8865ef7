//! A tenant's share of a batch: ledgers are read, added to, and folded into calls, legs and timelines again.

use super::{IngestError, messages};
use crate::models::{
    PbxCall, PbxCallDirection, PbxCallDraft, PbxCallEventDraft, PbxCallLegDraft, PbxCallLegStatus,
    PbxCallStatus,
};
use crate::phone_changes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use opbx_kernel::{RecordId, TenantId};
use opbx_platform::record::Draft;
use opbx_platform::source::plain;
use opbx_platform::{Domain, Value, Values};
use opbx_routing::ExtensionId;
use opbx_store::{INSERT_MANY_MAX, Tx};
use opbx_telephony::ledger::Ledger;
use opbx_telephony::{CallSheet, Entry};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

/// The longest ledger that is unpacked; far above what `ENTRIES_MAX` entries come to.
const LEDGER_BYTES_MAX: u64 = 64 << 20;

/// How much is told of what stands in the place of a ledger, in characters.
const REASON_LEN_MAX: usize = 300;

/// The sizes of the fields that hold what an engine said.
pub(super) const NUMBER_LEN_MAX: usize = 128;
pub(super) const NAME_LEN_MAX: usize = 100;
const TARGET_LEN_MAX: usize = 255;

/// A call with what is known of it.
struct Known {
    /// Its record and the version that was read, where it has one.
    record: Option<(RecordId, i64)>,
    ledger: Ledger,
    changed: bool,
}

pub(super) async fn apply(tx: &mut Tx, entries: Vec<&Entry>, packer: &mut Packer) -> Result<(), IngestError> {
    let tenant = tx.scope().tenant();
    let mut calls = known(tx, tenant, &entries).await?;
    let mut told = Vec::new();
    for entry in entries {
        let call = calls.entry(entry.call_id.clone()).or_insert_with(|| Known {
            record: None,
            ledger: Ledger::default(),
            changed: false,
        });
        let is_new = call.ledger.add(entry.clone());
        call.changed |= is_new;
        told.extend(is_new.then_some(entry));
    }
    phone_changes::keep(tx, &told).await?;
    calls.retain(|_, call| call.changed);
    save(tx, calls, packer).await
}

/// The calls of these entries that are stored already.
async fn known(
    tx: &mut Tx,
    tenant: TenantId,
    entries: &[&Entry],
) -> Result<BTreeMap<String, Known>, IngestError> {
    let mut names: Vec<Value> = entries.iter().map(|entry| Value::Text(entry.call_id.clone())).collect();
    names.dedup();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut calls = BTreeMap::new();
    for call in tx.all::<PbxCall>(&Domain::is_in("call_id", names)).await? {
        let ledger = match &call.inputs {
            Some(inputs) => unpacked(inputs).map_err(|reason| IngestError::Stored {
                tenant,
                call: call.call_id.clone(),
                reason,
            })?,
            None => Ledger::default(),
        };
        calls.insert(call.call_id, Known { record: Some((call.id, call.version)), ledger, changed: false });
    }
    Ok(calls)
}

async fn save(tx: &mut Tx, calls: BTreeMap<String, Known>, packer: &mut Packer) -> Result<(), IngestError> {
    let mut saved: Vec<(RecordId, CallSheet)> = Vec::new();
    let (mut new_rows, mut new_sheets, mut old_ids) = (Vec::new(), Vec::new(), Vec::new());
    for (call_id, known) in calls {
        let Some(sheet) = known.ledger.sheet() else { continue };
        let values = row(&call_id, &sheet, packer.packed(&known.ledger)).into_values();
        match known.record {
            Some((id, version)) => {
                // Another node may have added to the call since it was read: its entries must not be overwritten.
                tx.update("pbx.call", id, values, Some(version)).await?;
                old_ids.push(Value::Record(id));
                saved.push((id, sheet));
            }
            None => {
                new_rows.push(values);
                new_sheets.push(sheet);
            }
        }
    }
    if !old_ids.is_empty() {
        for model in ["pbx.call.leg", "pbx.call.event"] {
            delete_all(tx, model, &Domain::is_in("call", old_ids.clone())).await?;
        }
    }
    if !new_rows.is_empty() {
        let ids = tx.insert_many("pbx.call", new_rows).await?;
        saved.extend(ids.into_iter().zip(new_sheets));
    }
    insert_all(tx, "pbx.call.leg", saved.iter().flat_map(|(call, sheet)| legs(*call, sheet)).collect())
        .await?;
    insert_all(tx, "pbx.call.event", saved.iter().flat_map(|(call, sheet)| timeline(*call, sheet)).collect())
        .await?;
    messages::keep(tx, &saved).await
}

async fn delete_all(tx: &mut Tx, model: &str, domain: &Domain) -> Result<(), IngestError> {
    // Each round deletes as many as the store takes at once; the last one finds none.
    while tx.delete_where(model, domain).await? > 0 {}
    Ok(())
}

pub(super) async fn insert_all(tx: &mut Tx, model: &str, rows: Vec<Values>) -> Result<(), IngestError> {
    for chunk in rows.chunks(INSERT_MANY_MAX) {
        tx.insert_many(model, chunk.to_vec()).await?;
    }
    Ok(())
}

fn row(call_id: &str, sheet: &CallSheet, inputs: Vec<u8>) -> PbxCallDraft {
    let trace = serde_json::to_value(&sheet.trace).expect("a trace serialises");
    PbxCallDraft {
        call_id: Some(call_id.to_owned()),
        direction: PbxCallDirection::parse(sheet.direction()),
        from_number: Some(filled(&sheet.opening.from, NUMBER_LEN_MAX)),
        to_number: Some(filled(&sheet.opening.to, NUMBER_LEN_MAX)),
        from_name: Some(filled(&sheet.opening.from_name, NAME_LEN_MAX)),
        status: PbxCallStatus::parse(sheet.status.as_str()),
        end_reason: Some(sheet.ending.map(|ending| ending.as_str().to_owned())),
        started_at: Some(sheet.started_at),
        answered_at: None,
        ended_at: Some(sheet.ended_at),
        answered_by: Some(sheet.answered_by.as_deref().and_then(|answered| filled(answered, NUMBER_LEN_MAX))),
        number: Some(sheet.number().map(str::to_owned)),
        plan_version: Some(Some(sheet.plan_version)),
        core_version: Some(Some(sheet.core_version.clone())),
        steps: Some(i64::from(sheet.steps)),
        trace: Some(Some(trace)),
        inputs: Some(Some(inputs)),
    }
}

fn legs(call: RecordId, sheet: &CallSheet) -> Vec<Values> {
    let values = sheet.legs.iter().map(|leg| {
        let draft = PbxCallLegDraft {
            call: Some(call),
            sequence: Some(i64::from(leg.sequence)),
            target: filled(&leg.target, TARGET_LEN_MAX),
            status: PbxCallLegStatus::parse(leg.status.as_str()),
            started_at: Some(Some(leg.started_at)),
            ended_at: Some(leg.ended_at),
            account: Some(leg.outside.map(|account| account.extension().map_or(0, ExtensionId::get))),
            ..PbxCallLegDraft::default()
        };
        draft.into_values()
    });
    values.collect()
}

fn timeline(call: RecordId, sheet: &CallSheet) -> Vec<Values> {
    let values = sheet.timeline.iter().map(|moment| {
        let draft = PbxCallEventDraft {
            call: Some(call),
            sequence: Some(i64::from(moment.sequence)),
            at: Some(moment.at),
            kind: Some(moment.kind.as_str().to_owned()),
            detail: Some(Some(moment.detail.clone().into())),
        };
        draft.into_values()
    });
    values.collect()
}

/// What an engine said, as a field of one line takes it: cut to its size, so that no call is lost for a long address.
/// An empty text is unset.
pub(super) fn filled(text: &str, len_max: usize) -> Option<String> {
    let line: String = text.chars().filter(|c| !c.is_control()).take(len_max).collect();
    (!line.is_empty()).then_some(line)
}

/// Packs ledgers with one compressor: making its tables costs more than compressing a ledger does.
pub(super) struct Packer(DeflateEncoder<Vec<u8>>);

impl Packer {
    pub(super) fn new() -> Self {
        Self(DeflateEncoder::new(Vec::new(), Compression::fast()))
    }

    /// The ordered events and facts of a call as they are stored with it: JSON, deflated.
    fn packed(&mut self, ledger: &Ledger) -> Vec<u8> {
        let text = serde_json::to_vec(ledger).expect("a ledger serialises into memory");
        let finished = self.0.write_all(&text).and_then(|()| self.0.reset(Vec::new()));
        finished.expect("writing into memory does not fail")
    }
}

/// Reads the ledger that is stored with a call; the error says why it is none.
pub fn unpacked(inputs: &[u8]) -> Result<Ledger, String> {
    let mut text = Vec::new();
    DeflateDecoder::new(inputs)
        .take(LEDGER_BYTES_MAX)
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&text).map_err(|error| plain(&error.to_string(), REASON_LEN_MAX))
}
