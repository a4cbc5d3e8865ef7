//! The fake as a whole: what it is started with, its server, and the calls that it is asked to play.

use crate::call::{NewCall, Played};
use crate::chaos::Chaos;
use crate::dice::Dice;
use crate::fault::CallFault;
use crate::player;
use crate::rest;
use crate::script::Script;
use crate::state::{Domain, Kind, Source, State};
use opbx_kernel::{Clock, Code, Kind as ErrorKind};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How long an application, a webhook or an audio file may take, as the original gives its own requests.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(30);

/// How fast a call's clock runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Nobody waits for anything: an hour of talk takes as long as its requests.
    Simulated,
    /// So many seconds of a call in each second.
    Times(f64),
}

/// A domain to begin with.
#[derive(Debug, Clone)]
pub struct NewDomain {
    pub name: String,
    pub uuid: Option<String>,
    /// The domain API key, which opens the REST API.
    pub api_key: String,
    pub package: String,
}

impl NewDomain {
    pub fn new(name: &str, api_key: &str) -> Self {
        let package = "Free Tier".to_owned();
        Self { name: name.to_owned(), uuid: None, api_key: api_key.to_owned(), package }
    }
}

/// What the fake is started with.
pub struct Options {
    pub listen: SocketAddr,
    pub domains: Vec<NewDomain>,
    pub clock: Arc<dyn Clock>,
    pub pace: Pace,
    /// Whether the API takes ten requests in ten seconds only, as the real one.
    pub is_limited: bool,
    /// What goes wrong with webhooks on purpose.
    pub chaos: Option<Chaos>,
    /// Signs webhooks (HMAC-SHA256 of the body, hex), which no page of the documentation says of the real one.
    pub signing_secret: Option<String>,
    /// Whether `CallSid` is the session's token; else it is the name of the SIP call, as in `callIds` and the CDR.
    pub call_sid_is_token: bool,
    /// Draws all ids. Two runs against one database must not share it: their calls would be repeats.
    pub seed: u64,
}

impl Options {
    /// On a free loopback port, in simulated time, without limits or mishaps.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            domains: Vec::new(),
            clock,
            pace: Pace::Simulated,
            is_limited: false,
            chaos: None,
            signing_secret: None,
            call_sid_is_token: false,
            seed: 1,
        }
    }

    pub fn domain(mut self, domain: NewDomain) -> Self {
        self.domains.push(domain);
        self
    }
}

/// Where an application and its webhooks are, as a customer would enter it.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Answers voice requests.
    pub voice: String,
    pub session_update: Option<String>,
    pub cdr: Option<String>,
    /// Presented to all of them as a bearer token.
    pub requests_key: String,
}

impl Endpoints {
    /// Those of an OPBX at a base URL. Source: "OPBX, Webhook configuration" at the vendor's.
    pub fn of_opbx(base: &str, requests_key: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            voice: format!("{base}/api/voice/route"),
            session_update: Some(format!("{base}/api/webhooks/cloudonix/session-update")),
            cdr: Some(format!("{base}/api/webhooks/cloudonix/cdr")),
            requests_key: requests_key.to_owned(),
        }
    }

    /// Without webhooks.
    pub fn voice_only(mut self) -> Self {
        (self.session_update, self.cdr) = (None, None);
        self
    }
}

/// Why the fake does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("it cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("the client that asks applications cannot be made: {0}")]
    Client(reqwest::Error),
}

impl StartError {
    pub fn code(&self) -> Code {
        match self {
            Self::Listen(..) => Code::new(ErrorKind::Unavailable, "address_in_use"),
            Self::Client(_) => Code::new(ErrorKind::Internal, "no_http_client"),
        }
    }
}

/// Why a call is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error("there is no domain {0:?}")]
    NoSuchDomain(String),
}

impl CallError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoSuchDomain(_) => Code::new(ErrorKind::Absent, "no_such_domain"),
        }
    }
}

/// What all parts of the fake share.
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pace: Pace,
    pub(crate) is_limited: bool,
    pub(crate) chaos: Option<Chaos>,
    pub(crate) signing_secret: Option<String>,
    pub(crate) call_sid_is_token: bool,
    pub(crate) base: String,
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the state")
    }
}

