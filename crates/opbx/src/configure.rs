//! `opbx config apply`.

use crate::config::Config;
use crate::open;
use anyhow::Context as _;
use opbx_app::apply::{Applied, apply as apply_file};
use opbx_app::outbox;
use opbx_cluster::Cluster;
use opbx_kernel::TenantId;
use opbx_store::Store;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

pub(crate) async fn apply(config: &Config, file: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let opened = open::ready(config).await?;
    let applied = apply_file(&opened.store, &file.display().to_string(), &text).await?;
    if applied.plan_version.is_some() {
        tell_nodes(config, &opened.store, applied.tenant).await;
    }
    if as_json {
        println!("{}", in_json(&applied));
    } else {
        println!("{}", in_words(&applied));
    }
    opened.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Tells running nodes at once, where they can be reached; without it they find the new plan themselves.
async fn tell_nodes(config: &Config, store: &Store, tenant: TenantId) {
    let Some(url) = &config.redis else { return };
    let told = async {
        let cluster = Cluster::connect(url, &config.redis_prefix).await?;
        anyhow::Ok(outbox::tell(store, cluster.bus(), tenant).await?)
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, "running nodes could not be told; they find the new plan within a second");
    }
}

fn in_words(applied: &Applied) -> String {
    let Applied { slug, created, updated, unchanged, deleted, plan_version, .. } = applied;
    let plan = match plan_version {
        Some(version) => format!("routing changed: plan version {version} is live within a second"),
        None => "routing did not change".to_owned(),
    };
    format!("{slug}: {created} created, {updated} updated, {unchanged} unchanged, {deleted} deleted; {plan}")
}

fn in_json(applied: &Applied) -> serde_json::Value {
    json!({
        "tenant": applied.tenant.get(),
        "slug": applied.slug,
        "created": applied.created,
        "updated": applied.updated,
        "unchanged": applied.unchanged,
        "deleted": applied.deleted,
        "plan_version": applied.plan_version,
    })
}
