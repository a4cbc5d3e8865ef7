//! A call that is only thought through: where it would go and why. Rings nothing, writes nothing.

mod told;

pub use told::Told;

use crate::App;
use crate::plans::{CompileError, compile};
use crate::records::{self, Deed, RecordError};
use jiff::civil::DateTime;
use opbx_kernel::{Code, Kind, Scope, Timestamp};
use opbx_routing::{ConferenceId, Direction, Keys, PinEntry, Plan, Zone};
use opbx_store::{ReadError, StoreError};
use opbx_telephony::Opening;
use opbx_telephony::simulator::{Answers, Caller, simulate as play};
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

/// What would happen, in sentences and in full.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Seconds since the call came in, and what happens then.
    pub sentences: Vec<(i64, String)>,
    pub summary: Option<String>,
    pub whole: Json,
}

/// Thinks a call through for somebody of the tenant, by the records as they are now.
///
/// PINs are not compared: whoever asks could try them all. Every PIN that is entered opens its room to a participant.
pub async fn simulate(app: &App, scope: &Scope, asked: &Asked) -> Result<Outcome, SimulateError> {
    let plan = fresh_plan(app, scope).await?;
    let at = instant(asked.at.as_deref(), &plan.company.zone, app.clock().now())?;
    let opening = opening(&plan, &asked.from, &asked.to, asked.direction);
    let opens = |_: ConferenceId, digits: &str| match digits {
        "" => PinEntry::Nothing,
        _ => PinEntry::Participant,
    };
    let caller =
        Caller { answers: &asked.answers, keys: &asked.keys, message_s: asked.message_s, pin: &opens };
    let (steps, ledger) = play(&plan, &opening, at, &caller);
    let line = app.plans().directory();
    let tenant = line.line(scope.tenant()).map_or_else(String::new, |line| line.tenant.slug.clone());
    let told = Told { tenant: &tenant, plan: &plan, opening: &opening, at, steps: &steps, ledger: &ledger };
    Ok(Outcome { sentences: told.sentences(), summary: told.summary(), whole: told.in_json() })
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
