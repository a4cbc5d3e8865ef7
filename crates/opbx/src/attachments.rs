//! `opbx attachments collect`.

use crate::config::Config;
use crate::open;
use anyhow::Context as _;
use opbx_app::attachments::{Collected, Objects, collect_all};
use opbx_kernel::{Clock as _, SystemClock};
use serde_json::json;
use std::process::ExitCode;
use std::sync::Arc;

pub(crate) async fn collect(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    let opened = open::existing(config).await?;
    let folder = config.objects();
    let objects = Objects::open(folder.clone(), Arc::new(SystemClock))
        .with_context(|| format!("the folder {} cannot be used", folder.display()))?;
    let collected = collect_all(&opened.store, &objects, SystemClock.now()).await?;
    opened.store.close().await;
    let Collected { attachments, objects, bytes, uploads } = collected;
    if as_json {
        println!(
            "{}",
            json!({ "attachments": attachments, "objects": objects, "bytes": bytes, "uploads": uploads })
        );
    } else {
        println!(
            "{attachments} attachments whose record is gone, {objects} objects ({bytes} bytes) that nobody refers to, \
             and {uploads} uploads that nobody went on with were taken away"
        );
    }
    Ok(ExitCode::SUCCESS)
}
