//! The sealed token: a call's state between two requests, carried in the callback URL.
//!
//! Any node can answer the next request, because all share the keys. The token opens only for the tenant and
//! the call it was made for, beside the readable parameters it was made with, and for a day.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use opbx_kernel::TenantId;
use opbx_kernel::seal::{Keyring, NONCE_LEN};
use opbx_routing::{Call, Dialing, Stage};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// How long a token opens. Also the longest a call may last.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
/// The longest callback URL that is ever made, in bytes.
pub const URL_LEN_MAX: usize = 1_800;
/// The longest base of a callback URL, in bytes; what is left of the URL is bounded by what a call can hold.
pub const BASE_LEN_MAX: usize = 255;
/// The first byte sealed: the form of what follows.
const FORM: u8 = 1;

/// The path that hears how a ring group's dial ended.
pub const RING_GROUP_CALLBACK: &str = "/api/callbacks/voice/ring-group-callback";
/// The path that hears how any other dial ended.
pub const DIAL_CALLBACK: &str = "/api/callbacks/voice/dial-callback";

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

    /// Writes the URL to which the engine reports the result of the dial that now rings.
    ///
    /// The original's readable parameters stand in it, and cannot be changed without the token's breaking.
    pub fn callback_url(
        &self,
        base: &str,
        ring: &Keyring,
        nonce: [u8; NONCE_LEN],
        tenant: TenantId,
        call_id: &str,
    ) -> String {
        let readable = Readable::of(&self.call);
        let mut plain = vec![FORM];
        plain.extend(postcard::to_stdvec(self).expect("a call serialises"));
        let sealed = ring.seal(nonce, &context(tenant, call_id, &readable), &plain);
        let token = URL_SAFE_NO_PAD.encode(sealed);
        let mut url = base.trim_end_matches('/').to_owned();
        // Writing into a String does not fail.
        let _ = match readable {
            Readable { ring_group_id: Some(group), attempt_number: Some(attempt) } => write!(
                url,
                "{RING_GROUP_CALLBACK}?ring_group_id={group}&attempt_number={attempt}&token={token}"
            ),
            _ => write!(url, "{DIAL_CALLBACK}?token={token}"),
        };
        url
    }

    /// Opens the token of a request; `in_query` looks up the URL's parameters.
    pub fn open<'a>(
        ring: &Keyring,
        tenant: TenantId,
        call_id: &str,
        in_query: impl Fn(&str) -> Option<&'a str>,
        now: Timestamp,
    ) -> Result<Self, TokenError> {
        let token = in_query("token").filter(|token| !token.is_empty()).ok_or(TokenError::Missing)?;
        if token.len() > URL_LEN_MAX {
            return Err(TokenError::Forged);
        }
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenError::Forged)?;
        let number =
            |name| in_query(name).map(|text| text.parse::<i64>().map_err(|_| TokenError::Forged)).transpose();
        let readable =
            Readable { ring_group_id: number("ring_group_id")?, attempt_number: number("attempt_number")? };
        let plain =
            ring.open(&context(tenant, call_id, &readable), &sealed).map_err(|_| TokenError::Forged)?;
        let Some((&FORM, body)) = plain.split_first() else { return Err(TokenError::Forged) };
        let token: Self = postcard::from_bytes(body).map_err(|_| TokenError::Forged)?;
        if token.expires_at_s <= now.as_second() {
            return Err(TokenError::Expired);
        }
        Ok(token)
    }
}

/// The parameters that a person can read in the URL.
struct Readable {
    ring_group_id: Option<i64>,
    attempt_number: Option<i64>,
}

impl Readable {
    fn of(call: &Call) -> Self {
        match &call.stage {
            Stage::Dialing(Dialing::Group(hunt)) => {
                Self { ring_group_id: Some(hunt.group.get()), attempt_number: Some(i64::from(hunt.attempts)) }
            }
            _ => Self { ring_group_id: None, attempt_number: None },
        }
    }
}

/// What a token is bound to beside its key.
fn context(tenant: TenantId, call_id: &str, readable: &Readable) -> Vec<u8> {
    let text = format!(
        "voice token|{tenant}|{}|{}|{call_id}",
        readable.ring_group_id.unwrap_or(0),
        readable.attempt_number.unwrap_or(0)
    );
    text.into_bytes()
}
