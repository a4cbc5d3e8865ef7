//! `opbx dev history`: a past to look at, and as much of it as somebody wants to measure with.

use crate::cli::DevHistory;
use crate::config::Config;
use crate::{objects, open, simulate};
use anyhow::{Context as _, bail};
use opbx_app::past_calls::{self, Wanted};
use opbx_kernel::{Clock as _, SystemClock};
use opbx_store::DatabaseUrl;
use std::process::ExitCode;
use std::sync::Arc;

/// After so many calls a line says how far it is.
const TELL_EVERY: u32 = 10_000;

pub(crate) async fn run(config: &Config, asked: &DevHistory) -> anyhow::Result<ExitCode> {
    if let Some(whose) = others(config).filter(|_| !asked.force) {
        bail!(
            "past calls that nobody made belong into no data that others work with: {whose} (--force writes them anyway)"
        );
    }
    let opened = open::existing(config).await?;
    let tenant = simulate::chosen(&opened.store, asked.tenant.as_deref()).await?;
    let objects = objects::open(config, Arc::new(SystemClock))?;
    let wanted = Wanted { calls: asked.calls, days: asked.days, seed: asked.seed };
    let begun = SystemClock.now();
    let told = |calls: u32| {
        if calls.is_multiple_of(TELL_EVERY) {
            println!("{calls:8} calls");
        }
    };
    let written =
        past_calls::write(&opened.store, &objects, tenant.id, wanted, SystemClock.now(), told).await;
    let written = written.context("the history is not whole")?;
    println!(
        "{} calls of the last {} days are in the history of {:?}: {} were answered, {} left a message, {} can be listened to. It took {:.1} s.",
        written.calls,
        asked.days,
        tenant.slug,
        written.answered,
        written.messages,
        written.sounds,
        SystemClock.now().duration_since(begun).as_secs_f64()
    );
    opened.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Why this installation may be more than a developer's own.
fn others(config: &Config) -> Option<String> {
    if !config.listen.ip().is_loopback() {
        return Some(format!("it is served on {}", config.listen));
    }
    if let Some(url) = &config.public_url {
        return Some(format!("it is reached as {url}"));
    }
    match &config.database {
        DatabaseUrl::Postgres(url) if !is_here(url) => Some("its database is on another machine".to_owned()),
        _ => None,
    }
}

/// Whether a URL leads to this machine, by its name for itself or by a socket in the file system.
fn is_here(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, query) =
        rest.split_once(['/', '?']).map_or((rest, ""), |(authority, query)| (authority, query));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let elsewhere = query.contains("host=") && !query.contains("host=/") && !query.contains("host=%2F");
    !elsewhere && ["", "localhost", "127.0.0.1", "::1"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_this_machine_is_told_from_another() {
        for here in [
            "postgres://opbx@localhost/opbx",
            "postgres://opbx:p%40ss@127.0.0.1:5433/opbx",
            "postgres://opbx@[::1]:5432/opbx",
            "postgres:///opbx?host=/run/postgresql",
        ] {
            assert!(is_here(here), "{here}");
        }
        for other in [
            "postgres://opbx@db.example.com/opbx",
            "postgres://localhost@10.0.0.3/opbx",
            "postgres:///opbx?host=db.example.com",
        ] {
            assert!(!is_here(other), "{other}");
        }
    }
}
