//! A tenant's share of a batch: ledgers are read, added to, and folded into calls, legs and timelines again.

use super::book::{Book, Known, Name, Piece};
use super::{IngestError, merge, messages};
use crate::metrics::{Before, CallTally};
use crate::models::{
    PbxCall, PbxCallDirection, PbxCallDraft, PbxCallEventDraft, PbxCallLegDraft, PbxCallLegStatus,
    PbxCallStatus,
};
use crate::phone_changes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::record::Draft;
use opbx_platform::source::plain;
use opbx_platform::{Domain, Value, Values};
use opbx_routing::ExtensionId;
use opbx_store::{INSERT_MANY_MAX, Tx};
use opbx_telephony::CallSheet;
use opbx_telephony::ledger::{Ledger, Message};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read as _, Write as _};

/// The longest ledger that is unpacked; far above what `ENTRIES_MAX` entries come to.
const LEDGER_BYTES_MAX: u64 = 64 << 20;

/// How much is told of what stands in the place of a ledger, in characters.
const REASON_LEN_MAX: usize = 300;

/// The sizes of the fields that hold what an engine said.
pub(crate) const NUMBER_LEN_MAX: usize = 128;
pub(super) const NAME_LEN_MAX: usize = 100;
const TARGET_LEN_MAX: usize = 255;
/// Costs are told in ten-thousandths.
pub(crate) const COST_DIGITS: u32 = 4;

/// What became of a transaction's pieces.
pub(crate) struct Applied {
    /// Which call each piece is of.
    pub(crate) calls: Vec<Option<RecordId>>,
    /// To be counted once the transaction is lasting.
    pub(crate) tally: CallTally,
}

/// Adds what became known to its calls, saves those that changed, and tells which call each piece is of.
///
/// A call that nobody knew and that began before `oldest` stays unknown, because it was deleted by its age, or would be
/// at once; its pieces are of no call.
pub(crate) async fn apply(
    tx: &mut Tx,
    pieces: Vec<Piece<'_>>,
    packer: &mut Packer,
    oldest: Option<Timestamp>,
) -> Result<Applied, IngestError> {
    apply_as(tx, pieces, packer, oldest, true).await
}

/// As `apply`, for calls that are long over: nobody is mailed of their messages, and nothing is fetched.
pub(crate) async fn apply_past(
    tx: &mut Tx,
    pieces: Vec<Piece<'_>>,
    packer: &mut Packer,
) -> Result<Applied, IngestError> {
    apply_as(tx, pieces, packer, None, false).await
}

async fn apply_as(
    tx: &mut Tx,
    pieces: Vec<Piece<'_>>,
    packer: &mut Packer,
    oldest: Option<Timestamp>,
    is_news: bool,
) -> Result<Applied, IngestError> {
    let mut book = Book::default();
    for (known, name) in stored(tx, &pieces).await? {
        book.enter(known, &name);
    }
    let (mut places, mut told) = (Vec::with_capacity(pieces.len()), Vec::new());
    for piece in pieces {
        let entry = piece.entry();
        let (place, is_new) = book.add(piece);
        places.push(place);
        told.extend(entry.filter(|_| is_new));
    }
    phone_changes::keep(tx, &told).await?;
    let (saved, tally) = save(tx, &book, packer, oldest, is_news).await?;
    let calls = places.into_iter().map(|place| saved.get(&book.settled(place)).copied()).collect();
    Ok(Applied { calls, tally })
}

