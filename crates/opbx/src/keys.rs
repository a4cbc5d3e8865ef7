//! `opbx keys`: new keys for what is sealed, without a moment in which a running node cannot open it.

use crate::cli::KeysCommand;
use crate::config::Config;
use crate::open::{self, Opened};
use anyhow::Context as _;
use opbx_app::keys::{self, SPREAD};
use opbx_app::secrets::{Resealed, reseal_all};
use serde_json::json;
use std::process::ExitCode;

pub(crate) async fn run(config: &Config, command: &KeysCommand) -> anyhow::Result<ExitCode> {
    let (at_once, as_json) = match command {
        KeysCommand::Prepare => return prepare(config),
        KeysCommand::Rotate { at_once, json } => (Some(*at_once), *json),
        KeysCommand::Reseal { json } => (None, *json),
    };
    let opened = open::existing(config).await?;
    if let Some(at_once) = at_once {
        rotate(config, &opened, at_once).await?;
    }
    let resealed = reseal_all(&opened.store).await?;
    opened.store.close().await;
    tell(&resealed, as_json);
    Ok(if resealed.unopened.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn prepare(config: &Config) -> anyhow::Result<ExitCode> {
    let path = config.keys.display();
    if keys::prepare(&config.keys)? {
        println!(
            "{path} holds a new key that opens only: give this file to every node, then `opbx keys rotate`"
        );
    } else {
        println!(
            "{path} holds a prepared key already: give this file to every node, then `opbx keys rotate`"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Every running node knows the key before one seals with it, and seals with it before the old sealings go.
async fn rotate(config: &Config, opened: &Opened, at_once: bool) -> anyhow::Result<()> {
    let wait = || async {
        if !at_once {
            tokio::time::sleep(SPREAD).await;
        }
    };
    if keys::prepare(&config.keys)? {
        wait().await;
    }
    keys::promote(&config.keys)?;
    let ring = keys::load(&config.keys)?.context("the key file was taken away meanwhile")?;
    opened.keyring.replace(&ring);
    wait().await;
    Ok(())
}

fn tell(resealed: &Resealed, as_json: bool) {
    let Resealed { resealed, unopened } = resealed;
    if as_json {
        let unopened: Vec<_> = unopened
            .iter()
            .map(|left| {
                json!({
                    "tenant": left.tenant.get(),
                    "model": left.model,
                    "record": left.record.get(),
                    "field": left.field,
                })
            })
            .collect();
        println!("{}", json!({ "resealed": resealed, "unopened": unopened }));
        return;
    }
    println!("{resealed} secrets are sealed under the newest key now");
    for left in unopened {
        println!(
            "{} of {} {} (tenant {}) cannot be opened by any key: bring the old key file back, or write it anew",
            left.field, left.model, left.record, left.tenant
        );
    }
    if unopened.is_empty() {
        println!(
            "nothing is left under previous keys but callback tokens of calls under way: keep those keys for two days"
        );
    }
}
