//! The world around a story's calls: the clock, counters, presence, and what goes wrong.

use jiff::{SignedDuration, Timestamp};
use opbx_routing::{
    CallerRate, ExtensionId, Facts, Fate, Mailbox, MailboxPage, MailboxQuery, Message, MessageId, Presence,
    RingGroupId, Spender, Ticket, TicketClaim, Usage, VoicemailId,
};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(super) struct World {
    /// What the times of a story count from.
    pub(super) midnight: Timestamp,
    /// Whether the rotation counter answers.
    pub(super) counter: bool,
    pub(super) presence: Vec<(ExtensionId, Presence)>,
    pub(super) usage: HashMap<Spender, Usage>,
    /// How often whoever calls has called lately, this call among it.
    pub(super) rate: u32,
    pub(super) last_callers: HashMap<ExtensionId, Arc<str>>,
    /// New and saved messages of each box; the new ones are counted from 1, and the saved ones on from there.
    messages: HashMap<VoicemailId, (u32, u32)>,
    handled: Vec<Handled>,
    turns: HashMap<RingGroupId, u64>,
    /// A turn is claimed once for each call and visit, however often it is asked for.
    claimed: HashMap<(u64, TicketClaim), Ticket>,
    /// How many operations are left before one fails.
    fails_after: Option<u32>,
}

/// What somebody did with a message by phone, and in which call.
#[derive(Debug, Clone)]
struct Handled {
    call: u64,
    mailbox: VoicemailId,
    message: MessageId,
    fate: Fate,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            midnight: "2026-03-02T09:00:00Z".parse().expect("an instant"),
            counter: true,
            presence: Vec::new(),
            usage: HashMap::new(),
            rate: 1,
            last_callers: HashMap::new(),
            messages: HashMap::new(),
            handled: Vec::new(),
            turns: HashMap::new(),
            claimed: HashMap::new(),
            fails_after: None,
        }
    }

    pub(super) fn facts(&self, at: SignedDuration, draw: u64, originated: bool) -> Facts {
        let now = self.midnight.checked_add(at).unwrap_or(self.midnight);
        Facts { presence: self.presence.clone(), originated, ..Facts::at(now, draw) }
    }

    pub(super) fn fail_after(&mut self, operations: u32) {
        self.fails_after = Some(operations);
    }

    /// Whether the next operation succeeds. Only one fails.
    pub(super) fn operates(&mut self) -> bool {
        match self.fails_after {
            Some(0 | 1) => {
                self.fails_after = None;
                false
            }
            Some(left) => {
                self.fails_after = Some(left - 1);
                true
            }
            None => true,
        }
    }

    pub(super) fn claim(&mut self, call: u64, claim: TicketClaim) -> Ticket {
        if !self.operates() || !self.counter {
            return Ticket::Unavailable;
        }
        if let Some(claimed) = self.claimed.get(&(call, claim)) {
            return *claimed;
        }
        let turn = self.turns.entry(claim.group).or_default();
        let ticket = Ticket::Drawn(*turn);
        *turn += 1;
        self.claimed.insert((call, claim), ticket);
        ticket
    }

    /// What somebody has spent; nothing where that cannot be read.
    pub(super) fn usage(&mut self, spender: Spender) -> Usage {
        if self.operates() { self.usage.get(&spender).copied().unwrap_or_default() } else { Usage::default() }
    }

    /// How often the caller called; unknown where the counter does not answer.
    pub(super) fn caller_rate(&mut self) -> CallerRate {
        if self.operates() && self.counter { CallerRate::Counted(self.rate) } else { CallerRate::Unavailable }
    }

    pub(super) fn last_caller(&mut self, id: ExtensionId) -> Option<Arc<str>> {
        if self.operates() { self.last_callers.get(&id).cloned() } else { None }
    }

    /// Fills a box anew.
    pub(super) fn fill(&mut self, mailbox: VoicemailId, new: u32, saved: u32) {
        self.handled.retain(|it| it.mailbox != mailbox);
        self.messages.insert(mailbox, (new, saved));
    }

    pub(super) fn handle(&mut self, call: u64, mailbox: VoicemailId, message: MessageId, fate: Fate) {
        self.handled.push(Handled { call, mailbox, message, fate });
    }

    /// What a box holds. As in the product, what a call dealt with is not played again in it.
    pub(super) fn mailbox(&mut self, call: u64, query: MailboxQuery) -> Mailbox {
        if !self.operates() {
            return Mailbox::Unavailable;
        }
        let (new, saved) = self.messages.get(&query.mailbox).copied().unwrap_or_default();
        let handled =
            |id| self.handled.iter().filter(move |it| it.mailbox == query.mailbox && it.message == id);
        let messages = (1..=i64::from(new + saved)).filter_map(|id| MessageId::new(id).ok());
        let (saved, new): (Vec<_>, Vec<_>) = messages
            .filter(|id| !handled(*id).any(|it| it.fate == Fate::Deleted))
            .partition(|id| id.get() > i64::from(new) || handled(*id).next().is_some());
        let mut listed = if query.saved { &saved } else { &new }.iter();
        let next = listed.find(|id| Some(**id) > query.after && !handled(**id).any(|it| it.call == call));
        let next =
            next.map(|id| Message { id: *id, url: format!("https://engine.example/message/{id}").into() });
        Mailbox::Page(MailboxPage { new: new.len() as u32, saved: saved.len() as u32, next })
    }

    pub(super) fn is_seen(&mut self, id: ExtensionId, presence: Presence) {
        self.presence.retain(|(known, _)| *known != id);
        self.presence.push((id, presence));
    }
}
