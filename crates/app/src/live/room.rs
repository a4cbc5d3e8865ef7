//! A room: the task that tells a tenant's sockets on this node what changed.

use super::channels::{Audience, Channel, Form};
use super::memory::Memory;
use super::switchboard::{self, Switchboard};
use super::{Heard, Position, Told, presence};
use crate::App;
use crate::events::{self, CallFacts, CallMoment, Deed, Event, RecordChange};
use crate::models::{PbxExtension, ResTenant};
use bytes::Bytes;
use opbx_kernel::{RecordId, Scope, TenantId, Timestamp, UserId};
use opbx_platform::{Domain, Value};
use opbx_store::{OUTBOX_BATCH_MAX, ReadError, Search, StoreError, Tx};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often the outbox is looked at though nobody told of anything: for what other processes commit without a bus.
const POLL: Duration = Duration::from_secs(1);
/// How often calls whose end nobody told are looked for.
const SWEEP: Duration = Duration::from_secs(60);
/// How long a room that nobody is in stays open, for those who come back at once.
const LINGER: Duration = Duration::from_secs(30);
/// How often opening a room is tried before those in it are let go.
const OPEN_TRIES_MAX: u32 = 5;
/// The pause between two tries.
const OPEN_AGAIN: Duration = Duration::from_millis(200);
/// Notices handled together.
const NOTICES_PER_TURN_MAX: usize = 64;
/// Changes of one model that are told one by one, of those met together; more are told as one.
const RECORDS_NAMED_MAX: usize = 50;
/// Batches of the outbox read in one turn; the rest follows with the next.
const BATCHES_PER_TURN_MAX: usize = 8;
/// Messages told before sockets are given time to send them.
const BURST_MAX: usize = 128;
/// That time.
const BURST_PAUSE: Duration = Duration::from_millis(5);

const EXTENSION_MODEL: &str = "pbx.extension";
const USER_MODEL: &str = "res.users";

/// Why a room looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    /// A commit changed these calls, and maybe left entries in the tenant's order.
    Committed { calls: Vec<RecordId>, ordered: bool },
    /// Who is there may be another list.
    Presence,
}

impl Notice {
    /// Something may have been missed.
    pub(super) fn anything() -> Self {
        Self::Committed { calls: Vec::new(), ordered: true }
    }
}

pub(super) struct Room {
    app: App,
    tenant: TenantId,
    epoch: u64,
    heard: broadcast::Sender<Heard>,
    open: watch::Sender<Option<Position>>,
    /// The last entry of the outbox that was looked at.
    place: i64,
    memory: Memory,
    board: Switchboard,
    /// The number of the last event told to each audience but the organisation, whose is in `open`.
    sequences: HashMap<Audience, u64>,
    sequence: u64,
    members: BTreeMap<UserId, String>,
    /// Told since sockets were last given time.
    burst: usize,
}

impl Room {
    pub(super) fn new(
        app: App,
        tenant: TenantId,
        epoch: u64,
        heard: broadcast::Sender<Heard>,
        open: watch::Sender<Option<Position>>,
    ) -> Self {
        let memory = Memory::new(app.clock().now());
        Self {
            app,
            tenant,
            epoch,
            heard,
            open,
            place: 0,
            memory,
            board: Switchboard::default(),
            sequences: HashMap::new(),
            sequence: 0,
            members: BTreeMap::new(),
            burst: 0,
        }
    }

