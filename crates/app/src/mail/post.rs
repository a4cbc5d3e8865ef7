//! The job that sends one mail.

use super::smtp::{File, Mailer, MailerError};
use super::{ATTACHED_BYTES_MAX, MODEL, Template, job};
use crate::attachments::{self, AttachmentError, Objects};
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{MailMail, MailMailDraft, MailMailState};
use crate::webhooks::NewsError;
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, OrderBy, Value};
use opbx_store::{Search, Store};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

pub(super) const KIND: &str = "mail.send";
/// Tries of one mail: with pauses of up to an hour, a day and a half.
pub(super) const ATTEMPTS_MAX: u32 = 40;
/// Mails that a start puts in the queue again in one transaction.
pub const RESUMED_TOGETHER: usize = 1_000;
const NO_SERVER: &str = "no mail server is set up: set smtp_url and mail_from, then start OPBX again";

/// Sends mails by the operator's server; without one, they wait.
pub struct Post {
    pub mailer: Option<Mailer>,
    pub objects: Objects,
}

impl Handler for Post {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Mail
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(self.post(work))
    }
}

impl Post {
    async fn post(&self, work: &Work) -> Result<(), JobError> {
        let id = work.payload()["mail"].as_i64().and_then(|id| RecordId::new(id).ok());
        let id = id.ok_or_else(|| JobError::Never("it names no mail".to_owned()))?;
        let mut tx = work.store().read(work.scope()).await?;
        let Some(mail) = tx.get::<MailMail>(id).await? else { return Ok(()) };
        if mail.state == MailMailState::Sent {
            return Ok(());
        }
        let words = tx.reveal(MODEL, id, "words").await?.map(Zeroizing::new);
        drop(tx);
        // No attempt is lost over it: the next start with a server finds the mail again.
        let Some(mailer) = &self.mailer else { return note(work, id, &waiting(NO_SERVER)).await };
        let values: Option<BTreeMap<String, String>> =
            words.and_then(|words| serde_json::from_slice(&words).ok());
        let rendered = Template::parse(&mail.template)
            .zip(values)
            .and_then(|(template, values)| template.render(&mail.language, &values).ok());
        let Some(rendered) = rendered else {
            return fail(work, id, "what it says cannot be read any more").await;
        };
        let files = match self.files(work, &mail).await {
            Ok(files) => files,
            Err(AttachmentError::Absent) => return fail(work, id, "a file of it is gone").await,
            Err(error) => return self.later(work, id, &error.to_string()).await,
        };
        let name = format!("opbx-{}-{id}", work.tenant());
        match mailer.send_with(&mail.to, &rendered, files, &name, work.clock().now()).await {
            Ok(()) => sent(work, &mail).await,
            Err(MailerError::Refused(reason)) => fail(work, id, &reason).await,
            Err(MailerError::Unreachable(reason)) => self.later(work, id, &reason).await,
        }
    }

    async fn later(&self, work: &Work, id: RecordId, reason: &str) -> Result<(), JobError> {
        if work.attempt() >= ATTEMPTS_MAX {
            return fail(work, id, reason).await;
        }
        note(work, id, &waiting(reason)).await?;
        Err(JobError::Again(reason.to_owned()))
    }

    async fn files(&self, work: &Work, mail: &MailMail) -> Result<Vec<File>, AttachmentError> {
        let listed = mail.attachments.as_ref().and_then(serde_json::Value::as_array);
        let ids = listed.into_iter().flatten().filter_map(serde_json::Value::as_i64);
        let mut files = Vec::new();
        let mut room = ATTACHED_BYTES_MAX;
        let mut tx = work.store().read(work.scope()).await?;
        for id in ids {
            let id = RecordId::new(id).map_err(|_| AttachmentError::Absent)?;
            let content = attachments::open(&mut tx, work.store().registry(), &self.objects, id).await?;
            let size = u64::try_from(content.attachment.size).unwrap_or(u64::MAX);
            room = room.checked_sub(size).ok_or(AttachmentError::TooMany)?;
            let (name, mimetype) = (content.attachment.name.clone(), content.attachment.mimetype.clone());
            let bytes = content.bytes(ATTACHED_BYTES_MAX).await?;
            files.push(File { name, mimetype, bytes });
        }
        Ok(files)
    }
}

fn waiting(reason: &str) -> MailMailDraft {
    let reason = reason.chars().take(300).collect();
    MailMailDraft { error: Some(Some(reason)), ..MailMailDraft::default() }
}

async fn note(work: &Work, id: RecordId, draft: &MailMailDraft) -> Result<(), JobError> {
    let mut tx = work.store().begin(work.scope()).await?;
    tx.update(MODEL, id, draft.clone().into_values(), None).await?;
    tx.commit().await?;
    Ok(())
}

async fn fail(work: &Work, id: RecordId, reason: &str) -> Result<(), JobError> {
    let draft = MailMailDraft { state: Some(MailMailState::Failed), ..waiting(reason) };
    note(work, id, &draft).await?;
    Err(JobError::Never(reason.to_owned()))
}

/// Notes that a mail is sent, forgets what it was filled with, and deletes what was to go with it.
async fn sent(work: &Work, mail: &MailMail) -> Result<(), JobError> {
    let mut tx = work.store().begin(work.scope()).await?;
    let draft = MailMailDraft {
        state: Some(MailMailState::Sent),
        error: Some(None),
        sent_at: Some(Some(work.clock().now())),
        ..MailMailDraft::default()
    };
    let mut values = draft.into_values();
    values.insert("words".to_owned(), Value::Null);
    tx.update(MODEL, mail.id, values, None).await?;
    let record = mail.record.and_then(|id| RecordId::new(id).ok());
    if let (true, Some(model), Some(record)) = (mail.delete_record, &mail.model, record)
        && !tx.read(model, &[record], &[]).await?.is_empty()
    {
        tx.delete(model, record).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Puts every mail that came while there was no mail server in the queue, tenant by tenant and `together` at a time;
/// gives how many they are.
pub async fn resume(store: &Store, together: usize) -> Result<usize, NewsError> {
    let operator = Operator::because("find mails that waited for a mail server");
    let (mut resumed, together) = (0, together.max(1));
    for tenant in store.tenants(&operator).await? {
        let mut after = None;
        loop {
            let (count, last) = resume_behind(store, tenant.id, after, together).await?;
            resumed += count;
            if count < together {
                break;
            }
            after = last;
        }
    }
    Ok(resumed)
}

async fn resume_behind(
    store: &Store,
    tenant: TenantId,
    after: Option<RecordId>,
    limit: usize,
) -> Result<(usize, Option<RecordId>), NewsError> {
    let mut tx = store.begin(&Scope::system(tenant, "send mails that waited")).await?;
    let waiting = Domain::eq("state", "waiting").and(Domain::eq("error", NO_SERVER));
    let behind = after.map_or(Domain::All, |after| Domain::gt("id", after));
    let oldest = [OrderBy::asc("id")];
    let search = Search { order: Some(&oldest), limit, ..Search::default() };
    let rows = tx.search(MODEL, &waiting.and(behind), search).await?;
    for row in &rows {
        // One that waits in the queue already is left as it is.
        tx.enqueue(job(row.id)).await?;
    }
    tx.commit().await?;
    Ok((rows.len(), rows.last().map(|row| row.id)))
}
