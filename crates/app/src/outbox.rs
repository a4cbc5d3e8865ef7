//! The reader of the outbox that tells nodes of changed plans, and the one that puts what calls publish in order.

use crate::call_checks;
use opbx_cluster::{Bus, Message};
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_store::{CommitError, OUTBOX_BATCH_MAX, Queue, ReadError, SaveError, Store, StoreError, topics};
use std::collections::HashMap;

/// The reader that tells the bus.
pub const BUS: &str = "bus";
/// Every reader there is; what they all have passed may be pruned.
pub const CONSUMERS: &[&str] = &[BUS, crate::webhooks::CONSUMER];

/// Tenants handled in one transaction.
const TENANTS_PER_TURN_MAX: usize = 64;
/// Rounds of ordering that one look takes in one tenant; the rest follows with the next.
const ORDER_ROUNDS_MAX: usize = 4;
/// Entries of no concern that are passed before the place is written down: after a restart so many are read again.
const LAG_MAX: i64 = 500;

#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Tells the bus of changed plans, at least once.
#[derive(Default)]
pub struct Delivery {
    places: HashMap<TenantId, Place>,
}

/// How far the reader is in one tenant's outbox.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// As it is written down.
    kept: i64,
    seen: i64,
    told: bool,
}

impl Delivery {
    /// Looks at every tenant's outbox and tells the bus what is new. Gives the plans that it told of.
    pub async fn look(&mut self, store: &Store, bus: &Bus) -> Result<Vec<(TenantId, i64)>, DeliveryError> {
        order(store).await?;
        let operator = Operator::because("find the tenants whose outbox went on");
        let mut told = Vec::new();
        for (tenant, head) in store.outbox_heads(&operator).await? {
            if self.places.get(&tenant).is_none_or(|place| place.seen < head) {
                told.extend(self.read(store, bus, tenant).await?.map(|version| (tenant, version)));
            }
        }
        self.keep(store, &operator).await?;
        Ok(told)
    }

    /// How far it has come in all outboxes, added up.
    pub(crate) fn seen(&self) -> i64 {
        self.places.values().map(|place| place.seen).sum()
    }

    /// Reads one tenant's outbox to its end; the newest plan is told of, for it is the one that counts.
    async fn read(
        &mut self,
        store: &Store,
        bus: &Bus,
        tenant: TenantId,
    ) -> Result<Option<i64>, DeliveryError> {
        let mut tx = store.read(&Scope::system(tenant, "tell nodes of changed plans")).await?;
        // Another node may have told of some of it already.
        let kept = tx.outbox_position(BUS).await?;
        let mut place = Place { kept, seen: kept, told: false };
        place.seen = self.places.get(&tenant).map_or(kept, |known| known.seen.max(kept));
        let mut newest = None;
        loop {
            let entries = tx.outbox_after(place.seen, OUTBOX_BATCH_MAX).await?;
            let Some(last) = entries.last() else { break };
            place.seen = last.sequence;
            let plans = entries.iter().filter(|entry| entry.topic == topics::PLAN);
            newest = plans.filter_map(|entry| entry.payload["version"].as_i64()).max().or(newest);
        }
        drop(tx);
        if let Some(version) = newest {
            bus.publish(Message::PlanChanged { tenant, version }).await;
            place.told = true;
        }
        self.places.insert(tenant, place);
        Ok(newest)
    }

    /// Writes down the places of tenants where something was told, or where much was passed.
    async fn keep(&mut self, store: &Store, operator: &Operator) -> Result<(), DeliveryError> {
        let is_due = |place: &Place| place.told || place.seen - place.kept >= LAG_MAX;
        let mut due: Vec<(TenantId, Place)> =
            self.places.iter().map(|(tenant, place)| (*tenant, *place)).collect();
        due.retain(|(_, place)| is_due(place));
        // In one order on all nodes, so that two of them never wait for each other.
        due.sort_unstable_by_key(|(tenant, _)| *tenant);
        for places in due.chunks(TENANTS_PER_TURN_MAX) {
            let Some((first, _)) = places.first() else { continue };
            let mut tx = store.begin(&Scope::system(*first, "note how far nodes were told")).await?;
            for (tenant, place) in places {
                tx.turn_to(operator, &Scope::system(*tenant, "note how far nodes were told")).await?;
                // False where another node was faster, which is as good.
                let is_ours = tx.advance_outbox(BUS, place.kept, place.seen).await?;
                if is_ours && place.told {
                    call_checks::run_later(&mut tx).await?;
                }
            }
            tx.commit().await?;
            for (tenant, place) in places {
                self.places.insert(*tenant, Place { kept: place.seen, seen: place.seen, told: false });
            }
        }
        Ok(())
    }
}

/// Tells the bus what is new in one tenant's outbox: for a process that changed it and then ends.
pub async fn tell(store: &Store, bus: &Bus, tenant: TenantId) -> Result<(), DeliveryError> {
    let mut delivery = Delivery::default();
    delivery.read(store, bus, tenant).await?;
    delivery.keep(store, &Operator::because("note how far nodes were told")).await
}

/// Gives what calls published its place in the order of its tenant.
async fn order(store: &Store) -> Result<(), DeliveryError> {
    let operator = Operator::because("put what calls published in order");
    // The question is about no instant: what has no place waits.
    let tenants = store.tenants_waiting(&operator, Queue::Outbox, opbx_kernel::Timestamp::UNIX_EPOCH).await?;
    for tenants in tenants.chunks(TENANTS_PER_TURN_MAX) {
        let Some(first) = tenants.first() else { continue };
        let mut tx = store.begin(&Scope::system(*first, "put what calls published in order")).await?;
        for tenant in tenants {
            tx.turn_to(&operator, &Scope::system(*tenant, "put what calls published in order")).await?;
            for _ in 0..ORDER_ROUNDS_MAX {
                if tx.order_outbox().await? == 0 {
                    break;
                }
            }
        }
        tx.commit().await?;
    }
    Ok(())
}