    pub(super) async fn run(mut self, mut notices: mpsc::Receiver<Notice>) {
        if !self.opened().await {
            self.app.live().give_up(self.tenant, self.epoch);
            return;
        }
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut swept = Instant::now();
        let mut used = Instant::now();
        let app = self.app.clone();
        loop {
            let mut waiting = Vec::new();
            tokio::select! {
                () = app.stopped() => return,
                count = notices.recv_many(&mut waiting, NOTICES_PER_TURN_MAX) => if count == 0 { return },
                _ = poll.tick() => waiting.push(Notice::anything()),
            }
            if let Err(error) = self.look(&waiting).await {
                tracing::warn!(tenant = %self.tenant, %error, "live updates are late; they are looked for again");
            }
            if swept.elapsed() >= SWEEP {
                swept = Instant::now();
                self.board.sweep(self.app.clock().now());
                self.tell_board().await;
            }
            if self.heard.receiver_count() > 0 {
                used = Instant::now();
            } else if used.elapsed() >= LINGER && self.app.live().close(self.tenant, self.epoch) {
                return;
            }
        }
    }

    async fn opened(&mut self) -> bool {
        for _ in 0..OPEN_TRIES_MAX {
            match self.learn().await {
                Ok(()) => {
                    let position = Position { epoch: self.epoch, sequence: 0 };
                    self.open.send_replace(Some(position));
                    return true;
                }
                Err(error) => {
                    tracing::warn!(tenant = %self.tenant, %error, "live updates cannot begin yet");
                    tokio::time::sleep(OPEN_AGAIN).await;
                }
            }
        }
        false
    }

    async fn read(&self) -> Result<Tx, StoreError> {
        self.app.store().read(&Scope::system(self.tenant, "tell browsers what changed")).await
    }

    /// Learns how everything is, in one look: what is committed after it is news.
    async fn learn(&mut self) -> Result<(), ReadError> {
        let now = self.app.clock().now();
        let mut tx = self.read().await?;
        let tenant = tx.all::<ResTenant>(&Domain::All).await?.into_iter().next();
        self.place = tenant.map_or(0, |tenant| tenant.outbox_sequence);
        for extension in tx.all::<PbxExtension>(&Domain::All).await? {
            self.board.extension(extension);
        }
        for call in live_calls(&mut tx, now, switchboard::CALLS_MAX).await? {
            self.memory.learn(&call);
            self.board.call(&Arc::new(call));
        }
        drop(tx);
        // Nobody listens yet: what is told here is what everybody begins with.
        self.board.news();
        self.board.new_counts();
        self.members = presence::members(&self.app, self.tenant).await;
        Ok(())
    }

    async fn look(&mut self, waiting: &[Notice]) -> Result<(), ReadError> {
        let mut calls = Vec::new();
        let (mut ordered, mut moved) = (false, false);
        for notice in waiting {
            match notice {
                Notice::Committed { calls: changed, ordered: too } => {
                    calls.extend(
                        changed.iter().copied().filter(|call| !calls.contains(call)).collect::<Vec<_>>(),
                    );
                    ordered |= too;
                }
                Notice::Presence => moved = true,
            }
        }
        if moved {
            self.tell_presence().await;
        }
        if !calls.is_empty() {
            let mut tx = self.read().await?;
            self.tell_calls(&mut tx, &calls).await?;
        }
        if ordered {
            self.follow_outbox().await?;
        }
        self.tell_board().await;
        Ok(())
    }

