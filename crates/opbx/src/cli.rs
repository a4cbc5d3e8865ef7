//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use opbx_app::sessions::Role;
use opbx_routing::Direction;
use opbx_routing::Keys;
use opbx_routing::event::KEYS_LEN_MAX;
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
        /// Leaves out the demo company's last week of calls
        #[arg(long, requires = "demo")]
        no_history: bool,
    },
    /// Shows where a call would go and why; rings nothing
    Simulate(SimulatedCall),
    /// Checks configuration, database and tenants, and says what to do
    Doctor {
        /// Sends a test mail to this address as well
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Asks the server that runs on this machine whether it is ready; fails when it is not
    Health {
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
    /// Changes the keys that seal secrets and callbacks
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Looks after the files that belong to records
    #[command(subcommand)]
    Attachments(AttachmentsCommand),
    /// Makes, lists, suspends and deletes tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Makes, lists and deactivates users, and sets their passwords
    #[command(subcommand)]
    User(UserCommand),
    /// What people who build on OPBX need beside it
    #[command(subcommand)]
    Dev(DevCommand),
    /// Prints the contract of the REST API, an OpenAPI 3.1 document
    Openapi,
    /// Prints the version
    Version,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevCommand {
    /// Runs a fake Cloudonix: its REST API, and calls that obey what OPBX answers
    Cloudonix(DevEngine),
    /// Plays a whole day of calls against OPBX; fails where OPBX says something that Cloudonix would not take
    Calls(DevCalls),
    /// Writes past calls into the database, routed by the core: something to look at, and much of it to measure with
    History(DevHistory),
}

#[derive(Debug, Args)]
pub(crate) struct DevEngine {
    #[command(flatten)]
    pub(crate) cloudonix: DevCloudonix,
    /// How many seconds of a call pass in one
    #[arg(long, default_value_t = 1.0)]
    pub(crate) speed: f64,
}

/// A fake Cloudonix. It listens where `--listen` says [default: 127.0.0.1:9090].
#[derive(Debug, Args)]
pub(crate) struct DevCloudonix {
    /// The domain it serves
    #[arg(long, default_value = "demo.cloudonix.example")]
    pub(crate) domain: String,
    /// The key that opens its API
    #[arg(long, default_value = "XI-dev-domain-key")]
    pub(crate) key: String,
    /// Where OPBX is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) app: String,
    /// The tenant's requests key; with it, calls ask OPBX without OPBX having provisioned anything
    #[arg(long, value_name = "KEY")]
    pub(crate) requests_key: Option<String>,
    /// With --requests-key: tells no session updates and no call records
    #[arg(long)]
    pub(crate) no_webhooks: bool,
    /// Phones that are registered
    #[arg(
        long = "extension",
        value_name = "NUMBER",
        value_delimiter = ',',
        default_value = "1000,1001,1002,1003"
    )]
    pub(crate) extensions: Vec<String>,
    /// Ways out
    #[arg(
        long = "trunk",
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "demo-trunk,demo-trunk-2"
    )]
    pub(crate) trunks: Vec<String>,
    /// Takes ten requests in ten seconds only, as the real API
    #[arg(long)]
    pub(crate) limited: bool,
    /// Repeats, delays and reorders webhooks, by this seed
    #[arg(long, value_name = "SEED")]
    pub(crate) chaos: Option<u64>,
    /// Listens on an address that others reach
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DevHistory {
    /// How many calls
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) calls: u32,
    /// How many days they are spread over, back from now
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub(crate) days: u16,
    /// Draws the calls: the same seed, the same callers and answers
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Whose calls they are, by slug; needed where there is more than one tenant
    #[arg(long, value_name = "SLUG")]
    pub(crate) tenant: Option<String>,
    /// Writes them also where others may work
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DevCalls {
    #[command(flatten)]
    pub(crate) cloudonix: DevCloudonix,
    /// Draws the day: the same seed, the same calls
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Calls in an average hour
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) per_hour: u32,
    /// How long the day is
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=24))]
    pub(crate) hours: u32,
    /// How many seconds of the day pass in one; 0 waits for nothing
    #[arg(long, default_value_t = 60.0)]
    pub(crate) speed: f64,
    /// The numbers that people outside call
    #[arg(
        long = "number",
        value_name = "NUMBER",
        value_delimiter = ',',
        default_value = "+12125550100,+12125550101,+12125550102,+12125550103"
    )]
    pub(crate) numbers: Vec<String>,
    /// What phones inside dial outside
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', default_value = "+442079460018,+13105550142")]
    pub(crate) outside: Vec<String>,
    /// What callers press
    #[arg(long, value_name = "KEYS", value_delimiter = ',', default_value = "1,2,3,4,9,0,1001,7,2468#")]
    pub(crate) keys: Vec<String>,
    /// Tells of calls with faults only
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Writes everything of all tenants into one file, while the server runs; the key file is not in it
    Backup {
        file: PathBuf,
        /// With the files that belong to records: prompts, recordings, messages
        #[arg(long)]
        objects: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Brings everything back from such a file, on either kind of database; no server may run on it
    Restore {
        file: PathBuf,
        /// What the database holds is lost
        #[arg(long)]
        replace: bool,
        /// Looks at the file and at the keys only
        #[arg(long, conflicts_with = "replace")]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
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
    /// Writes a tenant's whole configuration as a file that `apply` takes; secrets are never among it
    Export(Exporting),
    /// Shows what `apply` would change, and changes nothing; exits with 2 where there is something to do
    Plan(Applying),
    /// Brings a tenant to what a file says, in one transaction; makes a new installation where one is named that is not there
    Apply(Applying),
}

#[derive(Debug, Args)]
pub(crate) struct Exporting {
    /// Whose configuration, by slug; needed when there is more than one tenant
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Into a file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Applying {
    pub(crate) file: PathBuf,
    /// The tenant meant, by slug [default: the one that the file names]
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// The file is the whole truth: records that it does not name are deleted, fields go back to their defaults
    #[arg(long)]
    pub(crate) prune: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Adds a key that opens but does not seal yet: give the file to every node, then rotate
    Prepare,
    /// Seals with a new key from now on, and everything that is sealed under a previous one anew
    Rotate {
        /// Does not wait for running nodes to learn the key: none runs
        #[arg(long)]
        at_once: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Seals what is sealed under a previous key anew: goes on with a rotation that was interrupted
    Reseal {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AttachmentsCommand {
    /// Attaches a file to a record, such as a recording to a prompt
    Add {
        /// MODEL:NAME, by the name that the configuration file has for the record: pbx.prompt:welcome
        record: String,
        /// What to attach: .mp3 or .wav for a prompt
        file: PathBuf,
        /// Whose; needed where there is more than one tenant
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Takes away what belongs to no record any more
    Collect {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Lists all tenants
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a tenant with its first company
    Create {
        /// The short name that it is called by here: letters, digits and hyphens
        slug: String,
        /// What people call it [default: the slug]
        #[arg(long)]
        name: Option<String>,
        /// Where it is, in two letters
        #[arg(long, default_value = "us")]
        country: String,
        /// The IANA name of its time zone
        #[arg(long, default_value = "UTC")]
        time_zone: String,
        /// The mail address of its first owner, whose one-time password is shown
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Refuses a tenant's calls and users from now on
    Suspend {
        slug: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Lets a suspended or deleted tenant in again
    Activate {
        slug: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Marks a tenant as deleted: its calls and users are refused, its records stay
    Delete {
        slug: String,
        /// Does it; without this, says what would be done
        #[arg(long)]
        yes: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Lists a tenant's users
    List(OfTenant),
    /// Makes a user; the one-time password is shown unless one is given in OPBX_PASSWORD
    Create {
        email: String,
        /// [default: the mail address]
        #[arg(long)]
        name: Option<String>,
        #[arg(long, value_parser = role, default_value = "pbx_user")]
        role: Role,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Sets a user's password to the one in OPBX_PASSWORD, else to a one-time password that is shown; signs them out
    Password {
        email: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Lets a user out: signs them out and refuses them
    Deactivate {
        email: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Lets a user in again
    Activate {
        email: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OfTenant {
    /// Whose, by slug; needed when there is more than one tenant
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn role(text: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::as_str).join(", ");
    Role::parse(text).ok_or_else(|| format!("expected one of {}", known()))
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
    /// Keys the caller presses at each question, with commas between: 1,204,4711 (a PIN is one answer; an empty
    /// answer presses nothing)
    #[arg(long, value_delimiter = ',', value_parser = keys)]
    pub(crate) keys: Vec<Keys>,
    /// How long a message the caller leaves in a voicemail box, as 12s [default: 10s]
    #[arg(long, value_parser = length, conflicts_with = "no_message")]
    pub(crate) message: Option<Length>,
    /// The caller leaves no message
    #[arg(long)]
    pub(crate) no_message: bool,
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

/// Seconds of speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) u32);

/// The longest message that any voicemail box takes.
const MESSAGE_S_MAX: u32 = 3_600;

fn length(text: &str) -> Result<Length, String> {
    let seconds = text.strip_suffix('s').unwrap_or(text).parse().ok();
    let length = seconds.filter(|seconds| (1..=MESSAGE_S_MAX).contains(seconds)).map(Length);
    length.ok_or_else(|| format!("expected seconds such as 12s, at most {MESSAGE_S_MAX}s"))
}

fn keys(text: &str) -> Result<Keys, String> {
    let text = text.trim();
    let keys = Keys::new(text);
    let expected = || format!("expected digits, * and #, at most {KEYS_LEN_MAX} for one question");
    if keys.as_str() == text { Ok(keys) } else { Err(expected()) }
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
