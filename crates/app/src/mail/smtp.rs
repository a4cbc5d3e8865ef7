//! The operator's mail server, and how a mail is handed to it.

use super::Rendered;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::{Category, Code, Detail};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use opbx_kernel::Timestamp;
use reqwest::Url;
use std::time::{Duration, SystemTime};

/// How long the server may take for one command.
const COMMAND_MAX: Duration = Duration::from_secs(30);
const PEM_MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// What the operator says of mail.
#[derive(Debug, Clone, Default)]
pub struct MailConfig {
    /// `smtp://user:password@host:587?tls=required`, or `smtps://…`
    pub url: String,
    /// `OPBX <pbx@example.com>`, or the address alone.
    pub from: String,
    /// Certificates in PEM that are trusted beside those of the web.
    pub ca: Option<Vec<u8>>,
}

/// Why mail cannot be set up. Repeats no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailConfigError {
    #[error("`smtp_url` must be smtp://user:password@host:port or smtps://…")]
    BadUrl,
    #[error("`smtp_url`: found tls={0:?}, expected required, opportunistic or none")]
    BadTls(String),
    #[error("`mail_from` must be an address such as \"OPBX <pbx@example.com>\"")]
    BadFrom,
    #[error("`smtp_ca` holds no certificate in PEM: {0}")]
    BadCertificate(String),
}

/// Why a mail was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The mail itself is such that another try changes nothing.
    #[error("{0}")]
    Refused(String),
    /// Nothing was said against the mail: the server is away, put it off, or does not let us in.
    #[error("{0}")]
    Unreachable(String),
}

/// Hands mails to the operator's server. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A file of a mail.
pub(super) struct File {
    pub(super) name: String,
    pub(super) mimetype: String,
    pub(super) bytes: Vec<u8>,
}

impl Mailer {
    /// Makes ready to send; nothing is connected to yet.
    ///
    /// Without `tls` in the URL, the connection must become encrypted: a password in the clear takes the operator's word.
    pub fn new(config: &MailConfig) -> Result<Self, MailConfigError> {
        let mut url = Url::parse(&config.url).map_err(|_| MailConfigError::BadUrl)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(MailConfigError::BadUrl)?.to_owned();
        let tls = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
        let plain = match (url.scheme(), tls.as_deref()) {
            ("smtps", None | Some("required")) | ("smtp", None | Some("required" | "opportunistic")) => false,
            ("smtp", Some("none")) => true,
            ("smtp" | "smtps", Some(other)) => return Err(MailConfigError::BadTls(other.to_owned())),
            _ => return Err(MailConfigError::BadUrl),
        };
        let wraps = url.scheme() == "smtps";
        let is_optional = tls.as_deref() == Some("opportunistic");
        match (wraps, plain) {
            (true, _) | (_, true) => url.set_query(None),
            _ if is_optional => url.set_query(Some("tls=opportunistic")),
            _ => url.set_query(Some("tls=required")),
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
        let mut builder = builder.map_err(|_| MailConfigError::BadUrl)?.timeout(Some(COMMAND_MAX));
        if let Some(pem) = config.ca.as_deref().filter(|_| !plain) {
            let unfit = |error: smtp::Error| MailConfigError::BadCertificate(error.to_string());
            if !pem.windows(PEM_MARK.len()).any(|part| part == PEM_MARK) {
                return Err(MailConfigError::BadCertificate("there is none in it".to_owned()));
            }
            let certificate = Certificate::from_pem(pem).map_err(unfit)?;
            let parameters = TlsParameters::builder(host).add_root_certificate(certificate).build();
            let parameters = parameters.map_err(unfit)?;
            builder = builder.tls(match (wraps, is_optional) {
                (true, _) => Tls::Wrapper(parameters),
                (false, true) => Tls::Opportunistic(parameters),
                (false, false) => Tls::Required(parameters),
            });
        }
        let from = config.from.parse().map_err(|_| MailConfigError::BadFrom)?;
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends a mail to one address. `id` makes it known as the same if it is sent twice.
    pub async fn send(&self, to: &str, mail: &Rendered, id: &str, now: Timestamp) -> Result<(), MailerError> {
        self.send_with(to, mail, Vec::new(), id, now).await
    }

    pub(super) async fn send_with(
        &self,
        to: &str,
        mail: &Rendered,
        files: Vec<File>,
        id: &str,
        now: Timestamp,
    ) -> Result<(), MailerError> {
        let message = self.message(to, mail, files, id, now)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if self.is_refusal(&error).await => Err(MailerError::Refused(said(&error))),
            Err(error) => Err(MailerError::Unreachable(said(&error))),
        }
    }

    /// Whether the server wants the mail never, and not only us now.
    ///
    /// The error does not say what was being done when it came. 554 is said to a mail, and as a greeting to whoever
    /// connects (RFC 5321, 3.1), so that a mail counts as refused only where the server still lets us in.
    async fn is_refusal(&self, error: &smtp::Error) -> bool {
        error.is_permanent()
            && error.status().is_some_and(may_be_of_a_mail)
            && self.transport.test_connection().await.is_ok_and(|answers| answers)
    }

    fn message(
        &self,
        to: &str,
        mail: &Rendered,
        files: Vec<File>,
        id: &str,
        now: Timestamp,
    ) -> Result<Message, MailerError> {
        let refused = |what: &str| MailerError::Refused(format!("the mail has no proper {what}"));
        let to: Mailbox = to.parse().map_err(|_| refused("address"))?;
        let body = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .date(SystemTime::from(now))
            // So that nobody's absence notice comes back (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let message = if files.is_empty() {
            builder.multipart(body)
        } else {
            let mut parts = MultiPart::mixed().multipart(body);
            for file in files {
                let kind = ContentType::parse(&file.mimetype)
                    .or_else(|_| ContentType::parse("application/octet-stream"))
                    .map_err(|_| refused("type of file"))?;
                parts = parts.singlepart(Attachment::new(file.name).body(file.bytes, kind));
            }
            builder.multipart(parts)
        };
        message.map_err(|error| MailerError::Refused(error.to_string()))
    }
}

