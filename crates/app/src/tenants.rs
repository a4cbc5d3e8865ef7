//! Tenants: how one comes to be, with what every tenant has from its first moment.

use crate::models::ResCompany;
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::literal::{Literal, Reference};
use opbx_platform::{DestinationRef, Domain, RecordRef, Registry, Tenancy, Value, Values};
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    #[error("module data names {0}, which does not exist")]
    NoSuchRecord(Reference),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Brings the shared reference data of the modules (countries) into the database. Run at each start; repeats change nothing.
pub async fn install_shared_data(store: &Store) -> Result<(), TenantError> {
    let operator = Operator::because("install the modules' shared data");
    let registry = store.registry();
    for model in registry.models().filter(|model| model.tenancy == Tenancy::Shared) {
        let records = registry.data().iter().filter(|record| record.model == model.name);
        let rows: Vec<Values> = records.map(|record| plain(&record.values)).collect();
        if let Some(key) = shared_key(registry, model.name.as_str()) {
            store.save_shared(&operator, model.name.as_str(), &key, rows).await?;
        }
    }
    Ok(())
}

/// Begins a tenant with its module data; nothing of it exists before the transaction commits.
pub async fn begin(
    store: &Store,
    operator: &Operator,
    slug: &str,
    name: &str,
) -> Result<(TenantId, Tx), TenantError> {
    let values = Values::from([("slug".to_owned(), slug.into()), ("name".to_owned(), name.into())]);
    let (tenant, mut tx) = store.begin_tenant(operator, values).await?;
    install_data(&mut tx, store.registry()).await?;
    Ok((tenant, tx))
}

