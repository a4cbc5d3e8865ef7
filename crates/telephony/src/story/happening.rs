//! What happens in a story, as its lines say it: events of a call, and what changes around it.

use super::scene::is_setting;
use super::words::{Words, count, seconds};
use opbx_routing::{DialResult, Direction, Event, Keys, PinEntry, Recording, Zone};
use std::fmt;
use std::sync::Arc;

/// Where a story's messages are kept.
const RECORDING_URL: &str = "https://engine.example/message";

/// An event of a call, with its time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happening {
    Arrives(Arrival),
    /// One of the phones that ring is picked up. The engine tells of it only when the conversation is over.
    Answered(String),
    /// What rings has rung for as long as it should.
    RingTimeOut,
    Told(Event),
    /// The engine tells the last event once more, and hears the same.
    Repeated,
    /// The answer to the last event was lost with what was kept of it: the engine asks again, and it is decided again.
    AskedAgain,
    /// The process that knew the call is gone; another reads its state.
    ProcessDied,
    /// Something else is told of the step that the last event was, too late.
    Late(Event),
    /// Something is told that does not fit where the call stands.
    Stray(Event),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrival {
    pub(crate) direction: Direction,
    /// Whether OPBX itself started the call.
    pub(crate) originated: bool,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What changes around a call, without a time of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Aside {
    /// The instant that the times of the lines count from.
    At(jiff::Timestamp),
    Presence(String, opbx_routing::Presence),
    /// Outside calls going on, and minutes of today. `None` is the company.
    Usage(Option<String>, opbx_routing::Usage),
    /// How often whoever calls has called lately, this call among it.
    Rate(u32),
    /// Who last called an extension from outside.
    LastCaller(String, String),
    /// New and saved messages of a box.
    Messages(String, u32, u32),
    /// Whether the counters answer.
    Counter(bool),
    /// Of what the driver does, the one this many further on fails: a claim, a reading, the journal, the answer.
    Fails(u32),
    /// A line of the scene that changes the company from now on.
    Now(String),
}

/// The words for each direction, and whether OPBX started the call.
const ARRIVALS: [(&str, Direction, bool); 6] = [
    ("call", Direction::Inbound, false),
    ("dial", Direction::Subscriber, false),
    ("application", Direction::Application, false),
    ("outbound", Direction::Outbound, false),
    ("api", Direction::OutboundApi, false),
    ("originate", Direction::OutboundApi, true),
];

const EVENTS: &str = "call, dial, application, outbound, api or originate FROM -> TO; answer 1001, timeout, no answer, \
     busy, fails, hangup, no result, caller hangs up, caller leaves; keys 1, no keys; pin right, pin host, pin wrong, \
     no pin; message 12s, no message; repeat, asks again, process dies; late EVENT, stray EVENT";

impl Happening {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if let Some(number) = text.strip_prefix("answer ") {
            return Ok(Self::Answered(number.trim().to_owned()));
        }
        if let Some(late) = text.strip_prefix("late ") {
            return Ok(Self::Late(event(late)?));
        }
        if let Some(stray) = text.strip_prefix("stray ") {
            return Ok(Self::Stray(event(stray)?));
        }
        match text {
            "timeout" => Ok(Self::RingTimeOut),
            "repeat" => Ok(Self::Repeated),
            "asks again" => Ok(Self::AskedAgain),
            "process dies" => Ok(Self::ProcessDied),
            _ => match Arrival::read(text) {
                Some(arrival) => Ok(Self::Arrives(arrival)),
                None => event(text).map(Self::Told),
            },
        }
    }
}

impl Arrival {
    /// `call +15550100 -> sales`; without a number before the arrow the caller withholds it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (head, to) = text.split_once("->")?;
        let (word, from) = head.trim().split_once(' ').unwrap_or((head.trim(), ""));
        let (_, direction, originated) = ARRIVALS.into_iter().find(|(known, ..)| *known == word)?;
        Some(Self { direction, originated, from: from.trim().to_owned(), to: to.trim().to_owned() })
    }
}

