//! Mail about voicemail: to whoever the box is of, with the message's sound where the box says so.

use super::{ATTACHED_BYTES_MAX, Mail, MailError, Template, send};
use crate::attachments::{self, AttachmentError};
use crate::jobs::{Doing, Handler, JobError, Lane, Work};
use crate::models::{IrAttachment, PbxVoicemail, PbxVoicemailMail, PbxVoicemailMessage, ResUsers};
use crate::{tenants, users};
use jiff::tz::TimeZone;
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Record as _, Registry, Value};
use opbx_store::{NewJob, ReadError, Tx};
use serde_json::json;

const KIND: &str = "voicemail.mail";
/// Tries after which a mail goes without the sound that nobody fetched: some forty minutes.
const WAIT_ATTEMPTS_MAX: u32 = 9;
/// Tries of the job.
const ATTEMPTS_MAX: u32 = 20;
/// What a message without a number comes from.
const UNKNOWN: [(&str, &str); 2] = [("en", "an unknown number"), ("fr", "un numéro inconnu")];

/// Writes the mail about a message.
pub struct TellOfVoicemail {
    /// Where people reach this installation, for the link to the message.
    pub public_url: Option<String>,
}

/// The job that tells of a message, for whoever stores it.
pub fn job(call: RecordId, sequence: i64) -> NewJob {
    NewJob::of(KIND)
        .with(json!({ "call": call.get(), "sequence": sequence }))
        .keyed(format!("voicemail:{call}:{sequence}"))
        .attempts(ATTEMPTS_MAX)
}

impl Handler for TellOfVoicemail {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn lane(&self) -> Lane {
        Lane::Mail
    }

    fn run<'a>(&'a self, work: &'a Work) -> Doing<'a> {
        Box::pin(self.tell(work))
    }
}

impl TellOfVoicemail {
    async fn tell(&self, work: &Work) -> Result<(), JobError> {
        let call = work.payload()["call"].as_i64().and_then(|id| RecordId::new(id).ok());
        let sequence = work.payload()["sequence"].as_i64();
        let (Some(call), Some(sequence)) = (call, sequence) else {
            return Err(JobError::Never("it names no message".to_owned()));
        };
        let mut tx = work.store().begin(work.scope()).await?;
        let own = Domain::eq("call", call).and(Domain::eq("sequence", sequence));
        let Some(message) = tx.all::<PbxVoicemailMessage>(&own).await?.into_iter().next() else {
            return Ok(());
        };
        let Some(mailbox) = message.mailbox else { return Ok(()) };
        let Some(mailbox) = tx.get::<PbxVoicemail>(mailbox).await? else { return Ok(()) };
        let Some(to) = recipient(&mut tx, &mailbox).await? else { return Ok(()) };
        let sound = match mailbox.mail {
            PbxVoicemailMail::None => return Ok(()),
            PbxVoicemailMail::Notify => None,
            PbxVoicemailMail::Attach => {
                let sound = sound(&mut tx, work.store().registry(), message.id).await?;
                let waits = sound.is_none() && work.attempt() < WAIT_ATTEMPTS_MAX;
                if waits && !is_given_up(&mut tx, message.id).await? {
                    return Err(JobError::Again("the recording is not fetched yet".to_owned()));
                }
                sound.filter(|sound| sound.size <= ATTACHED_BYTES_MAX as i64)
            }
        };
        let mail = self.mail(&to, &mailbox, &message, sound.as_ref());
        match send(&mut tx, mail).await {
            Ok(_) => {}
            Err(MailError::Save(error)) => return Err(error.into()),
            Err(MailError::Read(error)) => return Err(error.into()),
            Err(error) => return Err(JobError::Never(error.to_string())),
        }
        tx.commit().await?;
        Ok(())
    }

