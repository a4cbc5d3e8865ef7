//! What destinations lead to, by name: for whoever shows or checks where calls go.

use crate::resources::ResourceError;
use opbx_kernel::RecordId;
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
    /// Of an assistant: its provider's name and number.
    pub provider: Option<(String, String)>,
    /// Of an assistant: the first extension that is a short number for it.
    pub extension: Option<RecordId>,
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
        "extension" => &["name", "active", "number"],
        "assistant" => &["name", "active", "number", "provider"],
        _ => &["name", "active"],
    };
    let mut found = HashMap::new();
    for row in tx.read(&model, ids, fields).await? {
        let mut texts = row.values.iter().map(|value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        });
        let name = texts.next().flatten().unwrap_or_default();
        let number = texts.nth(1).flatten();
        let provider = texts.next().flatten().zip(number.clone());
        let active = row.values.get(1) == Some(&Value::Bool(true));
        let number = number.filter(|_| kind == "extension");
        found.insert(row.id, Target { id: row.id, name, active, number, provider, extension: None });
    }
    if kind == "assistant" {
        name_extensions(tx, &mut found).await?;
    }
    Ok(found)
}

/// Finds the short number of each assistant, where it has one.
async fn name_extensions(tx: &mut Tx, found: &mut HashMap<RecordId, Target>) -> Result<(), ReadError> {
    let of = |id: &RecordId| DestinationRef::Record { kind: "assistant".to_owned(), id: *id };
    let named: Vec<Value> = found.keys().map(|id| Value::Destination(of(id))).collect();
    let domain = Domain::is_in("destination", named);
    let search = Search { fields: &["destination"], archived: true, ..Search::default() };
    for row in tx.search("pbx.extension", &domain, search).await? {
        if let Some(Value::Destination(DestinationRef::Record { id, .. })) = row.values.first()
            && let Some(target) = found.get_mut(id)
        {
            target.extension.get_or_insert(row.id);
        }
    }
    Ok(())
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
    #[error("is no AI assistant")]
    NoAssistant,
}

/// Makes sure that somebody takes a call that is sent there. Answers `Ok` for kinds without records.
pub async fn require_fit(
    tx: &mut Tx,
    destination: &DestinationRef,
) -> Result<Result<(), Unfit>, ResourceError> {
    let DestinationRef::Record { kind, id } = destination else { return Ok(Ok(())) };
    let targets = read(tx, &[destination]).await?;
    let Some(target) = targets.get(destination) else { return Ok(Err(Unfit::Absent)) };
    if !target.active {
        return Ok(Err(Unfit::Inactive { name: target.name.clone() }));
    }
    if kind == "ring_group" {
        let ringing = Domain::eq("ring_group", *id).and(Domain::any("extension", Domain::eq("active", true)));
        if tx.count("pbx.ring_group.member", &ringing).await? == 0 {
            return Ok(Err(Unfit::NobodyRings { name: target.name.clone() }));
        }
    }
    Ok(Ok(()))
}
