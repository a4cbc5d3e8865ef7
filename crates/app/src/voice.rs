//! Voice: who asks, and what they are answered. The path every call takes; it reads no database on a warm plan.

mod asked;
mod news;

use crate::app::App;
use crate::journal::{PlanSnapshot, Record};
use crate::metrics::{self, Answered};
use crate::plans::{Line, LoadedPlan, PlansError};
use crate::usage::{self, usage_of};
use news::{NOTHING_RECORDED, RECORDED};
pub use news::{News, Pin};
pub use opbx_cluster::Answer;
use opbx_cluster::{AnswerKey, Origin, RotationClaim};
use opbx_kernel::seal::{digest, same_secret};
use opbx_kernel::{Code, Kind};
use opbx_routing::{
    CORE_VERSION, Call, DialResult, Event, Facts, HOPS_MAX, Step, Ticket, TicketClaim, Wanted, step as decide,
};
use opbx_telephony::Entry;
pub use opbx_telephony::Opening;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::time::Instant;

/// How often a decision may want to know more: a group may be met at each hop, two spenders are asked about, and a caller,
/// and what a phone wants to hear.
const WANTED_ROUNDS_MAX: usize = HOPS_MAX + 8;

/// Why a voice request is not answered with a call's next step.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    #[error("no requests key was given")]
    NoKey,
    #[error("the requests key belongs to no tenant")]
    WrongKey,
    #[error(
        "the requests key belongs to several tenants, and the request's domain to none or several of them"
    )]
    SharedKey,
    #[error("the requests key belongs to another domain than the request")]
    ForeignDomain,
    #[error("the tenant is not active")]
    Inactive,
    #[error("the tenant's plan is not available: {0}")]
    NoPlan(#[from] PlansError),
}

impl VoiceError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoKey => Code::new(Kind::Unauthenticated, "no_requests_key"),
            Self::WrongKey => Code::new(Kind::Unauthenticated, "wrong_requests_key"),
            Self::SharedKey => Code::new(Kind::Unauthenticated, "shared_requests_key"),
            Self::ForeignDomain => Code::new(Kind::Forbidden, "foreign_domain"),
            Self::Inactive => Code::new(Kind::Forbidden, "tenant_inactive"),
            Self::NoPlan(error) => Code::new(Kind::Unavailable, error.code().name),
        }
    }
}

/// Finds the tenant that a requests key belongs to.
///
/// The key is looked up by its digest, so that the time this takes tells nothing of any key. Of several tenants with
/// one key, `authenticate_at` finds the one that is meant.
pub fn authenticate(app: &App, key: Option<&str>) -> Result<Arc<Line>, VoiceError> {
    let key = key.filter(|key| !key.is_empty()).ok_or(VoiceError::NoKey)?;
    active(only(lines_of(app, key))?)
}

/// As `authenticate`, where the domain that the request names tells tenants of one key apart.
pub fn authenticate_at(app: &App, key: Option<&str>, domain: Option<&str>) -> Result<Arc<Line>, VoiceError> {
    let key = key.filter(|key| !key.is_empty()).ok_or(VoiceError::NoKey)?;
    let domains: Vec<&str> = domain.into_iter().collect();
    let line = line_at(app, key, &domains)?;
    check_domain(&line, domain)?;
    active(line)
}

/// The tenant that a requests key belongs to, active or not; of several the only one of these domains.
pub(crate) fn line_at(app: &App, key: &str, domains: &[&str]) -> Result<Arc<Line>, VoiceError> {
    let lines = lines_of(app, key);
    match only(lines.clone()) {
        Err(VoiceError::SharedKey) => {
            let named = |line: &Arc<Line>| domains.iter().any(|domain| is_of(line, domain));
            only(lines.into_iter().filter(named).collect()).map_err(|_| VoiceError::SharedKey)
        }
        found => found,
    }
}

fn lines_of(app: &App, key: &str) -> Vec<Arc<Line>> {
    let given = digest(&[key.as_bytes()]);
    let directory = app.plans().directory();
    let known = |line: &&Arc<Line>| {
        line.settings.requests_key_digest.is_some_and(|known| same_secret(&known, &given))
    };
    directory.by_requests_key(key.as_bytes()).filter(known).cloned().collect()
}

fn only(mut lines: Vec<Arc<Line>>) -> Result<Arc<Line>, VoiceError> {
    match (lines.pop(), lines.is_empty()) {
        (Some(line), true) => Ok(line),
        (Some(_), false) => Err(VoiceError::SharedKey),
        (None, _) => Err(VoiceError::WrongKey),
    }
}

