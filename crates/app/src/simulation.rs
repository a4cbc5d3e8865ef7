//! A call that is only thought through: where it would go and why. Rings nothing, writes nothing.

mod told;

pub use told::Told;

use crate::App;
use crate::plans::{CompileError, compile};
use crate::records::{self, Deed, RecordError};
use crate::ways::{self, NumberIds, Passed, Sentence};
use jiff::civil::DateTime;
use opbx_kernel::{Code, Kind, Language, Scope, Timestamp};
use opbx_routing::{ConferenceId, Direction, Ending, Keys, PinEntry, Plan, Reason, Zone};
use opbx_store::{ReadError, StoreError};
use opbx_telephony::Opening;
use opbx_telephony::ledger::Ledger;
use opbx_telephony::simulator::{Answers, Caller, Simulated, simulate as play};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How long a message is that a caller leaves when nobody says.
pub const MESSAGE_S: u32 = 10;

#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    #[error("{0:?} is no time: expected one such as 2026-12-24 18:05, or with an offset")]
    BadTime(String),
    #[error("the configuration makes no plan: {0}")]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SimulateError {
    pub fn code(&self) -> Code {
        match self {
            Self::BadTime(_) => Code::new(Kind::Invalid, "bad_time"),
            Self::Compile(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// The call that somebody wants to know about.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub from: String,
    pub to: String,
    /// None: from a phone where `from` is an extension, else from outside.
    pub direction: Option<Direction>,
    /// As the company's people say it, or with an offset; none is now.
    pub at: Option<String>,
    pub answers: Answers,
    pub keys: Vec<Keys>,
    /// None leaves no message.
    pub message_s: Option<u32>,
}

/// How a call ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The ending's stable word; `unfinished` for a call that was given up on.
    pub reason: String,
    /// The telephone that took the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// Where the call was, as the drawing of all ways calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// What would happen, in sentences and in full.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Seconds since the call came in, and what happens then.
    pub sentences: Vec<(i64, Sentence)>,
    pub summary: Option<String>,
    pub way: Vec<Passed>,
    pub end: End,
    pub whole: Json,
}

/// A call that was played, before it is told.
pub(crate) struct Played {
    opening: Opening,
    steps: Vec<Simulated>,
    ledger: Ledger,
}

impl Played {
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.steps.iter().flat_map(|step| &step.step.trace)
    }

    /// Its way, and how it ends.
    pub(crate) fn told(&self, language: Language, plan: &Plan, ids: &NumberIds) -> (ways::Told, End) {
        let told =
            ways::tell(language, ids, self.steps.iter().map(|step| (plan, step.step.trace.as_slice())));
        let end = End {
            reason: told.ending.map_or("unfinished", Ending::as_str).to_owned(),
            answered_by: self.ledger.sheet().and_then(|sheet| sheet.answered_by.map(|by| by.to_string())),
            node: told.at.clone(),
        };
        (told, end)
    }
}

/// Thinks a call through for somebody of the tenant, by the records as they are now.
///
/// PINs are not compared: whoever asks could try them all. Every PIN that is entered opens its room to a participant.
pub async fn simulate(app: &App, scope: &Scope, asked: &Asked) -> Result<Outcome, SimulateError> {
    let plan = fresh_plan(app, scope).await?;
    let at = instant(asked.at.as_deref(), &plan.company.zone, app.clock().now())?;
    let played = played(&plan, asked, at);
    let mut tx = app.store().read(scope).await?;
    let ids = NumberIds::named_by(&mut tx, played.reasons()).await?;
    drop(tx);
    let (told, end) = played.told(scope.spoken_to_in(), &plan, &ids);
    let after = |step: &Simulated| step.after.as_secs();
    let sentences = played.steps.iter().zip(told.steps);
    let sentences =
        sentences.flat_map(|(step, said)| said.into_iter().map(move |sentence| (after(step), sentence)));
    let sentences = sentences.collect();
    let line = app.plans().directory();
    let tenant = line.line(scope.tenant()).map_or_else(String::new, |line| line.tenant.slug.clone());
    let Played { opening, steps, ledger } = &played;
    let whole = Told { tenant: &tenant, plan: &plan, opening, at, steps, ledger };
    Ok(Outcome { sentences, summary: whole.summary(), way: told.way, end, whole: whole.in_json() })
}

/// Plays a call on a plan.
pub(crate) fn played(plan: &Plan, asked: &Asked, at: Timestamp) -> Played {
    let opening = opening(plan, &asked.from, &asked.to, asked.direction);
    let opens = |_: ConferenceId, digits: &str| match digits {
        "" => PinEntry::Nothing,
        _ => PinEntry::Participant,
    };
    let caller =
        Caller { answers: &asked.answers, keys: &asked.keys, message_s: asked.message_s, pin: &opens };
    let (steps, ledger) = play(plan, &opening, at, &caller);
    Played { opening, steps, ledger }
}

/// The plan as the records make it at this moment, not a moment ago as the one in service may be.
pub(crate) async fn fresh_plan(app: &App, scope: &Scope) -> Result<Plan, SimulateError> {
    let model = app.store().registry().model("pbx.number").ok_or(CompileError::NoTenant)?;
    records::require(scope, model, Deed::Read)?;
    let mut tx = app.store().read(scope).await?;
    // The plan holds what every reader may see, and settings of people that its drawing and its trace tell of.
    let mut system = tx.as_system("think a call through");
    Ok(compile(&mut system).await?.plan)
}

/// How a call comes in: from a phone where it is an extension that calls, unless somebody says otherwise.
pub fn opening(plan: &Plan, from: &str, to: &str, direction: Option<Direction>) -> Opening {
    let is_phone = plan.extension_by_number(from.trim()).is_some();
    let guessed = if is_phone { Direction::Subscriber } else { Direction::Inbound };
    Opening {
        direction: direction.unwrap_or(guessed),
        from: from.to_owned(),
        to: to.to_owned(),
        from_name: String::new(),
        token: None,
        session: None,
    }
}

/// Reads a time as the company's people say it, or an instant with its offset.
pub fn instant(text: Option<&str>, zone: &Zone, now: Timestamp) -> Result<Timestamp, SimulateError> {
    let Some(text) = text else { return Ok(now) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let bad = || SimulateError::BadTime(text.to_owned());
    let civil: DateTime = text.parse().map_err(|_| bad())?;
    Ok(civil.to_zoned(zone.time_zone().clone()).map_err(|_| bad())?.timestamp())
}
