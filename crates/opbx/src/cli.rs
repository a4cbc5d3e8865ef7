//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use opbx_routing::Direction;
use opbx_telephony::simulator::Answers;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A business phone system that is also a business application platform.
#[derive(Debug, Parser)]
#[command(name = "opbx", version, about, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes. A flag comes before the environment (OPBX_…), and that before the configuration file.
#[derive(Debug, Default, Args)]
pub(crate) struct Settings {
    /// Configuration file; `opbx.toml` in the data folder is read when it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for database, keys and journal [default: opbx-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// sqlite:///path or postgres://user:password@host/database [default: opbx.db in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// redis://host:port, when there is more than one node [default: in memory]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) redis: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the server
    Serve {
        /// With a demo company; on a loopback address only
        #[arg(long)]
        demo: bool,
    },
    /// Shows where a call would go and why; rings nothing
    Simulate(SimulatedCall),
    /// Checks configuration, database and tenants, and says what to do
    Doctor {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Works with the database
    #[command(subcommand)]
    Db(DbCommand),
    /// Works with configuration files
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints the version
    Version,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Lets the database follow the models, migration steps and all; `opbx serve` does the same when it starts
    Migrate {
        /// Says what would be done, and what would be refused; does nothing
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Brings a tenant to what a file says, in one transaction
    Apply {
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SimulatedCall {
    /// Who calls: a number, or an extension
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) from: String,
    /// What is called: a number, or an extension
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) to: String,
    /// When, as "2026-12-24 18:05" in the company's time zone, or with an offset [default: now]
    #[arg(long)]
    pub(crate) at: Option<String>,
    /// Who answers: 1002=no,1003=yes (also busy, fails); whoever is not named does not answer
    #[arg(long, default_value = "")]
    pub(crate) answer: Answers,
    /// Keys the caller presses, with commas between
    #[arg(long, value_delimiter = ',')]
    pub(crate) keys: Vec<String>,
    /// Where the call comes from [default: subscriber if --from is an extension, else inbound]
    #[arg(long)]
    pub(crate) direction: Option<DirectionWord>,
    /// Whose configuration, by slug; needed when there is more than one tenant
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DirectionWord {
    Inbound,
    Subscriber,
    Application,
    Outbound,
    OutboundApi,
}

impl From<DirectionWord> for Direction {
    fn from(word: DirectionWord) -> Self {
        match word {
            DirectionWord::Inbound => Self::Inbound,
            DirectionWord::Subscriber => Self::Subscriber,
            DirectionWord::Application => Self::Application,
            DirectionWord::Outbound => Self::Outbound,
            DirectionWord::OutboundApi => Self::OutboundApi,
        }
    }
}