fn active(line: Arc<Line>) -> Result<Arc<Line>, VoiceError> {
    if line.is_active() { Ok(line) } else { Err(VoiceError::Inactive) }
}

/// Refuses a request that names a domain other than its tenant's. One that names none is taken.
pub fn check_domain(line: &Line, domain: Option<&str>) -> Result<(), VoiceError> {
    match domain {
        Some(domain) if is_foreign(line, domain) => Err(VoiceError::ForeignDomain),
        _ => Ok(()),
    }
}

/// Whether a domain, by name or UUID, is another than the tenant's. What the tenant is not known by yet is not: until
/// the engine was asked, only one of the two is known.
pub(crate) fn is_foreign(line: &Line, domain: &str) -> bool {
    let settings = &line.settings;
    let own = if is_uuid(domain) { &settings.domain_uuid } else { &settings.domain_name };
    own.is_some() && !is_of(line, domain)
}

fn is_of(line: &Line, domain: &str) -> bool {
    let own = [&line.settings.domain_name, &line.settings.domain_uuid];
    own.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(domain))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// What happened to a call, as its engine tells it.
#[derive(Debug, Clone)]
pub struct Happened {
    pub call_id: String,
    /// The call as it stands; new, or as its token brought it.
    pub call: Call,
    /// How the call began; with [`Event::Arrived`] only.
    pub opening: Option<Opening>,
    pub news: News,
}

/// Answers what happened: decides, writes it down, renders. A repeat gets the same bytes, concurrent repeats wait.
///
/// `render` turns the step into the engine's own words.
pub async fn answer(
    app: &App,
    line: &Line,
    happened: Happened,
    render: impl Fn(&Step, &LoadedPlan) -> Answer,
) -> Result<Answer, VoiceError> {
    let asked = Instant::now();
    let answered = answered(app, line, happened, render).await;
    let how = match &answered {
        Ok((_, Origin::First)) => Answered::First,
        Ok((_, Origin::Repeat)) => Answered::Repeat,
        Err(_) => Answered::Failed,
    };
    metrics::voice_answered(how, asked.elapsed());
    answered.map(|(answer, _)| answer)
}

async fn answered(
    app: &App,
    line: &Line,
    happened: Happened,
    render: impl Fn(&Step, &LoadedPlan) -> Answer,
) -> Result<(Answer, Origin), VoiceError> {
    let ended = ended_key(line, &happened.call_id);
    if !happened.news.arrived() && app.cluster().answers().get(&ended).await.is_some() {
        return Ok((over(app, line, happened, render).await?, Origin::First));
    }
    let word = happened.news.word();
    if word == NOTHING_RECORDED
        && let Some(answer) = app.cluster().answers().get(&answer_key(line, &happened, RECORDED)).await
    {
        // The redirect after a recording that was told of already.
        return Ok((answer, Origin::Repeat));
    }
    let key = answer_key(line, &happened, word);
    let ends = happened.news.ends_the_call();
    let answered =
        app.cluster().answers().get_or_answer(key, || first_answer(app, line, happened, &render)).await;
    let (answer, origin) = answered?;
    if ends {
        let mark = || async { Ok::<_, std::convert::Infallible>(answer.clone()) };
        let _ = app.cluster().answers().get_or_answer(ended, mark).await;
    }
    Ok((answer, origin))
}

async fn first_answer(
    app: &App,
    line: &Line,
    happened: Happened,
    render: &impl Fn(&Step, &LoadedPlan) -> Answer,
) -> Result<Answer, VoiceError> {
    let loaded = app.plans().plan(line).await?;
    let draw = drawn(line, &happened);
    let facts = Facts::at(app.clock().now(), draw);
    let event = happened.news.event(&happened.call, &loaded);
    let (step, facts) = decided(app, &loaded, &happened, &event, facts).await;
    usage::count(app, &loaded, &happened, &event, &facts, &step).await;
    write_down(app, &loaded, happened, event, facts, &step);
    Ok(render(&step, &loaded))
}

