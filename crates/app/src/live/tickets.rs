//! Tickets: how a browser that proved who it is shows so to its socket, which may be on another node.
//!
//! The protocol's `auth` is `key:signature`, which clients pass on unread. Ours signs, beside what the protocol says, whose
//! session it is and how long it holds, so that the socket can be closed when the session is over.

use super::channels::{Channel, Form};
use crate::App;
use crate::sessions::Asker;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use opbx_kernel::{RecordId, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;

/// How long a ticket may be shown: clients show it at once.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(120);
/// The longest ticket that is read, in bytes.
pub const TICKET_LEN_MAX: usize = 1_000;
/// What the app's secret is derived for.
const PURPOSE: &str = "live updates";

/// What a subscription needs besides the channel's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    pub auth: String,
    /// Who the subscriber is, as the others are shown; on presence channels only.
    pub channel_data: Option<String>,
}

/// Whose ticket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    #[serde(rename = "t")]
    pub tenant: TenantId,
    #[serde(rename = "u")]
    pub user: UserId,
    #[serde(rename = "s")]
    pub session: RecordId,
    /// Seconds of the Unix epoch.
    #[serde(rename = "e")]
    until_s: i64,
}

/// Writes a ticket for a subscriber who may hear the channel.
pub fn issue(app: &App, key: &str, asker: &Asker, socket: &str, channel: Channel) -> Auth {
    let ticket = Ticket {
        tenant: asker.tenant,
        user: asker.user,
        session: asker.session,
        until_s: (app.clock().now() + TICKET_LIFETIME).as_second(),
    };
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&ticket).expect("a ticket has only numbers"));
    let channel_data = (channel.form == Form::Presence).then(|| member(asker));
    let secrets = app.keyring().derived(PURPOSE);
    let newest = secrets.first().expect("a keyring has a key");
    let signed = signature(&newest[..], socket, channel, channel_data.as_deref(), &body).finalize();
    let hex: String = signed.into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Auth { auth: format!("{key}:{hex}.{body}"), channel_data }
}

/// Reads a ticket; none where it is forged, over, or of another socket, channel or subscriber.
pub fn verify(
    app: &App,
    key: &str,
    socket: &str,
    channel: Channel,
    auth: &str,
    channel_data: Option<&str>,
) -> Option<Ticket> {
    let (hex, body) = auth.strip_prefix(key)?.strip_prefix(':')?.split_once('.')?;
    if auth.len() > TICKET_LEN_MAX || hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let given: Option<Vec<u8>> =
        (0..32).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).ok()).collect();
    let given = given?;
    let secrets = app.keyring().derived(PURPOSE);
    let is_signed =
        |secret: &[u8]| signature(secret, socket, channel, channel_data, body).verify_slice(&given).is_ok();
    if !secrets.iter().any(|secret| is_signed(&secret[..])) {
        return None;
    }
    let ticket: Ticket = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
    let until = Timestamp::from_second(ticket.until_s).ok()?;
    (app.clock().now() <= until).then_some(ticket)
}

fn signature(
    secret: &[u8],
    socket: &str,
    channel: Channel,
    channel_data: Option<&str>,
    body: &str,
) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(format!("{socket}:{channel}:{body}").as_bytes());
    if let Some(data) = channel_data {
        mac.update(b":");
        mac.update(data.as_bytes());
    }
    mac
}

/// What the others on a presence channel are shown of somebody.
fn member(asker: &Asker) -> String {
    let shown = json!({ "user_id": asker.user.to_string(), "user_info": user_info(asker) });
    shown.to_string()
}

/// A member of a presence channel, as others see them.
pub fn user_info(asker: &Asker) -> serde_json::Value {
    json!({ "id": asker.user.get(), "name": asker.name, "email": asker.email,
        "role": asker.role.map(crate::sessions::Role::as_str) })
}
