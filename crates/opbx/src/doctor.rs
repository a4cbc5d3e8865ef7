//! `opbx doctor`: what is wrong, and what to do about it.

use crate::config::Config;
use crate::objects::{self, ObjectsAt};
use crate::open;
use jiff::SignedDuration;
use opbx_app::fetch::{Fetcher, Guard};
use opbx_app::health::FREE_BYTES_MIN;
use opbx_app::mail::Template;
use opbx_app::models::{PbxCloudonixSettings, PbxCloudonixSettingsSyncState, PbxHookUse};
use opbx_app::plans::{Compiled, compile};
use opbx_cluster::Cluster;
use opbx_kernel::{Clock as _, Operator, Scope, SystemClock};
use opbx_platform::Domain;
use opbx_store::{Store, TenantRow, Tx};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grade {
    Good,
    /// Works, but somebody will want to know.
    Warning,
    /// Does not work.
    Bad,
}

struct Finding {
    grade: Grade,
    what: String,
    /// What to do; empty when all is well.
    remedy: String,
}

/// Checks everything that can be checked from outside a running server. Fails when anything does not work.
pub(crate) async fn run(config: &Config, mail: Option<&str>, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    findings.good("configuration", "the configuration is read and every key is known");
    check_redis(config, &mut findings).await;
    check_rates(config, &mut findings);
    check_outside(config, &mut findings);
    check_mail(config, mail, &mut findings).await;
    check_disk(config, &mut findings);
    check_tls(config, &mut findings);
    check_objects(config, &mut findings).await;
    match open::existing(config).await {
        Ok(opened) => {
            check_database(&opened.store, &mut findings).await;
            opened.store.close().await;
        }
        Err(error) => findings.bad(format!("database {}: {error:#}", config.database), "see the message"),
    }
    findings.print(as_json);
    let works = findings.0.iter().all(|finding| finding.grade != Grade::Bad);
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A tenant with ten calls at once asks about as often as this.
const VOICE_PER_MIN_MIN: u32 = 600;

fn check_rates(config: &Config, findings: &mut Findings) {
    let limits = &config.limits;
    if (1..VOICE_PER_MIN_MIN).contains(&limits.voice_per_min) {
        let what =
            format!("voice_rate_per_min is {}: busy tenants' callers are turned away", limits.voice_per_min);
        findings.warn(what, "leave it out, or set 0 to count nothing");
    }
    if limits.api_per_min == 0 || limits.login.per_address == 0 {
        let what = "requests or logins are not counted: passwords can be guessed as fast as they are checked";
        findings.warn(what.to_owned(), "set api_rate_per_min and login_rate_per_min");
    }
}

async fn check_redis(config: &Config, findings: &mut Findings) {
    let Some(url) = &config.redis else {
        return findings.good("redis", "not used: one node keeps everything in memory");
    };
    match Cluster::connect(url, &config.redis_prefix).await {
        Ok(cluster) => {
            let health = cluster.health().await;
            findings.note(health.ok, format!("redis: {}", health.detail), "start Redis, or correct `redis`");
        }
        Err(error) => findings.bad(format!("redis: {error}"), "start Redis, or correct `redis`"),
    }
}

/// A full disk takes no more calls: warned of at ten times of what makes a node not ready.
fn check_disk(config: &Config, findings: &mut Findings) {
    let folder = config.data.display();
    match opbx_app::health::free_bytes(&config.data) {
        Ok(free) if free < FREE_BYTES_MIN => {
            findings
                .bad(format!("disk: {} MiB are left in {folder}", free >> 20), "make room, at least 1 GiB");
        }
        Ok(free) if free < 10 * FREE_BYTES_MIN => {
            findings
                .warn(format!("disk: {} MiB are left in {folder}", free >> 20), "make room, at least 1 GiB");
        }
        Ok(free) => findings.good("disk", &format!("{} MiB are left in {folder}", free >> 20)),
        Err(error) => findings.warn(format!("disk: {folder}: {error}"), "name the data folder with --data"),
    }
}

fn check_outside(config: &Config, findings: &mut Findings) {
    match Fetcher::new(Guard::new(config.outgoing_allow.clone())) {
        Ok(_) => findings.good("outgoing", "webhooks and recordings can be sent and fetched"),
        Err(error) => {
            findings.bad(format!("outgoing: {error}"), "install the system's certificates (ca-certificates)");
        }
    }
}

/// A certificate that ends sooner should have been renewed by now.
const CERTIFICATE_LEFT_MIN: SignedDuration = SignedDuration::from_hours(14 * 24);

fn check_tls(config: &Config, findings: &mut Findings) {
    let Some(files) = &config.tls else {
        return findings.good("tls", "not used: `listen` is in the clear, for a proxy that ends TLS");
    };
    let loaded = match files.load() {
        Ok(loaded) => loaded,
        Err(error) => {
            return findings.bad(format!("tls: {error:#}"), "correct `tls_certificate` and `tls_key`");
        }
    };
    let (until, left) = (loaded.valid_until, loaded.valid_until.duration_since(SystemClock.now()));
    if left.is_negative() {
        findings.bad(format!("tls: the certificate ended on {until}"), "renew it, and send SIGHUP");
    } else if left < CERTIFICATE_LEFT_MIN {
        findings.warn(
            format!("tls: the certificate ends on {until}"),
            "renew it; the new files are taken by themselves",
        );
    } else {
        findings.good("tls", &format!("the files fit together, and the certificate holds until {until}"));
    }
    let host = config.public_url.as_deref().and_then(host_of);
    if let Some(host) = host.filter(|host| !loaded.is_for(host)) {
        findings
            .warn(format!("tls: the certificate is not for {host}"), "name the host of `public_url` in it");
    }
}

/// The host of an URL, without its port.
fn host_of(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => authority.split(':').next(),
    }
}