    fn mail(
        &self,
        to: &Recipient,
        mailbox: &PbxVoicemail,
        message: &PbxVoicemailMessage,
        sound: Option<&IrAttachment>,
    ) -> Mail {
        let template = if sound.is_some() { Template::VoicemailAttached } else { Template::VoicemailNotice };
        let at = message.left_at.to_zoned(to.zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
        let length_s = message.length_s.unwrap_or_default();
        let mut mail = Mail::new(&to.address, template, &to.language)
            .with("mailbox", &mailbox.name)
            .with("from", caller(message, &to.language))
            .with("at", at)
            .with("length", format!("{}:{:02} min", length_s / 60, length_s % 60))
            .about(PbxVoicemailMessage::MODEL, message.id)
            .keyed(format!("voicemail:{}", message.id));
        if let Some(sound) = sound {
            mail = mail.attach(sound.id);
            if mailbox.delete_after_mail {
                mail = mail.then_delete_record();
            }
        } else if let Some(base) = &self.public_url {
            mail = mail.with("link", format!("{}/voicemail/{}", base.trim_end_matches('/'), message.id));
        }
        mail
    }
}

struct Recipient {
    address: String,
    language: String,
    zone: TimeZone,
}

/// Whom a box's messages are told: its own address, else that of its user while that is active.
async fn recipient(tx: &mut Tx, mailbox: &PbxVoicemail) -> Result<Option<Recipient>, ReadError> {
    let user = match mailbox.user {
        Some(user) => tx.get::<ResUsers>(user).await?.filter(|user| user.active),
        None => None,
    };
    let own = mailbox.email.clone().filter(|email| !email.is_empty());
    let Some(address) = own.or_else(|| user.as_ref().map(|user| user.email.clone())) else {
        return Ok(None);
    };
    let language = match &user {
        Some(user) => users::language_of(tx, user).await?,
        None => "en".to_owned(),
    };
    let zone = user.as_ref().and_then(|user| user.time_zone.clone()).filter(|zone| !zone.is_empty());
    let zone = match zone {
        Some(zone) => zone,
        None => {
            let company = tenants::company(tx, user.and_then(|user| user.company)).await?;
            company.map_or_else(|| "UTC".to_owned(), |company| company.time_zone)
        }
    };
    Ok(Some(Recipient { address, language, zone: TimeZone::get(&zone).unwrap_or(TimeZone::UTC) }))
}

/// The newest sound that is attached to a message.
async fn sound(
    tx: &mut Tx,
    registry: &Registry,
    message: RecordId,
) -> Result<Option<IrAttachment>, JobError> {
    let found = attachments::of_record(tx, registry, PbxVoicemailMessage::MODEL, message).await;
    match found {
        Ok(found) => Ok(found.into_iter().find(|file| file.mimetype.starts_with("audio/"))),
        Err(AttachmentError::Absent) => Ok(None),
        Err(error) => Err(JobError::Again(error.to_string())),
    }
}

/// Whether a message's recording will not be fetched any more, where its model keeps that.
async fn is_given_up(tx: &mut Tx, message: RecordId) -> Result<bool, ReadError> {
    const FIELD: &str = "recording";
    let model = PbxVoicemailMessage::MODEL;
    if tx.registry().model(model).and_then(|model| model.field(FIELD)).is_none() {
        return Ok(false);
    }
    let rows = tx.read(model, &[message], &[FIELD]).await?;
    let value = rows.first().and_then(|row| row.values.first());
    Ok(matches!(value, Some(Value::Text(state)) if state == "failed"))
}

fn caller(message: &PbxVoicemailMessage, language: &str) -> String {
    let base = language.split(['-', '_']).next().unwrap_or_default();
    let unknown = UNKNOWN.iter().find(|(known, _)| *known == base).unwrap_or(&UNKNOWN[0]).1;
    match (&message.from_name, &message.from_number) {
        (Some(name), Some(number)) if name != number => format!("{name} ({number})"),
        (Some(one), _) | (_, Some(one)) => one.clone(),
        (None, None) => unknown.to_owned(),
    }
}
