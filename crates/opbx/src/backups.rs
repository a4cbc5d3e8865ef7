//! `opbx db backup` and `opbx db restore`: the whole installation in one file, and back from it.

use crate::config::Config;
use crate::{objects, open};
use anyhow::Context as _;
use opbx_app::backups::{self, Checked, Restored, Written};
use opbx_app::journal::Journal;
use opbx_app::keys::{self, KeysError};
use opbx_app::modules;
use opbx_kernel::SystemClock;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What a restore was asked for.
pub(crate) struct Restoring {
    pub(crate) file: PathBuf,
    pub(crate) replace: bool,
    pub(crate) dry_run: bool,
    pub(crate) json: bool,
}

pub(crate) async fn backup(
    config: &Config,
    file: &Path,
    with_objects: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let opened = open::existing(config).await?;
    let store = if with_objects { Some(objects::open(config, Arc::new(SystemClock))?) } else { None };
    let done = backups::write(&opened.store, &opened.keyring, store.as_ref(), &SystemClock, file).await?;
    opened.store.close().await;
    let Written { tenants, tables, rows, objects, missing, size } = done;
    let keys = config.keys.display().to_string();
    if missing > 0 {
        eprintln!(
            "{missing} objects that records name are not where `objects` says. The backup holds everything else, and \
             can be restored without them."
        );
    }
    let code = if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if as_json {
        println!(
            "{}",
            json!({
                "file": file, "tenants": tenants, "tables": tables, "rows": rows, "objects": objects,
                "missing_objects": missing, "bytes": size, "keys_not_included": keys,
            })
        );
        return Ok(code);
    }
    println!("{}: {tenants} tenants, {rows} rows of {tables} tables, {size} bytes", file.display());
    if with_objects {
        println!("{objects} objects are in it.");
    } else {
        println!("Objects (prompts, recordings) are not in it: say --objects, or keep them yourself.");
    }
    println!(
        "Keep a copy of {keys} in another place: secrets stay sealed in the backup, and only it opens them."
    );
    Ok(code)
}

pub(crate) async fn restore(config: &Config, asked: &Restoring) -> anyhow::Result<ExitCode> {
    let keyring = keys::load(&config.keys)?.ok_or_else(|| KeysError::Gone(config.keys.clone()))?;
    let registry = modules::registry(config.modules.as_deref())?;
    let checked = backups::check(&asked.file, &registry, &keyring)?;
    if asked.dry_run {
        tell(asked, &checked, None);
        return Ok(ExitCode::SUCCESS);
    }
    let data = config.data.display();
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {data} cannot be made"))?;
    // Held until the end: a server of this machine would go on with what it remembers of the old records.
    let node = opbx_app::entropy::bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let _alone = Journal::open(&config.data.join("journal"), &node)?;
    let opened = open::bare(config, keyring).await?;
    let store = objects::open(config, Arc::new(SystemClock))?;
    let restored = backups::restore(&opened.store, &store, &asked.file, &checked, asked.replace).await?;
    opened.store.close().await;
    tell(asked, &checked, Some(restored));
    Ok(ExitCode::SUCCESS)
}

fn tell(asked: &Restoring, checked: &Checked, restored: Option<Restored>) {
    let Checked { version, made_at, has_objects, tables, rows, objects, secrets, .. } = checked;
    if asked.json {
        println!(
            "{}",
            json!({
                "file": asked.file, "version": version, "made_at": made_at.to_string(), "has_objects": has_objects,
                "tables": tables, "rows": rows, "objects": objects, "secrets_opened": secrets.opened,
                "secrets_unopened": secrets.unopened, "restored": restored.is_some(),
            })
        );
        return;
    }
    let file = asked.file.display();
    println!("{file} was made by OPBX {version} at {made_at}; it is whole, and the keys open it.");
    if secrets.unopened > 0 {
        println!(
            "{} of its {} secrets were locked already: their key is in no line of the key file.",
            secrets.unopened,
            secrets.opened + secrets.unopened
        );
    }
    match restored {
        Some(Restored { tables, rows, objects }) => {
            println!("{rows} rows of {tables} tables and {objects} objects are back. Start `opbx serve`.");
        }
        None => {
            println!("It holds {rows} rows of {tables} tables and {objects} objects; nothing was changed.");
        }
    }
    if !has_objects {
        println!("Objects are not in it: bring them back to where `objects` says yourself.");
    }
}
