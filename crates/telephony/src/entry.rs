//! An entry: one step of one call, with all that explains it. What the journal keeps and a replay runs again.

use jiff::Timestamp;
use opbx_kernel::TenantId;
use opbx_routing::{Action, CORE_VERSION, Call, Direction, Event, Facts, Plan, Reason, Step, step};
use serde::{Deserialize, Serialize};

/// One decision about one call, as it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub tenant: TenantId,
    /// The engine's name for the call (Cloudonix: `CallSid`).
    pub call_id: String,
    /// Which of the call's events this was, from 1.
    pub step: u32,
    /// How the call began; on its first entry only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    pub event: Event,
    pub facts: Facts,
    pub plan_version: i64,
    pub core_version: String,
    pub actions: Vec<Action>,
    pub trace: Vec<Reason>,
}

/// What the engine said of a call when it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub direction: Direction,
    pub from: String,
    pub to: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from_name: String,
    /// The engine's token for the session, where it tells it with the call. Often the same as the call's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The engine's own number for the session, where it tells it with the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<i64>,
}

impl Entry {
    /// Writes down a step that was just decided.
    pub fn new(
        plan: &Plan,
        call_id: &str,
        opening: Option<Opening>,
        event: Event,
        facts: Facts,
        step: &Step,
    ) -> Self {
        Self {
            tenant: plan.tenant,
            call_id: call_id.to_owned(),
            step: step.call.steps,
            opening,
            event,
            facts,
            plan_version: plan.version,
            core_version: CORE_VERSION.to_owned(),
            actions: step.actions.to_vec(),
            trace: step.trace.clone(),
        }
    }

    pub fn at(&self) -> Timestamp {
        self.facts.now
    }
}

/// Runs a call's entries again, each against the plan that `plan_of` gives for it, and tells what is decided now.
///
/// With the plans of then, every step comes out as it was stored. Stops at an entry without a plan,
/// or where the first entry does not say how the call began.
pub fn replay<'p>(entries: &[Entry], plan_of: impl Fn(&Entry) -> Option<&'p Plan>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let Some(opening) = entries.first().and_then(|entry| entry.opening.clone()) else { return steps };
    let mut call = Call::new(opening.direction, opening.from, opening.to);
    for entry in entries {
        let Some(plan) = plan_of(entry) else { break };
        let replayed = step(plan, call, &entry.event, &entry.facts);
        call = replayed.call.clone();
        steps.push(replayed);
    }
    steps
}