/// Writes an object and reads it back.
async fn check_objects(config: &Config, findings: &mut Findings) {
    let place = objects::named(&config.objects_at);
    if let ObjectsAt::Folder(folder) = &config.objects_at
        && !folder.exists()
    {
        // Looking makes nothing.
        return findings.good("objects", &format!("{place} is made by the first start"));
    }
    let told = match objects::open(config, Arc::new(SystemClock)) {
        Ok(opened) => opened.probe().await,
        Err(error) => Err(format!("{error:#}")),
    };
    match told {
        Ok(()) => findings.good("objects", &format!("{place} takes bytes and gives them back")),
        Err(error) => {
            let remedy = "correct `objects` and what stands beside it; without it no recording is kept";
            findings.bad(format!("objects: {place}: {error}"), remedy);
        }
    }
}

/// Looks at the mail server, and sends a test mail where an address is given.
async fn check_mail(config: &Config, to: Option<&str>, findings: &mut Findings) {
    let Some(mailer) = &config.mailer else {
        let remedy = "set `smtp_url` and `mail_from`; mails written until then are sent after the next start";
        let what = "mail: no server is set up, so mails wait".to_owned();
        return if to.is_some() { findings.bad(what, remedy) } else { findings.warn(what, remedy) };
    };
    let Some(to) = to else {
        return findings.good("mail", "a server is set up; `opbx doctor --mail ADDRESS` tries it");
    };
    let node = config.public_url.clone().unwrap_or_else(|| config.listen.to_string());
    let values = BTreeMap::from([("node".to_owned(), node)]);
    let mail = Template::Test.render("en", &values).expect("the test mail has one place, which is given");
    let id = opbx_app::entropy::bytes::<8>().map(|byte| format!("{byte:02x}")).concat();
    match mailer.send(to, &mail, &format!("opbx-test-{id}"), SystemClock.now()).await {
        Ok(()) => findings.good("mail", &format!("the server took a test mail to {to}")),
        Err(error) => {
            findings.bad(format!("mail: {error}"), "correct `smtp_url`, `mail_from` or the address");
        }
    }
}

async fn check_database(store: &Store, findings: &mut Findings) {
    let operator = Operator::because("look for what is wrong");
    match store.plan_schema(&operator).await {
        Ok(changes) if changes.is_empty() => findings.good("schema", "the database follows the models"),
        Ok(changes) => {
            let remedy = "start `opbx serve`: it brings them in by itself";
            findings.warn(format!("schema: {} changes are due", changes.len()), remedy);
        }
        Err(error) => return findings.bad(format!("schema: {error}"), "see the message"),
    }
    match store.tenants(&operator).await {
        Ok(tenants) if tenants.is_empty() => {
            findings
                .warn("tenants: there are none".into(), "start `opbx serve`, or `opbx config apply FILE`");
        }
        Ok(tenants) => {
            for tenant in tenants {
                check_tenant(store, &tenant, findings).await;
            }
        }
        Err(error) => findings.bad(format!("tenants: {error}"), "see the message"),
    }
}