/// The calls of these pieces that are stored already.
async fn stored(tx: &mut Tx, pieces: &[Piece<'_>]) -> Result<Vec<(Known, Name)>, IngestError> {
    let tenant = tx.scope().tenant();
    let tokens: BTreeSet<&str> = pieces.iter().filter_map(|piece| piece.name.token.as_deref()).collect();
    let names: BTreeSet<&str> = pieces.iter().filter_map(|piece| piece.name.call.as_deref()).collect();
    let sessions: BTreeSet<i64> = pieces.iter().filter_map(|piece| piece.name.session).collect();
    let mut rows: BTreeMap<RecordId, PbxCall> = BTreeMap::new();
    let texts = |texts: &mut dyn Iterator<Item = &str>| -> Vec<Value> {
        texts.map(|text| Value::Text(text.to_owned())).collect()
    };
    // A call is called by its token as long as it has no other name.
    let domains = [
        Domain::is_in("call_id", texts(&mut names.union(&tokens).copied())),
        Domain::is_in("session_token", texts(&mut tokens.iter().copied())),
    ];
    for domain in domains.into_iter().take(if tokens.is_empty() { 1 } else { 2 }) {
        rows.extend(tx.all_unsorted::<PbxCall>(&domain).await?.into_iter().map(|call| (call.id, call)));
    }
    if !sessions.is_empty() {
        let domain = Domain::is_in("session_id", sessions);
        rows.extend(tx.all_unsorted::<PbxCall>(&domain).await?.into_iter().map(|call| (call.id, call)));
    }
    let mut calls = Vec::new();
    for call in rows.into_values() {
        let ledger = match &call.inputs {
            Some(inputs) => unpacked(inputs).map_err(|reason| IngestError::Stored {
                tenant,
                call: call.call_id.clone(),
                reason,
            })?,
            None => Ledger::default(),
        };
        let name = Name::stored(&call);
        let (was_answered, has_ended) = (call.answered_at.is_some(), call.ended_at.is_some());
        let before = Before { is_stored: true, was_answered, has_ended };
        let records = vec![(call.id, call.version)];
        calls.push((Known { records, ledger, stored: call.inputs, changed: false, before }, name));
    }
    Ok(calls)
}

/// Saves the calls that changed. Gives the records of all that have one, by their place in the book, and what is new.
async fn save(
    tx: &mut Tx,
    book: &Book,
    packer: &mut Packer,
    oldest: Option<Timestamp>,
    is_news: bool,
) -> Result<(BTreeMap<usize, RecordId>, CallTally), IngestError> {
    let (mut ids, mut tally) = (BTreeMap::new(), CallTally::default());
    let mut saved: Vec<(RecordId, CallSheet)> = Vec::new();
    let mut kept_before = HashMap::new();
    let (mut new_rows, mut new_sheets, mut old_ids) = (Vec::new(), Vec::new(), Vec::new());
    for (place, name, known) in book.calls() {
        let first = known.records.first().copied();
        ids.extend(first.map(|(id, _)| (place, id)));
        if !known.changed {
            continue;
        }
        let Some(sheet) = known.ledger.sheet() else { continue };
        let values = row(name, &sheet, packer.packed(&known.ledger)).into_values();
        match first {
            Some((id, version)) => {
                for (other, _) in &known.records[1..] {
                    merge::into(tx, id, *other).await?;
                }
                // Another node may have added to the call since it was read: its entries must not be overwritten.
                tx.update("pbx.call", id, values, Some(version)).await?;
                old_ids.push(Value::Record(id));
                if !sheet.messages.is_empty() {
                    kept_before.insert(id, messages_of(known.stored.as_deref()));
                }
                tally.note(known.before, &sheet);
                saved.push((id, sheet));
            }
            None if known.ledger.entries().is_empty()
                && oldest.is_some_and(|oldest| sheet.started_at < oldest) => {}
            None => {
                tally.note(known.before, &sheet);
                new_rows.push(values);
                new_sheets.push((place, sheet));
            }
        }
    }
    if !old_ids.is_empty() {
        for model in ["pbx.call.leg", "pbx.call.event"] {
            delete_all(tx, model, &Domain::is_in("call", old_ids.clone())).await?;
        }
    }
    if !new_rows.is_empty() {
        let new_ids = tx.insert_many("pbx.call", new_rows).await?;
        for (id, (place, sheet)) in new_ids.into_iter().zip(new_sheets) {
            ids.insert(place, id);
            saved.push((id, sheet));
        }
    }
    insert_all(tx, "pbx.call.leg", saved.iter().flat_map(|(call, sheet)| legs(*call, sheet)).collect())
        .await?;
    insert_all(tx, "pbx.call.event", saved.iter().flat_map(|(call, sheet)| timeline(*call, sheet)).collect())
        .await?;
    messages::keep(tx, &saved, &kept_before, is_news).await?;
    Ok((ids, tally))
}

/// The messages that a stored ledger tells of.
fn messages_of(stored: Option<&[u8]>) -> Vec<Message> {
    let ledger = stored.and_then(|inputs| unpacked(inputs).ok());
    ledger.and_then(|ledger| ledger.sheet()).map(|sheet| sheet.messages).unwrap_or_default()
}

pub(super) async fn delete_all(tx: &mut Tx, model: &str, domain: &Domain) -> Result<(), IngestError> {
    // Each round deletes as many as the store takes at once; the last one finds none.
    while tx.delete_where(model, domain).await? > 0 {}
    Ok(())
}

pub(crate) async fn insert_all(tx: &mut Tx, model: &str, rows: Vec<Values>) -> Result<(), IngestError> {
    for chunk in rows.chunks(INSERT_MANY_MAX) {
        tx.insert_many(model, chunk.to_vec()).await?;
    }
    Ok(())
}

fn row(name: &Name, sheet: &CallSheet, inputs: Vec<u8>) -> PbxCallDraft {
    let trace = serde_json::to_value(&sheet.trace).expect("a trace serialises");
    PbxCallDraft {
        call_id: Some(name.call_id()),
        session_token: Some(name.token.clone()),
        session_id: Some(name.session),
        direction: PbxCallDirection::parse(sheet.direction()),
        from_number: Some(filled(&sheet.opening.from, NUMBER_LEN_MAX)),
        to_number: Some(filled(&sheet.opening.to, NUMBER_LEN_MAX)),
        from_name: Some(filled(&sheet.opening.from_name, NAME_LEN_MAX)),
        status: PbxCallStatus::parse(sheet.status.as_str()),
        end_reason: Some(sheet.ending.map(|ending| ending.as_str().to_owned())),
        started_at: Some(sheet.started_at),
        answered_at: Some(sheet.answered_at),
        ended_at: Some(sheet.ended_at),
        duration_s: Some(sheet.duration_s),
        billsec_s: Some(sheet.billsec_s),
        cost: Some(sheet.cost.map(|cost| Decimal::new(cost, COST_DIGITS))),
        engine_status: Some(sheet.engine.map(|(status, _)| status.to_owned())),
        engine_at: Some(sheet.engine.map(|(_, at)| at)),
        recorded: None,
        recording_days: Some(sheet.recording_days.map(i64::from)),
        answered_by: Some(sheet.answered_by.as_deref().and_then(|answered| filled(answered, NUMBER_LEN_MAX))),
        number: Some(sheet.number().map(str::to_owned)),
        ring_group: Some(sheet.ring_group().and_then(|group| filled(group, NAME_LEN_MAX))),
        wait_s: Some(sheet.wait_s()),
        plan_version: Some(sheet.plan_version),
        core_version: Some(sheet.core_version.clone()),
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
            answered_at: Some(leg.answered_at),
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
pub(crate) fn filled(text: &str, len_max: usize) -> Option<String> {
    let line: String = text.chars().filter(|c| !c.is_control()).take(len_max).collect();
    (!line.is_empty()).then_some(line)
}

/// Packs ledgers with one compressor: making its tables costs more than compressing a ledger does.
pub(crate) struct Packer(DeflateEncoder<Vec<u8>>);

impl Packer {
    pub(crate) fn new() -> Self {
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