    async fn follow_outbox(&mut self) -> Result<(), ReadError> {
        for _ in 0..BATCHES_PER_TURN_MAX {
            let mut tx = self.read().await?;
            let entries = tx.outbox_after(self.place, OUTBOX_BATCH_MAX).await?;
            let Some(last) = entries.last() else { return Ok(()) };
            let last = last.sequence;
            let changes: Vec<Event> = entries.iter().filter_map(events::of_entry).collect();
            self.relearn(&mut tx, &changes).await?;
            self.tell_calls(&mut tx, &events::calls_of(&entries)).await?;
            drop(tx);
            self.tell_changes(changes).await;
            self.place = last;
            if entries.len() < OUTBOX_BATCH_MAX {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads anew what of the changed records the room itself knows.
    async fn relearn(&mut self, tx: &mut Tx, changes: &[Event]) -> Result<(), ReadError> {
        let ids: Vec<RecordId> = changed(changes, EXTENSION_MODEL).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for id in &ids {
            if tx.get::<PbxExtension>(*id).await?.is_none_or(|row| !row.active) {
                self.board.forget_extension(*id);
            }
        }
        let ids: Vec<Value> = ids.into_iter().map(Value::Record).collect();
        for extension in tx.all::<PbxExtension>(&Domain::is_in("id", ids)).await? {
            self.board.extension(extension);
        }
        Ok(())
    }

    async fn tell_calls(&mut self, tx: &mut Tx, calls: &[RecordId]) -> Result<(), ReadError> {
        for calls in calls.chunks(events::CALLS_MAX) {
            let now = self.app.clock().now();
            let found = events::of_calls(tx, calls).await?;
            let mut looked_at: Option<RecordId> = None;
            for event in found {
                match &event {
                    // A call's events come together: the first tells of the call, the others are in its state.
                    Event::Call(_, call) if looked_at != Some(call.id) => {
                        looked_at = Some(call.id);
                        self.board.call(call);
                        for moment in self.memory.news_of(call, now) {
                            self.tell_call(moment, call).await;
                        }
                    }
                    Event::VoicemailLeft(message)
                        if self.memory.is_new_message(message.id, message.left_at, now) =>
                    {
                        self.tell(&event, &[Audience::Organisation(self.tenant)]).await;
                        if let Some(user) = message.user.and_then(user_of) {
                            self.tell(&event, &[Audience::User(user)]).await;
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    async fn tell_call(&mut self, moment: CallMoment, call: &Arc<CallFacts>) {
        let mut to = vec![Audience::Organisation(self.tenant)];
        to.extend(call.extensions().into_iter().map(Audience::Extension));
        self.tell(&Event::Call(moment, Arc::clone(call)), &to).await;
    }

    /// Tells changes of records; many of one model as one.
    async fn tell_changes(&mut self, changes: Vec<Event>) {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for event in &changes {
            if let Event::Record(change) = event {
                *counts.entry(change.model.clone()).or_default() += 1;
            }
        }
        for event in changes {
            let Event::Record(change) = &event else {
                self.tell(&event, &[Audience::Organisation(self.tenant)]).await;
                continue;
            };
            if change.model == USER_MODEL
                && let Some(user) = user_of(change.id)
            {
                // Nobody in it is no failure.
                let _ = self.heard.send(Heard::Recheck(user));
            }
            match counts.get_mut(&change.model) {
                Some(count) if *count > RECORDS_NAMED_MAX => {
                    let many = Event::Records { model: change.model.clone(), count: *count };
                    // Told once; the others of the model are among it.
                    *count = 0;
                    self.tell(&many, &[Audience::Organisation(self.tenant)]).await;
                }
                Some(0) | None => {}
                Some(_) => {
                    let concerned = concerned(change);
                    self.tell(&event, &[Audience::Organisation(self.tenant)]).await;
                    if let Some(audience) = concerned {
                        self.tell(&event, &[audience]).await;
                    }
                }
            }
        }
    }

    async fn tell_board(&mut self) {
        for (state, user) in self.board.news() {
            let mut to = vec![Audience::Organisation(self.tenant), Audience::Extension(state.id)];
            to.extend(user.and_then(user_of).map(Audience::User));
            self.tell(&Event::ExtensionState(state), &to).await;
        }
        if let Some(counts) = self.board.new_counts() {
            self.tell(&Event::LiveCalls(counts), &[Audience::Organisation(self.tenant)]).await;
        }
    }

    async fn tell_presence(&mut self) {
        let now = presence::members(&self.app, self.tenant).await;
        let before = std::mem::replace(&mut self.members, now.clone());
        let channel = Channel { form: Form::Presence, audience: Audience::Organisation(self.tenant) };
        for (user, shown) in now.iter().filter(|(user, _)| !before.contains_key(user)) {
            let info: Json = serde_json::from_str(shown).unwrap_or_default();
            let data = json!({ "user_id": user.to_string(), "user_info": info });
            self.send_presence("pusher_internal:member_added", channel, *user, &data).await;
        }
        for user in before.keys().filter(|user| !now.contains_key(user)) {
            let data = json!({ "user_id": user.to_string() });
            self.send_presence("pusher_internal:member_removed", channel, *user, &data).await;
        }
    }

    async fn send_presence(&mut self, name: &str, channel: Channel, user: UserId, data: &Json) {
        let frames = vec![(channel, frame(name, channel, &data.to_string()))];
        self.send(Told { model: None, except: Some(user), frames }).await;
    }

    async fn tell(&mut self, event: &Event, to: &[Audience]) {
        let mut frames = Vec::new();
        let payload = event.payload();
        for audience in to {
            let sequence = self.count(*audience);
            let mut data = payload.clone();
            data["seq"] = sequence.into();
            data["epoch"] = epoch_text(self.epoch).into();
            let text = data.to_string();
            frames.extend(audience.channels().map(|channel| (channel, frame(event.name(), channel, &text))));
        }
        let is_own = to.iter().all(|audience| matches!(audience, Audience::User(_)));
        // What is told to one user alone is theirs, whatever their groups may read.
        let model = (!is_own).then(|| event.model().to_owned());
        self.send(Told { model, except: None, frames }).await;
    }

    fn count(&mut self, audience: Audience) -> u64 {
        if matches!(audience, Audience::Organisation(_)) {
            self.sequence += 1;
            self.open.send_replace(Some(Position { epoch: self.epoch, sequence: self.sequence }));
            return self.sequence;
        }
        let sequence = self.sequences.entry(audience).or_default();
        *sequence += 1;
        *sequence
    }

    async fn send(&mut self, told: Told) {
        // Nobody in it is no failure.
        let _ = self.heard.send(Heard::Told(Arc::new(told)));
        self.burst += 1;
        if self.burst >= BURST_MAX {
            self.burst = 0;
            tokio::time::sleep(BURST_PAUSE).await;
        }
    }
}

/// A message of the protocol: its data is a text that holds JSON.
fn frame(name: &str, channel: Channel, data: &str) -> Bytes {
    json!({ "event": name, "channel": channel.to_string(), "data": data }).to_string().into()
}

/// An epoch as clients compare it.
pub(super) fn epoch_text(epoch: u64) -> String {
    format!("{epoch:x}")
}

/// Whose own channel a change is told on, besides.
fn concerned(change: &RecordChange) -> Option<Audience> {
    match change.model.as_str() {
        USER_MODEL => user_of(change.id).map(Audience::User),
        EXTENSION_MODEL => Some(Audience::Extension(change.id)),
        _ => None,
    }
}

fn user_of(record: RecordId) -> Option<UserId> {
    UserId::new(record.get()).ok()
}

fn changed<'a>(changes: &'a [Event], model: &'a str) -> impl Iterator<Item = RecordId> + 'a {
    changes.iter().filter_map(move |event| match event {
        Event::Record(change) if change.model == model && change.deed != Deed::Deleted => Some(change.id),
        _ => None,
    })
}

/// The calls that go on now, the newest first.
pub(super) async fn live_calls(
    tx: &mut Tx,
    now: Timestamp,
    count_max: usize,
) -> Result<Vec<CallFacts>, ReadError> {
    let since = now - switchboard::CALL_AGE_MAX;
    let domain = Domain::eq("ended_at", Value::Null).and(Domain::gt("started_at", since));
    let search = Search { limit: count_max, ..Search::default() };
    let rows = tx.search(events::CALL_MODEL, &domain, search).await?;
    let ids: Vec<RecordId> = rows.into_iter().map(|row| row.id).collect();
    let mut calls = Vec::new();
    for ids in ids.chunks(events::CALLS_MAX) {
        calls.extend(events::facts(tx, ids).await?);
    }
    Ok(calls)
}
