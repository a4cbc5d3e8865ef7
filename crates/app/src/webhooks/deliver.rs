//! The job that sends what waits for one webhook: several subjects at once, each in its order, for a bounded time.

use super::sending::{Settled, Terms, Tried};
use super::signature::{self, sign};
use super::{DELIVERY_MODEL, MODEL, read_headers};
use crate::entropy;
use crate::fetch::{Fetcher, Limits};
use crate::jobs::{Doing, Handler, JobError, Lane, Work, pause};
use crate::models::{
    IrWebhook, IrWebhookDelivery, IrWebhookDeliveryDraft, IrWebhookDeliveryState, IrWebhookDraft,
};
use futures::future::join_all;
use jiff::SignedDuration;
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::record::{Draft as _, Record as _};
use opbx_platform::{Domain, OrderBy, Value};
use opbx_store::{ReadError, SaveError, Search, Tx};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

pub(super) const KIND: &str = "webhooks.deliver";
/// The beginning of an answer that is kept, in bytes.
pub(super) const RESPONSE_LEN_MAX: usize = 1_024;
/// A receiver has this long to answer.
const LIMITS: Limits = Limits { total: Duration::from_secs(10), bytes_max: 64 << 10 };
/// Deliveries of one webhook that are under way at once.
const AT_ONCE_MAX: usize = 4;
/// Due deliveries that are looked at to find those that may go.
const LOOK_MAX: usize = 200;
/// For how long one job sends before it lets another webhook's go first.
const TURN_MAX: Duration = Duration::from_secs(30);
/// Rounds of one job.
const ROUNDS_MAX: usize = 100;
/// Tries that fail one after the other before a receiver is left in peace for a while.
const FAILURES_BEFORE_REST: i64 = 8;
/// The longest such while.
const REST_MAX: Duration = Duration::from_secs(300);

/// Sends what waits for webhooks.
pub struct Deliver {
    pub fetcher: Fetcher,
    pub terms: Terms,
}

impl Handler for Deliver {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Webhooks
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(self.deliver(work))
    }
}

/// Not yet told, and not given up.
pub(super) fn is_pending() -> Domain {
    Domain::is_in("state", ["waiting", "failed"])
}

/// Whether a webhook's receiver failed so often that it is asked now and then only.
pub(super) fn is_resting(webhook: &IrWebhook) -> bool {
    webhook.failures >= FAILURES_BEFORE_REST
}

