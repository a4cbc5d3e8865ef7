//! The sealed token: a call's state between two requests, carried in the callback URL.
//!
//! Any node can answer the next request, because all share the keys. The token opens only for the tenant and
//! the call it was made for, beside the readable parameters it was made with, and for a day.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use opbx_kernel::TenantId;
use opbx_kernel::seal::{Keyring, NONCE_LEN};
use opbx_routing::{Asking, Call, Dialing, Stage, VoicemailId};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// How long a token opens. Also the longest a call may last.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// The longest callback URL that is ever made, in bytes.
pub const URL_LEN_MAX: usize = 1_800;
/// The longest base of a callback URL, in bytes; what is left of the URL is bounded by what a call can hold.
pub const BASE_LEN_MAX: usize = 255;
/// The first byte sealed: the form of what follows.
const FORM: u8 = 2;

/// Where the engine reports what happens next. Each hears of one kind of stage, and a token opens at its own only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callback {
    /// How a ring group's dial ended.
    RingGroup,
    /// How any other dial, or a stay in a conference room, ended.
    Dial,
    /// The keys pressed in a menu, or in a voicemail box.
    Menu,
    /// The PIN entered for a conference room, or for a voicemail box.
    Pin,
    /// What came of a recording.
    Recording,
}

/// The parameters beside the token that a person can read; the first three are the original's.
const READABLE: [&str; 5] =
    ["ring_group_id", "attempt_number", "menu_id", "conference_room_id", "voicemail_id"];
type Readable = [Option<i64>; READABLE.len()];

impl Callback {
    pub const ALL: [Self; 5] = [Self::RingGroup, Self::Dial, Self::Menu, Self::Pin, Self::Recording];

    pub const fn path(self) -> &'static str {
        match self {
            Self::RingGroup => "/api/callbacks/voice/ring-group-callback",
            Self::Dial => "/api/callbacks/voice/dial-callback",
            Self::Menu => "/api/voice/ivr-input",
            Self::Pin => "/api/voice/pin-input",
            Self::Recording => "/api/callbacks/voice/record-callback",
        }
    }

    /// Where a stage hears of its end, with what a person can read; none for a call that waits for nothing.
    fn of(stage: &Stage) -> Option<(Self, Readable)> {
        let found = match stage {
            Stage::New | Stage::Ended(_) => return None,
            Stage::Dialing(Dialing::Group(hunt)) => {
                let (group, attempt) = (hunt.group.get(), i64::from(hunt.attempts));
                (Self::RingGroup, [Some(group), Some(attempt), None, None, None])
            }
            Stage::Dialing(_) => (Self::Dial, Readable::default()),
            Stage::Asking(Asking::Menu { menu, .. }) => {
                (Self::Menu, [None, None, Some(menu.get()), None, None])
            }
            Stage::Asking(Asking::Pin { room, .. }) => {
                (Self::Pin, [None, None, None, Some(room.get()), None])
            }
            Stage::Asking(Asking::BoxNumber { .. }) => (Self::Menu, Readable::default()),
            Stage::Asking(Asking::BoxPin { mailbox, .. }) => {
                (Self::Pin, [None, None, None, None, mailbox.map(VoicemailId::get)])
            }
            Stage::Asking(Asking::Mailbox(at)) => {
                (Self::Menu, [None, None, None, None, Some(at.mailbox.get())])
            }
            Stage::Recording(mailbox) => (Self::Recording, [None, None, None, None, Some(mailbox.get())]),
        };
        Some(found)
    }
}

/// What a token carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallToken {
    pub call: Call,
    /// Of the step that made the token.
    pub plan_version: i64,
    expires_at_s: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is missing")]
    Missing,
    #[error("the token is damaged, forged, or belongs to another call")]
    Forged,
    #[error("the token has expired")]
    Expired,
}

impl CallToken {
    pub fn new(call: Call, plan_version: i64, now: Timestamp) -> Self {
        Self { call, plan_version, expires_at_s: now.as_second().saturating_add(LIFETIME.as_secs()) }
    }

    /// Writes the URL to which the engine reports what happens next; none where the call waits for nothing.
    ///
    /// The readable parameters stand in it, and cannot be changed without the token's breaking.
    pub fn callback_url(
        &self,
        base: &str,
        ring: &Keyring,
        nonce: [u8; NONCE_LEN],
        tenant: TenantId,
        call_id: &str,
    ) -> Option<String> {
        let (callback, readable) = Callback::of(&self.call.stage)?;
        let mut plain = vec![FORM];
        plain.extend(postcard::to_stdvec(self).expect("a call serialises"));
        let sealed = ring.seal(nonce, &context(tenant, call_id, callback, &readable), &plain);
        let mut url = format!("{}{}?", base.trim_end_matches('/'), callback.path());
        for (name, value) in READABLE.into_iter().zip(readable) {
            if let Some(value) = value {
                // Writing into a String does not fail.
                let _ = write!(url, "{name}={value}&");
            }
        }
        url.push_str("token=");
        URL_SAFE_NO_PAD.encode_string(sealed, &mut url);
        Some(url)
    }

    /// Opens the token of a request to `callback`; `in_query` looks up the URL's parameters.
    pub fn open<'a>(
        ring: &Keyring,
        tenant: TenantId,
        call_id: &str,
        callback: Callback,
        in_query: impl Fn(&str) -> Option<&'a str>,
        now: Timestamp,
    ) -> Result<Self, TokenError> {
        let token = in_query("token").filter(|token| !token.is_empty()).ok_or(TokenError::Missing)?;
        if token.len() > URL_LEN_MAX {
            return Err(TokenError::Forged);
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenError::Forged)?;
        let mut readable = Readable::default();
        for (name, value) in READABLE.into_iter().zip(&mut readable) {
            *value = in_query(name).map(|text| written_by_us(text).ok_or(TokenError::Forged)).transpose()?;
        }
        let context = context(tenant, call_id, callback, &readable);
        let plain = ring.open(&context, &sealed).map_err(|_| TokenError::Forged)?;
        let Some((&FORM, body)) = plain.split_first() else { return Err(TokenError::Forged) };
        let token: Self = postcard::from_bytes(body).map_err(|_| TokenError::Forged)?;
        if token.expires_at_s <= now.as_second() {
            return Err(TokenError::Expired);
        }
        Ok(token)
    }
}

/// Reads a number only in the one form in which it is written: `+3` and `03` were changed on their way.
fn written_by_us(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// What a token is bound to beside its key. A parameter that is 0 is another than one that is not there.
fn context(tenant: TenantId, call_id: &str, callback: Callback, readable: &Readable) -> Vec<u8> {
    let mut text = format!("voice token|{tenant}|{}", callback.path());
    for value in readable {
        // Writing into a String does not fail.
        let _ = match value {
            Some(value) => write!(text, "|{value}"),
            None => write!(text, "|"),
        };
    }
    text.push('|');
    text.push_str(call_id);
    text.into_bytes()
}
