//! Live calls: ending them, sending them to somebody else, and starting new ones.

use super::CarrierError;
use super::account::{self, Account};
use super::changes::EXTENSION;
use super::line::{Haste, Repeat, ask};
use crate::app::App;
use crate::models::{PbxCall, PbxCallLeg, PbxExtension};
use crate::records::{self, Deed};
use opbx_kernel::{Actor, RecordId, Scope, TenantId};
use opbx_platform::Domain;
use opbx_routing::{
    Action, Call, CallerRate, Dial, Direction, Event, Facts, HOPS_MAX, Ticket, Usage, Wanted, step as decide,
};
use opbx_store::Tx;
use opbx_telephony::BackendError;
use opbx_telephony::backend::Originate;
use opbx_telephony::news::extension_of;

/// How long the person's own telephone rings first.
const RING_TIMEOUT_S: u16 = 30;
/// The longest that a call may last.
const TIME_LIMIT_MAX_S: u32 = 24 * 60 * 60;
/// The longest text that can be dialled, in bytes.
const DIALLED_LEN_MAX: usize = 128;
/// How often a decision may want to know more.
const WANTED_ROUNDS_MAX: usize = HOPS_MAX + 4;

/// A call to be started from a person's telephone.
#[derive(Debug, Clone)]
pub struct NewCall {
    /// Whose telephone rings first.
    pub extension: RecordId,
    /// What that person would dial.
    pub to: String,
}

/// Ends a live call, for owners and administrators; for others, one of their own extension's.
pub async fn hang_up(app: &App, scope: &Scope, call: RecordId) -> Result<(), CarrierError> {
    let (account, call) = live(app, scope, call).await?;
    let access = &account.access;
    over(ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.hang_up(access, session(&call))).await)
}

/// Ends a live call after so many seconds, for owners and administrators.
pub async fn limit(app: &App, scope: &Scope, call: RecordId, time_limit_s: u32) -> Result<(), CarrierError> {
    let (account, call) = live(app, scope, call).await?;
    let access = &account.access;
    let seconds = time_limit_s.clamp(1, TIME_LIMIT_MAX_S);
    over(
        ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.limit(access, session(&call), seconds))
            .await,
    )
}

/// Sends a live call to a person or an outside number, for whoever may end it.
///
/// It goes there as if whoever transfers had dialled it: outside by the outbound rules only.
pub async fn transfer(app: &App, scope: &Scope, call: RecordId, to: &str) -> Result<(), CarrierError> {
    let (account, call) = live(app, scope, call).await?;
    let by = on_behalf(app, scope, &call).await?.ok_or(CarrierError::NoExtension)?;
    let dial = dialled(app, scope.tenant(), &by, to).await?;
    let access = &account.access;
    let sent =
        ask(app, access, Haste::Now, Repeat::Safe, |backend| backend.transfer(access, session(&call), &dial));
    over(sent.await)
}

/// Starts a call: a person's telephone rings first, then the call goes where they would have dialled.
///
/// Owners and administrators start calls from any person's telephone, others from their own. Gives the engine's name
/// of the call.
pub async fn originate(app: &App, scope: &Scope, call: &NewCall) -> Result<String, CarrierError> {
    let model = app.store().registry().model(EXTENSION).ok_or(CarrierError::NoRecord)?;
    records::require(scope, model, Deed::Read)?;
    let mut tx = app.store().read(scope).await?;
    let extension = tx.get::<PbxExtension>(call.extension).await?.ok_or(CarrierError::NoRecord)?;
    let may_any = records::require(scope, model, Deed::Create).is_ok();
    if !may_any && (extension.user.is_none() || extension.user != user(scope)) {
        return Err(CarrierError::NotOwn);
    }
    if extension.destination.is_some() || !extension.active {
        return Err(CarrierError::NoPerson);
    }
    drop(tx);
    // Refused before anything rings, where it leads nowhere.
    let to = plain(&call.to)?;
    dialled(app, scope.tenant(), &extension.number, to).await?;
    let account = account::of(app.store(), scope.tenant()).await?;
    let base = account.settings.webhook_base_url.as_deref().filter(|base| !base.is_empty());
    let base = base.ok_or(CarrierError::Unconfigured("the webhook base URL"))?;
    let originate = Originate {
        destination: extension.number.clone(),
        caller_id: Some(to.to_owned()),
        url: format!(
            "{}/api/voice/route?as={}&dial={}",
            base.trim_end_matches('/'),
            escaped(&extension.number),
            escaped(to)
        ),
        ring_timeout_s: RING_TIMEOUT_S,
        time_limit_s: TIME_LIMIT_MAX_S,
    };
    let access = &account.access;
    ask(app, access, Haste::Now, Repeat::IfRefused, |backend| backend.originate(access, &originate)).await
}

/// The extension that has a number.
pub async fn extension_with(
    app: &App,
    scope: &Scope,
    number: &str,
) -> Result<Option<RecordId>, CarrierError> {
    let mut tx = app.store().read(scope).await?;
    let all = tx.all::<PbxExtension>(&Domain::eq("number", number)).await?;
    Ok(all.first().map(|extension| extension.id))
}

/// What a person could dial: one short line.
fn plain(to: &str) -> Result<&str, CarrierError> {
    let to = to.trim();
    let is_plain = !to.is_empty()
        && to.len() <= DIALLED_LEN_MAX
        && !to.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_plain { Ok(to) } else { Err(CarrierError::NotDialable(to.chars().take(40).collect())) }
}

