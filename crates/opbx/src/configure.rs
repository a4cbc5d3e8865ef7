//! `opbx config export`, `plan` and `apply`.

use crate::cli::{Applying, Exporting};
use crate::config::Config;
use crate::open;
use anyhow::Context as _;
use opbx_app::apply::{Applied, Options, apply_with, plan as plan_file};
use opbx_app::configuration::export::{Exported, export as export_tenant};
use opbx_app::configuration::{Change, Deed, Difference, FieldChange, Kept, Shown};
use opbx_app::outbox;
use opbx_cluster::Cluster;
use opbx_kernel::TenantId;
use opbx_store::Store;
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// `plan` found something to do.
const CHANGES: u8 = 2;
/// What is kept though the file does not name it is listed up to here; `--json` lists it all.
const KEPT_LISTED_MAX: usize = 50;
/// Longer lists are shown by what comes and goes.
const LIST_LEN_MAX: usize = 100;

pub(crate) async fn export(config: &Config, asked: &Exporting) -> anyhow::Result<ExitCode> {
    let opened = open::current(config).await?;
    let exported = export_tenant(&opened.store, asked.tenant.as_deref()).await;
    opened.store.close().await;
    let Exported { slug, text, records, named } = exported?;
    if let Some(path) = &asked.output {
        std::fs::write(path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    match (asked.json, &asked.output) {
        (true, output) => {
            let text = output.is_none().then_some(text);
            println!("{}", json!({ "slug": slug, "records": records, "named": named, "text": text }));
        }
        (false, Some(path)) => println!("{slug}: {records} records written to {}", path.display()),
        (false, None) => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn plan(config: &Config, asked: &Applying) -> anyhow::Result<ExitCode> {
    let text = read(&asked.file)?;
    let opened = open::current(config).await?;
    let difference =
        plan_file(&opened.store, &asked.file.display().to_string(), &text, &options(asked)).await;
    opened.store.close().await;
    let difference = difference?;
    if asked.json {
        println!("{}", serde_json::to_string(&difference)?);
    } else {
        print!("{}", difference_in_words(&difference));
    }
    Ok(if difference.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(CHANGES) })
}

pub(crate) async fn apply(config: &Config, asked: &Applying) -> anyhow::Result<ExitCode> {
    let text = read(&asked.file)?;
    let opened = open::named(config).await?;
    let applied = apply_with(&opened.store, &asked.file.display().to_string(), &text, &options(asked)).await;
    if let Ok(applied) = &applied
        && applied.plan_version.is_some()
    {
        tell_nodes(config, &opened.store, applied.tenant).await;
    }
    opened.store.close().await;
    let applied = applied?;
    if asked.json {
        println!("{}", in_json(&applied));
    } else {
        println!("{}", in_words(&applied));
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn options(asked: &Applying) -> Options<'_> {
    Options {
        tenant: asked.tenant.as_deref(),
        prune: asked.prune,
        environment: &|name| std::env::var(name).ok(),
        request: None,
    }
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

fn difference_in_words(difference: &Difference) -> String {
    let mut words = String::new();
    // Writing into a String does not fail.
    if difference.new_tenant {
        let _ = writeln!(words, "+ tenant {}", difference.slug);
    }
    if let Some((old, new)) = &difference.renamed_tenant {
        let _ = writeln!(words, "~ tenant {}\n    name: {old:?} → {new:?}", difference.slug);
    }
    for change in &difference.changes {
        change_in_words(&mut words, change);
    }
    if !difference.kept.is_empty() {
        let _ = writeln!(words, "not in the file, kept (--prune would delete or reset it):");
    }
    for kept in difference.kept.iter().take(KEPT_LISTED_MAX) {
        let Kept { model, name, field, value } = kept;
        let _ = match (field, value) {
            (Some(field), Some(value)) => {
                writeln!(words, "    {model}.{name}: {field} = {}", one_line(value))
            }
            (Some(field), None) => writeln!(words, "    {model}.{name}: {field} is unset"),
            (None, _) => writeln!(words, "    {model}.{name}"),
        };
    }
    if difference.kept.len() > KEPT_LISTED_MAX {
        let _ = writeln!(words, "    and {} more", difference.kept.len() - KEPT_LISTED_MAX);
    }
    let [create, update, delete] =
        [Deed::Create, Deed::Update, Deed::Delete].map(|deed| difference.count(deed));
    let (slug, unchanged) = (&difference.slug, difference.unchanged);
    let _ = if difference.is_empty() {
        writeln!(words, "{slug}: nothing to do, {unchanged} unchanged")
    } else {
        writeln!(
            words,
            "{slug}: {create} to create, {update} to update, {delete} to delete, {unchanged} unchanged"
        )
    };
    words
}

fn change_in_words(words: &mut String, change: &Change) {
    let sign = match change.deed {
        Deed::Create => '+',
        Deed::Update => '~',
        Deed::Delete => '-',
    };
    let renamed = change.renamed_from.as_ref().map(|old| format!(" (called {old} before)"));
    let _ = writeln!(words, "{sign} {}.{}{}", change.model, change.name, renamed.unwrap_or_default());
    for FieldChange { field, secret, old, new } in &change.fields {
        let _ = match (secret, old, new) {
            (true, ..) => writeln!(words, "    {field}: a secret, changed"),
            (false, Some(Shown::List(old)), Some(Shown::List(new))) => list_in_words(words, field, old, new),
            (false, old, new) => {
                let value =
                    |shown: &Option<Shown>| shown.as_ref().map_or_else(|| "unset".to_owned(), one_line);
                match change.deed {
                    Deed::Create => writeln!(words, "    {field} = {}", value(new)),
                    _ => writeln!(words, "    {field}: {} → {}", value(old), value(new)),
                }
            }
        };
    }
}

/// Short lists whole; of long ones what comes and what goes.
fn list_in_words(words: &mut String, field: &str, old: &[String], new: &[String]) -> std::fmt::Result {
    let [before, after] = [old, new].map(|list| format!("[{}]", list.join(", ")));
    if before.len() + after.len() <= LIST_LEN_MAX {
        return writeln!(words, "    {field}: {before} → {after}");
    }
    writeln!(words, "    {field}:")?;
    let [gone, added] = [(old, new), (new, old)]
        .map(|(from, without)| from.iter().filter(|item| !without.contains(item)).collect::<Vec<_>>());
    for item in &gone {
        writeln!(words, "      - {item}")?;
    }
    for item in &added {
        writeln!(words, "      + {item}")?;
    }
    if gone.is_empty() && added.is_empty() {
        writeln!(words, "      in another order")?;
    }
    Ok(())
}

fn one_line(shown: &Shown) -> String {
    match shown {
        Shown::One(text) => text.replace('\n', "\\n"),
        Shown::List(items) => format!("[{}]", items.join(", ")),
    }
}
