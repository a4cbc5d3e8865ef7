//! The OPBX binary: command line, configuration, wiring and shutdown.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program prints")]

mod attachments;
mod backups;
mod cli;
mod config;
mod configure;
mod database;
mod demo;
mod dev;
mod doctor;
mod health;
mod keys;
mod listeners;
mod logging;
mod objects;
mod open;
mod people;
mod serve;
mod simulate;
mod tenants;
mod terminal;
mod tls;
mod traces;

use clap::Parser as _;
use cli::{AttachmentsCommand, Cli, Command, ConfigCommand, DbCommand};
use config::Config;
use std::net::SocketAddr;
use std::process::ExitCode;

/// Something is wrong with what was asked: a flag, a file, a value (`EX_USAGE` of sysexits). Not clap's own 2, which
/// says that `config plan` found changes.
const MISUSE: u8 = 64;

fn main() -> ExitCode {
    // Before anything else: two crypto providers in one process would panic at the first use of TLS.
    let installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    installed.expect("nobody installed a crypto provider before main began");
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(refusal) => {
            // A broken pipe is nobody's mistake here.
            let _ = refusal.print();
            return if refusal.use_stderr() { ExitCode::from(MISUSE) } else { ExitCode::SUCCESS };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    // What the configuration makes of mail keeps its connections by a task of the runtime.
    let _within = runtime.enter();
    let config = match Config::read(&cli.settings) {
        Ok(config) => config,
        Err(mistakes) => {
            eprintln!("{mistakes}");
            return ExitCode::from(MISUSE);
        }
    };
    let outcome = runtime.block_on(run(cli.command, config, cli.settings.listen));
    outcome.unwrap_or_else(|error| {
        eprintln!("opbx: {error:#}");
        ExitCode::FAILURE
    })
}

/// Runs a command; `asked` is the address of the flag alone, which is meant for whatever the command lets listen.
async fn run(command: Command, config: Config, asked: Option<SocketAddr>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { demo, no_history } => serve::run(config, demo, !no_history).await,
        Command::Simulate(call) => simulate::run(&config, &call).await,
        Command::Doctor { mail, json } => doctor::run(&config, mail.as_deref(), json).await,
        Command::Health { json } => health::run(&config, json).await,
        Command::Keys(command) => keys::run(&config, &command).await,
        Command::Attachments(AttachmentsCommand::Add { record, file, tenant }) => {
            attachments::add(&config, &record, &file, tenant.as_deref()).await
        }
        Command::Attachments(AttachmentsCommand::Collect { json }) => {
            attachments::collect(&config, json).await
        }
        Command::Config(ConfigCommand::Export(asked)) => configure::export(&config, &asked).await,
        Command::Config(ConfigCommand::Plan(asked)) => configure::plan(&config, &asked).await,
        Command::Config(ConfigCommand::Apply(asked)) => configure::apply(&config, &asked).await,
        Command::Db(DbCommand::Migrate { dry_run, json }) => database::migrate(&config, dry_run, json).await,
        Command::Db(DbCommand::Backup { file, objects, json }) => {
            backups::backup(&config, &file, objects, json).await
        }
        Command::Db(DbCommand::Restore { file, replace, dry_run, json }) => {
            let asked = backups::Restoring { file, replace, dry_run, json };
            backups::restore(&config, &asked).await
        }
        Command::Tenant(command) => tenants::run(&config, &command).await,
        Command::User(command) => people::run(&config, &command).await,
        Command::Dev(command) => dev::run(&config, asked, &command).await,
        Command::Openapi => {
            println!("{:#}", opbx_http::contract());
            Ok(ExitCode::SUCCESS)
        }
        Command::Version => {
            println!("opbx {}", env!("CARGO_PKG_VERSION"));
            Ok(ExitCode::SUCCESS)
        }
    }
}