/// Gives tenants that are older than a model's data what new tenants begin with. Run at each start.
///
/// A model of which a tenant knows any of the module's records is left alone: what is not there was deleted on purpose.
pub async fn install_new_data(store: &Store) -> Result<(), TenantError> {
    let operator = Operator::because("give tenants the data of models that are new to them");
    let registry = store.registry();
    let mut models: Vec<(&str, &str)> = registry
        .data()
        .iter()
        .map(|record| (record.module.as_str(), record.model.as_str()))
        .filter(|(_, name)| registry.model(name).is_some_and(|model| model.tenancy == Tenancy::Tenant))
        .collect();
    models.sort_unstable();
    models.dedup();
    for tenant in store.tenants(&operator).await? {
        let scope = Scope::system(tenant.id, operator.reason());
        let missing = new_to(store, &scope, &models).await?;
        if missing.is_empty() {
            continue;
        }
        let mut tx = store.begin(&scope).await?;
        install(&mut tx, registry, |module, model| missing.contains(&(module, model))).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The models of whose data a tenant has nothing.
async fn new_to<'a>(
    store: &Store,
    scope: &Scope,
    models: &[(&'a str, &'a str)],
) -> Result<Vec<(&'a str, &'a str)>, TenantError> {
    let mut tx = store.read(scope).await?;
    let mut missing = Vec::new();
    for (module, model) in models {
        let same = Domain::eq("module", (*module).to_owned()).and(Domain::eq("model", (*model).to_owned()));
        if tx.count("ir.model.data", &same).await? == 0 {
            missing.push((*module, *model));
        }
    }
    Ok(missing)
}

/// Brings the modules' records into the transaction's tenant: new ones are created, known ones brought up to date.
pub async fn install_data(tx: &mut Tx, registry: &Registry) -> Result<(), TenantError> {
    install(tx, registry, |_, _| true).await
}

async fn install(
    tx: &mut Tx,
    registry: &Registry,
    wanted: impl Fn(&str, &str) -> bool,
) -> Result<(), TenantError> {
    for record in
        registry.data().iter().filter(|record| wanted(record.module.as_str(), record.model.as_str()))
    {
        let model = record.model.as_str();
        if registry.model(model).is_none_or(|model| model.tenancy != Tenancy::Tenant) {
            continue;
        }
        let mut values = Values::new();
        for (field, literal) in &record.values {
            values.insert(field.clone(), resolved(tx, registry, &record.module, literal).await?);
        }
        match tx.external(&record.module, &record.name).await? {
            Some(_) if record.noupdate => {}
            Some((_, id)) => tx.update(model, id, values, None).await?,
            None => {
                let id = tx.create(model, values).await?;
                tx.set_external(&record.module, &record.name, model, id).await?;
            }
        }
    }
    Ok(())
}

/// The record that an external id stands for in the transaction's tenant, with its model.
///
/// Shared records are found by what the modules say of them: they need no row in any tenant.
pub async fn lookup(
    tx: &mut Tx,
    registry: &Registry,
    module: &str,
    name: &str,
) -> Result<Option<(String, RecordId)>, ReadError> {
    if let Some(found) = tx.external(module, name).await? {
        return Ok(Some(found));
    }
    let data = registry.data().iter().find(|record| record.module == module && record.name == name);
    let Some(data) = data else { return Ok(None) };
    let model = data.model.as_str();
    let Some(key) = shared_key(registry, model) else { return Ok(None) };
    let Some(Literal::Value(value)) = data.values.get(&key) else { return Ok(None) };
    let same = Domain::eq(&key, value.clone());
    let rows = tx.search(model, &same, opbx_store::Search::default()).await?;
    Ok(rows.first().map(|row| (model.to_owned(), row.id)))
}

/// The company given, else the only one chosen by the scope, else the tenant's first; none in a tenant without one.
pub(crate) async fn company(tx: &mut Tx, given: Option<RecordId>) -> Result<Option<ResCompany>, ReadError> {
    let chosen = tx.scope().company().map(|id| id.get());
    let wanted = given.map(RecordId::get).or(chosen);
    let mut companies = tx.all::<ResCompany>(&Domain::All).await?;
    companies.sort_by_key(|company| (Some(company.id.get()) != wanted, company.id));
    Ok(companies.into_iter().next())
}

async fn resolved(
    tx: &mut Tx,
    registry: &Registry,
    home: &str,
    literal: &Literal,
) -> Result<Value, TenantError> {
    Ok(match literal {
        Literal::Value(value) => value.clone(),
        Literal::Record(to) => Value::Record(found(tx, registry, home, to).await?),
        Literal::Records(all) => {
            let mut ids = Vec::with_capacity(all.len());
            for to in all {
                ids.push(found(tx, registry, home, to).await?);
            }
            Value::Records(ids)
        }
        Literal::OneOf { model, to } => {
            let id = found(tx, registry, home, to).await?;
            Value::Reference(RecordRef { model: model.clone(), id })
        }
        Literal::Destination { kind, to } => {
            let id = found(tx, registry, home, to).await?;
            Value::Destination(DestinationRef::Record { kind: kind.clone(), id })
        }
    })
}

async fn found(
    tx: &mut Tx,
    registry: &Registry,
    home: &str,
    to: &Reference,
) -> Result<RecordId, TenantError> {
    let found = lookup(tx, registry, to.module_or(home), &to.name).await?;
    found.map(|(_, id)| id).ok_or_else(|| TenantError::NoSuchRecord(to.clone()))
}

/// The field by which a shared record is known in the whole installation.
pub(crate) fn shared_key(registry: &Registry, model: &str) -> Option<String> {
    let model = registry.model(model).filter(|model| model.tenancy == Tenancy::Shared)?;
    let unique = model.fields.iter().find(|field| field.unique.is_some())?;
    Some(unique.name.clone())
}

/// The values of shared data, which name no other records.
fn plain(values: &std::collections::BTreeMap<String, Literal>) -> Values {
    let value = |literal: &Literal| match literal {
        Literal::Value(value) => Some(value.clone()),
        Literal::Record(_) | Literal::Records(_) | Literal::OneOf { .. } | Literal::Destination { .. } => {
            None
        }
    };
    values.iter().filter_map(|(name, literal)| Some((name.clone(), value(literal)?))).collect()
}
