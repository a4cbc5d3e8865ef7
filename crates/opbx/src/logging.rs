//! Logs: to standard error, as text for people or JSON for machines. Never with full telephone numbers.

use crate::config::Config;
use anyhow::Context as _;
use std::io::{self, IsTerminal as _};
use tracing_subscriber::EnvFilter;

pub(crate) fn start(config: &Config) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(&config.log).with_context(|| format!("`log`: {:?} is no filter", config.log))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if config.log_json {
        log.json().flatten_event(true).try_init()
    } else {
        log.with_ansi(io::stderr().is_terminal()).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
