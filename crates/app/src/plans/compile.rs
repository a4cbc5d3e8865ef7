//! From records to a plan: the only reader of routing models on behalf of the core.

use crate::models::{
    PbxExtension, PbxNumber, PbxRingGroup, PbxRingGroupMember, PbxRingGroupStrategy, ResCompany, ResTenant,
};
use crate::records::emergency_numbers;
use opbx_kernel::{Code, Country, E164, Kind, RecordId};
use opbx_platform::{DestinationRef, Domain, Value};
use opbx_routing::{
    AssistantId, Company, ConferenceId, Destination, Extension, ExtensionId, ExtensionKind, HoursId, MenuId,
    Number, Plan, PlanParts, QueueId, RingGroup, RingGroupId, Strategy, VoicemailId,
};
use opbx_store::{ReadError, Tx};
use std::collections::HashMap;

/// Why a tenant's records make no plan.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("{model} {id}, field {field}: {reason}")]
    Record { model: &'static str, id: RecordId, field: &'static str, reason: String },
    #[error("the tenant has no company")]
    NoCompany,
    #[error("the tenant does not exist")]
    NoTenant,
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl CompileError {
    pub fn code(&self) -> Code {
        match self {
            Self::Record { .. } => Code::new(Kind::Internal, "plan_record_unusable"),
            Self::NoCompany => Code::new(Kind::Invalid, "no_company"),
            Self::NoTenant => Code::new(Kind::Absent, "no_tenant"),
            Self::Read(error) => error.code(),
        }
    }
}

/// Compiles the plan of the transaction's tenant, as its snapshot sees the records.
pub async fn compile(tx: &mut Tx) -> Result<Plan, CompileError> {
    let tenant = tx.scope().tenant();
    let own = RecordId::new(tenant.get()).map_err(|_| CompileError::NoTenant)?;
    let version = tx.get::<ResTenant>(own).await?.ok_or(CompileError::NoTenant)?.plan_version;
    let company = company(tx).await?;
    let everything = Domain::is_in("active", [true, false].map(Value::Bool));
    let numbers = tx.all::<PbxNumber>(&everything).await?;
    let extensions = tx.all::<PbxExtension>(&everything).await?;
    let groups = tx.all::<PbxRingGroup>(&everything).await?;
    let mut members: HashMap<RecordId, Vec<ExtensionId>> = HashMap::new();
    for member in tx.all::<PbxRingGroupMember>(&Domain::All).await? {
        members.entry(member.ring_group).or_default().push(typed(member.extension));
    }
    Ok(Plan::from(PlanParts {
        tenant,
        version,
        company,
        numbers: numbers.into_iter().map(number).collect::<Result<_, _>>()?,
        extensions: extensions.into_iter().map(extension).collect::<Result<_, _>>()?,
        ring_groups: groups
            .into_iter()
            .map(|group| {
                let members = members.remove(&group.id).unwrap_or_default();
                ring_group(group, members)
            })
            .collect::<Result<_, _>>()?,
    }))
}

/// The tenant's first company stands for the tenant.
async fn company(tx: &mut Tx) -> Result<Company, CompileError> {
    let mut companies = tx.all::<ResCompany>(&Domain::All).await?;
    companies.sort_by_key(|company| company.id);
    let first = companies.into_iter().next().ok_or(CompileError::NoCompany)?;
    let country = tx.get::<crate::models::ResCountry>(first.country).await?;
    let emergency = emergency_numbers(tx, first.country).await?;
    let fallback = first.fallback.unwrap_or(DestinationRef::Hangup);
    Ok(Company {
        name: first.name.into(),
        country: country.and_then(|country| Country::new(&country.code)),
        emergency_numbers: emergency.into_iter().map(Into::into).collect(),
        fallback: destination("res.company", first.id, "fallback", fallback)?,
    })
}

fn number(record: PbxNumber) -> Result<Number, CompileError> {
    let refuse = || CompileError::Record {
        model: "pbx.number",
        id: record.id,
        field: "number",
        reason: "is not in E.164".into(),
    };
    Ok(Number {
        number: E164::new(&record.number).ok_or_else(refuse)?,
        name: record.name.unwrap_or_default().into(),
        destination: destination("pbx.number", record.id, "destination", record.destination)?,
        active: record.active,
    })
}

fn extension(record: PbxExtension) -> Result<Extension, CompileError> {
    let kind = match record.destination {
        Some(points_at) => {
            ExtensionKind::Points(destination("pbx.extension", record.id, "destination", points_at)?)
        }
        None => ExtensionKind::User {
            ring_timeout_s: small("pbx.extension", record.id, "ring_timeout_s", record.ring_timeout_s)?,
            do_not_disturb: record.do_not_disturb,
        },
    };
    Ok(Extension {
        id: typed(record.id),
        number: record.number.into(),
        name: record.name.into(),
        active: record.active,
        kind,
    })
}

fn ring_group(record: PbxRingGroup, members: Vec<ExtensionId>) -> Result<RingGroup, CompileError> {
    let fallback = record.fallback.unwrap_or(DestinationRef::Hangup);
    Ok(RingGroup {
        id: typed(record.id),
        strategy: match record.strategy {
            PbxRingGroupStrategy::Simultaneous => Strategy::Simultaneous,
            PbxRingGroupStrategy::Sequential => Strategy::Sequential,
            PbxRingGroupStrategy::RoundRobin => Strategy::RoundRobin,
            PbxRingGroupStrategy::Random => Strategy::Random,
        },
        timeout_s: small("pbx.ring_group", record.id, "timeout_s", record.timeout_s)?,
        turns: small("pbx.ring_group", record.id, "turns", record.turns)?,
        members,
        fallback: destination("pbx.ring_group", record.id, "fallback", fallback)?,
        name: record.name.into(),
        active: record.active,
    })
}

fn destination(
    model: &'static str,
    id: RecordId,
    field: &'static str,
    points_at: DestinationRef,
) -> Result<Destination, CompileError> {
    let (kind, to) = match points_at {
        DestinationRef::Hangup => return Ok(Destination::Hangup),
        DestinationRef::Forward(target) => return Ok(Destination::Forward(target.into())),
        DestinationRef::Record { kind, id } => (kind, id),
    };
    Ok(match kind.as_str() {
        "extension" => Destination::Extension(typed::<ExtensionId>(to)),
        "ring_group" => Destination::RingGroup(typed::<RingGroupId>(to)),
        "menu" => Destination::Menu(typed::<MenuId>(to)),
        "hours" => Destination::Hours(typed::<HoursId>(to)),
        "conference" => Destination::Conference(typed::<ConferenceId>(to)),
        "assistant" => Destination::Assistant(typed::<AssistantId>(to)),
        "voicemail" => Destination::Voicemail(typed::<VoicemailId>(to)),
        "queue" => Destination::Queue(typed::<QueueId>(to)),
        _ => {
            let reason = format!("{kind:?} is no kind of destination");
            return Err(CompileError::Record { model, id, field, reason });
        }
    })
}

/// A record's id as the id of its own kind.
fn typed<T: TryFrom<i64>>(id: RecordId) -> T {
    T::try_from(id.get()).ok().expect("all ids have one range")
}

fn small<T: TryFrom<i64>>(
    model: &'static str,
    id: RecordId,
    field: &'static str,
    value: i64,
) -> Result<T, CompileError> {
    T::try_from(value).map_err(|_| CompileError::Record {
        model,
        id,
        field,
        reason: format!("{value} is out of range"),
    })
}