/// A running fake; its server stops when this value goes.
pub struct FakeCloudonix {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for FakeCloudonix {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakeCloudonix {
    pub async fn start(options: Options) -> Result<Self, StartError> {
        // Whoever comes first installs the one provider; a second is no harm.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(ANSWER_WAIT_MAX).no_proxy();
        let http =
            http.redirect(reqwest::redirect::Policy::limited(3)).build().map_err(StartError::Client)?;
        let refused = |error| StartError::Listen(options.listen, error);
        let listener = TcpListener::bind(options.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let mut state = State {
            domains: BTreeMap::new(),
            sessions: BTreeMap::new(),
            recordings: BTreeMap::new(),
            played: VecDeque::new(),
            faults: Vec::new(),
            script: Script::default(),
            // Far above what anybody dials: a path names a row by its id or by its number.
            ids: 1_000_000,
            dice: Dice::new(options.seed),
        };
        for domain in options.domains {
            add(&mut state, domain);
        }
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            http,
            clock: options.clock,
            pace: options.pace,
            is_limited: options.is_limited,
            chaos: options.chaos,
            signing_secret: options.signing_secret,
            call_sid_is_token: options.call_sid_is_token,
            base: format!("http://{address}"),
        });
        let routes = rest::router(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the fake Cloudonix stopped listening");
            }
        });
        Ok(Self { shared, address, server })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What takes the place of the vendor's API address.
    pub fn url(&self) -> &str {
        &self.shared.base
    }

    pub fn uuid(&self, domain: &str) -> Option<String> {
        self.shared.state().domain(domain).map(|domain| domain.uuid.clone())
    }

    /// Enters an application and webhooks into a domain as a customer would in the vendor's own pages.
    pub fn provision(&self, domain: &str, endpoints: &Endpoints) -> Result<(), CallError> {
        let mut state = self.shared.state();
        let (id, uuid) = (state.next_id(), state.dice.uuid());
        let domain = domain_mut(&mut state, domain)?;
        let row = json!({
            "id": id, "uuid": uuid, "domainId": domain.id, "name": format!("application-{id}"), "type": "cxml",
            "url": endpoints.voice, "method": "POST", "active": true, "profile": {},
        });
        insert(domain, Kind::Applications, id, row);
        domain.default_application = Some(id);
        let mut set = |name: &str, value: Json| domain.profile.insert(name.to_owned(), value);
        set("authorization-api-key", json!(endpoints.requests_key));
        set("redirect-unknown-to-border", json!(false));
        set("session-update-endpoint", json!(endpoints.session_update));
        set("cdr-endpoint", json!(endpoints.cdr));
        Ok(())
    }

    /// Adds a phone that can register, as `POST …/subscribers` does.
    pub fn add_subscriber(&self, domain: &str, msisdn: &str) -> Result<(), CallError> {
        let row = json!({ "msisdn": msisdn, "active": true });
        self.add(domain, Kind::Subscribers, row)
    }

    /// Adds a way out.
    pub fn add_trunk(&self, domain: &str, name: &str) -> Result<(), CallError> {
        let row = json!({
            "name": name, "ip": "192.0.2.1", "port": 5060, "transport": "udp", "prefix": "",
            "direction": "outbound", "metric": 10, "active": true,
        });
        self.add(domain, Kind::Trunks, row)
    }

    fn add(&self, domain: &str, kind: Kind, mut row: Json) -> Result<(), CallError> {
        let mut state = self.shared.state();
        let (id, uuid) = (state.next_id(), state.dice.uuid());
        let domain = domain_mut(&mut state, domain)?;
        row["id"] = json!(id);
        row["uuid"] = json!(uuid);
        row["domainId"] = json!(domain.id);
        insert(domain, kind, id, row);
        Ok(())
    }

    /// Changes a setting of a domain's profile; null takes it away.
    pub fn set_profile(&self, domain: &str, name: &str, value: Json) -> Result<(), CallError> {
        let mut state = self.shared.state();
        let domain = domain_mut(&mut state, domain)?;
        match value {
            Json::Null => domain.profile.remove(name),
            value => domain.profile.insert(name.to_owned(), value),
        };
        Ok(())
    }

