//! From rows that wait to calls: what webhooks told becomes part of the ledgers of their calls.

use super::rows;
use crate::app::App;
use crate::ingest::book::{Name, Piece};
use crate::ingest::calls::{self, Applied, Packer};
use crate::ingest::{CONTENDED_TRIES_MAX, IngestError};
use crate::metrics::CallTally;
use crate::models::{PbxCdr, PbxCdrDraft, PbxSessionUpdate, PbxSessionUpdateDraft};
use crate::{recordings, retention, usage};
use jiff::SignedDuration;
use opbx_kernel::{Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::Tx;
use opbx_telephony::news::{SessionDirection, SessionStatus};
use opbx_telephony::{News, SessionUpdate};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Rows of each kind that one transaction takes: on SQLite nobody else writes meanwhile.
const FOLD_MAX: usize = 64;
/// How often rows are looked for that another node, or an earlier life of this one, left waiting.
const SWEEP: Duration = Duration::from_secs(30);
/// How long folding waits before it tries again what failed.
const AGAIN: Duration = Duration::from_secs(1);
/// News of calls that began later cannot be about one that was deleted by its age.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);
const REASON: &str = "tell calls what webhooks told";

pub(crate) async fn keep_folding(app: App, mut stop: watch::Receiver<bool>) {
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let stopping = *stop.borrow();
        let mut failed = false;
        for (tenant, since) in app.hooks().unfolded() {
            match fold_all(&app, tenant).await {
                Ok(()) => app.hooks().has_none_waiting(tenant, since),
                Err(error) => {
                    tracing::error!(%tenant, %error, "calls could not be told what webhooks told; it is safe, and tried again");
                    failed = true;
                }
            }
        }
        if stopping {
            return;
        }
        let sweeps = tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => false,
            () = app.hooks().committed.notified() => false,
            () = tokio::time::sleep(AGAIN), if failed => false,
            _ = sweep.tick() => true,
        };
        if sweeps {
            look_for_left(&app).await;
        }
    }
}

/// Takes up what was left waiting, by whomever.
async fn look_for_left(app: &App) {
    let operator = Operator::because("find webhooks that no call was told of");
    match app.store().tenants(&operator).await {
        Ok(tenants) => {
            for tenant in tenants {
                match anything_waits(app, tenant.id).await {
                    Ok(true) => app.hooks().has_waiting([tenant.id]),
                    Ok(false) => {}
                    Err(error) => {
                        tracing::warn!(tenant = %tenant.id, %error, "waiting webhooks could not be looked for");
                    }
                }
            }
        }
        Err(error) => tracing::warn!(%error, "waiting webhooks could not be looked for"),
    }
}

async fn anything_waits(app: &App, tenant: TenantId) -> Result<bool, IngestError> {
    let mut tx = app.store().read(&Scope::system(tenant, REASON)).await?;
    let updates: Vec<PbxSessionUpdate> = rows::waiting(&mut tx, 1).await?;
    let records: Vec<PbxCdr> = rows::waiting(&mut tx, 1).await?;
    Ok(!updates.is_empty() || !records.is_empty())
}

async fn fold_all(app: &App, tenant: TenantId) -> Result<(), IngestError> {
    let mut limit = FOLD_MAX;
    loop {
        app.hooks().give_way().await;
        match fold(app, tenant, limit, false).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.is_outage() || error.is_contended() => return Err(error),
            Err(error) if limit > 1 => {
                tracing::error!(%tenant, %error, "webhooks were refused by their calls; they are told one by one");
                limit = 1;
            }
            Err(error) => {
                // The row stays for a person to look at; the call does not learn of it.
                tracing::error!(%tenant, %error, "a webhook was refused by its call and set aside");
                fold(app, tenant, 1, true).await?;
            }
        }
    }
}

async fn fold(app: &App, tenant: TenantId, limit: usize, aside: bool) -> Result<usize, IngestError> {
    for _ in 1..CONTENDED_TRIES_MAX {
        match fold_once(app, tenant, limit, aside).await {
            Err(error) if error.is_contended() => {}
            outcome => return outcome,
        }
    }
    fold_once(app, tenant, limit, aside).await
}