fn event(text: &str) -> Result<Event, String> {
    let mut words = Words::of(text)?;
    let told = match (words.bare().unwrap_or(""), words.bare()) {
        ("busy", None) => Event::DialEnded(DialResult::Busy),
        ("fails", None) => Event::DialEnded(DialResult::Failed),
        ("hangup", None) => Event::DialEnded(DialResult::Completed),
        ("no", Some("answer")) => Event::DialEnded(DialResult::NoAnswer),
        ("no", Some("result")) => Event::DialEnded(DialResult::Unknown),
        ("no", Some("keys")) => Event::KeysPressed(Keys::new("")),
        ("no", Some("pin")) => Event::PinEntered(PinEntry::Nothing),
        ("no", Some("message")) => Event::Recorded(Recording::default()),
        ("keys", Some(keys)) => Event::KeysPressed(Keys::new(keys)),
        ("pin", Some("right")) => Event::PinEntered(PinEntry::Participant),
        ("pin", Some("host")) => Event::PinEntered(PinEntry::Host),
        ("pin", Some("wrong")) => Event::PinEntered(PinEntry::Wrong),
        ("message", None) => Event::Recorded(message(None)),
        ("message", Some(length)) => {
            let length =
                seconds(length).ok_or_else(|| format!("{length:?} is no length: expected like 12s"))?;
            Event::Recorded(message(Some(length.into())))
        }
        ("arrives", None) => Event::Arrived,
        ("caller", Some("leaves")) => Event::CallerLeft,
        ("caller", Some("hangs")) => {
            words.must("up")?;
            Event::DialEnded(DialResult::Canceled)
        }
        _ => return Err(format!("{text:?} is no event; a story may tell: {EVENTS}")),
    };
    words.finished("this event", "nothing more")?;
    Ok(told)
}

pub(crate) fn message(length_s: Option<u32>) -> Recording {
    Recording { url: Some(Arc::from(RECORDING_URL)), length_s }
}

impl Aside {
    /// Reads a line that has no time; `None` where it is none of these. A date is read by the clock of `zone`.
    pub(super) fn read(line: &str, zone: &Zone) -> Option<Result<Self, String>> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match word {
            "at" => at(rest, zone),
            "presence" => presence(rest),
            "usage" => usage(rest),
            "rate" => rate(rest),
            "last" => last_caller(rest),
            "messages" => messages(rest),
            "with" if rest == "counter" => Ok(Self::Counter(true)),
            "without" if rest == "counter" => Ok(Self::Counter(false)),
            "operation" => fails(rest),
            "now" if is_setting(rest) => Ok(Self::Now(rest.to_owned())),
            "now" => Err(format!("{rest:?} changes nothing: expected a line of the scene")),
            _ => return None,
        })
    }
}

fn at(rest: &str, company: &Zone) -> Result<Aside, String> {
    let mut words = Words::of(rest)?;
    let (date, time) = (words.any("a date")?, words.any("a time")?);
    let zone = match words.bare() {
        Some(name) => super::scene::zone(name)?,
        None => company.clone(),
    };
    words.finished("a date and time", "a time zone")?;
    super::scene::instant(date, time, &zone).map(Aside::At)
}

fn presence(rest: &str) -> Result<Aside, String> {
    use opbx_routing::Presence;
    let (number, state) = rest.split_once(' ').unwrap_or((rest, ""));
    let state = match state.trim() {
        "free" => Presence::Free,
        "busy" => Presence::Busy,
        "dnd" => Presence::DoNotDisturb,
        other => return Err(format!("{other:?} is no presence: expected free, busy or dnd")),
    };
    Ok(Aside::Presence(number.to_owned(), state))
}

fn usage(rest: &str) -> Result<Aside, String> {
    let mut words = Words::of(rest)?;
    let whose = words.any("whose usage it is")?;
    let mut usage = opbx_routing::Usage::default();
    while let Some(number) = words.bare() {
        let number = count(number, "calls or minutes")?;
        match words.bare() {
            Some("call" | "calls") => usage.calls = number,
            Some("minute" | "minutes") => usage.minutes_today = number,
            _ => return Err("usage is of calls or minutes: usage 1001 2 calls 30 minutes".into()),
        }
    }
    Ok(Aside::Usage((whose != "company").then(|| whose.to_owned()), usage))
}

fn rate(rest: &str) -> Result<Aside, String> {
    let calls = rest.strip_suffix(" calls").ok_or("expected: rate 6 calls")?;
    Ok(Aside::Rate(count(calls, "calls")?))
}