/// A webhook with what opens its secrets, for one round.
struct Receiver {
    webhook: IrWebhook,
    secrets: Vec<Zeroizing<Vec<u8>>>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Deliver {
    async fn deliver(&self, work: &Work) -> Result<(), JobError> {
        let id = work.payload()["webhook"].as_i64().and_then(|id| RecordId::new(id).ok());
        let id = id.ok_or_else(|| JobError::Never("it names no webhook".to_owned()))?;
        let until = Instant::now() + TURN_MAX;
        for _ in 0..ROUNDS_MAX {
            let now = work.clock().now();
            let mut tx = work.store().begin(work.scope()).await?;
            let Some(receiver) = receiver(&mut tx, id, now).await? else { return Ok(()) };
            if !receiver.webhook.active {
                return bury(tx, id, "the webhook is stopped").await;
            }
            let due = due(&mut tx, id, now).await?;
            tx.commit().await?;
            if due.is_empty() {
                break;
            }
            let tried = join_all(due.iter().map(|delivery| self.attempt(&receiver, delivery, now))).await;
            let all_failed = tried.iter().all(|tried| tried.complaint().is_some());
            let outcomes: Vec<(&IrWebhookDelivery, Tried)> = due.iter().zip(tried).collect();
            self.note(work, &receiver.webhook, &outcomes).await?;
            work.progress(50).await?;
            if Instant::now() >= until || (all_failed && is_resting(&receiver.webhook)) {
                break;
            }
        }
        again(work, id).await
    }

    async fn attempt(&self, receiver: &Receiver, delivery: &IrWebhookDelivery, now: Timestamp) -> Tried {
        let began = Instant::now();
        let body = serde_json::to_vec(&delivery.payload).expect("JSON can be written");
        let secrets: Vec<&[u8]> = receiver.secrets.iter().map(|secret| secret.as_slice()).collect();
        let mut headers = receiver.headers.clone();
        headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        let own = [
            (signature::HEADER, sign(&secrets, now, &body)),
            ("opbx-event", delivery.event.clone()),
            ("opbx-event-id", delivery.event_id.clone()),
            ("opbx-delivery", delivery.id.to_string()),
            ("opbx-attempt", (delivery.attempts + 1).to_string()),
        ];
        for (name, value) in own {
            let value = HeaderValue::from_str(&value).expect("names, ids and digits fit a header");
            headers.push((HeaderName::from_static(name), value));
        }
        match self.fetcher.post(&receiver.webhook.url, &headers, body.into(), LIMITS).await {
            Ok(answer) => {
                let outcome = Ok(answer.status().as_u16());
                let response = answer.beginning(RESPONSE_LEN_MAX).await;
                Tried { outcome, response, took: began.elapsed() }
            }
            Err(error) => Tried { outcome: Err(error), response: String::new(), took: began.elapsed() },
        }
    }

    /// Writes down what tries brought, and what they say of the webhook itself.
    async fn note(
        &self,
        work: &Work,
        before: &IrWebhook,
        outcomes: &[(&IrWebhookDelivery, Tried)],
    ) -> Result<(), JobError> {
        let now = work.clock().now();
        let mut tx = work.store().begin(work.scope()).await?;
        let mut gone = false;
        for (delivery, tried) in outcomes {
            let attempt = delivery.attempts + 1;
            let draw = u64::from_le_bytes(entropy::bytes());
            let settled = tried.settle(&self.terms, attempt, delivery.at, now, draw);
            gone |= settled == Settled::Gone;
            settle(&mut tx, delivery, tried, &settled).await?;
        }
        let Some(webhook) = tx.get::<IrWebhook>(before.id).await? else { return Ok(()) };
        let draft = self.health(&webhook, outcomes, gone, now);
        let stops = draft.active == Some(false);
        tx.update(MODEL, webhook.id, draft.into_values(), None).await?;
        if stops {
            return bury(tx, webhook.id, "the webhook is stopped").await;
        }
        tx.commit().await?;
        Ok(())
    }

    fn health(
        &self,
        webhook: &IrWebhook,
        outcomes: &[(&IrWebhookDelivery, Tried)],
        gone: bool,
        now: Timestamp,
    ) -> IrWebhookDraft {
        let Some((_, last)) = outcomes.last() else { return IrWebhookDraft::default() };
        let worked = outcomes.iter().any(|(_, tried)| tried.complaint().is_none());
        let complaint = outcomes.iter().rev().find_map(|(_, tried)| tried.complaint());
        let failing_since = if worked { None } else { Some(webhook.failing_since.unwrap_or(now)) };
        let failed = i64::try_from(outcomes.len()).unwrap_or(i64::MAX);
        let stopped = if gone {
            Some("the receiver answered 410: it is gone".to_owned())
        } else {
            let since = failing_since.filter(|since| now.duration_since(*since) >= self.terms.failing_max);
            since.map(|since| {
                let complaint = complaint.as_deref().unwrap_or_default();
                let text = format!("nothing was taken since {}: {complaint}", since.strftime("%F %R UTC"));
                text.chars().take(300).collect()
            })
        };
        IrWebhookDraft {
            last_status: Some(last.status().map(i64::from)),
            last_error: Some(complaint.filter(|_| !worked)),
            failures: Some(if worked { 0 } else { webhook.failures.saturating_add(failed) }),
            failing_since: Some(failing_since),
            active: stopped.as_ref().map(|_| false),
            stopped_because: stopped.map(Some),
            ..IrWebhookDraft::default()
        }
    }
}

async fn settle(
    tx: &mut Tx,
    delivery: &IrWebhookDelivery,
    tried: &Tried,
    settled: &Settled,
) -> Result<(), SaveError> {
    let (state, next_at) = match settled {
        Settled::Delivered => (IrWebhookDeliveryState::Delivered, None),
        Settled::Again(at) => (IrWebhookDeliveryState::Failed, Some(*at)),
        Settled::Dead | Settled::Gone => (IrWebhookDeliveryState::Dead, None),
    };
    let draft = IrWebhookDeliveryDraft {
        state: Some(state),
        attempts: Some(delivery.attempts + 1),
        status: Some(tried.status().map(i64::from)),
        response: Some(tried.response()),
        error: Some(tried.complaint()),
        duration_ms: Some(Some(i64::try_from(tried.took.as_millis()).unwrap_or(i64::MAX))),
        next_at: Some(next_at),
        ..IrWebhookDeliveryDraft::default()
    };
    match tx.update(DELIVERY_MODEL, delivery.id, draft.into_values(), None).await {
        // Deleted meanwhile, with its webhook.
        Err(SaveError::Absent { .. }) => Ok(()),
        updated => updated,
    }
}

async fn receiver(tx: &mut Tx, id: RecordId, now: Timestamp) -> Result<Option<Receiver>, JobError> {
    let Some(webhook) = tx.get::<IrWebhook>(id).await? else { return Ok(None) };
    let mut secrets = Vec::new();
    secrets.extend(tx.reveal(MODEL, id, "secret").await?.map(Zeroizing::new));
    if webhook.previous_until.is_some_and(|until| until > now) {
        secrets.extend(tx.reveal(MODEL, id, "previous_secret").await?.map(Zeroizing::new));
    }
    secrets.retain(|secret| !secret.is_empty());
    let headers = tx.reveal(MODEL, id, "headers").await?.map(Zeroizing::new);
    // They were judged when they were saved.
    let headers = headers.and_then(|json| read_headers(&json).ok()).unwrap_or_default();
    Ok(Some(Receiver { webhook, secrets, headers }))
}

/// The deliveries that may go now: of each subject the oldest, if it is due.
///
/// What waits behind one that is not due yet waits as long as that one, and is not looked at again before.
async fn due(tx: &mut Tx, webhook: RecordId, now: Timestamp) -> Result<Vec<IrWebhookDelivery>, JobError> {
    let own = Domain::eq("webhook", webhook).and(is_pending());
    let by_age = [OrderBy::asc("id")];
    let search = Search {
        fields: &["subject", "next_at"],
        order: Some(&by_age),
        limit: LOOK_MAX,
        ..Search::default()
    };
    let candidates = tx.search(DELIVERY_MODEL, &own.clone().and(Domain::le("next_at", now)), search).await?;
    let mut subjects: BTreeMap<String, Vec<RecordId>> = BTreeMap::new();
    for row in candidates {
        if let Some(Value::Text(subject)) = row.values.into_iter().next() {
            subjects.entry(subject).or_default().push(row.id);
        }
    }
    let heads = heads(tx, &own, subjects.keys().map(String::as_str), subjects.len()).await?;
    let mut due = Vec::new();
    for (subject, waiting) in subjects {
        match heads.get(&subject) {
            Some((head, _)) if waiting.first() == Some(head) => due.push(*head),
            Some((_, Some(next_at))) => {
                for id in waiting {
                    let draft =
                        IrWebhookDeliveryDraft { next_at: Some(Some(*next_at)), ..Default::default() };
                    tx.update(DELIVERY_MODEL, id, draft.into_values(), None).await?;
                }
            }
            _ => {}
        }
    }
    due.sort_unstable();
    due.truncate(AT_ONCE_MAX);
    let rows = tx.read(DELIVERY_MODEL, &due, IrWebhookDelivery::FIELDS).await?;
    let fit = |row| IrWebhookDelivery::from_row(row).map_err(|error| JobError::Never(error.to_string()));
    rows.into_iter().map(fit).collect()
}

/// The oldest pending delivery of each subject, with when it goes.
async fn heads<'a>(
    tx: &mut Tx,
    own: &Domain,
    subjects: impl Iterator<Item = &'a str>,
    count: usize,
) -> Result<HashMap<String, (RecordId, Option<Timestamp>)>, ReadError> {
    let mut heads = HashMap::new();
    if count == 0 {
        return Ok(heads);
    }
    let own = own.clone().and(Domain::is_in("subject", subjects));
    let by_age = [OrderBy::asc("id")];
    let search = Search {
        fields: &["subject", "next_at"],
        order: Some(&by_age),
        limit: opbx_store::SEARCH_LIMIT_MAX,
        ..Search::default()
    };
    for row in tx.search(DELIVERY_MODEL, &own, search).await? {
        if let [Value::Text(subject), next_at] = row.values.as_slice() {
            let next_at = if let Value::Instant(at) = next_at { Some(*at) } else { None };
            heads.entry(subject.clone()).or_insert((row.id, next_at));
        }
    }
    Ok(heads)
}

