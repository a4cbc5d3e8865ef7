//! The calls of one transaction: found by their names, joined where it turns out that two are one.

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
    News(News),
}

/// A call with what is known of it.
pub(super) struct Known {
    /// Its record and the version that was read, where it has one; several where two turn out to be one call. The oldest
    /// comes first.
    pub(super) records: Vec<(RecordId, i64)>,
    pub(super) ledger: Ledger,
    pub(super) changed: bool,
}

/// Calls by their names.
#[derive(Default)]
pub(super) struct Book {
    calls: Vec<(Name, Known)>,
    /// Where a call went that turned out to be another.
    moved: HashMap<usize, usize>,
    tokens: HashMap<String, usize>,
    sessions: HashMap<i64, usize>,
}

impl Name {
    pub(super) fn stored(call: &PbxCall) -> Self {
        let token = Some(&call.call_id).filter(|call_id| !call_id.starts_with(NAMELESS)).cloned();
        Self { token, session: call.session_id }
    }

    /// What the call's row is called.
    pub(super) fn call_id(&self) -> String {
        match (&self.token, self.session) {
            (Some(token), _) => token.clone(),
            (None, session) => format!("{NAMELESS}{}", session.unwrap_or_default()),
        }
    }
}

impl<'a> Piece<'a> {
    pub(crate) fn step(entry: &'a Entry) -> Self {
        let session = entry.opening.as_ref().and_then(|opening| opening.session);
        Self { name: Name { token: Some(entry.call_id.clone()), session }, what: What::Step(entry) }
    }

    pub(crate) fn news(token: Option<String>, session: Option<i64>, news: News) -> Self {
        Self { name: Name { token, session }, what: What::News(news) }
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
    pub(super) fn enter(&mut self, known: Known, name: Name) {
        let place = self.place(&name);
        let (_, there) = &mut self.calls[place];
        there.changed |= !there.records.is_empty();
        there.records.extend(known.records);
        there.records.sort_unstable();
        there.ledger.absorb(known.ledger);
    }

    /// Adds a piece to its call. Gives the call's place, and whether the piece was new to it.
    pub(super) fn add(&mut self, piece: Piece<'_>) -> (usize, bool) {
        let place = self.place(&piece.name);
        let (_, known) = &mut self.calls[place];
        let is_new = match piece.what {
            What::Step(entry) => known.ledger.add(entry.clone()),
            What::News(news) => known.ledger.hear(news),
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

    /// The place of the call with these names; two calls that they join become one.
    fn place(&mut self, name: &Name) -> usize {
        let by_token = name.token.as_ref().and_then(|token| self.tokens.get(token)).copied();
        let by_session = name.session.and_then(|session| self.sessions.get(&session)).copied();
        let place = match (by_token.map(|at| self.settled(at)), by_session.map(|at| self.settled(at))) {
            (Some(one), Some(other)) if one != other => self.join(one, other),
            (Some(place), _) | (None, Some(place)) => place,
            (None, None) => {
                let known = Known { records: Vec::new(), ledger: Ledger::default(), changed: false };
                self.calls.push((Name::default(), known));
                self.calls.len() - 1
            }
        };
        let (own, known) = &mut self.calls[place];
        let named = Name {
            token: smaller(own.token.clone(), name.token.clone()),
            session: smaller(own.session, name.session),
        };
        // A call that is stored gets its better name, even where nothing else is new.
        known.changed |= !known.records.is_empty() && named != *own;
        *own = named;
        self.tokens.extend(name.token.iter().map(|token| (token.clone(), place)));
        self.sessions.extend(name.session.map(|session| (session, place)));
        place
    }

    fn join(&mut self, one: usize, other: usize) -> usize {
        let (name, known) = &mut self.calls[other];
        let (name, records) = (std::mem::take(name), std::mem::take(&mut known.records));
        let ledger = std::mem::take(&mut known.ledger);
        self.moved.insert(other, one);
        let (own, there) = &mut self.calls[one];
        own.token = smaller(own.token.take(), name.token);
        own.session = smaller(own.session, name.session);
        there.records.extend(records);
        there.records.sort_unstable();
        there.ledger.absorb(ledger);
        there.changed = true;
        one
    }
}

/// Of two names the smaller, only to be the same whichever was told first.
fn smaller<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
