//! The outbox's reader for webhooks: writes what each is to be told, once, and leaves the job that tells it.

use super::{DELIVERY_MODEL, RECORD_CHANGED, deliver};
use crate::events::{self, CallMoment, Event};
use crate::models::{IrWebhook, IrWebhookDeliveryDraft, IrWebhookDeliveryState};
use opbx_kernel::seal::digest;
use opbx_kernel::{Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value, Values};
use opbx_store::{CommitError, Enqueued, OutboxEntry, ReadError, SaveError, Search, Store, StoreError, Tx};
use serde_json::{Value as Json, json};
use std::collections::{HashMap, HashSet};

/// The reader's name among those of the outbox.
pub const CONSUMER: &str = "webhooks";
/// Entries that are looked at together.
const BATCH_MAX: usize = 200;
/// Batches of one tenant in one look; the rest follows with the next, after the other tenants.
const BATCHES_MAX: usize = 10;
/// Entries of no concern that are passed before the place is written down.
const LAG_MAX: i64 = 500;
/// Deliveries of one webhook that wait at once. What is more is given up, and says so.
const WAITING_MAX: u64 = 10_000;
/// Values in one condition.
const KEYS_MAX: usize = 500;

#[derive(Debug, thiserror::Error)]
pub enum NewsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Turns what commits published into deliveries. Any number of nodes may do so: each event becomes one.
#[derive(Default)]
pub struct Reader {
    /// How far each tenant's outbox was seen, whether or not that is written down.
    seen: HashMap<TenantId, i64>,
}

/// Something to be told, before it is known to whom.
#[derive(Clone)]
pub(super) struct News {
    pub(super) event: &'static str,
    pub(super) key: String,
    pub(super) subject: String,
    pub(super) at: Timestamp,
    /// The model that the news is about, where that is for the webhook to choose.
    pub(super) model: Option<String>,
    pub(super) data: Json,
}

impl Reader {
    /// Looks at every tenant's outbox; gives how many deliveries came to be.
    pub async fn look(&mut self, store: &Store) -> Result<usize, NewsError> {
        let operator = Operator::because("find the tenants whose webhooks have news");
        let mut made = 0;
        for (tenant, head) in store.outbox_heads(&operator).await? {
            if self.seen.get(&tenant).is_none_or(|seen| *seen < head) {
                made += self.read(store, tenant, head).await?;
            }
        }
        Ok(made)
    }

    /// How far it has come in all outboxes, added up.
    pub(crate) fn seen(&self) -> i64 {
        self.seen.values().sum()
    }

    async fn read(&mut self, store: &Store, tenant: TenantId, head: i64) -> Result<usize, NewsError> {
        let scope = Scope::system(tenant, "tell webhooks what happened");
        let mut made = 0;
        for _ in 0..BATCHES_MAX {
            let mut tx = store.read(&scope).await?;
            let kept = tx.outbox_position(CONSUMER).await?;
            let from = self.seen.get(&tenant).copied().unwrap_or_default().max(kept);
            let webhooks = tx.all::<IrWebhook>(&Domain::All).await?;
            // Nobody listens: whoever begins to hears of nothing that was before.
            let (to, told) = if webhooks.is_empty() {
                (head.max(from), Vec::new())
            } else {
                let entries = tx.outbox_after(from, BATCH_MAX).await?;
                let Some(last) = entries.last().map(|entry| entry.sequence) else {
                    self.seen.insert(tenant, from);
                    return Ok(made);
                };
                let news = of_entries(&mut tx, &entries).await?;
                (last, told(&webhooks, &news))
            };
            drop(tx);
            if told.is_empty() && to - kept < LAG_MAX {
                self.seen.insert(tenant, to);
            } else {
                match write(store, &scope, kept, to, &told).await {
                    Ok(Some(count)) => made += count,
                    // Another node read the same, or moved at the same moment: look at what it left.
                    Ok(None) => self.forget(tenant),
                    Err(NewsError::Save(SaveError::Conflict { .. } | SaveError::Taken { .. })) => {
                        self.forget(tenant);
                    }
                    Err(error) => return Err(error),
                }
            }
            if self.seen.get(&tenant).is_some_and(|seen| *seen >= head) {
                return Ok(made);
            }
        }
        Ok(made)
    }