/// Whether a reply can be about a mail: those are x5z (RFC 5321, 4.2.1), and 501 is said to addresses as well.
///
/// Others are of the session: x2z of the connection, x3z of the login (RFC 4954, 6), x0z of commands.
fn may_be_of_a_mail(code: Code) -> bool {
    match code.category {
        Category::MailSystem => true,
        Category::Syntax => code.detail == Detail::One,
        _ => false,
    }
}

/// What the server said, or what the connection broke with.
fn said(error: &smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(url: &str) -> Result<(), MailConfigError> {
        let config = MailConfig { url: url.to_owned(), from: "OPBX <pbx@example.com>".to_owned(), ca: None };
        Mailer::new(&config).map(drop)
    }

    #[tokio::test]
    async fn a_mail_server_is_named_by_a_url_and_encrypted_unless_said_otherwise() {
        for fine in [
            "smtp://mail.example.com",
            "smtp://user:p%40ss@mail.example.com:587",
            "smtp://mail.example.com?tls=none",
            "smtp://mail.example.com?tls=opportunistic",
            "smtps://user:pass@mail.example.com",
        ] {
            assert_eq!(judged(fine), Ok(()), "{fine}");
        }
        assert_eq!(judged("smtp://mail.example.com?tls=maybe"), Err(MailConfigError::BadTls("maybe".into())));
        for bad in ["mail.example.com", "http://mail.example.com", "smtp://", ""] {
            assert_eq!(judged(bad), Err(MailConfigError::BadUrl), "{bad}");
        }
        let config = MailConfig { url: "smtp://mail.example.com".into(), from: "nobody".into(), ca: None };
        assert_eq!(Mailer::new(&config).map(drop), Err(MailConfigError::BadFrom));
        let config = MailConfig { from: "a@b.example".into(), ca: Some(b"junk".to_vec()), ..config };
        assert!(matches!(Mailer::new(&config).map(drop), Err(MailConfigError::BadCertificate(_))));
    }
}
