//! Configuration: one TOML file, overridden by the environment, overridden by flags. Unknown keys are refused.

use crate::cli::Settings;
use crate::objects::ObjectsAt;
use crate::tls::TlsFiles;
use crate::traces::Collector;
use opbx_app::mail::{MailConfig, MailConfigError, Mailer};
use opbx_http::{Limits, Network};
use opbx_platform::source::{Document, Entry, SourceError, Table, unknown_word};
use opbx_store::DatabaseUrl;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Every key of the file. In the environment each is `OPBX_` and the key in capitals.
const KEYS: &[&str] = &[
    "data",
    "listen",
    "plain_listen",
    "tls_certificate",
    "tls_key",
    "database",
    "redis",
    "redis_prefix",
    "public_url",
    "trusted_proxies",
    "modules",
    "keys",
    "objects",
    "objects_endpoint",
    "objects_region",
    "objects_access_key",
    "objects_secret_key",
    "objects_path_style",
    "health_token",
    "metrics_token",
    "otlp_endpoint",
    "trace_percent",
    "origins",
    "live_key",
    "api_docs",
    "outgoing_allow",
    "smtp_url",
    "smtp_ca",
    "mail_from",
    "cloudonix_url",
    "api_rate_per_min",
    "tenant_rate_per_min",
    "voice_rate_per_min",
    "webhook_rate_per_min",
    "login_rate_per_min",
    "log",
    "log_format",
];
/// Variables that are no keys of the file.
const OTHER_VARIABLES: &[&str] = &["OPBX_CONFIG", "OPBX_OWNER_EMAIL", "OPBX_OWNER_PASSWORD", "OPBX_PASSWORD"];
/// Variables of the tests and the build, which share our prefix.
const FOREIGN_PREFIXES: &[&str] = &["OPBX_TEST_", "OPBX_CACHE"];
/// More are not counted exactly.
const RATE_MAX: u32 = 10_000;
/// Keys whose value is a list of texts.
const LISTS: [&str; 3] = ["trusted_proxies", "origins", "outgoing_allow"];
/// Keys whose value is true or false.
const SWITCHES: [&str; 2] = ["api_docs", "objects_path_style"];
const FILE_NAME: &str = "opbx.toml";

#[derive(Clone)]
pub(crate) struct Config {
    /// Whether somebody named the data folder, the database or a configuration file: else what is meant is a guess.
    pub(crate) is_named: bool,
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    /// Where to listen in the clear beside TLS.
    pub(crate) plain_listen: Option<SocketAddr>,
    /// With these, `listen` speaks TLS.
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) database: DatabaseUrl,
    pub(crate) redis: Option<String>,
    pub(crate) redis_prefix: String,
    pub(crate) public_url: Option<String>,
    pub(crate) trusted_proxies: Vec<Network>,
    /// A folder of modules beside the built-in ones.
    pub(crate) modules: Option<PathBuf>,
    pub(crate) keys: PathBuf,
    /// Where the bytes of attachments lie.
    pub(crate) objects_at: ObjectsAt,
    pub(crate) health_token: Option<String>,
    pub(crate) metrics_token: Option<String>,
    /// Where traces go.
    pub(crate) collector: Option<Collector>,
    /// Other origins whose pages may use this installation.
    pub(crate) origins: Vec<String>,
    /// The key that clients of live updates name.
    pub(crate) live_key: Option<String>,
    /// Whether the contract and the page to try it on are served.
    pub(crate) api_docs: bool,
    /// Networks of the operator's own that webhooks and fetched files may lead into.
    pub(crate) outgoing_allow: Vec<Network>,
    /// None: mails wait.
    pub(crate) mailer: Option<Mailer>,
    /// Where Cloudonix' API listens.
    pub(crate) cloudonix_url: String,
    pub(crate) limits: Limits,
    /// A `tracing` filter: `info`, `opbx_http=debug,info`.
    pub(crate) log: String,
    pub(crate) log_json: bool,
    pub(crate) owner_email: Option<String>,
    pub(crate) owner_password: Option<String>,
    /// What `opbx user` sets, so that it stands in no list of processes.
    pub(crate) password: Option<String>,
}

/// Everything that is wrong with the configuration, each with where it stands and what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistakes(Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl From<SourceError> for Mistakes {
    fn from(mistake: SourceError) -> Self {
        Self(vec![mistake.to_string()])
    }
}