async fn check_tenant(store: &Store, tenant: &TenantRow, findings: &mut Findings) {
    let name = format!("tenant {}", tenant.slug);
    if tenant.status != "active" {
        findings.warn(
            format!("{name} is {}: its calls are refused", tenant.status),
            "activate it, if that is wrong",
        );
    }
    let mut tx = match store.read(&Scope::system(tenant.id, "look for what is wrong")).await {
        Ok(tx) => tx,
        Err(error) => return findings.bad(format!("{name}: {error}"), "see the message"),
    };
    match compile(&mut tx).await {
        Ok(Compiled { plan, .. }) if plan.numbers().next().is_none() => {
            findings.warn(format!("{name}: no number leads anywhere"), "add a number with a destination");
        }
        Ok(Compiled { plan, .. }) => findings.good(&name, &format!("plan version {} compiles", plan.version)),
        Err(error) => {
            findings.bad(format!("{name}: the plan does not compile: {error}"), "correct that record");
        }
    }
    let settings = match tx.all::<PbxCloudonixSettings>(&Domain::All).await {
        Ok(settings) => settings.into_iter().next(),
        Err(error) => return findings.bad(format!("{name}: {error}"), "see the message"),
    };
    let Some(settings) = settings else {
        let remedy = "set domain and requests key in [pbx.cloudonix_settings.main]";
        return findings.warn(format!("{name}: Cloudonix is not connected"), remedy);
    };
    check_carrier(&mut tx, &name, &settings, findings).await;
    match tx.reveal("pbx.cloudonix_settings", settings.id, "domain_requests_api_key").await {
        Ok(Some(_)) => findings.good(&name, "has a requests key"),
        Ok(None) => findings.bad(
            format!("{name}: no requests key, so every voice request is refused"),
            "set `domain_requests_api_key`, here and at Cloudonix",
        ),
        Err(error) => {
            findings.bad(
                format!("{name}: {error}"),
                "bring back the key file that sealed it, as a line of `keys`",
            );
        }
    }
    check_webhooks(&mut tx, &name, findings).await;
    match settings.webhook_base_url {
        Some(url) if url.starts_with("https://") => findings.good(&name, "Cloudonix calls back over https"),
        Some(_) => findings
            .warn(format!("{name}: Cloudonix calls back in the clear"), "use https in `webhook_base_url`"),
        None => findings.warn(
            format!("{name}: no `webhook_base_url`; callbacks go to `public_url` or the listener"),
            "set it to the URL under which Cloudonix reaches OPBX",
        ),
    }
}

/// Says whether the carrier knows what stands here, as the server last noted it.
async fn check_carrier(tx: &mut Tx, name: &str, settings: &PbxCloudonixSettings, findings: &mut Findings) {
    use PbxCloudonixSettingsSyncState as State;
    let why = settings.sync_error.as_deref().unwrap_or("no reason was noted");
    match settings.sync_state.unwrap_or(State::Unconfigured) {
        State::Synced => findings.good(name, "Cloudonix is provisioned"),
        State::Pending => findings.warn(
            format!("{name}: Cloudonix is not told of the settings yet"),
            "let `opbx serve` run: a job does it within moments",
        ),
        State::Unconfigured => findings.warn(
            format!("{name}: Cloudonix is not provisioned"),
            "set `domain_uuid` and `domain_api_key`, or provision the domain by hand (docs/cloudonix.md)",
        ),
        State::Failed => findings.bad(
            format!("{name}: Cloudonix could not be provisioned: {why}"),
            "correct what the reason names and save the settings again (docs/cloudonix.md)",
        ),
    }
    match tx.count("pbx.extension", &Domain::eq("sync_state", "failed")).await {
        Ok(0) => {}
        Ok(count) => findings.warn(
            format!("{name}: Cloudonix does not know {count} extensions as they are"),
            "see `sync_error` of each, and synchronise",
        ),
        Err(error) => findings.bad(format!("{name}: {error}"), "see the message"),
    }
}

/// Says how webhooks last proved whose they are.
async fn check_webhooks(tx: &mut Tx, name: &str, findings: &mut Findings) {
    let uses = match tx.all::<PbxHookUse>(&Domain::All).await {
        Ok(uses) => uses,
        Err(error) => return findings.bad(format!("{name}: {error}"), "see the message"),
    };
    for told in ["session_update", "cdr"] {
        match uses.iter().find(|one| one.hook == told) {
            Some(last) => findings.good(
                name,
                &format!(
                    "the webhook {told} last proved itself by {} on {}",
                    last.method.as_str(),
                    last.last_at
                ),
            ),
            None => findings.warn(
                format!("{name}: no webhook {told} came yet, so live calls and costs are not known"),
                "let Cloudonix send it, as docs/webhooks-in.md says",
            ),
        }
    }
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, what: &str, says: &str) {
        self.0.push(Finding { grade: Grade::Good, what: format!("{what}: {says}"), remedy: String::new() });
    }

    fn warn(&mut self, what: String, remedy: &str) {
        self.0.push(Finding { grade: Grade::Warning, what, remedy: remedy.to_owned() });
    }

    fn bad(&mut self, what: String, remedy: &str) {
        self.0.push(Finding { grade: Grade::Bad, what, remedy: remedy.to_owned() });
    }

    fn note(&mut self, is_good: bool, what: String, remedy: &str) {
        let grade = if is_good { Grade::Good } else { Grade::Bad };
        let remedy = if is_good { String::new() } else { remedy.to_owned() };
        self.0.push(Finding { grade, what, remedy });
    }

    fn print(&self, as_json: bool) {
        if as_json {
            let findings: Vec<_> = self
                .0
                .iter()
                .map(|finding| json!({ "grade": finding.grade.word(), "what": finding.what, "remedy": finding.remedy }))
                .collect();
            println!("{}", json!(findings));
            return;
        }
        for finding in &self.0 {
            println!("{:4}  {}", finding.grade.word(), finding.what);
            if !finding.remedy.is_empty() {
                println!("      → {}", finding.remedy);
            }
        }
    }
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warn",
            Self::Bad => "FAIL",
        }
    }
}
