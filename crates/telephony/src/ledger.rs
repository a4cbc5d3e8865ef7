//! The ledger of a call: the set of its entries, and the row, legs and timeline that follow from it.
//!
//! The set is the one truth. Entries may come late, twice or in any order; what is folded from them is the
//! same, because the fold sees them sorted and sees each step once.

mod hearing;
mod stored;

use crate::entry::{Entry, Opening};
use crate::news::News;
use jiff::Timestamp;
use opbx_routing::{
    Account, Action, Change, DialResult, Direction, Ending, Event, Fate, PinEntry, Prompt, Reason, Target,
    VoicemailId,
};

/// The most entries kept of one call. A call that goes on beyond is ended by the core's own bounds long before.
pub const ENTRIES_MAX: usize = 2_000;

/// The entries of one call, each step once, in order; and what the engine told of it beside the conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    entries: Vec<Entry>,
    news: News,
}

impl Ledger {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds an entry. Of two that claim the same step, the one that brings a message stays,
    /// else the one decided first, whichever is told first.
    ///
    /// Tells whether anything changed.
    pub fn add(&mut self, entry: Entry) -> bool {
        match self.entries.binary_search_by_key(&entry.step, |known| known.step) {
            Err(at) if self.entries.len() < ENTRIES_MAX => {
                self.entries.insert(at, entry);
                true
            }
            Err(_) => false,
            Ok(at) => {
                let known = &mut self.entries[at];
                let earlier = precedence(&entry) < precedence(known);
                if earlier {
                    *known = entry;
                }
                earlier
            }
        }
    }

    pub fn news(&self) -> &News {
        &self.news
    }

    /// Takes over news of the call. Tells whether anything changed.
    pub fn hear(&mut self, news: News) -> bool {
        self.news.join(news)
    }

    /// Takes over all that another ledger of the same call holds. Tells whether anything changed.
    pub fn absorb(&mut self, other: Self) -> bool {
        let mut changed = self.hear(other.news);
        for entry in other.entries {
            changed |= self.add(entry);
        }
        changed
    }

    /// What the entries and news come to; nothing where there are none.
    pub fn sheet(&self) -> Option<CallSheet> {
        let mut sheet = match self.entries.first() {
            Some(first) => CallSheet::opened(first),
            None => CallSheet::told(&self.news)?,
        };
        for entry in &self.entries {
            sheet.take(entry);
        }
        sheet.hear(&self.news);
        Some(sheet)
    }
}

/// Which of two entries for one step counts: one that brings a message, which must not be lost because the engine went
/// on before it told of it; then the earlier; at the same instant, the older plan's; then the smaller text, only to be
/// the same everywhere.
fn precedence(entry: &Entry) -> (bool, Timestamp, i64, String) {
    let brings_message = matches!(&entry.event, Event::Recorded(recording) if recording.url.is_some());
    let text = format!("{:?} {:?} {}", entry.event, entry.facts, entry.core_version);
    (!brings_message, entry.at(), entry.plan_version, text)
}

/// A call's row with its legs and timeline, ready to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct CallSheet {
    pub opening: Opening,
    pub status: CallStatus,
    pub ending: Option<Ending>,
    pub started_at: Timestamp,
    /// When it was first answered: as the engine tells, else when the phone that answered began to ring.
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// As the engine counts it, else from its first to its last moment.
    pub duration_s: Option<i64>,
    /// Of it, from the answer on.
    pub billsec_s: Option<i64>,
    /// In ten-thousandths of the currency's unit.
    pub cost: Option<i64>,
    /// How long what was recorded of the conversation is kept, by whoever decided; none leaves it to the tenant.
    pub recording_days: Option<u16>,
    /// The engine's own word for the state of the call, and since when.
    pub engine: Option<(&'static str, Timestamp)>,
    /// The one extension or number that answered; empty when nobody did or the engine did not say which of several.
    pub answered_by: Option<String>,
    /// Of the first step, where there was one.
    pub plan_version: Option<i64>,
    pub core_version: Option<String>,
    pub steps: u32,
    pub legs: Vec<Leg>,
    pub timeline: Vec<Moment>,
    /// Voicemail messages that the caller left.
    pub messages: Vec<Message>,
    pub trace: Vec<Reason>,
    /// The box whose greeting the caller hears now.
    leaving_in: Option<VoicemailId>,
}

