//! Prompts and messages as engines fetch them: a company's sound, at an address that only OPBX can make.
//!
//! Engines carry no key to where audio lies, so the address itself is the proof: it is sealed for one tenant and one
//! sound, opens for a day, and stays the same within an hour so that engines can keep what they fetched.

use crate::app::App;
use crate::attachments::{self, AttachmentError, Content};
use crate::models::{IrAttachment, PbxPrompt, PbxVoicemailMessage};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use opbx_kernel::seal::{Keyring, NONCE_LEN, digest};
use opbx_kernel::{RecordId, Scope, TenantId};
use opbx_platform::Record as _;
use opbx_routing::{MessageId, RecordingId};

/// The path under which recordings are fetched; an id follows.
pub const PATH: &str = "/api/voice/prompts";
/// The path under which voicemail messages are fetched by whoever listens to them by phone.
pub const MESSAGES_PATH: &str = "/api/voice/messages";
/// How long engines may keep a recording.
pub const CACHE_S: u32 = 3_600;
const HOUR_S: i64 = 3_600;
/// How long an address opens, counted from the end of the hour it was made in.
const LIFETIME_S: i64 = 24 * HOUR_S;
/// The longest recording that is played, in bytes: hours of speech as engines take it. Longer ones are not there.
const BYTES_MAX: u64 = 20 << 20;
/// No token of ours is longer.
const TOKEN_LEN_MAX: usize = 128;

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Played {
    Recording(RecordingId),
    Message(MessageId),
}

impl Played {
    fn model(self) -> &'static str {
        match self {
            Self::Recording(_) => PbxPrompt::MODEL,
            Self::Message(_) => PbxVoicemailMessage::MODEL,
        }
    }

    fn record(self) -> Option<RecordId> {
        let id = match self {
            Self::Recording(id) => id.get(),
            Self::Message(id) => id.get(),
        };
        RecordId::new(id).ok()
    }

    /// What a token is bound to beside its key.
    fn context(self) -> Vec<u8> {
        match self {
            Self::Recording(id) => format!("prompt token|{id}").into_bytes(),
            Self::Message(id) => format!("message token|{id}").into_bytes(),
        }
    }
}

/// Writes the address of a recording.
pub fn url(app: &App, base: &str, tenant: TenantId, recording: RecordingId) -> String {
    let token = token(app.keyring(), tenant, Played::Recording(recording), app.clock().now());
    format!("{}{PATH}/{recording}?token={token}", base.trim_end_matches('/'))
}

/// Writes the address of a voicemail message.
pub fn message_url(app: &App, base: &str, tenant: TenantId, message: MessageId) -> String {
    let token = token(app.keyring(), tenant, Played::Message(message), app.clock().now());
    format!("{}{MESSAGES_PATH}/{message}?token={token}", base.trim_end_matches('/'))
}

/// The tenant that an address was made for; none where the token is forged, expired or another sound's.
pub fn tenant_of(app: &App, played: Played, token: &str) -> Option<TenantId> {
    opened(app.keyring(), played, token, app.clock().now())
}

/// Opens what a tenant's callers hear: the newest audio attached to the record. None where there is none.
pub async fn open(app: &App, tenant: TenantId, played: Played) -> Result<Option<Content>, AttachmentError> {
    let Some(record) = played.record() else { return Ok(None) };
    let scope = Scope::system(tenant, "play a sound to a caller");
    let mut tx = app.store().read(&scope).await?;
    let registry = app.store().registry();
    let attached = match attachments::of_record(&mut tx, registry, played.model(), record).await {
        Err(AttachmentError::Absent) => return Ok(None),
        attached => attached?,
    };
    let is_audio = |attachment: &&IrAttachment| {
        attachment.mimetype.starts_with("audio/") && attachment.size <= BYTES_MAX as i64
    };
    let Some(newest) = attached.iter().find(is_audio) else { return Ok(None) };
    attachments::open(&mut tx, registry, app.objects(), newest.id).await.map(Some)
}

fn token(ring: &Keyring, tenant: TenantId, played: Played, now: Timestamp) -> String {
    let hour = now.as_second().div_euclid(HOUR_S);
    let expires_at_s = (hour + 1) * HOUR_S + LIFETIME_S;
    let plain = [tenant.get().to_le_bytes(), expires_at_s.to_le_bytes()].concat();
    let context = played.context();
    // The nonce follows from what is sealed: it repeats for the same bytes only, which then are the same token.
    let head = digest(&[b"prompt nonce", &context, &plain]);
    let mut nonce = [0; NONCE_LEN];
    nonce.copy_from_slice(&head[..NONCE_LEN]);
    URL_SAFE_NO_PAD.encode(ring.seal(nonce, &context, &plain))
}

fn opened(ring: &Keyring, played: Played, token: &str, now: Timestamp) -> Option<TenantId> {
    if token.len() > TOKEN_LEN_MAX {
        return None;
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let plain = ring.open(&played.context(), &sealed).ok()?;
    let (tenant, expires_at_s) = plain.split_first_chunk::<8>()?;
    let expires_at_s = i64::from_le_bytes(expires_at_s.try_into().ok()?);
    if expires_at_s <= now.as_second() {
        return None;
    }
    TenantId::new(i64::from_le_bytes(*tenant)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use zeroize::Zeroizing;

    fn ring(byte: u8) -> Keyring {
        Keyring::new(Zeroizing::new([byte; opbx_kernel::seal::KEY_LEN]), Vec::new())
    }

    fn recording(id: i64) -> Played {
        Played::Recording(RecordingId::new(id).expect("an id"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn an_address_is_one_for_the_hour_and_opens_for_its_own_tenant_and_recording_for_a_day() {
        let tenant = TenantId::new(5).expect("an id");
        let made = at("2026-12-24T18:05:00Z");
        let text = token(&ring(1), tenant, recording(7), made);
        assert_eq!(text, token(&ring(1), tenant, recording(7), at("2026-12-24T18:59:59Z")));
        assert_ne!(text, token(&ring(1), tenant, recording(7), at("2026-12-24T19:00:00Z")));
        assert_ne!(text, token(&ring(1), TenantId::new(6).expect("an id"), recording(7), made));
        assert_eq!(
            opened(&ring(1), recording(7), &text, made + SignedDuration::from_hours(24)),
            Some(tenant)
        );
        assert_eq!(opened(&ring(1), recording(7), &text, at("2026-12-25T19:00:00Z")), None, "expired");
        assert_eq!(opened(&ring(1), recording(8), &text, made), None, "another recording");
        let message = Played::Message(MessageId::new(7).expect("an id"));
        assert_eq!(opened(&ring(1), message, &text, made), None, "a message of the same number");
        assert_eq!(opened(&ring(2), recording(7), &text, made), None, "another installation");
        for at in 0..text.len() - 1 {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(opened(&ring(1), recording(7), &forged, made), None, "letter {at}");
        }
        for junk in ["", "x", "....", &"A".repeat(200)] {
            assert_eq!(opened(&ring(1), recording(7), junk, made), None, "{junk}");
        }
    }
}