    fn forget(&mut self, tenant: TenantId) {
        self.seen.remove(&tenant);
    }
}

/// The news in entries of the outbox, in their order; what calls imply comes after what records tell.
async fn of_entries(tx: &mut Tx, entries: &[OutboxEntry]) -> Result<Vec<News>, ReadError> {
    let mut news: Vec<News> = Vec::new();
    for entry in entries {
        news.extend(events::of_entry(entry).and_then(|event| of_event(&event, entry.at)));
    }
    for calls in events::calls_of(entries).chunks(events::CALLS_MAX) {
        let last = entries.last().map_or(Timestamp::UNIX_EPOCH, |entry| entry.at);
        let events = events::of_calls(tx, calls).await?;
        news.extend(events.iter().filter_map(|event| of_event(event, last)));
    }
    Ok(news)
}

/// What webhooks call an event; none for what is for screens only.
fn of_event(event: &Event, otherwise: Timestamp) -> Option<News> {
    let (name, subject, model) = match event {
        Event::Call(moment, call) => {
            let name = match moment {
                CallMoment::Initiated => "call.started",
                CallMoment::Ringing => "call.ringing",
                CallMoment::Answered => "call.answered",
                CallMoment::Ended => "call.ended",
                CallMoment::Updated => return None,
            };
            (name, format!("call:{}", call.id), None)
        }
        // After its call's own news, and in one order with it.
        Event::VoicemailLeft(message) => ("voicemail.left", format!("call:{}", message.call), None),
        Event::RecordingReady { id, .. } => ("recording.ready", format!("recording:{id}"), None),
        Event::Record(change) => {
            let subject = format!("{}:{}", change.model, change.id);
            (RECORD_CHANGED, subject, Some(change.model.clone()))
        }
        Event::Records { .. }
        | Event::ExtensionState(_)
        | Event::LiveCalls(_)
        | Event::CallChecksRun { .. }
        | Event::QueueState { .. } => return None,
    };
    let mut data = event.payload();
    if let (Event::Record(_), Some(data)) = (event, data.as_object_mut()) {
        let deed = event.name().trim_start_matches("record.");
        data.insert("deed".to_owned(), json!(deed));
    }
    let (key, at) = (event.key()?, event.at().unwrap_or(otherwise));
    Some(News { event: name, key, subject, at, model, data })
}

/// Which webhook is to be told what.
fn told(webhooks: &[IrWebhook], news: &[News]) -> Vec<(RecordId, News)> {
    let mut told = Vec::new();
    for webhook in webhooks {
        let events = names(Some(&webhook.events));
        let models = names(webhook.models.as_ref());
        let wanted = news.iter().filter(|news| {
            events.contains(news.event)
                && news.model.as_ref().is_none_or(|model| models.contains(model.as_str()))
                && webhook.since.is_none_or(|since| news.at >= since)
        });
        told.extend(wanted.map(|news| (webhook.id, news.clone())));
    }
    told
}

