//! Voicemail messages of calls: each kept once, and whether somebody heard it is never forgotten.

use super::IngestError;
use super::calls::{NAME_LEN_MAX, NUMBER_LEN_MAX, filled};
use crate::mail;
use crate::models::{PbxVoicemailMessage, PbxVoicemailMessageDraft};
use crate::recordings;
use opbx_kernel::RecordId;
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::{INSERT_MANY_MAX, Tx};
use opbx_telephony::CallSheet;
use opbx_telephony::ledger::Message;
use std::collections::{HashMap, HashSet};

/// Brings the messages of these calls to what their ledgers tell.
///
/// A call that was folded anew, in another order or for the tenth time, changes its messages in place. One that was kept
/// `before` and is not stored any more was deleted, and stays so. What is no news is neither mailed nor fetched.
pub(super) async fn keep(
    tx: &mut Tx,
    saved: &[(RecordId, CallSheet)],
    before: &HashMap<RecordId, Vec<Message>>,
    is_news: bool,
) -> Result<(), IngestError> {
    let with_messages: Vec<&(RecordId, CallSheet)> =
        saved.iter().filter(|(_, sheet)| !sheet.messages.is_empty()).collect();
    if with_messages.is_empty() {
        return Ok(());
    }
    let mut known = known(tx, &with_messages).await?;
    let deleted: HashSet<(RecordId, &str)> = before
        .iter()
        .flat_map(|(call, messages)| messages.iter().map(|message| (*call, message)))
        .filter(|(call, message)| !known.contains_key(&(*call, i64::from(message.sequence))))
        .map(|(call, message)| (call, message.url.as_str()))
        .collect();
    let mailboxes = mailboxes(tx, &with_messages).await?;
    let (mut new, mut told) = (Vec::new(), Vec::new());
    for (call, sheet) in with_messages {
        for message in &sheet.messages {
            let draft = draft(*call, sheet, message, &mailboxes);
            match known.remove(&(*call, i64::from(message.sequence))) {
                Some(id) => tx.update("pbx.voicemail.message", id, draft.into_values(), None).await?,
                None if deleted.contains(&(*call, message.url.as_str())) => {}
                None => {
                    let mails = is_news
                        && mailbox(message).is_some_and(|mailbox| mailboxes.get(&mailbox) == Some(&true));
                    told.extend(mails.then(|| mail::voicemail_job(*call, i64::from(message.sequence))));
                    new.push(draft.into_values());
                }
            }
        }
    }
    for chunk in new.chunks(INSERT_MANY_MAX) {
        for message in tx.insert_many("pbx.voicemail.message", chunk.to_vec()).await? {
            if is_news {
                recordings::enqueue(tx, recordings::Of::Message, message).await?;
            }
        }
    }
    for job in told {
        tx.enqueue(job).await?;
    }
    Ok(())
}

/// The messages that are stored of these calls already, by call and sequence.
async fn known(
    tx: &mut Tx,
    saved: &[&(RecordId, CallSheet)],
) -> Result<HashMap<(RecordId, i64), RecordId>, IngestError> {
    let calls: Vec<Value> = saved.iter().map(|(call, _)| Value::Record(*call)).collect();
    let messages = tx.all_unsorted::<PbxVoicemailMessage>(&Domain::is_in("call", calls)).await?;
    let keyed =
        messages.into_iter().filter_map(|message| Some(((message.call?, message.sequence), message.id)));
    Ok(keyed.collect())
}

/// The boxes of these messages that are there still, each with whether it mails: one that was deleted meanwhile must not
/// cost the message.
async fn mailboxes(
    tx: &mut Tx,
    saved: &[&(RecordId, CallSheet)],
) -> Result<HashMap<RecordId, bool>, IngestError> {
    let named: HashSet<RecordId> =
        saved.iter().flat_map(|(_, sheet)| &sheet.messages).filter_map(mailbox).collect();
    let ids: Vec<RecordId> = named.into_iter().collect();
    let rows = tx.read("pbx.voicemail", &ids, &["mail"]).await?;
    let mails = |values: &[Value]| !matches!(values, [Value::Text(word)] if word == "none");
    Ok(rows.into_iter().map(|row| (row.id, mails(&row.values))).collect())
}

fn mailbox(message: &Message) -> Option<RecordId> {
    RecordId::new(message.mailbox.get()).ok()
}

/// Says nothing of `heard`: that is people's to say.
fn draft(
    call: RecordId,
    sheet: &CallSheet,
    message: &Message,
    mailboxes: &HashMap<RecordId, bool>,
) -> PbxVoicemailMessageDraft {
    PbxVoicemailMessageDraft {
        mailbox: Some(mailbox(message).filter(|mailbox| mailboxes.contains_key(mailbox))),
        call: Some(Some(call)),
        sequence: Some(i64::from(message.sequence)),
        from_number: Some(filled(&sheet.opening.from, NUMBER_LEN_MAX)),
        from_name: Some(filled(&sheet.opening.from_name, NAME_LEN_MAX)),
        left_at: Some(message.left_at),
        length_s: Some(message.length_s.map(i64::from)),
        url: Some(message.url.clone()),
        heard: None,
        ..PbxVoicemailMessageDraft::default()
    }
}
