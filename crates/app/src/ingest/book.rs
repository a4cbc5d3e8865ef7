//! The calls of one transaction: found by their names, joined where it turns out that two are one.

use crate::metrics::Before;
use crate::models::PbxCall;
use opbx_kernel::{RecordId, Timestamp};
use opbx_telephony::ledger::Ledger;
use opbx_telephony::{Entry, News};
use std::collections::HashMap;

/// Stands before the engine's number in the name of a call that has no other yet.
const NAMELESS: &str = "session:";

/// By what a call is known. Of two tellings of one call, at least one of these is the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    /// The engine's name for the call, as the conversation has it.
    pub(crate) call: Option<String>,
    /// The engine's token for the session; some engines call the call by it.
    pub(crate) token: Option<String>,
    /// The engine's own number for the session.
    pub(crate) session: Option<i64>,
}

/// Something that became known of a call.
pub(crate) struct Piece<'a> {
    pub(crate) name: Name,
    pub(crate) what: What<'a>,
}

pub(crate) enum What<'a> {
    Step(&'a Entry),
    News(Box<News>),
}

/// A call with what is known of it.
pub(super) struct Known {
    /// Its record and the version that was read, where it has one; several where two turn out to be one call. The oldest
    /// comes first.
    pub(super) records: Vec<(RecordId, i64)>,
    pub(super) ledger: Ledger,
    /// The ledger as it is stored, packed; none where the call is new, or joined from several.
    pub(super) stored: Option<Vec<u8>>,
    pub(super) changed: bool,
    pub(super) before: Before,
}

/// Calls by their names.
#[derive(Default)]
pub(super) struct Book {
    calls: Vec<(Name, Known)>,
    /// Where a call went that turned out to be another.
    moved: HashMap<usize, usize>,
    /// By their names and by their tokens, which are one kind of name.
    names: HashMap<String, usize>,
    sessions: HashMap<i64, usize>,
}

impl Name {
    pub(super) fn stored(call: &PbxCall) -> Self {
        let own = Some(&call.call_id).filter(|own| !own.starts_with(NAMELESS));
        // A call that is called by its token has no other name yet, or the same.
        let own = own.filter(|own| call.session_token.as_ref() != Some(own)).cloned();
        Self { call: own, token: call.session_token.clone(), session: call.session_id }
    }

    /// What the call's row is called.
    pub(super) fn call_id(&self) -> String {
        let named = self.call.as_ref().or(self.token.as_ref());
        named.cloned().unwrap_or_else(|| format!("{NAMELESS}{}", self.session.unwrap_or_default()))
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.call.iter().chain(&self.token)
    }

    /// The two as one; of two names of one kind the smaller, only to be the same whichever was told first.
    fn joined(self, other: Self) -> Self {
        Self {
            call: smaller(self.call, other.call),
            token: smaller(self.token, other.token),
            session: smaller(self.session, other.session),
        }
    }
}

impl<'a> Piece<'a> {
    pub(crate) fn step(entry: &'a Entry) -> Self {
        let opening = entry.opening.as_ref();
        let name = Name {
            call: Some(entry.call_id.clone()),
            token: opening.and_then(|opening| opening.token.clone()),
            session: opening.and_then(|opening| opening.session),
        };
        Self { name, what: What::Step(entry) }
    }

    pub(crate) fn news(name: Name, news: News) -> Self {
        Self { name, what: What::News(Box::new(news)) }
    }

    /// The step that it is, if it is one.
    pub(super) fn entry(&self) -> Option<&'a Entry> {
        match self.what {
            What::Step(entry) => Some(entry),
            What::News(_) => None,
        }
    }

    /// When its call began, as far as it knows.
    pub(crate) fn started_at(&self) -> Option<Timestamp> {
        match &self.what {
            What::Step(entry) => Some(entry.at()),
            What::News(news) => news.started_at(),
        }
    }
}

impl Book {
    /// Enters a call that is stored.
    pub(super) fn enter(&mut self, known: Known, name: &Name) {
        let place = self.place(name);
        let (_, there) = &mut self.calls[place];
        there.changed |= !there.records.is_empty();
        there.stored = known.stored.filter(|_| there.records.is_empty());
        there.records.extend(known.records);
        there.records.sort_unstable();
        there.ledger.absorb(known.ledger);
        there.before = there.before.joined(known.before);
    }

    /// Adds a piece to its call. Gives the call's place, and whether the piece was new to it.
    pub(super) fn add(&mut self, piece: Piece<'_>) -> (usize, bool) {
        let place = self.place(&piece.name);
        let (_, known) = &mut self.calls[place];
        let is_new = match piece.what {
            What::Step(entry) => known.ledger.add(entry.clone()),
            What::News(news) => known.ledger.hear(*news),
        };
        known.changed |= is_new;
        (place, is_new)
    }

    /// The place that a call stands at in the end.
    pub(super) fn settled(&self, place: usize) -> usize {
        let mut place = place;
        // Each move goes to another place, and no place moves twice.
        while let Some(to) = self.moved.get(&place) {
            place = *to;
        }
        place
    }

    /// The calls that are left, each with its place.
    pub(super) fn calls(&self) -> impl Iterator<Item = (usize, &Name, &Known)> {
        let left = self.calls.iter().enumerate().filter(|(place, _)| !self.moved.contains_key(place));
        left.map(|(place, (name, known))| (place, name, known))
    }

    /// The place of the call with these names; calls that they join become one.
    fn place(&mut self, name: &Name) -> usize {
        let by_name = name.names().filter_map(|name| self.names.get(name)).copied();
        let by_session = name.session.and_then(|session| self.sessions.get(&session)).copied();
        let found: Vec<usize> = by_name.chain(by_session).map(|place| self.settled(place)).collect();
        let mut place = None;
        for other in found {
            place = Some(match place.map(|place| self.settled(place)) {
                Some(place) if place != self.settled(other) => self.join(place, self.settled(other)),
                _ => self.settled(other),
            });
        }
        let place = place.unwrap_or_else(|| {
            let known = Known {
                records: Vec::new(),
                ledger: Ledger::default(),
                stored: None,
                changed: false,
                before: Before::default(),
            };
            self.calls.push((Name::default(), known));
            self.calls.len() - 1
        });
        let (own, known) = &mut self.calls[place];
        let named = own.clone().joined(name.clone());
        // A call that is stored gets its better name, even where nothing else is new.
        known.changed |= !known.records.is_empty() && named != *own;
        *own = named;
        self.names.extend(name.names().map(|name| (name.clone(), place)));
        self.sessions.extend(name.session.map(|session| (session, place)));
        place
    }

    fn join(&mut self, one: usize, other: usize) -> usize {
        let (name, known) = &mut self.calls[other];
        let (name, records) = (std::mem::take(name), std::mem::take(&mut known.records));
        let (ledger, before) = (std::mem::take(&mut known.ledger), known.before);
        self.moved.insert(other, one);
        let (own, there) = &mut self.calls[one];
        *own = std::mem::take(own).joined(name);
        there.records.extend(records);
        there.records.sort_unstable();
        there.ledger.absorb(ledger);
        there.stored = None;
        there.before = there.before.joined(before);
        there.changed = true;
        one
    }
}

fn smaller<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