/// Folds the first rows that wait, or with `aside` only marks them as done. Gives how many they were.
async fn fold_once(app: &App, tenant: TenantId, limit: usize, aside: bool) -> Result<usize, IngestError> {
    let turn = app.calls_turn();
    let _turn = turn.lock().await;
    let mut tx = app.store().begin(&Scope::system(tenant, REASON)).await?;
    let updates: Vec<PbxSessionUpdate> = rows::waiting(&mut tx, limit).await?;
    let left = if limit == 1 { limit - updates.len() } else { limit };
    let records: Vec<PbxCdr> = if left == 0 { Vec::new() } else { rows::waiting(&mut tx, left).await? };
    let count = updates.len() + records.len();
    if count == 0 {
        return Ok(0);
    }
    let update_ids: Vec<RecordId> = updates.iter().map(|update| update.id).collect();
    let Applied { calls, tally } = if aside {
        Applied { calls: vec![None; count], tally: CallTally::default() }
    } else {
        told(app, &mut tx, updates, &records).await?
    };
    let calls_of_records = &calls[update_ids.len()..];
    mark(&mut tx, &update_ids, &records, calls_of_records).await?;
    for (record, call) in records.iter().zip(calls_of_records) {
        if let (Some(call), Some(url)) = (call, &record.recording_url) {
            recordings::note(&mut tx, *call, record, url).await?;
        }
    }
    tx.commit().await?;
    tally.count();
    let ended: Vec<RecordId> = calls_of_records.iter().flatten().copied().collect();
    if !ended.is_empty()
        && let Err(error) = usage::settle_recorded(app, tenant, &ended).await
    {
        tracing::warn!(%tenant, %error, "outside calls that ended could not be settled; they run out by themselves");
    }
    Ok(count)
}

/// Tells the calls, and gives each row's call with what is new of them.
async fn told(
    app: &App,
    tx: &mut Tx,
    updates: Vec<PbxSessionUpdate>,
    records: &[PbxCdr],
) -> Result<Applied, IngestError> {
    let mut pieces = Vec::with_capacity(updates.len() + records.len());
    for update in updates {
        let name = Name { call: None, token: update.token.clone(), session: Some(update.session_id) };
        pieces.push(Piece::news(name, News::of_update(&told_by(update))));
    }
    for record in records {
        let (token, session) = (record.session_token.clone(), record.session_id);
        // A record that names no session names its call by the only name it has.
        let nameless = token.is_none() && session.is_none();
        let call = nameless.then(|| record.call_id.clone());
        pieces.push(Piece::news(Name { call, token, session }, rows::news_of(record.clone())));
    }
    let oldest = oldest_kept(app, tx, &pieces).await?;
    calls::apply(tx, pieces, &mut Packer::new(), oldest).await
}

/// Before when calls are deleted by their age, where any of the pieces may be of one so old.
async fn oldest_kept(app: &App, tx: &mut Tx, pieces: &[Piece<'_>]) -> Result<Option<Timestamp>, IngestError> {
    let now = app.clock().now();
    let yesterday = now.saturating_sub(YOUNG).unwrap_or(now);
    if !pieces.iter().filter_map(Piece::started_at).any(|at| at < yesterday) {
        return Ok(None);
    }
    let kept = retention::kept(tx, app.store().registry()).await?;
    let days = kept.iter().find(|kept| kept.model == "pbx.call").and_then(|kept| kept.days);
    Ok(days.and_then(|days| retention::days_before(now, days)))
}

async fn mark(
    tx: &mut Tx,
    updates: &[RecordId],
    records: &[PbxCdr],
    calls: &[Option<RecordId>],
) -> Result<(), IngestError> {
    let done = |ids: &[RecordId]| Domain::is_in("id", ids.iter().map(|id| Value::Record(*id)));
    if !updates.is_empty() {
        let draft = PbxSessionUpdateDraft { waiting: Some(false), ..PbxSessionUpdateDraft::default() };
        tx.set_where("pbx.session_update", &done(updates), draft.into_values()).await?;
    }
    for (record, call) in records.iter().zip(calls) {
        let draft = PbxCdrDraft { waiting: Some(false), call: Some(*call), ..PbxCdrDraft::default() };
        tx.set_where("pbx.cdr", &done(&[record.id]), draft.into_values()).await?;
    }
    Ok(())
}

/// A stored update as it was told, as far as calls look at it.
fn told_by(update: PbxSessionUpdate) -> SessionUpdate {
    SessionUpdate {
        session: update.session_id,
        token: update.token,
        event: update.event_id,
        domain_id: update.domain_id,
        domain: update.domain,
        subscriber: update.subscriber_id,
        outgoing_subscriber: update.outgoing_subscriber_id,
        from: update.caller_id.unwrap_or_default(),
        to: update.destination,
        direction: SessionDirection::parse(update.direction.as_str()).unwrap_or(SessionDirection::Incoming),
        status: SessionStatus::parse(update.status.as_str()).unwrap_or(SessionStatus::Processing),
        created_at: update.session_created_at,
        modified_at: update.session_modified_at,
        call_started_at: update.call_started_at,
        call_answered_at: update.call_answered_at,
        time_limit_s: update.time_limit_s,
        vapp_server: update.vapp_server,
        action: update.action,
        reason: update.reason,
        last_error: update.last_error,
        call_ids: Vec::new(),
        profile: serde_json::Value::Null,
    }
}
