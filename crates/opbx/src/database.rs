//! `opbx db migrate`: the database follows the models, or says what it would do.

use crate::config::Config;
use crate::open;
use opbx_kernel::Operator;
use opbx_store::{SchemaError, SchemaPlan};
use serde_json::json;
use std::process::ExitCode;

/// Does it, or with `dry_run` only says it. Fails where something is refused, which is then said in full.
pub(crate) async fn migrate(config: &Config, dry_run: bool, as_json: bool) -> anyhow::Result<ExitCode> {
    let plan = if dry_run { plan(config).await? } else { follow(config).await? };
    if as_json {
        let changes: Vec<&str> = plan.changes.iter().map(|change| change.sentence()).collect();
        println!(
            "{}",
            json!({ "changes": changes, "refusals": plan.refusals, "done": !dry_run && plan.refusals.is_empty() })
        );
    } else {
        print(&plan, dry_run);
    }
    Ok(if plan.refusals.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn plan(config: &Config) -> anyhow::Result<SchemaPlan> {
    let opened = open::existing(config).await?;
    let plan = opened.store.schema_plan(&Operator::because("say what a migration would do")).await?;
    opened.store.close().await;
    Ok(plan)
}

/// Refusals are an answer here, not an error: they are shown as a dry run shows them.
async fn follow(config: &Config) -> anyhow::Result<SchemaPlan> {
    match open::ready(config).await {
        Ok(opened) => {
            opened.store.close().await;
            Ok(SchemaPlan { changes: opened.changes, refusals: Vec::new() })
        }
        Err(error) => match error.downcast::<SchemaError>()? {
            SchemaError::WouldLose(refusals) => Ok(SchemaPlan { changes: Vec::new(), refusals }),
            other => Err(other.into()),
        },
    }
}

fn print(plan: &SchemaPlan, dry_run: bool) {
    for change in &plan.changes {
        println!("{}  {change}", if dry_run { "would" } else { "done " });
    }
    for refusal in &plan.refusals {
        println!("REFUSED  {refusal}");
    }
    match (plan.changes.len(), plan.refusals.len(), dry_run) {
        (0, 0, _) => println!("The database follows the models already."),
        (1, 0, true) => println!("1 change would be made; run it without --dry-run."),
        (changes, 0, true) => println!("{changes} changes would be made; run it without --dry-run."),
        (1, 0, false) => println!("1 change was made."),
        (changes, 0, false) => println!("{changes} changes were made."),
        (_, refused, _) => println!("{refused} refused; nothing was changed."),
    }
}
