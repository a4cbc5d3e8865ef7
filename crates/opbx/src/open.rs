//! Opens what commands work on: modules, keys and the database.

use crate::config::Config;
use anyhow::{Context as _, bail};
use opbx_app::keys::{KeysError, NewKeys};
use opbx_app::{keys, modules, tenants};
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Operator, SystemClock};
use opbx_store::{DatabaseUrl, SchemaChange, Store, StoreConfig};
use std::path::Path;
use std::sync::Arc;

/// An open store, with the keys that open its secrets.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    /// How the database was changed to follow the models.
    pub(crate) changes: Vec<SchemaChange>,
}

/// Opens the database, makes it if there is none, and lets it follow the models.
pub(crate) async fn ready(config: &Config) -> anyhow::Result<Opened> {
    let data = config.data.display();
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {data} cannot be made"))?;
    let kept = keys::load(&config.keys)?;
    let drawn = if kept.is_none() { Some(NewKeys::draw()) } else { None };
    let ring = kept.or_else(|| drawn.as_ref().map(|drawn| drawn.ring().clone()));
    let mut opened = store(config, ring.expect("keys were kept or drawn")).await?;
    let operator = Operator::because("let the database follow the models");
    opened.changes = opened.store.sync_schema(&operator).await?;
    for change in &opened.changes {
        tracing::debug!(%change, "schema");
    }
    if !opened.changes.is_empty() {
        tracing::info!(changes = opened.changes.len(), "the database follows the models again");
    }
    if let Some(drawn) = drawn {
        // New keys for an old database would lock its secrets away without a word.
        if !opened.store.tenants(&operator).await?.is_empty() {
            return Err(KeysError::Gone(config.keys.clone()).into());
        }
        drawn.keep(&config.keys)?;
    }
    tenants::install_shared_data(&opened.store).await?;
    tenants::install_new_data(&opened.store).await?;
    Ok(opened)
}

/// As `ready`, but makes nothing where nobody said which installation is meant.
pub(crate) async fn named(config: &Config) -> anyhow::Result<Opened> {
    if let Some(path) = missing(config).filter(|_| !config.is_named) {
        bail!(
            "there is no database at {}: name the installation with --data, --database or --config; \
             where it is named, a new one is made",
            path.display()
        );
    }
    ready(config).await
}

/// Opens a database that exists and follows the models, as it is.
pub(crate) async fn current(config: &Config) -> anyhow::Result<Opened> {
    let opened = existing(config).await?;
    let operator = Operator::because("see whether the database follows the models");
    let due = opened.store.schema_plan(&operator).await?;
    if !due.changes.is_empty() || !due.refusals.is_empty() {
        opened.store.close().await;
        bail!(
            "the database does not follow the models of this version and its modules: run `opbx db migrate` \
             first (with --dry-run it says what it would do)"
        );
    }
    Ok(opened)
}

/// Opens a database that exists, as it is.
pub(crate) async fn existing(config: &Config) -> anyhow::Result<Opened> {
    if let Some(path) = missing(config) {
        bail!(
            "there is no database at {}: start `opbx serve` once, or name its folder with --data",
            path.display()
        );
    }
    let ring = keys::load(&config.keys)?.ok_or_else(|| KeysError::Gone(config.keys.clone()))?;
    store(config, ring).await
}

/// The file of the database, where it is one and not there.
fn missing(config: &Config) -> Option<&Path> {
    match &config.database {
        DatabaseUrl::Sqlite(path) if !path.exists() => Some(path),
        _ => None,
    }
}

/// Opens a database whatever it holds, as it is; a SQLite file is made if there is none.
pub(crate) async fn bare(config: &Config, keyring: Keyring) -> anyhow::Result<Opened> {
    store(config, keyring).await
}

async fn store(config: &Config, keyring: Keyring) -> anyhow::Result<Opened> {
    let registry = modules::registry(config.modules.as_deref())?;
    let database = StoreConfig { url: config.database.clone() };
    let store = Store::open(database, Arc::new(registry), keyring.clone(), Arc::new(SystemClock)).await?;
    Ok(Opened { store, keyring, changes: Vec::new() })
}