impl Config {
    /// Reads the file, the environment and the flags.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Mistakes> {
        let environment = std::env::vars().filter(|(name, _)| name.starts_with("OPBX_")).collect();
        Self::from_all(settings, &environment)
    }

    fn from_all(settings: &Settings, environment: &BTreeMap<String, String>) -> Result<Self, Mistakes> {
        let mut said =
            Said { mistakes: unknown_variables(environment), values: BTreeMap::new(), has_file: false };
        said.file(settings, environment)?;
        said.environment(environment);
        said.flags(settings);
        said.into_config(environment)
    }
}

fn unknown_variables(environment: &BTreeMap<String, String>) -> Vec<String> {
    let known: Vec<String> =
        KEYS.iter().map(|key| variable(key)).chain(OTHER_VARIABLES.iter().map(ToString::to_string)).collect();
    environment
        .keys()
        .filter(|name| {
            !known.contains(name) && !FOREIGN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        })
        .map(|name| {
            format!("environment: {}", unknown_word("variable", name, known.iter().map(String::as_str)))
        })
        .collect()
}

fn variable(key: &str) -> String {
    format!("OPBX_{}", key.to_ascii_uppercase())
}

/// A value with where it was said.
struct Value {
    text: String,
    place: String,
}

/// What was said of each key, by the last who said it.
struct Said {
    mistakes: Vec<String>,
    values: BTreeMap<&'static str, Value>,
    has_file: bool,
}

