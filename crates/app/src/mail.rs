//! Mail: written in the transaction that wants it, sent by a job, kept until it is.

mod post;
mod smtp;
mod templates;
mod voicemail;

pub use post::{Post, RESUMED_TOGETHER, resume};
pub use smtp::{MailConfig, MailConfigError, Mailer, MailerError};
pub use templates::{Rendered, Template, TemplateError};
pub use voicemail::{TellOfVoicemail, job as voicemail_job};

use crate::app::App;
use crate::entropy;
use crate::models::MailMailDraft;
use opbx_kernel::{Code, Kind, RecordId};
use opbx_platform::field::Format;
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::{NewJob, ReadError, SaveError, Search, Tx};
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) const MODEL: &str = "mail.mail";
/// Files of one mail.
pub const ATTACHMENTS_MAX: usize = 10;
/// All files of one mail together, in bytes: what mail servers usually take, less what the encoding adds.
pub const ATTACHED_BYTES_MAX: u64 = 10 << 20;

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("{0:?} is no mail address")]
    BadAddress(String),
    #[error("more than {ATTACHMENTS_MAX} files")]
    TooManyFiles,
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl MailError {
    pub fn code(&self) -> Code {
        match self {
            Self::BadAddress(_) => Code::new(Kind::Invalid, "bad_address"),
            Self::TooManyFiles => Code::new(Kind::Invalid, "too_many_attachments"),
            Self::Template(_) => Code::new(Kind::Internal, "mail_unfinished"),
            Self::Save(error) => error.code(),
            Self::Read(error) => error.code(),
        }
    }
}

/// A mail to be written.
#[derive(Debug, Clone)]
pub struct Mail {
    to: String,
    template: Template,
    language: String,
    values: BTreeMap<String, String>,
    attachments: Vec<RecordId>,
    key: Option<String>,
    about: Option<(String, RecordId)>,
    delete_record: bool,
}

impl Mail {
    /// A mail to one address, in a language that the reader knows (a BCP 47 tag).
    pub fn new(to: &str, template: Template, language: &str) -> Self {
        Self {
            to: to.to_owned(),
            template,
            language: language.to_owned(),
            values: BTreeMap::new(),
            attachments: Vec::new(),
            key: None,
            about: None,
            delete_record: false,
        }
    }

    /// Fills a place of the template.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn attach(mut self, attachment: RecordId) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// While there is a mail with this key, sent or not, no other is written.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Says what it is about.
    #[must_use]
    pub fn about(mut self, model: &str, record: RecordId) -> Self {
        self.about = Some((model.to_owned(), record));
        self
    }

    /// What it is about is deleted once it is sent.
    #[must_use]
    pub fn then_delete_record(mut self) -> Self {
        self.delete_record = true;
        self
    }
}

/// Writes a mail, to be sent once the transaction is committed; gives its record, or that of the mail with the same key.
///
/// Whoever asks has no rights on mails, and needs none: what is sent is for the use case to judge.
pub async fn send(tx: &mut Tx, mail: Mail) -> Result<RecordId, MailError> {
    if Format::Email.check(&mail.to).is_err() {
        return Err(MailError::BadAddress(mail.to));
    }
    if mail.attachments.len() > ATTACHMENTS_MAX {
        return Err(MailError::TooManyFiles);
    }
    let rendered = mail.template.render(&mail.language, &mail.values)?;
    let mut tx = tx.as_system("write a mail");
    if let Some(key) = &mail.key {
        let same = Domain::eq("unique_key", key.as_str());
        let found = tx.search(MODEL, &same, Search { limit: 1, ..Search::default() }).await?;
        if let Some(found) = found.first() {
            return Ok(found.id);
        }
    }
    let words = serde_json::to_vec(&mail.values).expect("texts can be written as JSON");
    let files: Vec<i64> = mail.attachments.iter().map(|id| id.get()).collect();
    let (model, record) = mail.about.unzip();
    let now = tx.now();
    let draft = MailMailDraft {
        to: Some(mail.to),
        subject: Some(rendered.subject),
        template: Some(mail.template.name().to_owned()),
        language: Some(mail.language),
        attachments: Some((!files.is_empty()).then(|| json!(files))),
        unique_key: Some(mail.key),
        model: Some(model),
        record: Some(record.map(RecordId::get)),
        delete_record: Some(mail.delete_record),
        at: Some(now),
        ..MailMailDraft::default()
    };
    let mut values = draft.into_values();
    values.insert("words".to_owned(), Value::Bytes(words));
    let id = tx.create(MODEL, values).await?;
    tx.enqueue(job(id)).await?;
    Ok(id)
}

/// Why a trial mail did not go out, told to an owner.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error("no mail server is set up for this installation; its operator says which in the configuration")]
    NoServer,
    #[error("{0:?} is no mail address")]
    BadAddress(String),
    #[error("the mail server did not take it: {0}")]
    Refused(#[from] MailerError),
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl TrialError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoServer => Code::new(Kind::Conflict, "no_mail_server"),
            Self::BadAddress(_) => Code::new(Kind::Invalid, "bad_address"),
            Self::Refused(_) => Code::new(Kind::Conflict, "mail_refused"),
            Self::Template(_) => Code::new(Kind::Internal, "mail_unfinished"),
        }
    }
}

/// Whether there is a mail server.
pub fn is_configured(app: &App) -> bool {
    app.mailer().is_some()
}

/// Sends a mail at once, to see whether the server takes it.
pub async fn try_out(app: &App, to: &str, language: &str) -> Result<(), TrialError> {
    let mailer = app.mailer().ok_or(TrialError::NoServer)?;
    if Format::Email.check(to).is_err() {
        return Err(TrialError::BadAddress(to.to_owned()));
    }
    let values = BTreeMap::from([("node".to_owned(), app.journal().node().to_owned())]);
    let rendered = Template::Test.render(language, &values)?;
    let id = format!("trial-{:016x}", u64::from_le_bytes(entropy::bytes()));
    Ok(mailer.send(to, &rendered, &id, app.clock().now()).await?)
}

fn job(mail: RecordId) -> NewJob {
    NewJob::of(post::KIND)
        .with(json!({ "mail": mail.get() }))
        .keyed(format!("mail:{mail}"))
        .attempts(post::ATTEMPTS_MAX)
}
