//! The group commit: webhooks of all tenants that come together become lasting together.

use super::{HookError, Told, Waiting, rows};
use crate::app::App;
use crate::ingest::book::{Name, Piece};
use crate::ingest::calls::{self, Packer};
use crate::ingest::{CONTENDED_TRIES_MAX, IngestError};
use crate::metrics::CallTally;
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_telephony::News;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Webhooks of one commit.
const BATCH_MAX: usize = 256;
/// How long a commit waits for more of them once it has the first.
const GATHER_MAX: Duration = Duration::from_millis(5);
const REASON: &str = "keep what webhooks tell";

pub(crate) async fn keep_committing(app: App, mut stop: watch::Receiver<bool>) {
    let taken = app.hooks().receiver.lock().expect("no thread panics while it takes the queue").take();
    let Some(mut queue) = taken else { return };
    loop {
        let first = tokio::select! {
            biased;
            first = queue.recv() => first,
            _ = stop.wait_for(|stopped| *stopped) => None,
        };
        // What was asked before the stop has been taken: nobody asks any more.
        let Some(first) = first else { return };
        app.hooks().committing.send_replace(true);
        let batch = gather(&mut queue, first).await;
        commit(&app, batch).await;
        app.hooks().committing.send_replace(!queue.is_empty());
    }
}

async fn gather(queue: &mut mpsc::Receiver<Waiting>, first: Waiting) -> Vec<Waiting> {
    let mut batch = vec![first];
    let enough = tokio::time::sleep(GATHER_MAX);
    tokio::pin!(enough);
    while batch.len() < BATCH_MAX {
        tokio::select! {
            biased;
            next = queue.recv() => match next {
                Some(next) => batch.push(next),
                None => break,
            },
            () = &mut enough => break,
        }
    }
    batch
}

async fn commit(app: &App, batch: Vec<Waiting>) {
    match lasting(app, &batch).await {
        Ok(()) => acknowledge(app, batch),
        Err(error) if error.is_outage() || error.is_contended() => {
            tracing::warn!(%error, webhooks = batch.len(), "webhooks could not be kept; their senders are told to come again");
            batch.into_iter().for_each(|waiting| answer(waiting, Err(HookError::Unavailable)));
        }
        Err(error) => {
            tracing::error!(%error, "a batch of webhooks was refused; they are tried one by one");
            for waiting in batch {
                let single = [waiting];
                let kept = lasting(app, &single).await;
                let [waiting] = single;
                match kept {
                    Ok(()) => acknowledge(app, vec![waiting]),
                    Err(error) => {
                        tracing::error!(tenant = %waiting.tenant, %error, "a webhook was refused");
                        let outage = error.is_outage() || error.is_contended();
                        let why = if outage { HookError::Unavailable } else { HookError::Refused };
                        answer(waiting, Err(why));
                    }
                }
            }
        }
    }
}

fn acknowledge(app: &App, batch: Vec<Waiting>) {
    let tells = |waiting: &&Waiting| matches!(waiting.told, Told::Update(_) | Told::Record(_));
    let tenants: Vec<TenantId> = batch.iter().filter(tells).map(|waiting| waiting.tenant).collect();
    rows::noted(app, &batch);
    app.hooks().has_waiting(tenants);
    batch.into_iter().for_each(|waiting| answer(waiting, Ok(())));
}

fn answer(waiting: Waiting, answer: Result<(), HookError>) {
    // An error means that the sender did not wait; what it told is kept all the same.
    let _ = waiting.done.send(answer);
}

/// Brings a batch to the disk. Another node that keeps the same at the same moment makes it try anew.
async fn lasting(app: &App, batch: &[Waiting]) -> Result<(), IngestError> {
    for _ in 1..CONTENDED_TRIES_MAX {
        match lasting_once(app, batch).await {
            Err(error) if error.is_contended() => {
                tracing::debug!(%error, "another node keeps the same webhooks; the batch is tried anew");
            }
            outcome => return outcome,
        }
    }
    lasting_once(app, batch).await
}

async fn lasting_once(app: &App, batch: &[Waiting]) -> Result<(), IngestError> {
    let mut tenants: BTreeMap<TenantId, Vec<&Waiting>> = BTreeMap::new();
    for waiting in batch {
        tenants.entry(waiting.tenant).or_default().push(waiting);
    }
    let Some(first) = tenants.keys().next() else { return Ok(()) };
    let has_words = batch.iter().any(|waiting| matches!(waiting.told, Told::Word { .. }));
    let turn = app.calls_turn();
    let _turn = if has_words { Some(turn.lock().await) } else { None };
    let mut tx = app.store().begin(&Scope::system(*first, REASON)).await?;
    let operator = Operator::because("keep the webhooks of all tenants in one transaction");
    let mut tallies = Vec::new();
    for (tenant, batch) in tenants {
        tx.turn_to(&operator, &Scope::system(tenant, REASON)).await?;
        rows::keep(&mut tx, &batch, app.clock().now()).await?;
        let words: Vec<Piece<'_>> = batch
            .iter()
            .filter_map(|waiting| match &waiting.told {
                Told::Word { call_id, word, at } => {
                    let name = Name { call: Some(call_id.clone()), ..Name::default() };
                    Some(Piece::news(name, News::of_word(word, *at)))
                }
                _ => None,
            })
            .collect();
        if !words.is_empty() {
            tallies.push(calls::apply(&mut tx, words, &mut Packer::new(), None).await?.tally);
        }
    }
    tx.commit().await?;
    tallies.into_iter().for_each(CallTally::count);
    Ok(())
}
