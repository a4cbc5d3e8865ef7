//! A transaction: born inside a scope, and gone without a trace unless it is committed.

pub(crate) mod audit;
pub(crate) mod counters;
pub(crate) mod delete;
mod external;
pub(crate) use external::EXTERNAL_MODEL;
pub(crate) mod group;
pub(crate) mod jobs;
mod journal;
mod money;
mod names;
pub(crate) mod outbox;
mod reach;
pub(crate) mod read;
pub(crate) mod retention;
pub(crate) mod save;
pub(crate) mod secrets;
mod system;
pub(crate) mod values;

use crate::connection::{Connection, Fault};
use crate::error::{CommitError, ReadError, SaveError, StoreError};
use crate::statement::records::Visible;
use crate::statement::{Statement, machinery};
use crate::store::Store;
use opbx_kernel::{Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::access::Deed;
use opbx_platform::{Model, Registry, Tenancy, Value};
use std::sync::Arc;

pub use names::{NAME_TEXT_LEN_MAX, Named};
pub use system::AsSystem;

/// The model of tenants, whose `plan_version` this crate advances.
pub(crate) const TENANT_MODEL: &str = "res.tenant";
pub(crate) const PLAN_VERSION: &str = "plan_version";

/// Models whose records come about by what happens to others: nobody creates, changes or deletes one.
const KEPT_HERE: &[&str] = &[audit::AUDIT_MODEL, outbox::OUTBOX_MODEL, outbox::CURSOR_MODEL];

/// A transaction inside one scope. Dropping it rolls back.
///
/// After an error that the database raised (`Taken`, say) nothing more can be done with it but drop it: every further
/// use answers `StoreError::Spent`. Errors found before a statement ran leave it usable.
///
/// What it reads and writes is within reach of its scope: of its tenant, by the record rules of its user, in the
/// fields that are for the user's groups. The rights of groups on models are asked by whoever uses it.
///
/// There is none without a scope:
///
/// ```compile_fail
/// async fn records(store: &opbx_store::Store) {
///     let tx = store.read().await;
/// }
/// ```
pub struct Tx {
    connection: Connection,
    store: Store,
    scope: Arc<Scope>,
    /// The instant that record rules call `$now`.
    began: Timestamp,
    writes: bool,
    spent: bool,
    routing_changed: bool,
    /// Asked of the database so far.
    statements: u64,
    /// Audit entries that are not written yet.
    audited: Vec<audit::Entry>,
    /// Whether what machines write in it is news to nobody.
    untold: bool,
    /// What the commit will publish.
    outgoing: outbox::Outgoing,
    /// Whether those that follow the outbox and the jobs have something to look at once it is committed.
    told: bool,
    /// What the commit tells those of this process who want to know at once.
    published: Vec<Published>,
}

/// What a commit of this process left in one tenant's outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub tenant: TenantId,
    /// Whether entries with a place in the tenant's order are among it: read them there.
    pub ordered: bool,
    /// Records, with their models, whose entries get their place later; `UNORDERED_TOLD_MAX` at most, the others
    /// are met when they have it.
    pub unordered: Vec<(String, RecordId)>,
}

/// Records whose place in the order is still to come that one commit names at most.
pub const UNORDERED_TOLD_MAX: usize = 1_000;

/// What a commit brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The tenant's new plan version, where a routing model was written.
    pub plan_version: Option<i64>,
    /// The place in the tenant's outbox of the last entry, where it published any in order.
    pub outbox_sequence: Option<i64>,
    /// How many statements it all took, `BEGIN` and `COMMIT` not among them.
    pub statements: u64,
}

impl Tx {
    pub(crate) fn new(connection: Connection, store: Store, scope: Scope, writes: bool) -> Self {
        let (scope, began) = (Arc::new(scope), store.now());
        Self {
            connection,
            store,
            scope,
            began,
            writes,
            spent: false,
            routing_changed: false,
            statements: 0,
            audited: Vec::new(),
            untold: false,
            outgoing: outbox::Outgoing::default(),
            told: false,
            published: Vec::new(),
        }
    }

    /// The models as this transaction's scope sees them: without the fields that are not for its user's groups.
    pub fn models(&self) -> Arc<Registry> {
        self.store.shared_view()
    }

    /// Makes sure that nothing of this transaction becomes lasting: for a use case that failed halfway.
    pub fn give_up(&mut self) {
        self.spent = true;
    }

    /// The instant at which it began.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// How many statements ran so far: what a use case costs, for tests and measurements.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub fn registry(&self) -> &Registry {
        self.store.registry()
    }

    /// The instant, by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.store.now()
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
        self.store = self.store.narrowed(scope);
        self.scope = Arc::new(scope.clone());
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
        let statements = self.statements;
        if outbox_sequence.is_some() {
            let tenant = self.scope.tenant();
            self.published.push(Published { tenant, ordered: true, unordered: Vec::new() });
        }
        self.connection.commit().await?;
        if self.told {
            self.store.tell();
        }
        self.store.announce(self.published);
        Ok(Committed { plan_version, outbox_sequence, statements })
    }

    /// Commits what tells nobody anything: machinery that is neither audited nor published.
    pub(crate) async fn commit_quietly(self) -> Result<(), StoreError> {
        self.connection.commit().await
    }

    /// A model's table as this transaction's scope may read it.
    fn visible<'a>(&self, store: &'a Store, model: &'a Model) -> Visible<'a> {
        self.visible_for(store, model, Deed::Read)
    }

    /// A model's table as a deed of this transaction's scope reaches it. What cannot be read cannot be changed.
    fn visible_for<'a>(&self, store: &'a Store, model: &'a Model, deed: Deed) -> Visible<'a> {
        let deeds: &'static [Deed] = match deed {
            Deed::Create | Deed::Read => &[Deed::Read],
            Deed::Update => &[Deed::Read, Deed::Update],
            Deed::Delete => &[Deed::Read, Deed::Delete],
        };
        Visible::new(store, model, &self.scope, deeds, self.began)
    }

    /// A model's table as far as the rules of a deed allow what it leaves behind, whether it can be read then or not.
    fn allowed<'a>(&self, store: &'a Store, model: &'a Model, deed: Deed) -> Visible<'a> {
        let deeds: &'static [Deed] = if deed == Deed::Create { &[Deed::Create] } else { &[Deed::Update] };
        Visible::new(store, model, &self.scope, deeds, self.began)
    }

    /// A model's table with all of the tenant's records, for bookkeeping that binds everybody alike.
    fn whole<'a>(&self, store: &'a Store, model: &'a Model) -> Visible<'a> {
        Visible::whole(store, model, &self.scope)
    }

    async fn fetch(&mut self, statement: Statement) -> Result<Vec<Vec<Value>>, Fault> {
        if self.spent {
            return Err(Fault::Store(StoreError::Spent));
        }
        // Spent until it answers: whoever stops waiting for it cannot know what it did.
        self.spent = true;
        self.statements += 1;
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
        self.statements += 1;
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

/// Finds a model with the fields that the transaction's scope may see.
fn model_to_read<'a>(store: &'a Store, name: &str) -> Result<&'a Model, ReadError> {
    store.view().model(name).ok_or_else(|| ReadError::UnknownModel(name.to_owned()))
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