impl Said {
    fn file(&mut self, settings: &Settings, environment: &BTreeMap<String, String>) -> Result<(), Mistakes> {
        let named = settings.config.clone().or_else(|| environment.get("OPBX_CONFIG").map(PathBuf::from));
        let data = settings.data.clone().or_else(|| environment.get("OPBX_DATA").map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| data.unwrap_or_else(default_data).join(FILE_NAME));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Mistakes(vec![format!("{}: {error}", path.display())])),
        };
        self.has_file = true;
        let file = path.display().to_string();
        let document = Document::parse(&file, &text)?;
        self.mistakes.extend(document.root().unknown_keys(KEYS).iter().map(ToString::to_string));
        self.table(document.root());
        Ok(())
    }

    fn table(&mut self, table: &Table) {
        for key in KEYS {
            let Some(entry) = table.get(key) else { continue };
            match text_of(key, entry) {
                Ok(text) => {
                    let place = format!("{}:{}", entry.place().file(), entry.line());
                    self.values.insert(key, Value { text, place });
                }
                Err(mistake) => self.mistakes.push(mistake.to_string()),
            }
        }
    }

    fn environment(&mut self, environment: &BTreeMap<String, String>) {
        for key in KEYS {
            if let Some(text) = environment.get(&variable(key)) {
                self.values.insert(key, Value { text: text.clone(), place: variable(key) });
            }
        }
    }

    fn flags(&mut self, settings: &Settings) {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let flags = [
            ("data", path(&settings.data)),
            ("listen", settings.listen.map(|address| address.to_string())),
            ("database", settings.database.clone()),
            ("redis", settings.redis.clone()),
        ];
        for (key, text) in flags {
            if let Some(text) = text {
                self.values.insert(key, Value { text, place: format!("--{key}") });
            }
        }
    }

    fn into_config(mut self, environment: &BTreeMap<String, String>) -> Result<Config, Mistakes> {
        let data = self.text("data").map_or_else(default_data, PathBuf::from);
        let database =
            self.text("database").unwrap_or_else(|| format!("sqlite://{}", data.join("opbx.db").display()));
        let config = Config {
            is_named: self.has_file || ["data", "database"].iter().any(|key| self.text(key).is_some()),
            listen: self.parsed("listen", SocketAddr::from(([127, 0, 0, 1], 8080))),
            plain_listen: self.plain_listen(),
            tls: self.tls(),
            database: database.parse().unwrap_or_else(|error| {
                self.refuse("database", &error);
                DatabaseUrl::Sqlite(PathBuf::new())
            }),
            redis: self.text("redis"),
            redis_prefix: self.text("redis_prefix").unwrap_or_else(|| "opbx".to_owned()),
            public_url: self.url("public_url"),
            trusted_proxies: self.networks("trusted_proxies"),
            modules: self.text("modules").map(PathBuf::from),
            keys: self.text("keys").map_or_else(|| data.join("keys"), PathBuf::from),
            objects_at: self.objects().unwrap_or_else(|| ObjectsAt::Folder(data.join("objects"))),
            health_token: self.text("health_token"),
            metrics_token: self.text("metrics_token"),
            collector: self.collector(),
            origins: self.origins(),
            live_key: self.live_key(),
            api_docs: self.parsed("api_docs", true),
            outgoing_allow: self.networks("outgoing_allow"),
            mailer: self.mailer(),
            cloudonix_url: self.url("cloudonix_url").unwrap_or_else(|| opbx_cloudonix::BASE_URL.to_owned()),
            limits: self.limits(),
            log: self.text("log").unwrap_or_else(|| "info".to_owned()),
            log_json: self.one_of("log_format", &["text", "json"]) == Some("json"),
            owner_email: environment.get("OPBX_OWNER_EMAIL").cloned().filter(|email| !email.is_empty()),
            owner_password: environment
                .get("OPBX_OWNER_PASSWORD")
                .cloned()
                .filter(|password| !password.is_empty()),
            password: environment.get("OPBX_PASSWORD").cloned().filter(|password| !password.is_empty()),
            data,
        };
        if self.mistakes.is_empty() { Ok(config) } else { Err(Mistakes(self.mistakes)) }
    }

    /// An empty text is as good as none: it is how an environment unsets a key.
    fn text(&self, key: &str) -> Option<String> {
        self.values.get(key).map(|value| value.text.clone()).filter(|text| !text.is_empty())
    }

    fn refuse(&mut self, key: &str, error: &dyn fmt::Display) {
        let place = self.values.get(key).map_or("the default", |value| value.place.as_str());
        self.mistakes.push(format!("{place}: `{key}`: {error}"));
    }

    fn parsed<T: std::str::FromStr<Err: fmt::Display>>(&mut self, key: &str, default: T) -> T {
        match self.text(key).map(|text| text.parse()) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.refuse(key, &error);
                default
            }
        }
    }

    fn url(&mut self, key: &str) -> Option<String> {
        let text = self.text(key)?;
        if opbx_platform::field::Format::Url.check(&text).is_err() {
            self.refuse(key, &format!("found {text:?}, expected an http or https URL"));
        }
        Some(text)
    }

    fn networks(&mut self, key: &str) -> Vec<Network> {
        let text = self.text(key).unwrap_or_default();
        let mut networks = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.parse() {
                Ok(network) => networks.push(network),
                Err(error) => self.refuse(key, &error),
            }
        }
        networks
    }

    /// Each is a scheme and a host, with a port where it is another than the scheme's: `https://desk.example.com`.
    fn origins(&mut self) -> Vec<String> {
        let text = self.text("origins").unwrap_or_default();
        let mut origins = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let rest = part.strip_prefix("https://").or(part.strip_prefix("http://"));
            if rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '*'])) {
                origins.push(part.to_owned());
            } else {
                self.refuse(
                    "origins",
                    &format!("found {part:?}, expected an origin such as https://desk.example.com"),
                );
            }
        }
        origins
    }

    /// Where objects lie, where somebody says so. What opens a bucket means nothing beside a folder.
    fn objects(&mut self) -> Option<ObjectsAt> {
        const OF_BUCKETS: [&str; 5] = [
            "objects_endpoint",
            "objects_region",
            "objects_access_key",
            "objects_secret_key",
            "objects_path_style",
        ];
        let parsed = self.text("objects").map(|text| ObjectsAt::parse(&text));
        let mut bucket = match parsed {
            Some(Ok(ObjectsAt::Bucket(bucket))) => bucket,
            other => {
                for key in OF_BUCKETS.iter().filter(|key| self.text(key).is_some()).collect::<Vec<_>>() {
                    self.refuse(key, &"means nothing unless `objects` names a bucket (s3://…)");
                }
                return match other? {
                    Ok(at) => Some(at),
                    Err(error) => {
                        self.refuse("objects", &error);
                        None
                    }
                };
            }
        };
        bucket.endpoint = self.url("objects_endpoint");
        bucket.region = self.text("objects_region");
        bucket.access_key = self.text("objects_access_key");
        bucket.secret_key = self.text("objects_secret_key").map(Zeroizing::new);
        // Stores other than Amazon's seldom have a name of their own for each bucket.
        let usual = if bucket.endpoint.is_some() { "true" } else { "false" };
        let said = self.one_of("objects_path_style", &["true", "false"]);
        bucket.path_style = said.unwrap_or(usual) == "true";
        if bucket.access_key.is_some() != bucket.secret_key.is_some() {
            self.refuse("objects", &"wants both `objects_access_key` and `objects_secret_key`, or neither");
        }
        Some(ObjectsAt::Bucket(bucket))
    }

    fn live_key(&mut self) -> Option<String> {
        let key = self.text("live_key")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !key.chars().all(is_plain) || key.len() > 64 {
            self.refuse(
                "live_key",
                &format!("found {key:?}, expected up to 64 letters, digits, `-` and `_`"),
            );
        }
        Some(key)
    }

    fn tls(&mut self) -> Option<TlsFiles> {
        match (self.text("tls_certificate"), self.text("tls_key")) {
            (Some(certificate), Some(key)) => {
                Some(TlsFiles { certificate: certificate.into(), key: key.into() })
            }
            (None, None) => None,
            (Some(_), None) => {
                self.refuse("tls_certificate", &"wants `tls_key` beside it: the file of its private key");
                None
            }
            (None, Some(_)) => {
                self.refuse("tls_key", &"means nothing without `tls_certificate`");
                None
            }
        }
    }

    fn plain_listen(&mut self) -> Option<SocketAddr> {
        self.text("plain_listen")?;
        if self.text("tls_certificate").is_none() {
            self.refuse(
                "plain_listen",
                &"means nothing without `tls_certificate`: `listen` is in the clear then",
            );
        }
        Some(self.parsed("plain_listen", SocketAddr::from(([127, 0, 0, 1], 0))))
    }

    /// The collector that takes traces, where one is named.
    fn collector(&mut self) -> Option<Collector> {
        let percent = self.parsed("trace_percent", 100_u8);
        if !(1..=100).contains(&percent) {
            self.refuse("trace_percent", &format!("found {percent}, expected 1 to 100"));
        }
        let Some(endpoint) = self.url("otlp_endpoint") else {
            if self.text("trace_percent").is_some() {
                self.refuse("trace_percent", &"means nothing without `otlp_endpoint`");
            }
            return None;
        };
        Some(Collector { endpoint, percent })
    }

    /// The server that takes mail, where one is named.
    fn mailer(&mut self) -> Option<Mailer> {
        let Some(url) = self.text("smtp_url") else {
            for key in ["smtp_ca", "mail_from"] {
                if self.text(key).is_some() {
                    self.refuse(key, &"means nothing without `smtp_url`");
                }
            }
            return None;
        };
        let Some(from) = self.text("mail_from") else {
            self.refuse("smtp_url", &"wants `mail_from` beside it: the address that mails come from");
            return None;
        };
        let ca = match self.text("smtp_ca").map(std::fs::read) {
            Some(Ok(pem)) => Some(pem),
            Some(Err(error)) => {
                self.refuse("smtp_ca", &error);
                None
            }
            None => None,
        };
        let mailer = Mailer::new(&MailConfig { url, from, ca });
        mailer
            .map_err(|error| {
                let key = match error {
                    MailConfigError::BadUrl | MailConfigError::BadTls(_) => "smtp_url",
                    MailConfigError::BadFrom => "mail_from",
                    MailConfigError::BadCertificate(_) => "smtp_ca",
                };
                self.refuse(key, &error);
            })
            .ok()
    }

    /// How often what may be asked; 0 does not count.
    fn limits(&mut self) -> Limits {
        let mut limits = Limits::default();
        let rates = [
            ("api_rate_per_min", &mut limits.api_per_min),
            ("tenant_rate_per_min", &mut limits.tenant_per_min),
            ("voice_rate_per_min", &mut limits.voice_per_min),
            ("webhook_rate_per_min", &mut limits.hooks_per_min),
            ("login_rate_per_min", &mut limits.login.per_address),
        ];
        for (key, rate) in rates {
            *rate = self.parsed(key, *rate);
            if *rate > RATE_MAX {
                self.refuse(key, &format!("is at most {RATE_MAX}; 0 does not count at all"));
            }
        }
        limits
    }

    fn one_of<'a>(&mut self, key: &str, words: &[&'a str]) -> Option<&'a str> {
        let text = self.text(key)?;
        let known = words.iter().find(|word| **word == text).copied();
        if known.is_none() {
            self.refuse(key, &unknown_word("word", &text, words.iter().copied()));
        }
        known
    }
}

