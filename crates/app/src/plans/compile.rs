//! From records to a plan: the only reader of routing models on behalf of the core.
//!
//! Each kind of record is read once, whatever their number; what belongs to a record is read in bulk and handed out.

mod assistants;
mod at;
mod company;
mod conferences;
mod extensions;
mod hours;
mod menus;
mod numbers;
mod outbound;
mod policies;
mod prompts;
mod ring_groups;
mod voicemails;

use super::secrets::PlanSecrets;
use crate::models::ResTenant;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::{Domain, Value};
use opbx_routing::{Plan, PlanParts};
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

/// A plan, and the secrets that go with it and are never part of it.
#[derive(Debug)]
pub struct Compiled {
    pub plan: Plan,
    pub secrets: PlanSecrets,
}

/// Schedules as the plan would hold them if it were compiled now.
pub(crate) async fn schedules(
    tx: &mut Tx,
    records: Vec<crate::models::PbxHours>,
) -> Result<Vec<opbx_routing::Hours>, CompileError> {
    let countries = company::countries(tx).await?;
    let prompts = prompts::compile(tx).await?;
    let company = company::compile(tx, &countries, &prompts).await?;
    hours::assemble(tx, records, &company.zone).await
}

/// Compiles the plan of the transaction's tenant, as its snapshot sees the records.
pub async fn compile(tx: &mut Tx) -> Result<Compiled, CompileError> {
    let tenant = tx.scope().tenant();
    let own = RecordId::new(tenant.get()).map_err(|_| CompileError::NoTenant)?;
    let version = tx.get::<ResTenant>(own).await?.ok_or(CompileError::NoTenant)?.plan_version;
    let countries = company::countries(tx).await?;
    let prompts = prompts::compile(tx).await?;
    let company = company::compile(tx, &countries, &prompts).await?;
    let mut secrets = PlanSecrets::default();
    let hours = hours::compile(tx, &company.zone).await?;
    let parts = PlanParts {
        tenant,
        version,
        company,
        numbers: numbers::compile(tx, &prompts).await?,
        extensions: extensions::compile(tx, &prompts).await?,
        ring_groups: ring_groups::compile(tx).await?,
        menus: menus::compile(tx, &prompts).await?,
        hours,
        conferences: conferences::compile(tx, &mut secrets).await?,
        assistants: assistants::compile(tx, &mut secrets).await?,
        voicemails: voicemails::compile(tx, &prompts).await?,
        trunks: outbound::trunks(tx, &prompts).await?,
        outbound_rules: outbound::rules(tx, &countries).await?,
        feature_codes: policies::feature_codes(tx).await?,
        blocked_callers: policies::blocked_callers(tx).await?,
    };
    voicemails::keep_pins(tx, &parts.voicemails, &mut secrets).await?;
    Ok(Compiled { plan: Plan::from(parts), secrets })
}

/// Archived records too, so that a trace can tell inactive from unknown.
fn everything() -> Domain {
    Domain::is_in("active", [true, false].map(Value::Bool))
}

/// A record's id as the id of its own kind.
fn typed<T: TryFrom<i64>>(id: RecordId) -> T {
    T::try_from(id.get()).ok().expect("all ids have one range")
}

/// Hands out what belongs to each record, in the order it was read.
pub(crate) fn grouped<T>(all: Vec<T>, owner: impl Fn(&T) -> RecordId) -> HashMap<RecordId, Vec<T>> {
    let mut groups: HashMap<RecordId, Vec<T>> = HashMap::new();
    for one in all {
        groups.entry(owner(&one)).or_default().push(one);
    }
    groups
}