/// Answers a late word about a call that was answered and is over: nobody is rung any more, and nothing is written.
async fn over(
    app: &App,
    line: &Line,
    happened: Happened,
    render: impl Fn(&Step, &LoadedPlan) -> Answer,
) -> Result<Answer, VoiceError> {
    let loaded = app.plans().plan(line).await?;
    let facts = Facts::at(app.clock().now(), 0);
    let step = decide(&loaded.plan, happened.call, &Event::DialEnded(DialResult::Unknown), &facts);
    Ok(render(&step, &loaded))
}

/// Decides one step, finding out what it turns out to need.
async fn decided(
    app: &App,
    loaded: &LoadedPlan,
    happened: &Happened,
    event: &Event,
    mut facts: Facts,
) -> (Step, Facts) {
    let mut step = decide(&loaded.plan, happened.call.clone(), event, &facts);
    for _ in 0..WANTED_ROUNDS_MAX {
        if step.wanted.is_empty() {
            break;
        }
        for wanted in step.wanted {
            match wanted {
                Wanted::Ticket(claim) => {
                    facts.tickets.push((claim, claimed(app, loaded, happened, claim).await));
                }
                Wanted::Usage(spender) => {
                    facts.learn_usage(spender, usage_of(app, loaded, happened, spender).await);
                }
                Wanted::CallerRate => {
                    facts.caller_rate = Some(asked::caller_rate(app, &loaded.plan, happened).await);
                }
                Wanted::LastCaller(extension) => {
                    let last = asked::last_caller(app, &loaded.plan, extension).await;
                    facts.last_caller = Some((extension, last));
                }
                Wanted::Mailbox(query) => {
                    let mailbox = asked::mailbox(app, loaded.plan.tenant, &happened.call_id, query).await;
                    facts.learn_mailbox(query, mailbox);
                }
            }
        }
        step = decide(&loaded.plan, happened.call.clone(), event, &facts);
    }
    (step, facts)
}

async fn claimed(app: &App, loaded: &LoadedPlan, happened: &Happened, wanted: TicketClaim) -> Ticket {
    let claim = RotationClaim {
        tenant: loaded.plan.tenant,
        group: wanted.group.get(),
        call: happened.call_id.clone(),
        visit: wanted.visit,
    };
    match app.cluster().rotation().claim(claim).await {
        Ok(ticket) => Ticket::Drawn(ticket),
        Err(_) => Ticket::Unavailable,
    }
}

/// Journals the step before its answer leaves, and the plan with the first step it decides.
///
/// A full disk must not silence the telephones: the call is answered all the same, and the alarm is in the log.
fn write_down(app: &App, loaded: &LoadedPlan, happened: Happened, event: Event, facts: Facts, step: &Step) {
    if !loaded.journaled.swap(true, Ordering::AcqRel) {
        let snapshot = PlanSnapshot {
            tenant: loaded.plan.tenant,
            version: loaded.plan.version,
            core_version: CORE_VERSION.to_owned(),
            body: loaded.snapshot.clone(),
        };
        if let Err(error) = app.journal().append(&Record::Plan(snapshot)) {
            loaded.journaled.store(false, Ordering::Release);
            tracing::error!(tenant = %loaded.plan.tenant, %error, "a plan could not be journaled");
        }
    }
    let entry = Entry::new(&loaded.plan, &happened.call_id, happened.opening, event, facts, step);
    if let Err(error) = app.journal().append(&Record::Step(Box::new(entry))) {
        tracing::error!(tenant = %loaded.plan.tenant, %error, "a call's step could not be journaled and is lost");
    }
}

/// What makes two requests repeats of each other.
fn answer_key(line: &Line, happened: &Happened, word: &str) -> AnswerKey {
    let call = &happened.call;
    let said = [word, call.direction.as_str(), &call.from, &call.to];
    AnswerKey {
        tenant: line.tenant.id,
        call: happened.call_id.clone(),
        step: call.steps.saturating_add(1),
        digest: digest(&said.map(str::as_bytes)),
    }
}

/// A number that is the same for each repeat of a step and like no other's.
fn drawn(line: &Line, happened: &Happened) -> u64 {
    let tenant = line.tenant.id.get().to_le_bytes();
    let step = happened.call.steps.to_le_bytes();
    let digest = digest(&[b"draw", &tenant, happened.call_id.as_bytes(), &step]);
    u64::from_le_bytes([
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
    ])
}

/// Where it is remembered that a call was answered, or given up, and is over.
fn ended_key(line: &Line, call_id: &str) -> AnswerKey {
    AnswerKey { tenant: line.tenant.id, call: call_id.to_owned(), step: u32::MAX, digest: [0; 32] }
}