fn names(list: Option<&Json>) -> HashSet<&str> {
    list.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

/// Writes deliveries and jobs, and moves the reader on; none where another node was faster.
async fn write(
    store: &Store,
    scope: &Scope,
    from: i64,
    to: i64,
    told: &[(RecordId, News)],
) -> Result<Option<usize>, NewsError> {
    let mut tx = store.begin(scope).await?;
    // First, so that of two nodes the second waits here, and writes nothing.
    if !tx.advance_outbox(CONSUMER, from, to).await? {
        return Ok(None);
    }
    let mut made = 0;
    let mut webhooks: Vec<RecordId> = told.iter().map(|(webhook, _)| *webhook).collect();
    webhooks.dedup();
    for webhook in webhooks {
        let own = told.iter().filter(|(of, _)| *of == webhook).map(|(_, news)| news);
        let news: Vec<&News> = own.collect();
        let known = known(&mut tx, webhook, &news).await?;
        // Within one batch a key may stand twice: a call's entries, looked at once each.
        let mut fresh = HashSet::new();
        let news = news.into_iter().filter(|news| !known.contains(&news.key) && fresh.insert(&news.key));
        let news: Vec<&News> = news.collect();
        if news.is_empty() {
            continue;
        }
        made += news.len();
        add(&mut tx, webhook, &news).await?;
    }
    tx.commit().await?;
    Ok(Some(made))
}

/// The keys that this webhook is told already, or was.
async fn known(tx: &mut Tx, webhook: RecordId, news: &[&News]) -> Result<HashSet<String>, ReadError> {
    let mut known = HashSet::new();
    for news in news.chunks(KEYS_MAX) {
        let keys = news.iter().map(|news| news.key.as_str());
        let own = Domain::eq("webhook", webhook).and(Domain::is_in("unique_key", keys));
        let search = Search { fields: &["unique_key"], limit: KEYS_MAX, ..Search::default() };
        for row in tx.search(DELIVERY_MODEL, &own, search).await? {
            if let Some(Value::Text(key)) = row.values.into_iter().next() {
                known.insert(key);
            }
        }
    }
    Ok(known)
}

/// Writes deliveries of a webhook, in the order given, and makes its job due.
pub(super) async fn add(tx: &mut Tx, webhook: RecordId, news: &[&News]) -> Result<Vec<RecordId>, NewsError> {
    let waiting = Domain::eq("webhook", webhook).and(deliver::is_pending());
    let room = WAITING_MAX.saturating_sub(tx.count(DELIVERY_MODEL, &waiting).await?);
    let tenant = tx.scope().tenant();
    let now = tx.now();
    let rows = news.iter().enumerate().map(|(at, news)| {
        let mut draft = delivery(tenant, webhook, news, now);
        if at as u64 >= room {
            draft.state = Some(IrWebhookDeliveryState::Dead);
            draft.next_at = None;
            draft.error = Some(Some(format!("{WAITING_MAX} deliveries wait for this webhook already")));
        }
        draft.into_values()
    });
    let rows: Vec<Values> = rows.collect();
    let ids = tx.insert_many(DELIVERY_MODEL, rows).await?;
    hasten(tx, webhook).await?;
    Ok(ids)
}

fn delivery(tenant: TenantId, webhook: RecordId, news: &News, now: Timestamp) -> IrWebhookDeliveryDraft {
    let event_id = event_id(tenant, &news.key);
    let payload = json!({
        "id": event_id,
        "event": news.event,
        "at": news.at.to_string(),
        "organization_id": tenant.get(),
        "data": news.data,
    });
    IrWebhookDeliveryDraft {
        webhook: Some(webhook),
        event: Some(news.event.to_owned()),
        event_id: Some(event_id),
        unique_key: Some(news.key.clone()),
        subject: Some(news.subject.clone()),
        payload: Some(payload),
        next_at: Some(Some(now)),
        at: Some(now),
        ..IrWebhookDeliveryDraft::default()
    }
}

/// Makes a webhook's job due now; where its receiver has been failing, the pause that it was given stays.
pub(super) async fn hasten(tx: &mut Tx, webhook: RecordId) -> Result<(), NewsError> {
    let Enqueued::Waiting(waiting) = tx.enqueue(super::job(webhook)).await? else { return Ok(()) };
    let held = tx.get::<IrWebhook>(webhook).await?;
    if held.is_some_and(|webhook| !deliver::is_resting(&webhook)) {
        tx.retry_job(waiting).await?;
    }
    Ok(())
}

/// The id of an event: the same in whichever delivery, on whichever node. A UUID of RFC 9562, version 8.
pub(super) fn event_id(tenant: TenantId, key: &str) -> String {
    let all = digest(&[b"webhook event", &tenant.get().to_le_bytes(), key.as_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&all[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