    /// A domain as the API shows it.
    pub fn domain(&self, domain: &str) -> Option<Json> {
        self.shared.state().domain(domain).map(Domain::view)
    }

    /// Says how the parties behave in calls that the API begins.
    pub fn set_script(&self, script: Script) {
        self.shared.state().script = script;
    }

    /// Plays a call to its end.
    pub async fn call(&self, domain: &str, call: NewCall) -> Result<Played, CallError> {
        Ok(player::begin(&self.shared, domain, call, None)?.play().await)
    }

    /// Begins a call that goes on by itself, and gives its session's token.
    pub fn begin(&self, domain: &str, call: NewCall) -> Result<String, CallError> {
        let player = player::begin(&self.shared, domain, call, None)?;
        let token = player.token().to_owned();
        tokio::spawn(player.play());
        Ok(token)
    }

    /// Everything that applications did wrong since the start.
    pub fn faults(&self) -> Vec<CallFault> {
        self.shared.state().faults.clone()
    }

    /// The calls that are over, the oldest first; the last two thousand.
    pub fn played(&self) -> Vec<Played> {
        self.shared.state().played.iter().cloned().collect()
    }

    /// Gives the calls that are over, and forgets them.
    pub fn take_played(&self) -> Vec<Played> {
        std::mem::take(&mut self.shared.state().played).into()
    }

    /// A session as the API shows it.
    pub fn session(&self, token: &str) -> Option<Json> {
        let state = self.shared.state();
        let session = state.sessions.get(token)?;
        Some(session.view(&state.domains.get(&session.domain)?.name))
    }
}

/// The application that takes a call: the one of the number's, else the domain's default.
pub(crate) fn application_of(domain: &Domain, dialled: &str) -> Option<Source> {
    let is_it = |row: &crate::state::Row| {
        let dnid = crate::state::text(row, "dnid");
        crate::state::is_active(row) && !dnid.is_empty() && {
            let is_prefix = row.get("prefix").and_then(Json::as_bool).unwrap_or(false);
            dnid == dialled || is_prefix && dialled.starts_with(dnid)
        }
    };
    let own = domain.of(Kind::Dnids).find(|(_, row)| is_it(row));
    let own = own.and_then(|(_, row)| row.get("applicationId").and_then(Json::as_u64));
    application(domain, own.or(domain.default_application)?)
}

/// Where an application is asked; a switched off one is not.
pub(crate) fn application(domain: &Domain, id: u64) -> Option<Source> {
    let row = domain.rows.get(&Kind::Applications)?.get(&id).filter(|row| crate::state::is_active(row))?;
    // Quirk: Cloudonix asks by GET unless the application says otherwise.
    let is_post = crate::state::text(row, "method").eq_ignore_ascii_case("POST");
    Some(Source::Url { url: crate::state::text(row, "url").to_owned(), is_post })
}

fn add(state: &mut State, new: NewDomain) {
    let (id, drawn) = (state.next_id(), state.dice.uuid());
    state.domains.insert(
        id,
        Domain {
            id,
            uuid: new.uuid.unwrap_or(drawn),
            name: new.name,
            key: new.api_key,
            package: new.package,
            active: true,
            default_application: None,
            profile: serde_json::Map::from_iter([("call-timeout".to_owned(), json!(60))]),
            rows: BTreeMap::new(),
            asked: VecDeque::new(),
            rooms: BTreeMap::new(),
        },
    );
}

fn domain_mut<'a>(state: &'a mut State, named: &str) -> Result<&'a mut Domain, CallError> {
    let found = state.domains.values_mut().find(|domain| domain.is(named));
    found.ok_or_else(|| CallError::NoSuchDomain(named.to_owned()))
}

fn insert(domain: &mut Domain, kind: Kind, id: u64, row: Json) {
    if let Json::Object(row) = row {
        domain.rows.entry(kind).or_default().insert(id, row);
    }
}
