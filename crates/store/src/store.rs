//! The store: the open database, what it holds, and what the installation's operator does with it.

use crate::config::StoreConfig;
use crate::connection::{Connection, Fault, Pools};
use crate::dialect::{ColumnType, DECIMAL_PLACES_MAX, Dialect};
use crate::error::{CommitError, OpenError, SaveError, StoreError};
use crate::schema::{self, SchemaChange, SchemaPlan};
use crate::statement::machinery::Queue;
use crate::statement::{machinery, records};
use crate::tx::save::INSERT_MANY_MAX;
use crate::tx::{Published, TENANT_MODEL, Tx, values};
use crate::views::Views;
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Clock, Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::field::{FieldKind, Unique};
use opbx_platform::{Model, Registry, Tenancy, Value, Values};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// The open database with the models it follows. Cheap to clone.
///
/// Inside a transaction it also knows what of the registry the transaction's scope may see.
#[derive(Clone)]
pub struct Store(Arc<Inner>, Option<Arc<Registry>>);

struct Inner {
    pools: Pools,
    registry: Arc<Registry>,
    views: Views,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    /// Counts the commits of this process that gave the outbox or the jobs something new.
    told: watch::Sender<u64>,
    /// Tells at once what those commits left in the outbox.
    published: broadcast::Sender<Arc<Published>>,
}

/// Commits that a follower may be behind before it is told that it missed some.
const PUBLISHED_BUFFER_MAX: usize = 1_024;

/// A tenant, as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub status: String,
    pub plan_version: i64,
}

/// How much waits in the queues of all tenants together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueDepths {
    /// Jobs that nobody does yet, those for later among them.
    pub jobs_waiting: i64,
    pub jobs_running: i64,
    /// When the first of those that wait was or will be due.
    pub first_due: Option<Timestamp>,
    /// Outbox entries that have no place in their tenant's order yet.
    pub outbox_unplaced: i64,
}

/// Connections to the database, of all pools of a node together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    pub open: u32,
    /// Of those that are open.
    pub idle: u32,
    pub max: u32,
}

impl Store {
    /// Opens a database, creating the file of a SQLite one. Tables come by `sync_schema`.
    pub async fn open(
        config: StoreConfig,
        registry: Arc<Registry>,
        keyring: Keyring,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        check_digits(&registry)?;
        let url = config.url.to_string();
        let unreachable = |source| OpenError::Unreachable { url: url.clone(), source };
        let pools = Pools::open(&config.url).await.map_err(unreachable)?;
        if !pools.is_fenced().await.map_err(unreachable)? {
            return Err(OpenError::Unfenced { url });
        }
        let views = Views::of(&registry);
        Ok(Self(
            Arc::new(Inner {
                pools,
                registry,
                views,
                keyring,
                clock,
                told: watch::Sender::new(0),
                published: broadcast::Sender::new(PUBLISHED_BUFFER_MAX),
            }),
            None,
        ))
    }

    /// Every model with every field.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The models as a scope sees them: without the fields that are not for its actor's groups.
    pub fn registry_for(&self, scope: &Scope) -> Arc<Registry> {
        self.0.views.seen_by(&self.0.registry, scope)
    }

    /// The models as the scope of the transaction that holds this sees them.
    pub(crate) fn view(&self) -> &Registry {
        self.1.as_deref().unwrap_or(&self.0.registry)
    }

    pub(crate) fn shared_view(&self) -> Arc<Registry> {
        Arc::clone(self.1.as_ref().unwrap_or(&self.0.registry))
    }