/// Gives up what waits for a webhook that is stopped: it would be old news when it goes on.
async fn bury(mut tx: Tx, webhook: RecordId, because: &str) -> Result<(), JobError> {
    let own = Domain::eq("webhook", webhook).and(is_pending());
    let rows = tx.search(DELIVERY_MODEL, &own, Search { limit: LOOK_MAX, ..Search::default() }).await?;
    let is_all = rows.len() < LOOK_MAX;
    for row in rows {
        let draft = IrWebhookDeliveryDraft {
            state: Some(IrWebhookDeliveryState::Dead),
            next_at: Some(None),
            error: Some(Some(because.to_owned())),
            ..IrWebhookDeliveryDraft::default()
        };
        tx.update(DELIVERY_MODEL, row.id, draft.into_values(), None).await?;
    }
    if !is_all {
        tx.enqueue(super::job(webhook)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Leaves a job for what still waits, for when the first of it is due.
async fn again(work: &Work, webhook: RecordId) -> Result<(), JobError> {
    let mut tx = work.store().begin(work.scope()).await?;
    let Some(held) = tx.get::<IrWebhook>(webhook).await? else { return Ok(()) };
    let own = Domain::eq("webhook", webhook).and(is_pending());
    let soonest = [OrderBy::asc("next_at")];
    let search = Search { fields: &["next_at"], order: Some(&soonest), limit: 1, ..Search::default() };
    let rows = tx.search(DELIVERY_MODEL, &own, search).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let now = work.clock().now();
    let next = if let Some(Value::Instant(at)) = row.values.first() { (*at).max(now) } else { now };
    let rest = if is_resting(&held) {
        let over = u32::try_from(held.failures - FAILURES_BEFORE_REST + 1).unwrap_or(u32::MAX);
        let draw = u64::from_le_bytes(entropy::bytes());
        SignedDuration::try_from(pause(over, draw).min(REST_MAX)).unwrap_or_default()
    } else {
        SignedDuration::ZERO
    };
    tx.enqueue(super::job(webhook).at(next.max(now.saturating_add(rest).unwrap_or(now)))).await?;
    tx.commit().await?;
    Ok(())
}
