//! What the fake knows: domains with their records, live sessions, recordings.

use crate::call::Played;
use crate::dice::Dice;
use crate::fault::CallFault;
use crate::script::Script;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc;

/// The most records of one kind in a domain.
pub(crate) const ROWS_MAX: usize = 10_000;
/// The most played calls, and the most sessions that are over, that are remembered.
pub(crate) const PLAYED_MAX: usize = 2_000;

pub(crate) type Row = Map<String, Json>;

/// The kinds of records that a domain has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Applications,
    Subscribers,
    Trunks,
    Dnids,
}

pub(crate) struct Domain {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) package: String,
    pub(crate) active: bool,
    pub(crate) default_application: Option<u64>,
    pub(crate) profile: Row,
    pub(crate) rows: BTreeMap<Kind, BTreeMap<u64, Row>>,
    /// When the API was asked, within the window of its limit.
    pub(crate) asked: VecDeque<Timestamp>,
    /// How many are in each conference room.
    pub(crate) rooms: BTreeMap<String, u32>,
}

impl Domain {
    pub(crate) fn is(&self, named: &str) -> bool {
        named == self.name || named == self.uuid || named.parse() == Ok(self.id)
    }

    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = (u64, &Row)> {
        self.rows.get(&kind).into_iter().flatten().map(|(id, row)| (*id, row))
    }

    /// Finds a record by its id, its UUID, or what it is called by.
    pub(crate) fn find(&self, kind: Kind, named: &str) -> Option<u64> {
        let is = |row: &Row, field: &str| row.get(field).and_then(Json::as_str) == Some(named);
        let by_id = named.parse().ok().filter(|id| self.of(kind).any(|(known, _)| known == *id));
        // A subscriber's number looks like an id, and the documentation names it by its number.
        let by_name =
            self.of(kind).find(|(_, row)| ["msisdn", "name", "uuid"].iter().any(|field| is(row, field)));
        match kind {
            Kind::Subscribers => by_name.map(|(id, _)| id).or(by_id),
            _ => by_id.or(by_name.map(|(id, _)| id)),
        }
    }

    /// The active subscriber with a number.
    pub(crate) fn subscriber(&self, msisdn: &str) -> Option<u64> {
        let mut all = self.of(Kind::Subscribers);
        all.find(|(_, row)| text(row, "msisdn") == msisdn && is_active(row)).map(|(id, _)| id)
    }

    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.profile.get(name).and_then(Json::as_str).filter(|text| !text.is_empty())
    }

    /// As the API shows it. Source: the original's reader, and "Data models/domain".
    pub(crate) fn view(&self) -> Json {
        json!({
            "id": self.id, "uuid": self.uuid, "domain": self.name, "active": self.active,
            "defaultApplication": self.default_application, "profile": self.profile, "aliases": [],
            "tenant": { "id": 1, "name": "fake", "billingPlan": { "package": { "name": self.package } } },
        })
    }
}

pub(crate) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Json::as_str).unwrap_or("")
}

pub(crate) fn is_active(row: &Row) -> bool {
    row.get("active").and_then(Json::as_bool).unwrap_or(true)
}

/// What the API tells a live call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    HangUp,
    Switch(Source),
    /// Since it was answered, in seconds.
    TimeLimit(u32),
}

/// Where the next page of a call comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Url { url: String, is_post: bool },
    Page(String),
}

/// A call as the API knows it.
pub(crate) struct Session {
    pub(crate) id: u64,
    pub(crate) domain: u64,
    pub(crate) token: String,
    pub(crate) call_id: String,
    pub(crate) caller_id: String,
    pub(crate) destination: String,
    pub(crate) direction: &'static str,
    pub(crate) subscriber: Option<u64>,
    pub(crate) status: &'static str,
    pub(crate) time_limit_s: Option<u32>,
    pub(crate) started: Timestamp,
    pub(crate) answered: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    /// How its player is told; nobody listens once it is over.
    pub(crate) tell: mpsc::Sender<Told>,
}

impl Session {
    /// As the API shows it: instants are texts there. Source: the published OpenAPI's session.
    pub(crate) fn view(&self, domain: &str) -> Json {
        let ms = |at: Option<Timestamp>| at.map(|at| at.as_millisecond().to_string());
        json!({
            "id": self.id, "token": self.token, "domainId": self.domain, "domain": domain,
            "subscriberId": self.subscriber, "destination": self.destination, "callerId": self.caller_id,
            "direction": self.direction, "status": self.status, "timeLimit": self.time_limit_s,
            "callStartTime": ms(Some(self.started)), "callAnswerTime": ms(self.answered),
            "callEndTime": ms(self.ended), "profile": {}, "vappServer": VAPP_SERVER, "callIds": [self.call_id],
        })
    }
}

pub(crate) const VAPP_SERVER: &str = "fake-vapp-1";

pub(crate) struct State {
    pub(crate) domains: BTreeMap<u64, Domain>,
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Lengths of recordings in seconds, by their names.
    pub(crate) recordings: BTreeMap<String, u32>,
    pub(crate) played: VecDeque<Played>,
    pub(crate) faults: Vec<CallFault>,
    /// How the parties behave in calls that the API begins.
    pub(crate) script: Script,
    pub(crate) ids: u64,
    pub(crate) dice: Dice,
}

impl State {
    pub(crate) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    pub(crate) fn domain(&self, named: &str) -> Option<&Domain> {
        self.domains.values().find(|domain| domain.is(named))
    }

    /// Keeps what is remembered of the past within bounds.
    pub(crate) fn forget(&mut self) {
        while self.played.len() > PLAYED_MAX {
            self.played.pop_front();
        }
        let over = self.sessions.values().filter(|session| session.ended.is_some());
        let mut over: Vec<(u64, String)> = over.map(|session| (session.id, session.token.clone())).collect();
        over.sort();
        for (_, token) in over.iter().take(over.len().saturating_sub(PLAYED_MAX)) {
            self.sessions.remove(token);
        }
        while self.recordings.len() > PLAYED_MAX {
            self.recordings.pop_first();
        }
    }
}