/// A voicemail message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// From 1, within the call.
    pub sequence: u32,
    pub mailbox: VoicemailId,
    pub left_at: Timestamp,
    /// Where the engine keeps the recording.
    pub url: String,
    pub length_s: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStatus {
    Initiated,
    Ringing,
    Answered,
    Completed,
    Busy,
    NoAnswer,
    Failed,
    Canceled,
}

/// One party that was rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// On whose account it leaves the company; none for what stays inside.
    pub outside: Option<Account>,
    /// From 1, in the order of ringing.
    pub sequence: u32,
    pub target: String,
    pub status: LegStatus,
    pub started_at: Timestamp,
    /// Of a leg that answered; when it began to ring, where the engine did not tell.
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegStatus {
    Ringing,
    Answered,
    NoAnswer,
    Busy,
    Failed,
    Canceled,
    /// The dial is over, and the engine did not say what became of this leg.
    Unknown,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// From 1.
    pub sequence: u32,
    pub at: Timestamp,
    pub kind: MomentKind,
    /// The numbers rung, or the code of a result or ending.
    pub detail: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentKind {
    Started,
    Ringing,
    DialEnded,
    Said,
    Played,
    Asked,
    KeysPressed,
    PinEntered,
    Joined,
    Recording,
    Recorded,
    Changed,
    Answered,
    Ended,
}

impl CallSheet {
    fn opened(first: &Entry) -> Self {
        let opening = first.opening.clone().unwrap_or_else(unknown_opening);
        Self {
            plan_version: Some(first.plan_version),
            core_version: Some(first.core_version.clone()),
            ..Self::blank(opening, first.at())
        }
    }

    /// A call of which nothing but its beginning is known.
    fn blank(opening: Opening, started_at: Timestamp) -> Self {
        Self {
            opening,
            status: CallStatus::Initiated,
            ending: None,
            started_at,
            answered_at: None,
            ended_at: None,
            duration_s: None,
            billsec_s: None,
            cost: None,
            recording_days: None,
            engine: None,
            answered_by: None,
            plan_version: None,
            core_version: None,
            steps: 0,
            legs: Vec::new(),
            timeline: Vec::new(),
            messages: Vec::new(),
            trace: Vec::new(),
            leaving_in: None,
        }
    }

    fn take(&mut self, entry: &Entry) {
        let at = entry.at();
        self.steps = entry.step;
        match &entry.event {
            Event::Arrived => self.tell(at, MomentKind::Started, Vec::new()),
            Event::DialEnded(result) => self.end_dial(at, *result),
            Event::CallerLeft => self.end_ringing_legs(at, LegStatus::Canceled),
            Event::KeysPressed(keys) => {
                let pressed = [keys.as_str()].into_iter().filter(|keys| !keys.is_empty());
                self.tell(at, MomentKind::KeysPressed, pressed.map(str::to_owned).collect());
            }
            Event::PinEntered(entry) => {
                self.tell(at, MomentKind::PinEntered, vec![pin_word(*entry).to_owned()]);
            }
            Event::Recorded(recording) => {
                let length = recording.length_s.map(|length_s| length_s.to_string());
                self.tell(at, MomentKind::Recorded, length.into_iter().collect());
                self.keep_message(at, recording);
            }
        }
        let account = entry.trace.iter().rev().find_map(|reason| match reason {
            Reason::OutsideRung { account, .. } => Some(*account),
            _ => None,
        });
        for action in &entry.actions {
            self.obey(at, action, account);
        }
        for reason in &entry.trace {
            if let Reason::Ended { ending } = reason {
                self.end(at, *ending);
            }
        }
        self.trace.extend(entry.trace.iter().cloned());
    }

    fn obey(&mut self, at: Timestamp, action: &Action, account: Option<Account>) {
        match action {
            Action::Say(text) => self.tell(at, MomentKind::Said, vec![text.to_string()]),
            Action::Dial(dial) => {
                self.status = CallStatus::Ringing;
                self.recording_days =
                    dial.record.and_then(|record| record.retention_days).or(self.recording_days);
                let numbers = dial.targets.iter().map(|target| target.number().to_string()).collect();
                self.tell(at, MomentKind::Ringing, numbers);
                for target in &dial.targets {
                    self.ring(at, target, account);
                }
            }
            Action::Play(prompt) => self.tell(at, MomentKind::Played, vec![prompt.to_string()]),
            Action::Gather(gather) => {
                let prompts = gather.prompts.iter().map(Prompt::to_string).collect();
                self.tell(at, MomentKind::Asked, prompts);
            }
            Action::Join(join) => {
                self.answered_at.get_or_insert(at);
                self.tell(at, MomentKind::Joined, vec![join.room.to_string()]);
            }
            Action::Record(record) => {
                self.leaving_in = Some(record.mailbox);
                self.tell(at, MomentKind::Recording, vec![record.mailbox.to_string()]);
            }
            Action::Change(change) => self.tell(at, MomentKind::Changed, changed(change)),
            // How a call ended stands in the trace; the hang-up only carries it out.
            Action::Hangup | Action::Reject(_) => {}
        }
    }

    fn ring(&mut self, at: Timestamp, target: &Target, account: Option<Account>) {
        self.legs.push(Leg {
            outside: account.filter(|_| matches!(target, Target::Outside { .. })),
            sequence: self.legs.len() as u32 + 1,
            target: target.number().to_string(),
            status: LegStatus::Ringing,
            started_at: at,
            answered_at: None,
            ended_at: None,
        });
    }

    fn keep_message(&mut self, at: Timestamp, recording: &opbx_routing::Recording) {
        let (Some(mailbox), Some(url)) = (self.leaving_in.take(), &recording.url) else { return };
        self.messages.push(Message {
            sequence: self.messages.len() as u32 + 1,
            mailbox,
            left_at: at,
            url: url.to_string(),
            length_s: recording.length_s,
        });
    }

    fn end_dial(&mut self, at: Timestamp, result: DialResult) {
        self.tell(at, MomentKind::DialEnded, vec![result.as_str().to_owned()]);
        let ringing = self.legs.iter().filter(|leg| leg.ended_at.is_none()).count();
        let status = match result {
            DialResult::Completed if ringing == 1 => LegStatus::Answered,
            DialResult::Completed | DialResult::Unknown => LegStatus::Unknown,
            DialResult::Busy => LegStatus::Busy,
            DialResult::Canceled => LegStatus::Canceled,
            DialResult::Failed => LegStatus::Failed,
            DialResult::NoAnswer => LegStatus::NoAnswer,
        };
        if status == LegStatus::Answered {
            self.answered_by = self.legs.last().map(|leg| leg.target.clone());
        }
        if result == DialResult::Completed {
            let rang_at = self.legs.iter().find(|leg| leg.ended_at.is_none()).map(|leg| leg.started_at);
            self.answered_at = self.answered_at.or(rang_at);
        }
        self.end_ringing_legs(at, status);
    }

    fn end_ringing_legs(&mut self, at: Timestamp, status: LegStatus) {
        for leg in self.legs.iter_mut().filter(|leg| leg.ended_at.is_none()) {
            leg.status = status;
            leg.ended_at = Some(at);
            leg.answered_at = (status == LegStatus::Answered).then_some(leg.started_at);
        }
    }

    fn end(&mut self, at: Timestamp, ending: Ending) {
        self.ending = Some(ending);
        self.ended_at = Some(at);
        // Where the engine told something else than how a dial ended, nothing rings any more all the same.
        self.end_ringing_legs(at, LegStatus::Unknown);
        let last_was_busy = self.legs.last().is_some_and(|leg| leg.status == LegStatus::Busy);
        self.status = match ending {
            Ending::Completed | Ending::Served => CallStatus::Completed,
            Ending::CallerLeft => CallStatus::Canceled,
            Ending::NoAnswer if last_was_busy => CallStatus::Busy,
            Ending::NoAnswer | Ending::MessageLeft | Ending::NoMessage => CallStatus::NoAnswer,
            Ending::NotFound
            | Ending::Unavailable
            | Ending::Misconfigured
            | Ending::NotBuilt
            | Ending::Refused
            | Ending::NoChoice
            | Ending::ResultUnknown
            | Ending::HungUp
            | Ending::Blocked
            | Ending::Unexpected => CallStatus::Failed,
        };
        self.tell(at, MomentKind::Ended, vec![ending.as_str().to_owned()]);
    }

    fn tell(&mut self, at: Timestamp, kind: MomentKind, detail: Vec<String>) {
        let sequence = self.timeline.len() as u32 + 1;
        self.timeline.push(Moment { sequence, at, kind, detail });
    }

    /// The number of the company that was called, where one was.
    pub fn number(&self) -> Option<&str> {
        self.trace.iter().find_map(|reason| match reason {
            Reason::NumberDialled { number, .. } | Reason::NumberInactive { number, .. } => Some(&**number),
            _ => None,
        })
    }

    /// The first group that was rung, by the name that it had.
    pub fn ring_group(&self) -> Option<&str> {
        self.trace.iter().find_map(|reason| match reason {
            Reason::GroupOrder { group, .. } | Reason::GroupAttempt { group, .. } => Some(&**group),
            _ => None,
        })
    }

    /// How long the caller waited: until somebody answered, else until the end. None while that is to be seen.
    pub fn wait_s(&self) -> Option<i64> {
        let until = self.answered_at.or(self.ended_at)?;
        Some(until.duration_since(self.started_at).as_secs().max(0))
    }

    /// `inbound`, `internal` or `outbound`, as people sort their calls.
    pub fn direction(&self) -> &'static str {
        let leaves = |reason: &Reason| {
            matches!(
                reason,
                Reason::OutboundRefused { .. }
                    | Reason::OutboundAllowed { .. }
                    | Reason::EmergencyDialled { .. }
            )
        };
        match self.opening.direction {
            Direction::Inbound => "inbound",
            Direction::Outbound | Direction::OutboundApi => "outbound",
            Direction::Subscriber | Direction::Application if self.trace.iter().any(leaves) => "outbound",
            Direction::Subscriber | Direction::Application => "internal",
        }
    }
}

