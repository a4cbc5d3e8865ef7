//! Why a call went where it did: its steps as sentences, the configuration of then, and what would be decided today.

mod shown;

use crate::App;
use crate::ingest::stored_ledger;
use crate::models::{PbxCall, PbxPlanSnapshot};
use crate::plans::{PlansError, stored};
use crate::records::{self, Deed};
use crate::resources::{self, ResourceError, model};
use crate::ways::{self, NumberIds, Passed, Sentence};
use opbx_kernel::{Code, Kind, Language, RecordId, Scope, Timestamp};
use opbx_platform::{Domain, Record as _, Value};
use opbx_routing::trace::Tell as _;
use opbx_routing::way::{Spot, Stop};
use opbx_routing::{CORE_VERSION, Plan, Reason, Step};
use opbx_store::Tx;
use opbx_telephony::Entry;
use opbx_telephony::entry::replay;
use serde_json::Value as Json;
use shown::{differing, shown};
use std::collections::{BTreeSet, HashMap, HashSet};

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
    /// The same sentences, each with where the call was and the records that it names.
    pub told: Vec<Sentence>,
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
    /// What the call passed, in order.
    pub way: Vec<Passed>,
    /// With the plans of then; none where they are not kept any more, or the asker may not see them.
    pub then: Option<Replayed>,
    /// With the plan of today; none where there is none, or nothing to replay.
    pub today: Option<Replayed>,
    /// The configuration that the call began with, for those who may see it and asked for it.
    pub configuration: Option<Json>,
    /// The records that the call passed, each once, for those who may see the configuration and asked for it.
    pub compared: Option<Vec<Compared>>,
}

/// A record that a call passed, as it was and as it is.
#[derive(Debug, Clone)]
pub struct Compared {
    pub record: Passed,
    /// None where the configuration of then is not kept any more.
    pub then: Option<Json>,
    /// None where it is gone.
    pub today: Option<Json>,
    /// The members in which the two differ.
    pub differs: Vec<String>,
}

/// Explains a call.
pub async fn explain(
    app: &App,
    scope: &Scope,
    id: RecordId,
    with_configuration: bool,
) -> Result<Explained, ExplainError> {
    let language = scope.spoken_to_in();
    let mut tx = app.store().read(scope).await?;
    let call = resources::get_in::<PbxCall>(&mut tx, id).await?.record;
    let entries = match &call.inputs {
        Some(inputs) => stored_ledger(inputs).map_err(ExplainError::Damaged)?.entries().to_vec(),
        None => Vec::new(),
    };
    let may_see = records::require(tx.scope(), model::<PbxPlanSnapshot>(&tx), Deed::Read).is_ok();
    let plans = plans_of_then(&mut tx, &entries).await?;
    let ids = NumberIds::named_by(&mut tx, entries.iter().flat_map(|entry| &entry.trace)).await?;
    drop(tx);
    let plan_of = |entry: &Entry| plans.get(&(entry.plan_version, entry.core_version.clone()));
    let loaded = match app.plans().directory().line(scope.tenant()) {
        Some(line) if !entries.is_empty() => Some(app.plans().plan(line).await?),
        _ => None,
    };
    let today = loaded.as_ref().map(|loaded| &loaded.plan);
    let first = entries.first();
    let then = first.filter(|_| may_see && entries.iter().all(|entry| plan_of(entry).is_some()));
    let then = then.map(|first| compared(language, &entries, &replay(&entries, plan_of), first.plan_version));
    let configuration = first.filter(|_| may_see && with_configuration);
    // Names lead to records by the plan that decided, else by today's.
    let read_by =
        entries.iter().map_while(|entry| plan_of(entry).or(today).map(|plan| (plan, &*entry.trace)));
    let told = ways::tell(language, &ids, read_by);
    let beside = configuration.map(|_| {
        let plan_at = |step: usize| entries.get(step).and_then(plan_of);
        side_by_side(language, &told, plan_at, today)
    });
    let configuration = configuration.and_then(plan_of);
    let configuration = configuration.map(|plan| serde_json::to_value(plan).expect("a plan serialises"));
    let today =
        today.map(|plan| compared(language, &entries, &replay(&entries, |_| Some(plan)), plan.version));
    let mut sentences = told.steps.into_iter();
    let steps = entries.iter().map(|entry| decided(language, entry, sentences.next().unwrap_or_default()));
    let steps = steps.collect();
    Ok(Explained { steps, way: told.way, then, today, configuration, compared: beside, call })
}

/// The records that a call passed, each once, as the plan of their step had them and as today's has.
fn side_by_side<'p>(
    language: Language,
    told: &ways::Told,
    plan_at: impl Fn(usize) -> Option<&'p Plan>,
    today: Option<&Plan>,
) -> Vec<Compared> {
    let mut seen = HashSet::new();
    let mut compared = Vec::new();
    for ((stop, step), record) in told.stops.iter().zip(&told.way) {
        let is_record = !matches!(stop, Stop::Spot(Spot::Forward(_) | Spot::Hangup));
        if !is_record || !seen.insert(stop) {
            continue;
        }
        let then = plan_at(*step).and_then(|plan| shown(language, plan, stop));
        let today = today.and_then(|plan| shown(language, plan, stop));
        let differs = differing(then.as_ref(), today.as_ref());
        compared.push(Compared {
            record: record.clone(),
            then: then.map(Json::Object),
            today: today.map(Json::Object),
            differs,
        });
    }
    compared
}

/// The version of the routing core that replays.
pub const REPLAYED_BY: &str = CORE_VERSION;

async fn plans_of_then(tx: &mut Tx, entries: &[Entry]) -> Result<HashMap<(i64, String), Plan>, ExplainError> {
    let versions: BTreeSet<i64> = entries.iter().map(|entry| entry.plan_version).collect();
    let versions = Domain::is_in("plan_version", versions.into_iter().map(Value::Int));
    let mut plans = HashMap::new();
    // Whom a plan may be shown is judged by whoever shows it: here it leads from a sentence's name to its record.
    let mut system = tx.as_system("find the records that a call's sentences name");
    for snapshot in system.all::<PbxPlanSnapshot>(&versions).await? {
        match stored::read(&snapshot.body) {
            Ok(plan) => drop(plans.insert((snapshot.plan_version, snapshot.core_version), plan)),
            // One of another version of the product may not be understood; the sentences are there all the same.
            Err(error) => {
                tracing::warn!(model = PbxPlanSnapshot::MODEL, id = %snapshot.id, %error, "a stored plan cannot be read");
            }
        }
    }
    Ok(plans)
}

fn sentences(language: Language, reasons: &[Reason]) -> Vec<String> {
    reasons.iter().map(|reason| reason.told_in(language)).collect()
}

fn json(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}

fn decided(language: Language, entry: &Entry, told: Vec<Sentence>) -> Decided {
    Decided {
        step: entry.step,
        at: entry.at(),
        plan_version: entry.plan_version,
        core_version: entry.core_version.clone(),
        event: json(&entry.event),
        reasons: entry.trace.iter().map(json).collect(),
        sentences: sentences(language, &entry.trace),
        told,
    }
}

fn compared(language: Language, entries: &[Entry], steps: &[Step], plan_version: i64) -> Replayed {
    let mut replayed =
        Replayed { plan_version, is_same: true, differs_at: None, lacks_facts: false, steps: Vec::new() };
    for (entry, step) in entries.iter().zip(steps) {
        replayed.steps.push(sentences(language, &step.trace));
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
