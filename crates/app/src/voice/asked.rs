//! What a decision wants to know that is in no plan: how often somebody called, who called last, what a box holds.
//!
//! The last two are read from the database, and only where somebody asked for them by their phone.

use crate::app::App;
use crate::models::{PbxCall, PbxCallLeg, PbxPhoneChange, PbxVoicemailMessage, PbxVoicemailMessageRecording};
use crate::voice::Happened;
use opbx_kernel::{E164, RecordId, Scope, TenantId};
use opbx_platform::{Domain, OrderBy, Record as _, Value};
use opbx_routing::{CallerRate, ExtensionId, Mailbox, MailboxPage, MailboxQuery, Message, MessageId, Plan};
use opbx_store::{ReadError, Search};
use std::sync::Arc;
use std::time::Duration;

/// How long a phone waits for what it asked.
const READ_WAIT_MAX: Duration = Duration::from_secs(2);
/// The most calls looked through for the last caller of a phone.
const CALLS_MAX: usize = 500;
/// A box does not count further.
const MESSAGES_COUNTED_MAX: u64 = 50;

/// Counts this call, and tells how many the caller made within the company's window.
pub(super) async fn caller_rate(app: &App, plan: &Plan, happened: &Happened) -> CallerRate {
    let from = happened.call.from.trim();
    let caller = E164::normalise(from, plan.company.country).map_or_else(|| from.to_owned(), String::from);
    let window_ms = i64::from(plan.company.screening.caller_window_s) * 1_000;
    let now_ms = app.clock().now().as_millisecond();
    let counted =
        app.cluster().callers().count(plan.tenant, &caller, &happened.call_id, now_ms, window_ms).await;
    counted.map_or(CallerRate::Unavailable, CallerRate::Counted)
}

/// The number of who last called an extension from outside; none where that cannot be said.
pub(super) async fn last_caller(app: &App, plan: &Plan, extension: ExtensionId) -> Option<Arc<str>> {
    let number = plan.extension(extension)?.number.clone();
    match tokio::time::timeout(READ_WAIT_MAX, read_last_caller(app, plan.tenant, &number)).await {
        Ok(Ok(last)) => last.map(Into::into),
        Ok(Err(error)) => {
            tracing::warn!(tenant = %plan.tenant, %error, "the last caller of a phone could not be read");
            None
        }
        Err(_) => None,
    }
}

async fn read_last_caller(app: &App, tenant: TenantId, number: &str) -> Result<Option<String>, ReadError> {
    let mut tx = app.store().read(&Scope::system(tenant, "call back the last caller")).await?;
    let search = Search { limit: CALLS_MAX, ..Search::default() };
    let inbound = Domain::eq("direction", "inbound".to_owned());
    let calls: Vec<RecordId> =
        tx.search(PbxCall::MODEL, &inbound, search).await?.into_iter().map(|row| row.id).collect();
    let named: Vec<Value> = calls.iter().map(|call| Value::Record(*call)).collect();
    let rang = Domain::is_in("call", named).and(Domain::eq("target", number.to_owned()));
    let legs = tx.all::<PbxCallLeg>(&rang).await?;
    // The calls come newest first.
    let Some(last) = calls.into_iter().find(|call| legs.iter().any(|leg| leg.call == *call)) else {
        return Ok(None);
    };
    Ok(tx.get::<PbxCall>(last).await?.and_then(|call| call.from_number))
}

/// A page of a voicemail box, as the call that asks has not heard it yet.
pub(super) async fn mailbox(app: &App, tenant: TenantId, call_id: &str, query: MailboxQuery) -> Mailbox {
    match tokio::time::timeout(READ_WAIT_MAX, read_mailbox(app, tenant, call_id, query)).await {
        Ok(Ok(page)) => Mailbox::Page(page),
        Ok(Err(error)) => {
            tracing::warn!(%tenant, %error, "a voicemail box could not be read");
            Mailbox::Unavailable
        }
        Err(_) => Mailbox::Unavailable,
    }
}

async fn read_mailbox(
    app: &App,
    tenant: TenantId,
    call_id: &str,
    query: MailboxQuery,
) -> Result<MailboxPage, ReadError> {
    let mut tx = app.store().read(&Scope::system(tenant, "listen to messages by phone")).await?;
    let held =
        |heard: bool| Domain::eq("mailbox", query.mailbox.get()).and(Domain::eq("heard", Value::Bool(heard)));
    let mut counts = [0; 2];
    for (count, heard) in counts.iter_mut().zip([false, true]) {
        let counted = tx.count(PbxVoicemailMessage::MODEL, &held(heard)).await?;
        *count = counted.min(MESSAGES_COUNTED_MAX) as u32;
    }
    let after = query.after.map_or(0, MessageId::get);
    // What this call saved may be an old message by now. A change stands on record before it is done: none is missed.
    let changes = tx.all_unsorted::<PbxPhoneChange>(&Domain::eq("call_id", call_id.to_owned())).await?;
    let dealt_with = changes.into_iter().filter_map(|change| change.message).map(Value::Record);
    let next = held(query.saved).and(Domain::gt("id", after)).and(Domain::not_in("id", dealt_with));
    let search = Search { order: Some(&[OrderBy::asc("id")]), limit: 1, ..Search::default() };
    let next = tx.search(PbxVoicemailMessage::MODEL, &next, search).await?.first().map(|row| row.id);
    let next = match next {
        Some(id) => tx.get::<PbxVoicemailMessage>(id).await?,
        None => None,
    };
    let next = next.and_then(|message| {
        let is_here = message.recording == Some(PbxVoicemailMessageRecording::Ready);
        let url = if is_here { "".into() } else { message.url.into() };
        Some(Message { id: MessageId::new(message.id.get()).ok()?, url })
    });
    Ok(MailboxPage { new: counts[0], saved: counts[1], next })
}
