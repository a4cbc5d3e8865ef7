//! `opbx attachments`: files that belong to records.

use crate::config::Config;
use crate::{objects, open, simulate};
use anyhow::{Context as _, bail};
use opbx_app::attachments::{Collected, NewAttachment, attach, collect_all};
use opbx_kernel::{Clock as _, Scope, SystemClock};
use serde_json::json;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// Bytes that are read from a file at a time.
const CHUNK_LEN: usize = 64 * 1024;

pub(crate) async fn add(
    config: &Config,
    record: &str,
    file: &Path,
    tenant: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let (model, name) =
        record.split_once(':').context("RECORD: expected MODEL:NAME, as in pbx.prompt:welcome")?;
    let mut content = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let opened = open::existing(config).await?;
    let tenant = simulate::chosen(&opened.store, tenant).await?;
    let objects = objects::open(config, Arc::new(SystemClock))?;
    let mut tx = opened.store.begin(&Scope::system(tenant.id, "attach a file by hand")).await?;
    let known = tx.external("config", &format!("{model}.{name}")).await?;
    let Some((_, id)) = known else { bail!("{} has no {model} of the name {name:?}", tenant.slug) };
    let mut upload = objects.begin(tenant.id).await?;
    let mut chunk = vec![0; CHUNK_LEN];
    loop {
        let read = content.read(&mut chunk).with_context(|| format!("{} cannot be read", file.display()))?;
        if read == 0 {
            break;
        }
        upload.write(&chunk[..read]).await?;
    }
    let stored = upload.keep().await?;
    let title = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let new = NewAttachment { name: &title, mimetype: mimetype(file), model, record: id, field: None };
    attach(&mut tx, opened.store.registry(), &stored, &new).await?;
    tx.commit().await?;
    opened.store.close().await;
    println!("{title} is attached to {record}");
    Ok(ExitCode::SUCCESS)
}

/// What a file's name says of its content, as engines that play it want to know.
fn mimetype(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "mp3" => Some("audio/mpeg"),
        "wav" => Some("audio/wav"),
        _ => None,
    }
}

pub(crate) async fn collect(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    let opened = open::existing(config).await?;
    let objects = objects::open(config, Arc::new(SystemClock))?;
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