/// Escapes everything in a query that is no letter, digit or harmless sign.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// The call and the way to the carrier, for whoever may act on live calls.
async fn live(app: &App, scope: &Scope, call: RecordId) -> Result<(Account, PbxCall), CarrierError> {
    let model = app.store().registry().model(EXTENSION).ok_or(CarrierError::NoRecord)?;
    let mut tx = app.store().read(scope).await?;
    let call = tx.get::<PbxCall>(call).await?.ok_or(CarrierError::NoRecord)?;
    // Whoever runs the telephones may act on their calls, others on those of their own.
    if let Err(refused) = records::require(scope, model, Deed::Create)
        && !is_own(&mut tx, scope, &call).await?
    {
        return Err(refused.into());
    }
    if call.ended_at.is_some() {
        return Err(CarrierError::CallOver);
    }
    drop(tx);
    Ok((account::of(app.store(), scope.tenant()).await?, call))
}

/// The engine's name for a call: its session's token, or the call's own name while that is not known.
fn session(call: &PbxCall) -> &str {
    call.session_token.as_deref().filter(|token| !token.is_empty()).unwrap_or(&call.call_id)
}

/// Whether an extension of the asker's made the call, is called, or was rung by it.
async fn is_own(tx: &mut Tx, scope: &Scope, call: &PbxCall) -> Result<bool, CarrierError> {
    let Some(user) = user(scope) else { return Ok(false) };
    let mut tx = tx.as_system("find whose call it is");
    let own: Vec<PbxExtension> = tx.all(&Domain::eq("user", user)).await?;
    if own.is_empty() {
        return Ok(false);
    }
    let legs: Vec<PbxCallLeg> = tx.all(&Domain::eq("call", call.id)).await?;
    let still_on = |leg: &&PbxCallLeg| leg.ended_at.is_none();
    let rung = legs.iter().filter(still_on).map(|leg| leg.target.as_str());
    let named = [&call.from_number, &call.to_number, &call.answered_by].into_iter().flatten();
    let mut parties = named.map(String::as_str).chain(rung);
    Ok(parties.any(|party| {
        let party = extension_of(party).unwrap_or(party);
        own.iter().any(|extension| extension.number == party)
    }))
}

fn over<T>(done: Result<T, CarrierError>) -> Result<T, CarrierError> {
    match done {
        Err(CarrierError::Backend(BackendError::Absent { .. })) => Err(CarrierError::CallOver),
        other => other,
    }
}

fn user(scope: &Scope) -> Option<RecordId> {
    match scope.actor() {
        Actor::User { id, .. } => RecordId::new(id.get()).ok(),
        Actor::System { .. } => None,
    }
}

/// On whose behalf a call is sent on: who transfers it, else who talks on it.
async fn on_behalf(app: &App, scope: &Scope, call: &PbxCall) -> Result<Option<String>, CarrierError> {
    let mut tx = app.store().read(&Scope::system(scope.tenant(), "find whose call it is")).await?;
    if let Some(user) = user(scope)
        && let Some(own) = person(&mut tx, &Domain::eq("user", user)).await?
    {
        return Ok(Some(own));
    }
    for talks in [&call.answered_by, &call.from_number, &call.to_number].into_iter().flatten() {
        if let Some(number) = person(&mut tx, &Domain::eq("number", talks.as_str())).await? {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

async fn person(tx: &mut Tx, whom: &Domain) -> Result<Option<String>, CarrierError> {
    let all = tx.all::<PbxExtension>(whom).await?;
    Ok(all.into_iter().find(|extension| extension.destination.is_none()).map(|extension| extension.number))
}

/// Whom a call rings that this person dials, as the routing core decides it.
async fn dialled(app: &App, tenant: TenantId, by: &str, to: &str) -> Result<Dial, CarrierError> {
    let to = plain(to)?;
    let directory = app.plans().directory();
    let line = directory.line(tenant).ok_or(CarrierError::NoRecord)?;
    let loaded = app.plans().plan(line).await?;
    let call = Call::new(Direction::Subscriber, by.to_owned(), to.to_owned());
    let mut facts = Facts::at(app.clock().now(), 0);
    let mut step = decide(&loaded.plan, call.clone(), &Event::Arrived, &facts);
    for _ in 0..WANTED_ROUNDS_MAX {
        if step.wanted.is_empty() {
            break;
        }
        for wanted in &step.wanted {
            match wanted {
                Wanted::Ticket(claim) => facts.tickets.push((*claim, Ticket::Unavailable)),
                Wanted::Usage(spender) => facts.learn_usage(*spender, Usage::default()),
                Wanted::CallerRate => facts.caller_rate = Some(CallerRate::Unavailable),
                // A code for oneself is nowhere to send anybody.
                Wanted::LastCaller(_) | Wanted::Mailbox(_) => {
                    return Err(CarrierError::NotDialable(to.to_owned()));
                }
            }
        }
        step = decide(&loaded.plan, call.clone(), &Event::Arrived, &facts);
    }
    let dial = step.actions.into_iter().find_map(|action| match action {
        Action::Dial(dial) => Some(dial),
        _ => None,
    });
    dial.ok_or_else(|| CarrierError::NotDialable(to.to_owned()))
}
