//! What the customer's webhooks are told of a call. Source: the original's validators, section 2 of its reference.

use super::Player;
use crate::call::Disposition;
use crate::fault::Fault;
use crate::markup::Element;
use crate::state::VAPP_SERVER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use std::fmt::Write as _;

/// How many session updates the documentation promises at least.
const UPDATES_MIN: u32 = 10;
/// How often a webhook is sent that is not taken.
const ATTEMPTS_MAX: u32 = 3;

/// A webhook on its way.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    kind: &'static str,
    url: String,
    body: String,
    key: Option<String>,
}

impl Player {
    /// Tells what a session has come to.
    pub(super) async fn update(&mut self, action: &'static str, reason: &str) {
        self.updates += 1;
        let event = self.dice.uuid();
        let Some((body, url)) = self.session_update(&event, action, reason) else { return };
        self.send("session-update", url, &body).await;
    }

    /// The session as it is now, written down for the API too, and where updates go if anywhere.
    fn session_update(&mut self, event: &str, action: &str, reason: &str) -> Option<(Json, String)> {
        let ms = |at: jiff::Timestamp| at.as_millisecond();
        let (now, answered) = (self.now(), self.answered_ms.map(|at| ms(self.at(at))));
        let mut state = self.shared.state();
        let session = state.sessions.get_mut(&self.token)?;
        session.status = self.status;
        session.time_limit_s = self.time_limit_s;
        let direction = session.direction;
        let domain = state.domains.get(&self.domain)?;
        let url = domain.setting("session-update-endpoint")?.to_owned();
        let body = json!({
            "id": self.id, "eventId": event, "token": self.token, "domainId": self.domain, "domain": domain.name,
            "subscriberId": self.subscriber, "callerId": self.call.from, "destination": self.call.to,
            "direction": direction, "status": self.status, "createdAt": iso(self.started), "modifiedAt": iso(now),
            "callStartTime": ms(self.started), "callAnswerTime": answered, "timeLimit": self.time_limit_s,
            "vappServer": VAPP_SERVER, "action": action, "reason": reason, "lastError": null,
            "callIds": [self.call_id], "profile": {},
        });
        Some((body, url))
    }

    /// Ends the session and hands over the call's record, and whatever was still on its way.
    pub(super) async fn close(&mut self, disposition: Disposition, duration_s: u32, billsec_s: u32) {
        self.status = match disposition {
            Disposition::Answered => "completed",
            Disposition::NoAnswer => "noanswer",
            Disposition::Busy => "busy",
            Disposition::Cancelled => "cancelled",
            Disposition::Failed | Disposition::Congestion => "failed",
        };
        let ended = self.now();
        if let Some(session) = self.shared.state().sessions.get_mut(&self.token) {
            session.ended = Some(ended);
        }
        self.update("update", "call ended").await;
        while self.updates < UPDATES_MIN {
            self.update("update", "profile updated").await;
        }
        if let Some((body, url)) = self.record_of(disposition, duration_s, billsec_s) {
            self.send("cdr", url, &body).await;
        }
        for outgoing in self.disorder.rest() {
            self.post(outgoing).await;
        }
    }

    fn record_of(&self, disposition: Disposition, duration_s: u32, billsec_s: u32) -> Option<(Json, String)> {
        let (started, ended) = (self.started.as_millisecond(), self.now().as_millisecond());
        // The original keeps 0 as "never answered".
        let answered = self.answered_ms.map_or(0, |at| self.at(at).as_millisecond());
        let state = self.shared.state();
        let domain = state.domains.get(&self.domain)?;
        let url = domain.setting("cdr-endpoint")?.to_owned();
        let cost = f64::from(billsec_s) / 60.0 * 0.01;
        let body = json!({
            "timestamp": self.started.as_second(), "call_id": self.call_id, "from": self.call.from,
            "to": self.call.to, "disposition": disposition, "duration": duration_s, "billsec": billsec_s,
            "session": {
                "id": self.id, "token": self.token, "callStartTime": started, "callAnswerTime": answered,
                "callEndTime": ended, "status": self.status,
            },
            "owner": { "domain": { "uuid": domain.uuid } },
            "domain": domain.name, "subscriber": self.subscriber.map(|_| &self.call.from),
            "cx_trunk_id": self.trunk, "application": domain.default_application, "route": null,
            "rated_cost": cost, "approx_cost": cost, "sell_cost": cost, "vapp_server": VAPP_SERVER,
            "recording_url": self.recordings.last(),
        });
        Some((body, url))
    }

    /// Tells what became of a recording, where the page wants to know.
    pub(super) async fn notify_recording(&mut self, of: &Element, address: &str, length_s: u32) {
        let Some(url) = of.attribute("recordingStatusCallback") else { return };
        let url =
            self.page_url.as_ref().and_then(|base| base.join(url).ok()).map_or(url.to_owned(), Into::into);
        let body = json!({
            "CallSid": self.call_id, "Session": self.token, "Domain": self.domain_name,
            "RecordingStatus": "completed", "RecordingUrl": address,
            "RecordingDuration": length_s.to_string(),
        });
        self.send("recording-status", url, &body).await;
    }

    async fn send(&mut self, kind: &'static str, url: String, body: &Json) {
        let key = self.requests_key();
        let outgoing = Outgoing { kind, url, body: body.to_string(), key };
        for outgoing in self.disorder.next(outgoing) {
            self.post(outgoing).await;
        }
    }

    async fn post(&mut self, outgoing: Outgoing) {
        let Outgoing { kind, url, body, key } = outgoing;
        let mut why = String::new();
        for _ in 0..ATTEMPTS_MAX {
            let mut request = self.shared.http.post(&url).header("Content-Type", "application/json");
            if let Some(key) = &key {
                request = request.bearer_auth(key).header("X-Cx-Apikey", key.as_str());
            }
            if let Some(secret) = &self.shared.signing_secret {
                request = request.header("X-Cloudonix-Signature", signature(secret, &body));
            }
            match request.body(body.clone()).send().await {
                Ok(response) if response.status().is_success() => return,
                Ok(response) => why = format!("answered with {}", response.status().as_u16()),
                Err(error) => why = error.without_url().to_string(),
            }
        }
        self.fault(Fault::Webhook { kind, why });
    }
}

fn iso(at: jiff::Timestamp) -> String {
    // Whole milliseconds with an offset of nought, as the vendor's own clients print them.
    at.round(jiff::Unit::Millisecond).unwrap_or(at).to_string()
}

/// HMAC-SHA256 of a body in hexadecimal digits.
fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body.as_bytes());
    let mut hex = String::new();
    for byte in mac.finalize().into_bytes() {
        // Writing into a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
