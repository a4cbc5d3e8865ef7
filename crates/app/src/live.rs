//! Live updates: what commits of any node bring is told to the sockets of this one, within moments.
//!
//! Each tenant with a socket has a room: a task that looks at what changed and tells all sockets at once. Commits of this
//! process tell it directly, those of others by the bus; the outbox, which it follows besides, holds what either lost.

pub mod channels;
mod memory;
mod presence;
mod room;
mod snapshot;
mod switchboard;
pub mod tickets;

pub use presence::MEMBERS_MAX;
pub use snapshot::{CALLS_SHOWN_MAX, Snapshot, SnapshotError, snapshot};

use crate::App;
use crate::events::CALL_MODEL;
use channels::Channel;
use opbx_cluster::{Message, Missed};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_platform::Model;
use opbx_platform::access::{Deed, Rule, may};
use presence::Here;
use room::{Notice, Room};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

/// What a socket may be behind its room before it is told that it missed something.
const ROOM_BUFFER_MAX: usize = 1_024;
/// Notices that a room has not looked at yet; what is beyond, it finds in the outbox.
const NOTICES_MAX: usize = 1_024;
/// How often this node's list of who is here is renewed.
const RENEW: Duration = Duration::from_secs(30);

/// What sockets of a room hear.
#[derive(Debug, Clone)]
pub enum Heard {
    Told(Arc<Told>),
    /// This session is over: whoever has it is let go.
    Revoked(RecordId),
    /// This user's rights may be others now.
    Recheck(UserId),
}

/// Something to be sent to whoever listens on a channel.
#[derive(Debug)]
pub struct Told {
    /// The model that a listener must be allowed to read.
    pub model: Option<String>,
    /// Whom it need not be told, for it is about themselves.
    pub except: Option<UserId>,
    /// The whole message for each channel that carries it, ready to be sent.
    pub frames: Vec<(Channel, bytes::Bytes)>,
}

/// The rooms of this node.
pub struct Live {
    rooms: Mutex<HashMap<TenantId, RoomKey>>,
    here: Here,
}

/// The way into a room.
struct RoomKey {
    notices: mpsc::Sender<Notice>,
    heard: broadcast::Sender<Heard>,
    /// The room's place once it has one, to know that nothing after it is missed.
    opened: watch::Receiver<Option<Position>>,
    /// Tells this room from another of the same tenant.
    epoch: u64,
}

/// How far a room is: a client that meets the same epoch and sequence again has missed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub epoch: u64,
    /// The number of the last event told to the whole organisation.
    pub sequence: u64,
}

impl Position {
    /// As clients read it.
    pub fn shown(self) -> serde_json::Value {
        serde_json::json!({ "epoch": room::epoch_text(self.epoch), "seq": self.sequence })
    }
}

/// A socket's ear in a room.
pub struct Feed {
    pub heard: broadcast::Receiver<Heard>,
    opened: watch::Receiver<Option<Position>>,
}

impl Feed {
    /// Waits until nothing that is committed from now on is missed. None where the room could not be opened.
    pub async fn ready(&mut self) -> Option<Position> {
        let opened = self.opened.wait_for(Option::is_some).await.ok()?;
        *opened
    }

    /// Where the room is now.
    pub fn position(&self) -> Option<Position> {
        *self.opened.borrow()
    }
}

/// The models of which somebody may read every record: of others they hear nothing, for nobody asks the database
/// whether this one is among theirs.
pub fn readable(app: &App, scope: &Scope) -> HashSet<String> {
    let models = app
        .store()
        .registry()
        .models()
        .filter(|model| may(scope, model, Deed::Read) && !is_narrowed(model, scope));
    models.map(|model| model.name.to_string()).collect()
}

/// Whether record rules show somebody only some of the records that their groups may read.
fn is_narrowed(model: &Model, scope: &Scope) -> bool {
    let binds = |rule: &&Rule| {
        rule.deeds.allow(Deed::Read) && rule.groups.iter().any(|group| scope.groups().contains(group))
    };
    let mut rules = model.rules.iter().filter(binds).peekable();
    let is_whole = |rule: &Rule| rule.domain.as_array().is_some_and(Vec::is_empty);
    rules.peek().is_some() && !rules.any(is_whole)
}

