//! The switchboard: a tenant's calls that go on now, and what each extension does because of them.

use crate::events::{CallFacts, ExtensionState, LiveCalls, Presence};
use crate::models::PbxExtension;
use opbx_kernel::{RecordId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Calls that go on at once and are looked at; what is beyond is told, and counts for no extension.
pub(super) const CALLS_MAX: usize = 5_000;
/// A call that nobody ended after so long was ended without OPBX hearing of it.
pub(super) const CALL_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Default)]
pub(super) struct Switchboard {
    calls: HashMap<RecordId, Arc<CallFacts>>,
    extensions: HashMap<RecordId, Extension>,
    /// Whose state may be another.
    touched: HashSet<RecordId>,
    told: Option<LiveCalls>,
}

struct Extension {
    number: String,
    user: Option<RecordId>,
    do_not_disturb: bool,
    told: Option<(Presence, u32)>,
}

impl Switchboard {
    /// Takes an extension as it is now.
    pub(super) fn extension(&mut self, row: PbxExtension) {
        self.touched.insert(row.id);
        let told = self.extensions.remove(&row.id).and_then(|known| known.told);
        let (number, user, do_not_disturb) = (row.number, row.user, row.do_not_disturb);
        self.extensions.insert(row.id, Extension { number, user, do_not_disturb, told });
    }

    pub(super) fn forget_extension(&mut self, id: RecordId) {
        self.extensions.remove(&id);
    }

    /// Takes a call as it is now; an older telling of it than the known one changes nothing.
    pub(super) fn call(&mut self, call: &Arc<CallFacts>) {
        if let Some(known) = self.calls.get(&call.id) {
            if known.version > call.version {
                return;
            }
            self.touched.extend(known.extensions());
        }
        self.touched.extend(call.extensions());
        if call.ended_at.is_some() {
            self.calls.remove(&call.id);
        } else if self.calls.len() < CALLS_MAX || self.calls.contains_key(&call.id) {
            self.calls.insert(call.id, Arc::clone(call));
        }
    }

    /// Lets go of calls whose end nobody told.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        let old: Vec<RecordId> =
            self.calls.values().filter(|call| is_old(call, now)).map(|call| call.id).collect();
        for id in old {
            self.touched.extend(self.calls.remove(&id).map(|call| call.extensions()).unwrap_or_default());
        }
    }

    /// The states that are others than those told last; each is told now.
    pub(super) fn news(&mut self) -> Vec<(ExtensionState, Option<RecordId>)> {
        let mut touched: Vec<RecordId> = std::mem::take(&mut self.touched).into_iter().collect();
        touched.sort_unstable();
        let mut news = Vec::new();
        for id in touched {
            let Some(extension) = self.extensions.get(&id) else { continue };
            let now = self.state(id, extension.do_not_disturb);
            let Some(extension) = self.extensions.get_mut(&id) else { continue };
            if extension.told.replace(now) != Some(now) {
                let (state, calls) = now;
                let number = extension.number.clone();
                news.push((ExtensionState { id, number, state, calls }, extension.user));
            }
        }
        news
    }

    /// The counts, where they are others than those told last; they are told now.
    pub(super) fn new_counts(&mut self) -> Option<LiveCalls> {
        let now = counts(self.calls.values().map(|call| &**call));
        (self.told.replace(now) != Some(now)).then_some(now)
    }

    fn state(&self, id: RecordId, do_not_disturb: bool) -> (Presence, u32) {
        let parts: Vec<Presence> = self.calls.values().filter_map(|call| part(call, id)).collect();
        let state = if parts.contains(&Presence::Busy) {
            Presence::Busy
        } else if parts.contains(&Presence::Ringing) {
            Presence::Ringing
        } else if do_not_disturb {
            Presence::DoNotDisturb
        } else {
            Presence::Idle
        };
        (state, parts.len() as u32)
    }
}

pub(super) fn is_old(call: &CallFacts, now: Timestamp) -> bool {
    now.duration_since(call.started_at).unsigned_abs() > CALL_AGE_MAX
}

/// How many calls go on.
pub(super) fn counts<'a>(calls: impl Iterator<Item = &'a CallFacts>) -> LiveCalls {
    let mut counts = LiveCalls::default();
    for call in calls {
        counts.active += 1;
        match call.status.as_str() {
            "ringing" => counts.ringing += 1,
            "answered" => counts.answered += 1,
            _ => {}
        }
        match call.direction.as_str() {
            "inbound" => counts.inbound += 1,
            "outbound" => counts.outbound += 1,
            _ => counts.internal += 1,
        }
    }
    counts
}

/// What an extension does in a call that goes on; none where it is no part of it now.
pub(super) fn part(call: &CallFacts, id: RecordId) -> Option<Presence> {
    if call.from_extension_id == Some(id) || call.extension_id == Some(id) {
        return Some(Presence::Busy);
    }
    let own = |leg: &&crate::events::LegFacts| leg.extension_id == Some(id) && leg.ended_at.is_none();
    let leg = call.legs.iter().rfind(own)?;
    match leg.status.as_str() {
        "answered" => Some(Presence::Busy),
        // Once the call is answered nobody else rings any more, and of one leg it is clear whose answer it was.
        "ringing" if call.status == "answered" => {
            let open = call.legs.iter().filter(|leg| leg.ended_at.is_none()).count();
            // A menu answers before anybody is rung: of several who ring since then, none has answered yet.
            let is_rung_since =
                leg.started_at.zip(call.answered_at).is_some_and(|(rung, answered)| rung > answered);
            match call.answered_by {
                None if open == 1 => Some(Presence::Busy),
                None if is_rung_since => Some(Presence::Ringing),
                _ => None,
            }
        }
        "ringing" => Some(Presence::Ringing),
        _ => None,
    }
}
