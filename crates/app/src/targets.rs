//! What destinations lead to, by name: for whoever shows or checks where calls go.

use crate::App;
use crate::models::PbxExtension;
use crate::resources::ResourceError;
use opbx_kernel::{RecordId, Scope};
use opbx_platform::domain::{OPERANDS_MAX, Op, Operand, Term};
use opbx_platform::{DestinationRef, Domain, Value};
use opbx_store::{ReadError, Search, Tx};
use std::collections::{BTreeMap, HashMap};

/// A record that a destination names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub id: RecordId,
    pub name: String,
    pub active: bool,
    /// Of an extension: what is dialled.
    pub number: Option<String>,
    /// Of an assistant, and of an extension that stands for one: its provider's name and number.
    pub provider: Option<(String, String)>,
    /// The assistant itself, and the one that an extension stands for.
    pub assistant: Option<RecordId>,
}

/// Targets by the destinations that name them. What is gone or of a kind without records is missing.
#[derive(Debug, Clone, Default)]
pub struct Targets(HashMap<DestinationRef, Target>);

impl Targets {
    pub fn get(&self, destination: &DestinationRef) -> Option<&Target> {
        self.0.get(destination)
    }
}

/// Reads what these destinations name, in a few statements.
pub async fn read(tx: &mut Tx, destinations: &[&DestinationRef]) -> Result<Targets, ReadError> {
    let mut kinds: BTreeMap<&str, Vec<RecordId>> = BTreeMap::new();
    for destination in destinations {
        if let DestinationRef::Record { kind, id } = *destination {
            let ids = kinds.entry(kind).or_default();
            if !ids.contains(id) {
                ids.push(*id);
            }
        }
    }
    let mut targets = Targets::default();
    for (kind, ids) in kinds {
        for (id, target) in of_kind(tx, kind, &ids).await? {
            targets.0.insert(DestinationRef::Record { kind: kind.to_owned(), id }, target);
        }
    }
    Ok(targets)
}

async fn of_kind(tx: &mut Tx, kind: &str, ids: &[RecordId]) -> Result<HashMap<RecordId, Target>, ReadError> {
    let model = format!("pbx.{kind}");
    if tx.registry().model(&model).is_none() {
        return Ok(HashMap::new());
    }
    let fields: &[&str] = match kind {
        "extension" => &["name", "active", "number", "destination"],
        "assistant" => &["name", "active", "number", "provider"],
        _ => &["name", "active"],
    };
    let mut found = HashMap::new();
    for row in tx.read(&model, ids, fields).await? {
        let text = |at: usize| match row.values.get(at) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let assistant = match row.values.get(3) {
            Some(Value::Destination(to)) => assistant_of(to),
            _ => (kind == "assistant").then_some(row.id),
        };
        let target = Target {
            id: row.id,
            name: text(0).unwrap_or_default(),
            active: row.values.get(1) == Some(&Value::Bool(true)),
            number: text(2).filter(|_| kind == "extension"),
            provider: text(3).zip(text(2)),
            assistant,
        };
        found.insert(row.id, target);
    }
    if kind == "extension" {
        name_providers(tx, &mut found).await?;
    }
    Ok(found)
}

/// Tells the provider of each extension that stands for an assistant, where the assistant has one.
async fn name_providers(tx: &mut Tx, found: &mut HashMap<RecordId, Target>) -> Result<(), ReadError> {
    let mut ids: Vec<RecordId> = found.values().filter_map(|target| target.assistant).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let mut providers = HashMap::new();
    for row in tx.read("pbx.assistant", &ids, &["provider", "number"]).await? {
        if let [Value::Text(provider), Value::Text(number)] = row.values.as_slice() {
            providers.insert(row.id, (provider.clone(), number.clone()));
        }
    }
    for target in found.values_mut() {
        target.provider = target.assistant.and_then(|id| providers.get(&id).cloned());
    }
    Ok(())
}

/// The assistant that a destination names itself.
pub(crate) fn assistant_of(destination: &DestinationRef) -> Option<RecordId> {
    match destination {
        DestinationRef::Record { kind, id } if kind == "assistant" => Some(*id),
        _ => None,
    }
}

