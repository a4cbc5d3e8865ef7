//! How a message travels between nodes: JSON, so that nodes of neighbouring versions understand each other.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Message;

#[derive(Serialize)]
struct Outgoing<'a> {
    from: Uuid,
    message: &'a Message,
}

#[derive(Deserialize)]
struct Incoming {
    from: Uuid,
    message: Message,
}

pub(super) fn encode(from: Uuid, message: &Message) -> Vec<u8> {
    serde_json::to_vec(&Outgoing { from, message }).expect("a message has only texts and numbers")
}

/// Fails on a message that only a newer node knows.
pub(super) fn decode(payload: &[u8]) -> Result<(Uuid, Message), serde_json::Error> {
    serde_json::from_slice(payload).map(|Incoming { from, message }| (from, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opbx_kernel::TenantId;

    #[test]
    fn a_message_survives_the_wire_and_an_unknown_one_is_refused() {
        let message = Message::PlanChanged { tenant: TenantId::new(7).unwrap(), version: 41 };
        let sent = encode(Uuid::nil(), &message);
        assert_eq!(decode(&sent).unwrap(), (Uuid::nil(), message));
        let newer = br#"{"from":"00000000-0000-0000-0000-000000000000","message":{"moon_changed":{}}}"#;
        assert!(decode(newer).is_err());
        assert!(decode(b"\xff\x00").is_err());
    }
}