impl CallStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

impl LegStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Unknown => "unknown",
        }
    }
}

impl MomentKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ringing => "ringing",
            Self::DialEnded => "dial_ended",
            Self::Said => "said",
            Self::Played => "played",
            Self::Asked => "asked",
            Self::KeysPressed => "keys_pressed",
            Self::PinEntered => "pin_entered",
            Self::Joined => "joined",
            Self::Recording => "recording",
            Self::Recorded => "recorded",
            Self::Changed => "changed",
            Self::Answered => "answered",
            Self::Ended => "ended",
        }
    }
}

/// What a phone changed, in words: what it is, and what it is now.
fn changed(change: &Change) -> Vec<String> {
    match change {
        Change::DoNotDisturb { on, .. } => {
            vec!["do_not_disturb".to_owned(), (if *on { "on" } else { "off" }).to_owned()]
        }
        Change::Forward { when, to, .. } => {
            vec![format!("forward_{}", when.as_str()), to.as_deref().unwrap_or("off").to_owned()]
        }
        Change::Message { message, fate } => {
            vec![
                format!("message_{message}"),
                (if *fate == Fate::Heard { "heard" } else { "deleted" }).to_owned(),
            ]
        }
    }
}

fn unknown_opening() -> Opening {
    Opening {
        direction: Direction::Inbound,
        from: String::new(),
        to: String::new(),
        from_name: String::new(),
        token: None,
        session: None,
    }
}

fn pin_word(entry: PinEntry) -> &'static str {
    match entry {
        PinEntry::Nothing => "nothing",
        PinEntry::Wrong => "wrong",
        PinEntry::Participant => "participant",
        PinEntry::Host => "host",
    }
}