/// The destination of those who name an AI assistant itself.
pub fn assistant(id: RecordId) -> DestinationRef {
    DestinationRef::Record { kind: "assistant".to_owned(), id }
}

/// The destination of those who name an AI assistant by the extension that stands for it.
pub fn extension(id: RecordId) -> DestinationRef {
    DestinationRef::Record { kind: "extension".to_owned(), id }
}

/// Makes sure that an extension stands for an AI assistant.
pub async fn require_assistant(
    app: &App,
    scope: &Scope,
    id: RecordId,
) -> Result<Result<(), Unfit>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    Ok(require_assistant_in(&mut tx, id).await?)
}

pub(crate) async fn require_assistant_in(tx: &mut Tx, id: RecordId) -> Result<Result<(), Unfit>, ReadError> {
    let Some(extension) = tx.get::<PbxExtension>(id).await? else { return Ok(Err(Unfit::Absent)) };
    let stands = extension.destination.as_ref().and_then(assistant_of).is_some();
    Ok(if stands { Ok(()) } else { Err(Unfit::NoAssistant) })
}

/// The extensions that stand for AI assistants, active or not, as destinations.
pub async fn of_assistants(app: &App, scope: &Scope) -> Result<Vec<DestinationRef>, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let term = Term {
        field: "destination".to_owned(),
        op: Op::EqLike,
        operand: Operand::One(Value::Text("assistant:%".to_owned())),
    };
    let search = Search { archived: true, limit: OPERANDS_MAX, ..Search::default() };
    let rows = tx.search("pbx.extension", &Domain::Term(term), search).await?;
    Ok(rows.into_iter().map(|row| extension(row.id)).collect())
}

/// Why a call should not be sent there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("does not exist")]
    Absent,
    #[error("is inactive: {name:?} takes no calls")]
    Inactive { name: String },
    #[error("has no active member: {name:?} rings nobody")]
    NobodyRings { name: String },
    #[error("is no extension of type ai_assistant")]
    NoAssistant,
}

/// Makes sure that a call can be sent there now. Answers `Ok` for kinds without records.
pub async fn require_active(
    tx: &mut Tx,
    destination: &DestinationRef,
) -> Result<Result<(), Unfit>, ResourceError> {
    if !matches!(destination, DestinationRef::Record { .. }) {
        return Ok(Ok(()));
    }
    Ok(match read(tx, &[destination]).await?.get(destination) {
        None => Err(Unfit::Absent),
        Some(target) if !target.active => Err(Unfit::Inactive { name: target.name.clone() }),
        Some(_) => Ok(()),
    })
}

/// Makes sure that somebody takes a call that is sent there. Answers `Ok` for kinds without records.
pub async fn require_fit(
    tx: &mut Tx,
    destination: &DestinationRef,
) -> Result<Result<(), Unfit>, ResourceError> {
    if let Err(unfit) = require_active(tx, destination).await? {
        return Ok(Err(unfit));
    }
    match destination {
        DestinationRef::Record { kind, id } if kind == "extension" => assistant_behind(tx, *id).await,
        DestinationRef::Record { kind, id } if kind == "ring_group" => {
            let person = Domain::eq("active", true).and(Domain::is_unset("destination"));
            let ringing = Domain::eq("ring_group", *id).and(Domain::any("extension", person));
            if tx.count("pbx.ring_group.member", &ringing).await? > 0 {
                return Ok(Ok(()));
            }
            let targets = read(tx, &[destination]).await?;
            let name = targets.get(destination).map(|target| target.name.clone()).unwrap_or_default();
            Ok(Err(Unfit::NobodyRings { name }))
        }
        _ => Ok(Ok(())),
    }
}

/// Makes sure that the assistant for which the extension stands, if it does, takes calls.
async fn assistant_behind(tx: &mut Tx, id: RecordId) -> Result<Result<(), Unfit>, ResourceError> {
    let extension = tx.get::<PbxExtension>(id).await?;
    match extension.and_then(|extension| assistant_of(extension.destination.as_ref()?)) {
        Some(behind) => require_active(tx, &assistant(behind)).await,
        None => Ok(Ok(())),
    }
}
