//! The line to the carrier: every question goes through here, paced over all nodes, and tried again where that is safe.

use super::{CarrierError, Circuit};
use crate::app::App;
use crate::traces::Trace;
use crate::{entropy, metrics};
use opbx_cluster::Rate;
use opbx_telephony::backend::{Access, Asking, Backend, BackendError};
use std::time::Duration;
use tokio::time::Instant;

/// Questions about one domain within a window: what Cloudonix allows.
pub const NOW_MAX: u32 = 10;
/// How many of them may be in bulk; the rest is for somebody who waits.
pub const LATER_MAX: u32 = 7;
/// The window that both are counted in.
pub const WINDOW: Duration = Duration::from_secs(10);
/// How long somebody who waits is kept waiting for a turn.
const NOW_WAIT_MAX: Duration = Duration::from_secs(15);
/// How long a job waits for a turn, before it comes back later.
const LATER_WAIT_MAX: Duration = Duration::from_secs(60);
/// How often a turn is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// How often one question is asked at most.
const TRIES_MAX: u32 = 3;
/// The pause before the second try; it doubles, and half of it is drawn.
const PAUSE_FIRST: Duration = Duration::from_millis(400);
/// The longest pause that somebody who waits is made to sit through.
const NOW_PAUSE_MAX: Duration = Duration::from_secs(5);

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Haste {
    /// A person.
    Now,
    /// A job.
    Later,
}

/// Whether a question may be asked again that perhaps was done already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is as good as once.
    Safe,
    /// Only where the carrier said that it did nothing.
    IfRefused,
}

/// Asks the carrier about a domain.
pub(crate) async fn ask<'a, T>(
    app: &'a App,
    access: &'a Access,
    haste: Haste,
    repeat: Repeat,
    question: impl Fn(&'a dyn Backend) -> Asking<'a, T>,
) -> Result<T, CarrierError> {
    let carrier = app.carrier();
    let mut attempt = 0;
    // Ends, for each round is one of `TRIES_MAX` tries.
    loop {
        attempt += 1;
        carrier.breakers.admit(&access.uuid, app.clock().now()).map_err(CarrierError::Resting)?;
        turn(app, access, haste).await?;
        let asked = Instant::now();
        let trace = Trace::of_question("carrier");
        let answered = trace.within(question(&*carrier.backend)).await;
        metrics::carrier_asked(outcome(answered.as_ref().err()), asked.elapsed());
        if let Err(error) = &answered {
            trace.failed(outcome(Some(error)));
        }
        let error = match answered {
            Ok(answer) => {
                carrier.breakers.note(&access.uuid, false, app.clock().now());
                return Ok(answer);
            }
            Err(error) => error,
        };
        carrier.breakers.note(&access.uuid, error.is_outage(), app.clock().now());
        let is_safe = repeat == Repeat::Safe || !error.is_outage();
        let pause = error.wait().unwrap_or_else(|| pause(attempt));
        let is_patient = haste == Haste::Later || pause <= NOW_PAUSE_MAX;
        if !error.passes() || !is_safe || !is_patient || attempt >= TRIES_MAX {
            return Err(error.into());
        }
        tracing::debug!(domain = %access.uuid, attempt, %error, "the carrier is asked again");
        tokio::time::sleep(pause).await;
    }
}

/// How a question ended, in one word: what the carrier said of a domain is nobody's who counts.
fn outcome(error: Option<&BackendError>) -> &'static str {
    match error {
        None => "answered",
        Some(error) if error.is_outage() => "outage",
        Some(error) if error.passes() => "come_again",
        Some(_) => "refused",
    }
}

/// How a domain's carrier stands.
pub(crate) fn circuit(app: &App, access: &Access) -> Circuit {
    app.carrier().breakers.circuit(&access.uuid, app.clock().now())
}

/// Waits for a turn among all nodes.
async fn turn(app: &App, access: &Access, haste: Haste) -> Result<(), CarrierError> {
    let (limit, patience) = match haste {
        Haste::Now => (NOW_MAX, NOW_WAIT_MAX),
        Haste::Later => (LATER_MAX, LATER_WAIT_MAX),
    };
    let key = format!("carrier:{}", access.uuid);
    let mut waited = Duration::ZERO;
    // Ends, for each round waits a part of the patience.
    loop {
        let now_ms = app.clock().now().as_millisecond();
        let wait = match app.cluster().rates().take(&key, limit, WINDOW, now_ms).await {
            Rate::Allowed { .. } => return Ok(()),
            Rate::Wait(wait) => wait,
        };
        if waited >= patience {
            return Err(CarrierError::Busy(wait));
        }
        let look = wait.min(LOOK);
        tokio::time::sleep(look).await;
        waited += look.max(Duration::from_millis(1));
    }
}

fn pause(attempt: u32) -> Duration {
    let whole = PAUSE_FIRST * (1 << attempt.saturating_sub(1).min(6));
    let drawn = u32::from(entropy::bytes::<1>()[0]);
    whole / 2 + whole / 2 * drawn / 255
}