    pub(crate) fn narrowed(&self, scope: &Scope) -> Self {
        Self(Arc::clone(&self.0), Some(self.registry_for(scope)))
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Follows the commits of this process that left something in the outbox or among the jobs. Other processes commit
    /// too, so whoever follows looks for itself now and then.
    pub fn told(&self) -> watch::Receiver<u64> {
        self.0.told.subscribe()
    }

    pub(crate) fn tell(&self) {
        self.0.told.send_modify(|count| *count += 1);
    }

    /// Follows what commits of this process leave in the outbox, the moment they are lasting. Best effort: who lags is
    /// told so, and a process that ends tells nobody; the outbox holds all of it.
    pub fn published(&self) -> broadcast::Receiver<Arc<Published>> {
        self.0.published.subscribe()
    }

    pub(crate) fn announce(&self, published: Vec<Published>) {
        for published in published {
            // Nobody following is no failure.
            let _ = self.0.published.send(Arc::new(published));
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.0.pools.dialect()
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.0.pools
    }

    /// Tells in sentences what `sync_schema` would do, and does nothing.
    pub async fn plan_schema(&self, operator: &Operator) -> Result<Vec<SchemaChange>, crate::SchemaError> {
        let SchemaPlan { changes, refusals } = schema::plan(self, operator).await?;
        if refusals.is_empty() { Ok(changes) } else { Err(crate::SchemaError::WouldLose(refusals)) }
    }

    /// As `plan_schema`, with what would be done beside what is refused.
    pub async fn schema_plan(&self, operator: &Operator) -> Result<SchemaPlan, crate::SchemaError> {
        schema::plan(self, operator).await
    }

    /// Lets the database follow the models, in one transaction and under a lock: two nodes may start at once.
    pub async fn sync_schema(&self, operator: &Operator) -> Result<Vec<SchemaChange>, crate::SchemaError> {
        schema::sync(self, operator).await
    }

    /// Begins to write. On SQLite there is one writer at a time; others wait here.
    pub async fn begin(&self, scope: &Scope) -> Result<Tx, StoreError> {
        let connection = self.0.pools.begin_in(scope.tenant(), true).await?;
        Ok(Tx::new(connection, self.narrowed(scope), scope.clone(), true))
    }

    /// Begins to read: whatever others commit meanwhile, it sees one state.
    pub async fn read(&self, scope: &Scope) -> Result<Tx, StoreError> {
        let connection = self.0.pools.begin_in(scope.tenant(), false).await?;
        Ok(Tx::new(connection, self.narrowed(scope), scope.clone(), false))
    }

    pub(crate) async fn enter(
        &self,
        mut connection: Connection,
        scope: &Scope,
        writes: bool,
    ) -> Result<Tx, StoreError> {
        if let Some(enter) = machinery::enter_tenant(self.dialect(), scope.tenant()) {
            connection.execute(enter).await?;
        }
        Ok(Tx::new(connection, self.narrowed(scope), scope.clone(), writes))
    }

    /// Creates a tenant: its record in `res.tenant`, and nothing else.
    pub async fn create_tenant(&self, operator: &Operator, values: Values) -> Result<TenantId, SaveError> {
        let (tenant, tx) = self.begin_tenant(operator, values).await?;
        match tx.commit().await {
            Ok(_) => Ok(tenant),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(CommitError::NoTenant) => Err(SaveError::UnknownModel(TENANT_MODEL.to_owned())),
        }
    }

    /// Begins a tenant: the transaction holds its record in `res.tenant` and goes on inside it.
    /// Until it commits there is no such tenant.
    pub async fn begin_tenant(
        &self,
        operator: &Operator,
        values: Values,
    ) -> Result<(TenantId, Tx), SaveError> {
        let model = self.tenant_model()?;
        let mut values = values::complete(model, values)?;
        values.entry(crate::tx::PLAN_VERSION.to_owned()).or_insert(Value::Int(0));
        let mut connection = self.0.pools.begin_to_write().await?;
        let drawn = connection.fetch(machinery::draw_ids(self.dialect(), model, 1)).await;
        let drawn = drawn.map_err(StoreError::from)?;
        let damaged = || StoreError::Damaged { column: "id".to_owned() };
        let id =
            drawn.first().and_then(|row| row.first()).and_then(records::record_id).ok_or_else(damaged)?;
        let tenant = TenantId::new(id.get()).map_err(|_| damaged())?;
        let mut tx = self.enter(connection, &Scope::system(tenant, operator.reason()), true).await?;
        tx.insert(self, model, vec![(id, values)]).await?;
        Ok((tenant, tx))
    }

    /// Lists all tenants with their plan versions, in the order of their ids, by one select.
    pub async fn tenants(&self, operator: &Operator) -> Result<Vec<TenantRow>, StoreError> {
        let Some(model) = self.registry().model(TENANT_MODEL) else { return Ok(Vec::new()) };
        let mut connection = self.0.pools.begin_to_read().await?;
        if let Some(enter) = machinery::enter_operator(self.dialect(), operator) {
            connection.execute(enter).await?;
        }
        let rows = connection.fetch(machinery::tenants(self.dialect(), operator, model)).await?;
        rows.into_iter().map(tenant_row).collect()
    }

    /// The last place given in each tenant's outbox, in the order of the tenants' ids, by one select.
    pub async fn outbox_heads(&self, operator: &Operator) -> Result<Vec<(TenantId, i64)>, StoreError> {
        let Some(model) = self.registry().model(TENANT_MODEL) else { return Ok(Vec::new()) };
        let rows = self.ask(operator, machinery::outbox_heads(self.dialect(), operator, model)).await?;
        rows.iter().map(|row| tenant_and_number(row)).collect()
    }

    /// The tenants that have something waiting in a queue at an instant, those that waited longest first;
    /// `QUEUE_TENANTS_MAX` at most.
    pub async fn tenants_waiting(
        &self,
        operator: &Operator,
        queue: Queue,
        now: Timestamp,
    ) -> Result<Vec<TenantId>, StoreError> {
        let Some(model) = self.registry().model(queue.model()) else { return Ok(Vec::new()) };
        let statement = machinery::tenants_waiting(self.dialect(), operator, queue, model, now);
        let rows = self.ask(operator, statement).await?;
        rows.iter().map(|row| tenant_and_number(row).map(|(tenant, _)| tenant)).collect()
    }

    /// How much waits in the queues of all tenants together: numbers, and nothing of what it is.
    pub async fn queue_depths(&self, operator: &Operator) -> Result<QueueDepths, StoreError> {
        let mut depths = QueueDepths::default();
        if let Some(model) = self.registry().model(Queue::Jobs.model()) {
            let counts = machinery::job_counts(self.dialect(), operator, model);
            for row in self.ask(operator, counts).await? {
                let [Value::Text(state), Value::Int(count), first] = &row[..] else { continue };
                match state.as_str() {
                    "waiting" => {
                        depths.jobs_waiting = *count;
                        depths.first_due =
                            if let Value::Instant(instant) = first { Some(*instant) } else { None };
                    }
                    "running" => depths.jobs_running = *count,
                    _ => {}
                }
            }
        }
        if let Some(model) = self.registry().model(Queue::Outbox.model()) {
            let count = machinery::unplaced_count(self.dialect(), operator, model);
            let rows = self.ask(operator, count).await?;
            if let Some(Value::Int(count)) = rows.first().and_then(|row| row.first()) {
                depths.outbox_unplaced = *count;
            }
        }
        Ok(depths)
    }

    /// The connections to the database that this node holds now.
    pub fn connections(&self) -> Connections {
        self.0.pools.connections()
    }

    /// The tenants that have a user of this address, in the order of their ids; `LOGIN_TENANTS_MAX` at most.
    pub async fn tenants_with_login(
        &self,
        operator: &Operator,
        email: &str,
    ) -> Result<Vec<TenantId>, StoreError> {
        let Some(model) = self.registry().model(Queue::Logins.model()) else { return Ok(Vec::new()) };
        let folded = opbx_kernel::fold::fold(email);
        let statement = machinery::tenants_with_login(self.dialect(), operator, model, &folded);
        let rows = self.ask(operator, statement).await?;
        rows.iter().map(|row| tenant_and_number(row).map(|(tenant, _)| tenant)).collect()
    }

    async fn ask(
        &self,
        operator: &Operator,
        question: crate::statement::Statement,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let mut connection = self.0.pools.begin_to_read().await?;
        if let Some(enter) = machinery::enter_operator(self.dialect(), operator) {
            connection.execute(enter).await?;
        }
        Ok(connection.fetch(question).await?)
    }

    /// Writes records of a shared model, each found by its unique field `key`: existing ones are overwritten.
    /// Answers how many were given.
    pub async fn save_shared(
        &self,
        operator: &Operator,
        model: &str,
        key: &str,
        rows: Vec<Values>,
    ) -> Result<usize, SaveError> {
        if rows.len() > INSERT_MANY_MAX {
            return Err(SaveError::TooMany { max: INSERT_MANY_MAX });
        }
        let unknown = || SaveError::UnknownModel(model.to_owned());
        let model = self.registry().model(model).ok_or_else(unknown)?;
        let is_key = model.field(key).is_some_and(|field| field.unique == Some(Unique::Installation));
        if model.tenancy != Tenancy::Shared || !is_key {
            return Err(SaveError::NotWritable { model: model.name.to_string(), field: key.to_owned() });
        }
        let count = rows.len();
        let mut columns = Vec::new();
        let mut bound = Vec::with_capacity(count);
        for row in rows {
            let (names, values) = self.shared_row(model, row)?;
            columns = names;
            bound.push(values);
        }
        if count == 0 {
            return Ok(0);
        }
        let key =
            model.field(key).and_then(opbx_platform::Field::folded_column).unwrap_or_else(|| key.to_owned());
        let statement = records::save_shared(self.dialect(), operator, model, &key, &columns, bound)
            .ok_or_else(|| SaveError::OperatorOnly { model: model.name.to_string() })?;
        let mut connection = self.0.pools.begin_to_write().await?;
        if let Some(enter) = machinery::enter_operator(self.dialect(), operator) {
            connection.execute(enter).await.map_err(StoreError::from)?;
        }
        connection.execute(statement).await.map_err(StoreError::from)?;
        connection.commit().await?;
        Ok(count)
    }

    fn shared_row(
        &self,
        model: &Model,
        values: Values,
    ) -> Result<(Vec<String>, Vec<sea_query::Value>), SaveError> {
        let mut values = values::complete(model, values)?;
        // The installation's records have no currency of their own to ask.
        values::round_amounts(model, &mut values, |_| None);
        let mut row = Vec::new();
        for field in model.stored() {
            if matches!(field.kind, FieldKind::Secret) {
                let (model, field) = (model.name.to_string(), field.name.clone());
                return Err(SaveError::NotWritable { model, field });
            }
            let value = values.get(&field.name).unwrap_or(&Value::Null);
            row.extend(values::columns_of(self.dialect(), model, field, value)?);
            row.extend(values::new_translations(self.dialect(), field, value, None));
        }
        row.extend(values::stamp(self.dialect(), "created", None, self.now()));
        row.extend(values::stamp(self.dialect(), "updated", None, self.now()));
        row.push(("version".to_owned(), 1_i64.into()));
        Ok(row.into_iter().unzip())
    }

    fn tenant_model(&self) -> Result<&Model, SaveError> {
        let unknown = || SaveError::UnknownModel(TENANT_MODEL.to_owned());
        self.registry().model(TENANT_MODEL).ok_or_else(unknown)
    }

    /// Lets the database learn how its tables are filled, because it chooses indexes by that. Tables that did not grow much
    /// since the last time cost nothing.
    pub async fn learn(&self) -> Result<(), StoreError> {
        self.0.pools.learn().await
    }

    /// Closes every connection; transactions that are open end first.
    pub async fn close(self) {
        self.0.pools.clone().close().await;
    }
}

fn tenant_and_number(cells: &[Value]) -> Result<(TenantId, i64), StoreError> {
    let damaged = || StoreError::Damaged { column: "tenant_id".to_owned() };
    let Some(Value::Int(tenant)) = cells.first() else { return Err(damaged()) };
    let number = if let Some(Value::Int(number)) = cells.get(1) { *number } else { 0 };
    Ok((TenantId::new(*tenant).map_err(|_| damaged())?, number))
}

fn tenant_row(cells: Vec<Value>) -> Result<TenantRow, StoreError> {
    let damaged = || StoreError::Damaged { column: TENANT_MODEL.to_owned() };
    let Ok([id, Value::Text(slug), Value::Text(name), status, plan]) = <[Value; 5]>::try_from(cells) else {
        return Err(damaged());
    };
    let id = records::record_id(&id).map(RecordId::get).ok_or_else(damaged)?;
    Ok(TenantRow {
        id: TenantId::new(id).map_err(|_| damaged())?,
        slug,
        name,
        status: if let Value::Text(status) = status { status } else { String::new() },
        plan_version: if let Value::Int(version) = plan { version } else { 0 },
    })
}

fn check_digits(registry: &Registry) -> Result<(), OpenError> {
    for model in registry.models() {
        for field in &model.fields {
            if let FieldKind::Decimal { digits, .. } | FieldKind::Monetary { digits, .. } = field.kind
                && digits > DECIMAL_PLACES_MAX
            {
                return Err(OpenError::TooManyDigits {
                    model: model.name.to_string(),
                    field: field.name.clone(),
                    digits,
                    max: DECIMAL_PLACES_MAX,
                });
            }
        }
    }
    Ok(())
}

impl Pools {
    /// Whether row-level security binds this role: a superuser would walk past it without a word.
    async fn is_fenced(&self) -> Result<bool, sqlx::Error> {
        let Some(question) = self.dialect().is_fenced() else { return Ok(true) };
        let refused = |error: StoreError| match error {
            StoreError::Unreachable(error) | StoreError::Refused(error) => error,
            other => sqlx::Error::Protocol(other.to_string()),
        };
        let mut connection = self.begin_to_read().await.map_err(refused)?;
        let question = machinery::catalogue(question, &[ColumnType::Boolean]);
        let rows = connection.fetch(question).await.map_err(|fault: Fault| refused(fault.into()))?;
        Ok(rows == [[Value::Bool(true)]])
    }
}
