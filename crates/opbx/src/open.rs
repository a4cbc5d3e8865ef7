//! Opens what commands work on: modules, keys and the database.

use crate::config::Config;
use anyhow::{Context as _, bail};
use opbx_app::{keys, modules, tenants};
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Operator, SystemClock};
use opbx_store::{DatabaseUrl, Store, StoreConfig};
use std::sync::Arc;

/// An open store, with the keys that open its secrets.
pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
}

/// Opens the database, makes it if there is none, and lets it follow the models.
pub(crate) async fn ready(config: &Config) -> anyhow::Result<Opened> {
    let data = config.data.display();
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {data} cannot be made"))?;
    let opened = store(config).await?;
    let operator = Operator::because("let the database follow the models");
    let changes = opened.store.sync_schema(&operator).await?;
    for change in &changes {
        tracing::debug!(%change, "schema");
    }
    if !changes.is_empty() {
        tracing::info!(changes = changes.len(), "the database follows the models again");
    }
    tenants::install_shared_data(&opened.store).await?;
    Ok(opened)
}

/// Opens a database that exists, as it is.
pub(crate) async fn existing(config: &Config) -> anyhow::Result<Opened> {
    if let DatabaseUrl::Sqlite(path) = &config.database
        && !path.exists()
    {
        bail!(
            "there is no database at {}: start `opbx serve` once, or name its folder with --data",
            path.display()
        );
    }
    store(config).await
}

async fn store(config: &Config) -> anyhow::Result<Opened> {
    let registry = modules::registry(config.modules.as_deref())?;
    let keyring = keys::load_or_create(&config.keys)?;
    let database = StoreConfig { url: config.database.clone() };
    let store = Store::open(database, Arc::new(registry), keyring.clone(), Arc::new(SystemClock)).await?;
    Ok(Opened { store, keyring })
}
