//! What webhooks tell, as rows: each once, however often it is told.

use super::{DetailRecord, Hook, Method, SessionUpdate, Told, Use, Waiting};
use crate::app::App;
use crate::ingest::IngestError;
use crate::ingest::calls::{COST_DIGITS, NUMBER_LEN_MAX, filled, insert_all};
use crate::models::{
    PbxCdr, PbxCdrDraft, PbxHookUse, PbxHookUseDraft, PbxHookUseMethod, PbxSessionUpdateDirection,
    PbxSessionUpdateDraft, PbxSessionUpdateStatus,
};
use jiff::SignedDuration;
use opbx_kernel::seal::digest;
use opbx_kernel::{TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value, Values};
use opbx_store::{ReadError, Search, Tx};
use opbx_telephony::News;
use rust_decimal::Decimal;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

/// The sizes of the fields that hold what an engine said.
const LINE_LEN_MAX: usize = 255;
const WORD_LEN_MAX: usize = 50;
const TEXT_LEN_MAX: usize = 10_000;
/// How old the note of a webhook's last use may be.
const NOTE_AGE_MAX: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn keep(tx: &mut Tx, batch: &[&Waiting], now: Timestamp) -> Result<(), IngestError> {
    let updates: Vec<&SessionUpdate> = batch
        .iter()
        .filter_map(|waiting| if let Told::Update(update) = &waiting.told { Some(&**update) } else { None })
        .collect();
    let records: Vec<&DetailRecord> = batch
        .iter()
        .filter_map(|waiting| if let Told::Record(record) = &waiting.told { Some(&**record) } else { None })
        .collect();
    keep_updates(tx, &updates).await?;
    keep_records(tx, &records).await?;
    let uses: HashSet<Use> = batch.iter().filter_map(|waiting| waiting.used).collect();
    for (hook, method) in uses {
        note_use(tx, hook, method, now).await?;
    }
    Ok(())
}

async fn keep_updates(tx: &mut Tx, updates: &[&SessionUpdate]) -> Result<(), IngestError> {
    if updates.is_empty() {
        return Ok(());
    }
    let sessions: BTreeSet<i64> = updates.iter().map(|update| update.session).collect();
    let events: BTreeSet<&str> = updates.iter().map(|update| update.event.as_str()).collect();
    let same = Domain::is_in("session_id", sessions).and(Domain::is_in("event_id", texts(events)));
    let search = Search { fields: &["session_id", "event_id"], unsorted: true, ..Search::default() };
    let rows = tx.search("pbx.session_update", &same, search).await?;
    let mut known: HashSet<(i64, String)> = HashSet::new();
    for row in rows {
        if let [Value::Int(session), Value::Text(event)] = row.values.as_slice() {
            known.insert((*session, event.clone()));
        }
    }
    let new: Vec<Values> = updates
        .iter()
        .filter(|update| known.insert((update.session, update.event.clone())))
        .map(|update| update_row(update).into_values())
        .collect();
    insert_all(tx, "pbx.session_update", new).await
}

async fn keep_records(tx: &mut Tx, records: &[&DetailRecord]) -> Result<(), IngestError> {
    if records.is_empty() {
        return Ok(());
    }
    let digests: BTreeSet<String> = records.iter().map(|record| digest_of(record)).collect();
    let same = Domain::is_in("digest", texts(digests.iter().map(String::as_str)));
    let search = Search { fields: &["digest"], unsorted: true, ..Search::default() };
    let mut known: HashSet<String> = HashSet::new();
    for row in tx.search("pbx.cdr", &same, search).await? {
        if let Some(Value::Text(digest)) = row.values.into_iter().next() {
            known.insert(digest);
        }
    }
    let new: Vec<Values> = records
        .iter()
        .filter(|record| known.insert(digest_of(record)))
        .map(|record| record_row(record).into_values())
        .collect();
    insert_all(tx, "pbx.cdr", new).await
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    texts.into_iter().map(|text| Value::Text(text.to_owned())).collect()
}