fn last_caller(rest: &str) -> Result<Aside, String> {
    let (number, last) = rest.split_once(' ').ok_or("expected: last 1001 +442079460018")?;
    Ok(Aside::LastCaller(number.to_owned(), last.trim().to_owned()))
}

fn messages(rest: &str) -> Result<Aside, String> {
    let mut words = Words::of(rest)?;
    let mailbox = words.any("whose messages they are")?.to_owned();
    let (mut new, mut saved) = (0, 0);
    while let Some(number) = words.bare() {
        let number = count(number, "messages")?;
        match words.bare() {
            Some("new") => new = number,
            Some("saved") => saved = number,
            _ => return Err("messages are new or saved: messages main 2 new 1 saved".into()),
        }
    }
    Ok(Aside::Messages(mailbox, new, saved))
}

fn fails(rest: &str) -> Result<Aside, String> {
    let number = rest.strip_suffix(" fails").ok_or("expected: operation 2 fails")?;
    Ok(Aside::Fails(count(number, "operations")?))
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrives(arrival) => write!(f, "{arrival}"),
            Self::Answered(number) => write!(f, "answer {number}"),
            Self::RingTimeOut => f.write_str("timeout"),
            Self::Told(event) => words_of(event, f),
            Self::Repeated => f.write_str("repeat"),
            Self::AskedAgain => f.write_str("asks again"),
            Self::ProcessDied => f.write_str("process dies"),
            Self::Late(event) => f.write_str("late ").and_then(|()| words_of(event, f)),
            Self::Stray(event) => f.write_str("stray ").and_then(|()| words_of(event, f)),
        }
    }
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |(_, direction, originated): &&(&str, Direction, bool)| {
            *direction == self.direction && *originated == self.originated
        };
        let word = ARRIVALS.iter().find(known).map_or("api", |(word, ..)| word);
        let space = if self.from.is_empty() { "" } else { " " };
        write!(f, "{word}{space}{} -> {}", self.from, self.to)
    }
}

fn words_of(event: &Event, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match event {
        Event::Arrived => f.write_str("arrives"),
        Event::DialEnded(result) => f.write_str(match result {
            DialResult::Completed => "hangup",
            DialResult::Busy => "busy",
            DialResult::Canceled => "caller hangs up",
            DialResult::Failed => "fails",
            DialResult::NoAnswer => "no answer",
            DialResult::Unknown => "no result",
        }),
        Event::KeysPressed(keys) if keys.is_empty() => f.write_str("no keys"),
        Event::KeysPressed(keys) => write!(f, "keys {}", keys.as_str()),
        Event::PinEntered(entry) => f.write_str(match entry {
            PinEntry::Nothing => "no pin",
            PinEntry::Wrong => "pin wrong",
            PinEntry::Participant => "pin right",
            PinEntry::Host => "pin host",
        }),
        Event::Recorded(Recording { url: None, .. }) => f.write_str("no message"),
        Event::Recorded(Recording { length_s: Some(length_s), .. }) => write!(f, "message {length_s}s"),
        Event::Recorded(_) => f.write_str("message"),
        Event::CallerLeft => f.write_str("caller leaves"),
    }
}

impl fmt::Display for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use opbx_routing::Presence;
        match self {
            Self::At(instant) => {
                write!(
                    f,
                    "at {} UTC",
                    jiff::tz::TimeZone::UTC.to_datetime(*instant).strftime("%Y-%m-%d %H:%M")
                )
            }
            Self::Presence(number, presence) => {
                let state = match presence {
                    Presence::Free => "free",
                    Presence::Busy => "busy",
                    Presence::DoNotDisturb => "dnd",
                };
                write!(f, "presence {number} {state}")
            }
            Self::Usage(whose, usage) => {
                let whose = whose.as_deref().unwrap_or("company");
                write!(f, "usage {whose} {} calls {} minutes", usage.calls, usage.minutes_today)
            }
            Self::Rate(calls) => write!(f, "rate {calls} calls"),
            Self::LastCaller(number, last) => write!(f, "last {number} {last}"),
            Self::Messages(mailbox, new, saved) => write!(f, "messages {mailbox} {new} new {saved} saved"),
            Self::Counter(answers) => f.write_str(if *answers { "with counter" } else { "without counter" }),
            Self::Fails(further) => write!(f, "operation {further} fails"),
            Self::Now(line) => write!(f, "now {line}"),
        }
    }
}
