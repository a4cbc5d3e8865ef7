//! Why a call went where it did: its steps as sentences, the configuration of then, and what would be decided today.

use crate::App;
use crate::ingest::stored_ledger;
use crate::models::{PbxCall, PbxPlanSnapshot};
use crate::plans::{PlansError, stored};
use crate::records::{self, Deed};
use crate::resources::{self, ResourceError, model};
use opbx_kernel::{Code, Kind, RecordId, Scope, Timestamp};
use opbx_platform::{Domain, Record as _, Value};
use opbx_routing::{CORE_VERSION, Plan, Reason, Step};
use opbx_store::Tx;
use opbx_telephony::Entry;
use opbx_telephony::entry::replay;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("the inputs that are stored with the call cannot be read: {0}")]
    Damaged(String),
    #[error(transparent)]
    Plans(#[from] PlansError),
    #[error(transparent)]
    Resource(ResourceError),
}

impl<E: Into<ResourceError>> From<E> for ExplainError {
    fn from(error: E) -> Self {
        Self::Resource(error.into())
    }
}

impl ExplainError {
    pub fn code(&self) -> Code {
        match self {
            Self::Damaged(_) => Code::new(Kind::Internal, "call_damaged"),
            Self::Plans(error) => Code::new(Kind::Unavailable, error.code().name),
            Self::Resource(error) => error.code(),
        }
    }
}

/// One decision as it was made.
#[derive(Debug, Clone)]
pub struct Decided {
    pub step: u32,
    pub at: Timestamp,
    pub plan_version: i64,
    pub core_version: String,
    pub event: Json,
    pub reasons: Vec<Json>,
    pub sentences: Vec<String>,
}

/// What a plan decides about a call's stored inputs.
#[derive(Debug, Clone)]
pub struct Replayed {
    pub plan_version: i64,
    /// Every step comes out as it was stored.
    pub is_same: bool,
    /// The first step that comes out otherwise; what came after it happened in another world and is not told.
    pub differs_at: Option<u32>,
    /// It would want to know what nobody asked then.
    pub lacks_facts: bool,
    pub steps: Vec<Vec<String>>,
}

#[derive(Debug, Clone)]
pub struct Explained {
    pub call: PbxCall,
    /// Empty for a call of which only the engine told.
    pub steps: Vec<Decided>,
    /// With the plans of then; none where they are not kept any more, or the asker may not see them.
    pub then: Option<Replayed>,
    /// With the plan of today; none where there is none, or nothing to replay.
    pub today: Option<Replayed>,
    /// The configuration that the call began with, for those who may see it and asked for it.
    pub configuration: Option<Json>,
}

/// Explains a call.
pub async fn explain(
    app: &App,
    scope: &Scope,
    id: RecordId,
    with_configuration: bool,
) -> Result<Explained, ExplainError> {
    let mut tx = app.store().read(scope).await?;
    let call = resources::get_in::<PbxCall>(&mut tx, id).await?.record;
    let entries = match &call.inputs {
        Some(inputs) => stored_ledger(inputs).map_err(ExplainError::Damaged)?.entries().to_vec(),
        None => Vec::new(),
    };
    let plans = plans_of_then(&mut tx, &entries).await?;
    drop(tx);
    let plan_of = |entry: &Entry| plans.get(&(entry.plan_version, entry.core_version.clone()));
    let first = entries.first();
    let then = first.filter(|_| entries.iter().all(|entry| plan_of(entry).is_some()));
    let then = then.map(|first| compared(&entries, replay(&entries, plan_of), first.plan_version));
    let configuration = first.filter(|_| with_configuration).and_then(plan_of);
    let configuration = configuration.map(|plan| serde_json::to_value(plan).expect("a plan serialises"));
    let today = match app.plans().directory().line(scope.tenant()) {
        Some(line) if !entries.is_empty() => {
            let loaded = app.plans().plan(line).await?;
            let steps = replay(&entries, |_| Some(&loaded.plan));
            Some(compared(&entries, steps, loaded.plan.version))
        }
        _ => None,
    };
    Ok(Explained { steps: entries.iter().map(decided).collect(), then, today, configuration, call })
}

/// The version of the routing core that replays.
pub const REPLAYED_BY: &str = CORE_VERSION;

async fn plans_of_then(tx: &mut Tx, entries: &[Entry]) -> Result<HashMap<(i64, String), Plan>, ExplainError> {
    if records::require(tx.scope(), model::<PbxPlanSnapshot>(tx), Deed::Read).is_err() {
        return Ok(HashMap::new());
    }
    let versions: BTreeSet<i64> = entries.iter().map(|entry| entry.plan_version).collect();
    let versions = Domain::is_in("plan_version", versions.into_iter().map(Value::Int));
    let mut plans = HashMap::new();
    for snapshot in tx.all::<PbxPlanSnapshot>(&versions).await? {
        match stored::read(&snapshot.body) {
            Ok(plan) => drop(plans.insert((snapshot.plan_version, snapshot.core_version), plan)),
            // One of another version of the product may not be understood; the sentences are there all the same.
            Err(error) => {
                tracing::warn!(model = PbxPlanSnapshot::MODEL, id = %snapshot.id, %error, "a stored plan cannot be read")
            }
        }
    }
    Ok(plans)
}

fn sentences(reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(ToString::to_string).collect()
}

fn json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

fn decided(entry: &Entry) -> Decided {
    Decided {
        step: entry.step,
        at: entry.at(),
        plan_version: entry.plan_version,
        core_version: entry.core_version.clone(),
        event: json(&entry.event),
        reasons: entry.trace.iter().map(json).collect(),
        sentences: sentences(&entry.trace),
    }
}

fn compared(entries: &[Entry], steps: Vec<Step>, plan_version: i64) -> Replayed {
    let mut replayed =
        Replayed { plan_version, is_same: true, differs_at: None, lacks_facts: false, steps: Vec::new() };
    for (entry, step) in entries.iter().zip(&steps) {
        replayed.steps.push(sentences(&step.trace));
        replayed.lacks_facts = !step.wanted.is_empty();
        if replayed.lacks_facts || step.trace != entry.trace || step.actions.as_slice() != entry.actions {
            replayed.is_same = false;
            replayed.differs_at = Some(entry.step);
            return replayed;
        }
    }
    replayed.is_same = steps.len() == entries.len();
    replayed
}
