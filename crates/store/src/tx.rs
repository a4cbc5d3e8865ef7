//! A transaction: born inside a scope, and gone without a trace unless it is committed.

pub(crate) mod audit;
pub(crate) mod delete;
mod external;
pub(crate) mod jobs;
mod journal;
pub(crate) mod outbox;
pub(crate) mod read;
pub(crate) mod retention;
pub(crate) mod save;
mod secrets;
pub(crate) mod values;

use crate::connection::{Connection, Fault};
use crate::error::{CommitError, ReadError, SaveError, StoreError};
use crate::statement::records::Visible;
use crate::statement::{Statement, machinery};
use crate::store::Store;
use opbx_kernel::{Operator, Scope};
use opbx_platform::{Model, Tenancy, Value};

/// The model of tenants, whose `plan_version` this crate advances.
pub(crate) const TENANT_MODEL: &str = "res.tenant";
pub(crate) const PLAN_VERSION: &str = "plan_version";

/// Models whose records come about by what happens to others: nobody creates, changes or deletes one.
const KEPT_HERE: &[&str] = &[audit::AUDIT_MODEL, outbox::OUTBOX_MODEL, outbox::CURSOR_MODEL];

/// A transaction inside one scope. Dropping it rolls back.
///
/// After an error that the database raised (`Taken`, say) nothing more can be done with it but drop it: every further
/// use answers `StoreError::Spent`. Errors found before a statement ran leave it usable.
pub struct Tx {
    connection: Connection,
    store: Store,
    scope: Scope,
    writes: bool,
    spent: bool,
    routing_changed: bool,
    /// Audit entries that are not written yet.
    audited: Vec<audit::Entry>,
    /// What the commit will publish.
    outgoing: outbox::Outgoing,
    /// Whether those that follow the outbox and the jobs have something to look at once it is committed.
    told: bool,
}

/// What a commit brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The tenant's new plan version, where a routing model was written.
    pub plan_version: Option<i64>,
    /// The place in the tenant's outbox of the last entry, where it published any in order.
    pub outbox_sequence: Option<i64>,
}

impl Tx {
    pub(crate) fn new(connection: Connection, store: Store, scope: Scope, writes: bool) -> Self {
        Self {
            connection,
            store,
            scope,
            writes,
            spent: false,
            routing_changed: false,
            audited: Vec::new(),
            outgoing: outbox::Outgoing::default(),
            told: false,
        }
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub fn registry(&self) -> &opbx_platform::Registry {
        self.store.registry()
    }

    /// Moves a writing transaction into another scope, for the operator's work over many tenants (ingestion).
    ///
    /// Refused once something was written that has its place in the tenant's order: a commit advances the plan and the
    /// outbox of one tenant only.
    pub async fn turn_to(&mut self, _operator: &Operator, scope: &Scope) -> Result<(), SaveError> {
        if self.routing_changed || self.outgoing.is_ordered() {
            return Err(SaveError::PlanPending);
        }
        self.write_audit().await?;
        self.write_unordered().await?;
        if let Some(enter) = machinery::enter_tenant(self.store.dialect(), scope.tenant()) {
            self.execute(enter).await.map_err(StoreError::from)?;
        }
        self.scope = scope.clone();
        Ok(())
    }

    /// Makes it lasting. At the very end it takes the tenant's row to count the plan version and the outbox on, so that
    /// both rise in the order of commits and the row is locked as briefly as can be.
    pub async fn commit(mut self) -> Result<Committed, CommitError> {
        if self.spent {
            return Err(StoreError::Spent.into());
        }
        self.write_audit().await?;
        self.write_unordered().await?;
        let (plan_version, outbox_sequence) = self.close_outbox().await?;
        self.connection.commit().await?;
        if self.told {
            self.store.tell();
        }
        Ok(Committed { plan_version, outbox_sequence })
    }

    /// A model's table as this transaction's scope may see it.
    fn visible<'a>(&self, store: &'a Store, model: &'a Model) -> Visible<'a> {
        Visible::new(store.dialect(), store.registry(), model, &self.scope)
    }

    async fn fetch(&mut self, statement: Statement) -> Result<Vec<Vec<Value>>, Fault> {
        if self.spent {
            return Err(Fault::Store(StoreError::Spent));
        }
        // Spent until it answers: whoever stops waiting for it cannot know what it did.
        self.spent = true;
        let answer = self.connection.fetch(statement).await;
        self.spent = answer.is_err();
        answer
    }

    async fn execute(&mut self, statement: Statement) -> Result<u64, Fault> {
        if self.spent {
            return Err(Fault::Store(StoreError::Spent));
        }
        // Spent until it answers: whoever stops waiting for it cannot know what it did.
        self.spent = true;
        let answer = self.connection.execute(statement).await;
        self.spent = answer.is_err();
        answer
    }

    /// Answers with the one number that a statement counts.
    async fn fetch_count(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let rows = self.fetch(statement).await?;
        match rows.first().and_then(|row| row.first()) {
            Some(Value::Int(count)) => Ok(u64::try_from(*count).unwrap_or(0)),
            _ => Err(StoreError::Damaged { column: "count".to_owned() }),
        }
    }

    fn touch(&mut self, model: &Model) {
        self.routing_changed |= model.routing;
    }
}

fn model_to_read<'a>(store: &'a Store, name: &str) -> Result<&'a Model, ReadError> {
    store.registry().model(name).ok_or_else(|| ReadError::UnknownModel(name.to_owned()))
}

/// Finds a model whose records a tenant's transaction may create and delete.
fn model_to_write<'a>(tx: &Tx, store: &'a Store, name: &str) -> Result<&'a Model, SaveError> {
    let model = store.registry().model(name).ok_or_else(|| SaveError::UnknownModel(name.to_owned()))?;
    if !tx.writes {
        return Err(SaveError::ReadOnly);
    }
    if KEPT_HERE.contains(&name) {
        return Err(SaveError::KeptHere { model: name.to_owned() });
    }
    match model.tenancy {
        Tenancy::Tenant => Ok(model),
        Tenancy::TenantItself | Tenancy::Shared => Err(SaveError::OperatorOnly { model: name.to_owned() }),
    }
}
