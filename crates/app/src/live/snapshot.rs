//! The snapshot: how everything is now, for a client that comes, or comes back and does not know what it missed.

use super::Position;
use super::room::{epoch_text, live_calls};
use super::switchboard::{Switchboard, counts};
use crate::App;
use crate::events::{CALL_MODEL, CallFacts, CallMoment, Event};
use crate::models::PbxExtension;
use crate::sessions::Asker;
use opbx_kernel::{Code, Kind, Scope};
use opbx_platform::Domain;
use opbx_platform::access::{Deed, may};
use opbx_store::{ReadError, StoreError};
use serde_json::Value as Json;
use std::sync::Arc;

/// Calls that go on that are listed; all of them are counted, up to the switchboard's bound.
pub const CALLS_SHOWN_MAX: usize = 500;
/// Calls that are counted.
const CALLS_COUNTED_MAX: usize = 5_000;

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("the groups of this user may not read calls")]
    NotAllowed,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SnapshotError {
    pub fn code(&self) -> Code {
        match self {
            Self::NotAllowed => Code::new(Kind::Forbidden, "not_allowed"),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// How everything is now, each part as the event that tells of it has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// None where nobody listens on this node.
    pub epoch: Option<String>,
    pub seq: Option<u64>,
    pub calls: Vec<Json>,
    pub counts: Json,
    pub extensions: Vec<Json>,
}

/// The calls that go on, the states of the extensions and the counts, with the place in the events that they are at.
///
/// The place is read first: an event that comes twice changes nothing, one that is missed would.
pub async fn snapshot(app: &App, asker: &Asker) -> Result<Snapshot, SnapshotError> {
    let registry = app.store().registry();
    let allowed =
        |model: &str| registry.model(model).is_some_and(|model| may(&asker.scope, model, Deed::Read));
    if !allowed(CALL_MODEL) || !allowed("pbx.extension") {
        return Err(SnapshotError::NotAllowed);
    }
    let position = app.live().position(asker.tenant);
    let scope = Scope::system(asker.tenant, "show how calls and extensions are");
    let mut tx = app.store().read(&scope).await?;
    let calls = live_calls(&mut tx, app.clock().now(), CALLS_COUNTED_MAX).await?;
    let extensions = tx.all::<PbxExtension>(&Domain::All).await?;
    drop(tx);
    Ok(shown(position, calls, extensions))
}

fn shown(position: Option<Position>, calls: Vec<CallFacts>, extensions: Vec<PbxExtension>) -> Snapshot {
    let mut board = Switchboard::default();
    for extension in extensions {
        board.extension(extension);
    }
    let counted = counts(calls.iter());
    let calls: Vec<Arc<CallFacts>> = calls.into_iter().map(Arc::new).collect();
    for call in &calls {
        board.call(call);
    }
    let states = board.news().into_iter().map(|(state, _)| Event::ExtensionState(state).payload());
    let states: Vec<Json> = states.collect();
    let listed = calls.iter().take(CALLS_SHOWN_MAX);
    let listed: Vec<Json> =
        listed.map(|call| Event::Call(CallMoment::Updated, Arc::clone(call)).payload()).collect();
    Snapshot {
        epoch: position.map(|position| epoch_text(position.epoch)),
        seq: position.map(|position| position.sequence),
        calls: listed,
        counts: Event::LiveCalls(counted).payload(),
        extensions: states,
    }
}