impl Live {
    pub(crate) fn new() -> Self {
        Self { rooms: Mutex::default(), here: Here::default() }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<TenantId, RoomKey>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a tenant's room, opening it where nobody was in it.
    pub fn join(&self, app: &App, tenant: TenantId) -> Feed {
        let mut rooms = self.rooms();
        let key = rooms.entry(tenant).or_insert_with(|| {
            let (notices, noticed) = mpsc::channel(NOTICES_MAX);
            let heard = broadcast::Sender::new(ROOM_BUFFER_MAX);
            let (open, opened) = watch::channel(None);
            let epoch = u64::from_le_bytes(crate::entropy::bytes()) >> 12;
            tokio::spawn(Room::new(app.clone(), tenant, epoch, heard.clone(), open).run(noticed));
            RoomKey { notices, heard, opened, epoch }
        });
        Feed { heard: key.heard.subscribe(), opened: key.opened.clone() }
    }

    /// Where a tenant's room on this node is; none where nobody is in it.
    pub fn position(&self, tenant: TenantId) -> Option<Position> {
        self.rooms().get(&tenant).and_then(|key| *key.opened.borrow())
    }

    /// Closes a room that nobody is in any more; whether it did.
    fn close(&self, tenant: TenantId, epoch: u64) -> bool {
        let mut rooms = self.rooms();
        let is_empty =
            rooms.get(&tenant).is_some_and(|key| key.epoch == epoch && key.heard.receiver_count() == 0);
        if is_empty {
            rooms.remove(&tenant);
        }
        is_empty
    }

    /// Takes a room away whose task could not go on: those in it are let go, and open it anew.
    fn give_up(&self, tenant: TenantId, epoch: u64) {
        let mut rooms = self.rooms();
        if rooms.get(&tenant).is_some_and(|key| key.epoch == epoch) {
            rooms.remove(&tenant);
        }
    }

    fn notice(&self, tenant: TenantId, notice: Notice) {
        if let Some(key) = self.rooms().get(&tenant) {
            // A room that is behind finds it in the outbox.
            let _ = key.notices.try_send(notice);
        }
    }

    fn notice_all(&self, notice: &Notice) {
        for key in self.rooms().values() {
            let _ = key.notices.try_send(notice.clone());
        }
    }

    fn hear(&self, tenant: TenantId, heard: Heard) {
        if let Some(key) = self.rooms().get(&tenant) {
            // Nobody in it is no failure.
            let _ = key.heard.send(heard);
        }
    }
}

/// Passes on what this process and the other nodes committed to the rooms that it is for.
pub(crate) async fn keep_noticing(app: App) {
    let mut published = app.store().published();
    let mut bus = app.cluster().bus().subscribe();
    let mut renew = interval(RENEW);
    renew.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.stopped() => return,
            commit = published.recv() => match commit {
                Ok(commit) => {
                    let calls = calls_of(&commit.unordered);
                    app.live().notice(commit.tenant, Notice::Committed { calls, ordered: commit.ordered });
                }
                Err(RecvError::Lagged(_)) => app.live().notice_all(&Notice::anything()),
                Err(RecvError::Closed) => return,
            },
            message = bus.recv() => match message {
                Ok(message) => pass_on(app.live(), message),
                Err(Missed::Lagged) => {
                    app.live().notice_all(&Notice::anything());
                    app.live().notice_all(&Notice::Presence);
                }
                Err(Missed::Closed) => return,
            },
            _ = renew.tick() => {
                app.cluster().presence().renew().await;
                // Those of nodes that died are gone by and by, and nobody tells.
                app.live().notice_all(&Notice::Presence);
            }
        }
    }
}

fn pass_on(live: &Live, message: Message) {
    match message {
        Message::Committed { tenant, calls } => {
            live.notice(tenant, Notice::Committed { calls, ordered: true });
        }
        Message::SessionRevoked { tenant, session } => live.hear(tenant, Heard::Revoked(session)),
        Message::PresenceMoved { tenant } => live.notice(tenant, Notice::Presence),
        Message::PlanChanged { .. } => {}
    }
}

/// Tells the other nodes what this one committed. Beside the noticing: a Redis that is slow must not slow down this node.
pub(crate) async fn keep_telling_others(app: App) {
    if !app.cluster().bus().is_shared() {
        return;
    }
    let mut published = app.store().published();
    loop {
        let commit = tokio::select! {
            () = app.stopped() => return,
            commit = published.recv() => commit,
        };
        match commit {
            Ok(commit) => {
                let calls = calls_of(&commit.unordered);
                let message = Message::Committed { tenant: commit.tenant, calls };
                app.cluster().bus().tell_others(&message).await;
            }
            // The other nodes follow the outbox besides.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn calls_of(records: &[(String, RecordId)]) -> Vec<RecordId> {
    records.iter().filter(|(model, _)| model == CALL_MODEL).map(|(_, id)| *id).collect()
}
