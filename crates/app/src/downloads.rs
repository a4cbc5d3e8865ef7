//! Downloads: an address that opens one attachment for whoever asked for it, without a header that players cannot send.
//!
//! The address is sealed for the asker, the attachment and half an hour. Whoever it was made for is looked at again when
//! it is used: a session that ended, a user who was shut out and a right that was taken away close it at once.

use crate::app::App;
use crate::attachments::{self, AttachmentError, Content};
use crate::entropy;
use crate::sessions::{self, Asker, SessionError, no_session};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use opbx_kernel::seal::Keyring;
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId};
use opbx_store::StoreError;

/// How long an address opens.
pub const LIFETIME_S: i64 = 1_800;
/// No token of ours is longer.
const TOKEN_LEN_MAX: usize = 256;
const CONTEXT: &[u8] = b"download token";
/// Tenant, user, session, attachment, expiry: eight bytes each; then how it is shown.
const PLAIN_LEN: usize = 41;

/// What a browser is told to do with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Play or show them.
    Inline,
    /// Save them as a file.
    Save,
}

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("this is no address that OPBX made")]
    Forged,
    #[error("this address has expired; ask for another")]
    Expired,
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
}

impl From<StoreError> for DownloadError {
    fn from(error: StoreError) -> Self {
        Self::Attachment(error.into())
    }
}

impl DownloadError {
    pub fn code(&self) -> Code {
        match self {
            Self::Forged => Code::new(Kind::Unauthenticated, "download_forged"),
            Self::Expired => Code::new(Kind::Absent, "download_expired"),
            Self::Session(error) => error.code(),
            Self::Attachment(error) => error.code(),
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    tenant: TenantId,
    user: RecordId,
    session: RecordId,
    attachment: RecordId,
    expires_at_s: i64,
    manner: Manner,
}

/// Makes a token that opens an attachment for the asker. Rights are looked at when it is used.
pub fn token(app: &App, asker: &Asker, attachment: RecordId, manner: Manner) -> String {
    let claim = Claim {
        tenant: asker.tenant,
        user: asker.user_record(),
        session: asker.session,
        attachment,
        expires_at_s: app.clock().now().as_second() + LIFETIME_S,
        manner,
    };
    sealed(app.keyring(), entropy::bytes(), &claim)
}

/// Opens what a token was made for.
pub async fn open(app: &App, token: &str) -> Result<(Content, Manner), DownloadError> {
    let claim = opened(app.keyring(), token, app.clock().now())?;
    let asker = asker(app, &claim).await?;
    let mut tx = app.store().read(&asker.scope).await?;
    let content = attachments::open(&mut tx, app.store().registry(), app.objects(), claim.attachment).await?;
    Ok((content, claim.manner))
}

/// Whoever it was made for, as they are now. An API key has no session; its user is looked at.
async fn asker(app: &App, claim: &Claim) -> Result<Asker, DownloadError> {
    if claim.session != no_session() {
        let asker = sessions::recheck(app, claim.tenant, claim.session).await?;
        return if asker.user_record() == claim.user { Ok(asker) } else { Err(DownloadError::Forged) };
    }
    let scope = Scope::system(claim.tenant, "see who may download");
    let mut tx = app.store().read(&scope).await?;
    let expires_at = Timestamp::from_second(claim.expires_at_s).map_err(|_| DownloadError::Forged)?;
    Ok(sessions::asker(&mut tx, claim.session, claim.user, expires_at).await?)
}

fn sealed(ring: &Keyring, nonce: [u8; opbx_kernel::seal::NONCE_LEN], claim: &Claim) -> String {
    let ids = [claim.tenant.get(), claim.user.get(), claim.session.get(), claim.attachment.get()];
    let mut plain =
        ids.into_iter().chain([claim.expires_at_s]).flat_map(i64::to_le_bytes).collect::<Vec<u8>>();
    plain.push(u8::from(claim.manner == Manner::Save));
    URL_SAFE_NO_PAD.encode(ring.seal(nonce, CONTEXT, &plain))
}

fn opened(ring: &Keyring, token: &str, now: Timestamp) -> Result<Claim, DownloadError> {
    let claim = read(ring, token).ok_or(DownloadError::Forged)?;
    if claim.expires_at_s <= now.as_second() { Err(DownloadError::Expired) } else { Ok(claim) }
}

fn read(ring: &Keyring, token: &str) -> Option<Claim> {
    if token.len() > TOKEN_LEN_MAX {
        return None;
    }
    let plain = ring.open(CONTEXT, &URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let plain: [u8; PLAIN_LEN] = plain.try_into().ok()?;
    let number = |at: usize| Some(i64::from_le_bytes(*plain.get(at * 8..)?.first_chunk::<8>()?));
    let record = |at: usize| RecordId::new(number(at)?).ok();
    Some(Claim {
        tenant: TenantId::new(number(0)?).ok()?,
        user: record(1)?,
        session: record(2)?,
        attachment: record(3)?,
        expires_at_s: number(4)?,
        manner: if plain[PLAIN_LEN - 1] == 1 { Manner::Save } else { Manner::Inline },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn ring(byte: u8) -> Keyring {
        Keyring::new(Zeroizing::new([byte; opbx_kernel::seal::KEY_LEN]), Vec::new())
    }

    #[test]
    fn a_token_says_what_was_sealed_until_it_expires_and_nothing_once_it_is_touched() {
        let id = |id| RecordId::new(id).expect("an id");
        let claim = Claim {
            tenant: TenantId::new(5).expect("an id"),
            user: id(7),
            session: id(9),
            attachment: id(11),
            expires_at_s: 2_000,
            manner: Manner::Save,
        };
        let text = sealed(&ring(1), [3; 24], &claim);
        let at = |second| Timestamp::from_second(second).expect("an instant");
        assert_eq!(opened(&ring(1), &text, at(1_999)).expect("it opens"), claim);
        assert!(matches!(opened(&ring(1), &text, at(2_000)), Err(DownloadError::Expired)));
        assert!(matches!(opened(&ring(2), &text, at(0)), Err(DownloadError::Forged)));
        for place in 0..text.len() - 1 {
            let mut forged = text.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert!(matches!(opened(&ring(1), &forged, at(0)), Err(DownloadError::Forged)), "letter {place}");
        }
        for junk in ["", "x", "....", &"A".repeat(300)] {
            assert!(matches!(opened(&ring(1), junk, at(0)), Err(DownloadError::Forged)), "{junk}");
        }
    }
}