/// The text of an entry; a list of texts is joined by commas, as the environment writes it.
fn text_of(key: &str, entry: &Entry) -> Result<String, SourceError> {
    if LISTS.contains(&key) {
        return Ok(entry.texts()?.join(","));
    }
    if key.ends_with("_per_min") || key == "trace_percent" {
        return Ok(entry.integer()?.to_string());
    }
    if SWITCHES.contains(&key) {
        return Ok(entry.flag()?.to_string());
    }
    Ok(entry.text()?.to_owned())
}

fn default_data() -> PathBuf {
    PathBuf::from("opbx-data")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, environment: &[(&str, &str)], flags: Settings) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("my.toml");
        std::fs::write(&path, file).expect("written");
        let settings = Settings { config: Some(path), ..flags };
        let environment =
            environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Config::from_all(&settings, &environment).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn a_flag_beats_the_environment_and_that_the_file() {
        let file = "listen = \"127.0.0.1:1\"\ndata = \"/a\"\nredis = \"redis://file\"\n";
        let flags =
            Settings { listen: Some("127.0.0.1:3".parse().expect("an address")), ..Settings::default() };
        let environment = &[("OPBX_LISTEN", "127.0.0.1:2"), ("OPBX_DATA", "/b")];
        let config = read(file, environment, flags).expect("a configuration");
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.data, PathBuf::from("/b"));
        assert_eq!(config.redis.as_deref(), Some("redis://file"));
        assert_eq!(config.database.to_string(), "sqlite:///b/opbx.db");
        assert_eq!(config.keys, PathBuf::from("/b/keys"));
    }

    #[test]
    fn an_installation_is_named_by_its_folder_its_database_or_a_file() {
        let is_named = |settings: Settings, environment: &[(&str, &str)]| {
            let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            Config::from_all(&settings, &environment.collect()).expect("a configuration").is_named
        };
        assert!(!is_named(Settings::default(), &[("OPBX_LISTEN", "127.0.0.1:1"), ("OPBX_DATA", "")]));
        assert!(is_named(Settings::default(), &[("OPBX_DATA", "/nowhere")]));
        assert!(is_named(Settings { data: Some("/nowhere".into()), ..Settings::default() }, &[]));
        let database = Some("postgres://db.internal/opbx".to_owned());
        assert!(is_named(Settings { database, ..Settings::default() }, &[]));
        assert!(read("", &[], Settings::default()).expect("a configuration").is_named);
    }

    #[test]
    fn everything_wrong_is_named_with_its_place_and_a_suggestion() {
        let file = "listne = \"127.0.0.1:1\"\ntrusted_proxies = [\"10.0.0.0/99\"]\nlog_format = \"yaml\"\n";
        let environment = &[("OPBX_DATABSE", "x"), ("OPBX_LISTEN", "nowhere"), ("OPBX_TEST_REDIS", "fine")];
        let error = read(file, environment, Settings::default()).map(drop).expect_err("mistakes");
        for expected in
            ["my.toml:1", "listen", "10.0.0.0/99", "my.toml:2", "yaml", "OPBX_DATABASE", "OPBX_LISTEN"]
        {
            assert!(error.contains(expected), "{expected} is not in:\n{error}");
        }
        assert!(!error.contains("OPBX_TEST_REDIS"), "{error}");
    }

    #[test]
    fn the_contract_is_served_unless_somebody_says_no() {
        assert!(read("", &[], Settings::default()).is_ok_and(|config| config.api_docs));
        assert!(read("api_docs = false", &[], Settings::default()).is_ok_and(|config| !config.api_docs));
        let by_environment = read("", &[("OPBX_API_DOCS", "false")], Settings::default());
        assert!(by_environment.is_ok_and(|config| !config.api_docs));
        for (file, environment) in [("api_docs = \"no\"", vec![]), ("", vec![("OPBX_API_DOCS", "no")])] {
            let error = read(file, &environment, Settings::default()).map(drop).expect_err("a mistake");
            assert!(error.contains("api_docs"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_mail_server_is_named_with_the_address_that_mails_come_from() {
        let file =
            "smtp_url = \"smtp://user:secret@mail.example.com\"\nmail_from = \"OPBX <pbx@example.com>\"\n";
        assert!(read(file, &[], Settings::default()).is_ok_and(|config| config.mailer.is_some()));
        for (file, key) in [
            ("smtp_url = \"smtp://user:secret@mail.example.com\"\n", "mail_from"),
            ("mail_from = \"pbx@example.com\"\n", "smtp_url"),
            ("smtp_url = \"http://user:secret@x.example\"\nmail_from = \"pbx@example.com\"\n", "smtp_url"),
            ("smtp_url = \"smtp://user:secret@x.example\"\nmail_from = \"me\"\n", "mail_from"),
            ("outgoing_allow = [\"10.0.0.0/99\"]\n", "outgoing_allow"),
        ] {
            let error = read(file, &[], Settings::default()).map(drop).expect_err("a mistake");
            assert!(error.contains(key) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn tls_is_two_files_and_traces_are_sent_somewhere() {
        let file = "tls_certificate = \"/a.pem\"\ntls_key = \"/k.pem\"\nplain_listen = \"127.0.0.1:8081\"\n";
        let config = read(file, &[("OPBX_OTLP_ENDPOINT", "http://otel:4318")], Settings::default());
        let config = config.expect("a configuration");
        assert_eq!(config.tls.map(|files| files.key), Some("/k.pem".into()));
        assert_eq!(config.plain_listen.map(|address| address.port()), Some(8081));
        assert_eq!(config.collector.map(|collector| collector.percent), Some(100));
        for (file, key) in [
            ("tls_certificate = \"/a.pem\"\n", "tls_key"),
            ("tls_key = \"/k.pem\"\n", "tls_certificate"),
            ("plain_listen = \"127.0.0.1:8081\"\n", "plain_listen"),
            ("trace_percent = 5\n", "otlp_endpoint"),
            ("trace_percent = 101\notlp_endpoint = \"http://otel:4318\"\n", "trace_percent"),
            ("otlp_endpoint = \"otel:4318\"\n", "otlp_endpoint"),
        ] {
            let error = read(file, &[], Settings::default()).map(drop).expect_err("a mistake");
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_exist_and_be_toml() {
        let missing = Settings { config: Some("/nowhere/opbx.toml".into()), ..Settings::default() };
        let error = Config::from_all(&missing, &BTreeMap::new()).map(drop).expect_err("no file");
        assert!(error.to_string().contains("/nowhere/opbx.toml"), "{error}");
        assert!(read("listen = ", &[], Settings::default()).is_err());
        assert!(read("database = \"mysql://x/y\"", &[], Settings::default()).is_err());
    }

    #[test]
    fn objects_lie_in_the_data_folder_unless_a_bucket_is_named_with_what_opens_it() {
        let at = |file: &str, environment: &[(&str, &str)]| {
            read(file, environment, Settings::default()).map(|config| config.objects_at)
        };
        let folder = |at| if let ObjectsAt::Folder(folder) = at { Some(folder) } else { None };
        let usual = at("data = \"/srv/opbx\"\n", &[]).expect("it is right");
        assert_eq!(folder(usual), Some("/srv/opbx/objects".into()));
        let own = at("objects = \"/srv/bytes\"\n", &[]).expect("it is right");
        assert_eq!(folder(own), Some("/srv/bytes".into()));
        let file = "objects = \"s3://acme-pbx/one\"\nobjects_endpoint = \"https://s3.example.com\"\nobjects_access_key = \"a\"\n";
        let Ok(ObjectsAt::Bucket(bucket)) = at(file, &[("OPBX_OBJECTS_SECRET_KEY", "b")]) else {
            panic!("a bucket")
        };
        assert_eq!(
            (bucket.name.as_str(), bucket.prefix.as_str(), bucket.path_style),
            ("acme-pbx", "one", true)
        );
        assert_eq!(bucket.secret_key.as_deref().map(String::as_str), Some("b"));
        let Ok(ObjectsAt::Bucket(bucket)) = at("objects = \"s3://acme-pbx\"\n", &[]) else {
            panic!("a bucket")
        };
        assert!(!bucket.path_style && bucket.access_key.is_none(), "Amazon's own, by the machine's role");
        for (file, said) in [
            ("objects_region = \"eu-1\"\n", "means nothing unless"),
            ("objects = \"s3://A\"\n", "3 to 63"),
            ("objects = \"s3://acme-pbx\"\nobjects_access_key = \"a\"\n", "or neither"),
            ("objects = \"s3://acme-pbx\"\nobjects_path_style = \"yes\"\n", "true"),
        ] {
            let error = at(file, &[]).err().unwrap_or_default();
            assert!(error.contains(said), "{file}: {error}");
        }
    }
}