/// What makes two detail records tellings of one: session, call and instant. Costs may be corrected later; that is no
/// other record.
fn digest_of(record: &DetailRecord) -> String {
    let session = record.session.map(|session| session.to_string()).unwrap_or_default();
    let at = record.at.as_microsecond().to_string();
    let parts = [record.token.as_deref().unwrap_or_default(), &session, &record.call_id, &at];
    hex(&digest(&parts.map(str::as_bytes)))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn line(text: Option<&str>) -> Option<String> {
    filled(text?, LINE_LEN_MAX)
}

fn update_row(update: &SessionUpdate) -> PbxSessionUpdateDraft {
    PbxSessionUpdateDraft {
        session_id: Some(update.session),
        event_id: Some(update.event.clone()),
        waiting: Some(true),
        token: Some(line(update.token.as_deref())),
        domain_id: Some(update.domain_id),
        domain: Some(line(update.domain.as_deref())),
        subscriber_id: Some(update.subscriber),
        outgoing_subscriber_id: Some(update.outgoing_subscriber),
        caller_id: Some(filled(&update.from, NUMBER_LEN_MAX)),
        destination: filled(&update.to, NUMBER_LEN_MAX),
        direction: PbxSessionUpdateDirection::parse(update.direction.as_str()),
        status: PbxSessionUpdateStatus::parse(update.status.as_str()),
        session_created_at: Some(update.created_at),
        session_modified_at: Some(update.modified_at),
        call_started_at: Some(update.call_started_at),
        call_answered_at: Some(update.call_answered_at),
        time_limit_s: Some(update.time_limit_s),
        vapp_server: Some(line(update.vapp_server.as_deref())),
        action: Some(line(update.action.as_deref())),
        reason: Some(line(update.reason.as_deref())),
        last_error: Some(update.last_error.as_deref().and_then(|error| filled(error, TEXT_LEN_MAX))),
        call_ids: Some(Some(update.call_ids.clone().into())),
        profile: Some(Some(update.profile.clone())),
    }
}

pub(crate) fn record_row(record: &DetailRecord) -> PbxCdrDraft {
    let cost = |cost: Option<i64>| Some(cost.map(|cost| Decimal::new(cost, COST_DIGITS)));
    PbxCdrDraft {
        digest: Some(digest_of(record)),
        call: None,
        waiting: Some(true),
        session_timestamp: Some(record.at),
        session_token: Some(line(record.token.as_deref())),
        session_id: Some(record.session),
        from_number: Some(filled(&record.from, NUMBER_LEN_MAX)),
        to_number: Some(filled(&record.to, NUMBER_LEN_MAX)),
        disposition: filled(&record.disposition, WORD_LEN_MAX),
        duration_s: Some(record.duration_s),
        billsec_s: Some(record.billsec_s),
        call_id: line(Some(&record.call_id)),
        domain: Some(line(record.domain.as_deref())),
        subscriber: Some(line(record.subscriber.as_deref())),
        trunk_id: Some(record.trunk),
        application: Some(line(record.application.as_deref())),
        route: Some(line(record.route.as_deref())),
        rated_cost: cost(record.rated_cost),
        approx_cost: cost(record.approx_cost),
        sell_cost: cost(record.sell_cost),
        vapp_server: Some(line(record.vapp_server.as_deref())),
        direction: Some(record.direction.map(|direction| direction.as_str().to_owned())),
        status: Some(record.status.as_deref().and_then(|status| filled(status, WORD_LEN_MAX))),
        call_started_at: Some(record.call_started_at),
        call_answered_at: Some(record.call_answered_at),
        call_ended_at: Some(record.call_ended_at),
        recording_url: Some(record.recording_url.clone()),
        raw: Some(Some(record.raw.clone())),
    }
}

/// A stored record's share of what is known of its call.
pub(super) fn news_of(cdr: PbxCdr) -> News {
    let ten_thousandths = |cost: Option<Decimal>| {
        let mut cost = cost?;
        cost.rescale(COST_DIGITS);
        i64::try_from(cost.mantissa()).ok()
    };
    News::of_record(&DetailRecord {
        at: cdr.session_timestamp,
        token: cdr.session_token,
        session: cdr.session_id,
        call_id: cdr.call_id,
        from: cdr.from_number.unwrap_or_default(),
        to: cdr.to_number.unwrap_or_default(),
        disposition: cdr.disposition,
        duration_s: cdr.duration_s,
        billsec_s: cdr.billsec_s,
        direction: cdr.direction.as_deref().and_then(super::SessionDirection::parse),
        status: cdr.status,
        call_started_at: cdr.call_started_at,
        call_answered_at: cdr.call_answered_at,
        call_ended_at: cdr.call_ended_at,
        domain: cdr.domain,
        subscriber: cdr.subscriber,
        trunk: cdr.trunk_id,
        application: cdr.application,
        route: cdr.route,
        rated_cost: ten_thousandths(cdr.rated_cost),
        approx_cost: ten_thousandths(cdr.approx_cost),
        sell_cost: ten_thousandths(cdr.sell_cost),
        vapp_server: cdr.vapp_server,
        recording_url: cdr.recording_url,
        raw: serde_json::Value::Null,
    })
}

/// Whether this use of a webhook is worth a note: the first, one by another method, and one now and then.
pub(super) fn due_note(app: &App, tenant: TenantId, hook: Hook, method: Method) -> Option<Use> {
    let uses = app.hooks().uses.lock().expect("no thread panics while it holds the uses");
    let last = uses.get(&(tenant, hook));
    let is_fresh =
        last.is_some_and(|(by, at)| *by == method && app.clock().now().duration_since(*at) < NOTE_AGE_MAX);
    (!is_fresh).then_some((hook, method))
}

/// Remembers the notes of a batch that was committed.
pub(super) fn noted(app: &App, batch: &[Waiting]) {
    let now = app.clock().now();
    let mut uses = app.hooks().uses.lock().expect("no thread panics while it holds the uses");
    for waiting in batch {
        if let Some((hook, method)) = waiting.used {
            uses.insert((waiting.tenant, hook), (method, now));
        }
    }
}

async fn note_use(tx: &mut Tx, hook: Hook, method: Method, now: Timestamp) -> Result<(), IngestError> {
    let draft = PbxHookUseDraft {
        hook: Some(hook.as_str().to_owned()),
        method: PbxHookUseMethod::parse(method.as_str()),
        last_at: Some(now),
    };
    let same = Domain::eq("hook", hook.as_str());
    match tx.all::<PbxHookUse>(&same).await?.first() {
        Some(known) => tx.update("pbx.hook_use", known.id, draft.into_values(), None).await?,
        None => {
            tx.create("pbx.hook_use", draft.into_values()).await?;
        }
    }
    Ok(())
}

/// The first records of a model that wait for their calls, in the order in which they came.
pub(super) async fn waiting<R: opbx_platform::Record>(
    tx: &mut Tx,
    limit: usize,
) -> Result<Vec<R>, ReadError> {
    let order = [opbx_platform::OrderBy::asc("id")];
    let search = Search { fields: R::FIELDS, order: Some(&order), limit, ..Search::default() };
    let rows = tx.search(R::MODEL, &Domain::eq("waiting", true), search).await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        records.push(R::from_row(row).map_err(|error| ReadError::Unfit {
            model: R::MODEL.to_owned(),
            id,
            reason: error.to_string(),
        })?);
    }
    Ok(records)
}
