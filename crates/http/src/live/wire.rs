//! The Pusher protocol, version 7: what a client says, what it is told, and the codes with which it is let go.

use serde_json::{Value as Json, json};

/// Seconds of silence after which a client asks whether the server is still there.
pub(super) const ACTIVITY_TIMEOUT_S: u64 = 120;

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    Ping,
    Pong,
    Subscribe {
        channel: String,
        auth: Option<String>,
        channel_data: Option<String>,
    },
    Unsubscribe {
        channel: String,
    },
    /// An event for the other clients.
    ClientEvent,
    /// Something of the protocol that needs no answer, or of a later version of it.
    Other,
}

/// Why a connection is refused or ended. The codes are the protocol's: 40xx means never again, 41xx later, 42xx at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownKey,
    ProtocolVersion,
    TokenInUrl,
    /// The session is over.
    Unauthorised,
    TooManySockets,
    TooSlow,
    TooManyMessages,
    /// The server stops, or the room was lost: another node, or the next moment, is better.
    GoingAway,
    NoPong,
    NeverSubscribed,
}

impl Refusal {
    pub(super) fn code(self) -> u16 {
        match self {
            Self::UnknownKey => 4001,
            Self::ProtocolVersion => 4007,
            Self::TokenInUrl | Self::Unauthorised => 4009,
            Self::TooManySockets | Self::TooSlow | Self::TooManyMessages => 4100,
            Self::GoingAway => 4200,
            Self::NoPong => 4201,
            Self::NeverSubscribed => 4202,
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::UnknownKey => "There is no app of this key here",
            Self::ProtocolVersion => "Versions 5 to 7 of the protocol are spoken here",
            Self::TokenInUrl => "A token in the URL ends up in logs: authorise each channel instead",
            Self::Unauthorised => "The session is over: log in again",
            Self::TooManySockets => "Over capacity: too many connections are open",
            Self::TooSlow => "Over capacity: the connection is too slow for what happens",
            Self::TooManyMessages => "Over capacity: too many messages were sent",
            Self::GoingAway => "Please connect again",
            Self::NoPong => "Pong reply not received",
            Self::NeverSubscribed => "Closed, for no channel was subscribed to",
        }
    }
}

/// Reads a message; the error says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Said, &'static str> {
    let message: Json = serde_json::from_str(text).map_err(|_| "the message is no JSON")?;
    let event = message["event"].as_str().ok_or("the message names no event")?;
    // Some clients send the data as JSON, some as a text that holds JSON.
    let data = match &message["data"] {
        Json::String(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        data => data.clone(),
    };
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    let channel = || text("channel").ok_or("the message names no channel");
    Ok(match event {
        "pusher:ping" => Said::Ping,
        "pusher:pong" => Said::Pong,
        "pusher:subscribe" => {
            Said::Subscribe { channel: channel()?, auth: text("auth"), channel_data: text("channel_data") }
        }
        "pusher:unsubscribe" => Said::Unsubscribe { channel: channel()? },
        _ if event.starts_with("client-") => Said::ClientEvent,
        _ => Said::Other,
    })
}

pub(super) fn established(socket_id: &str) -> String {
    let data = json!({ "socket_id": socket_id, "activity_timeout": ACTIVITY_TIMEOUT_S });
    json!({ "event": "pusher:connection_established", "data": data.to_string() }).to_string()
}

pub(super) fn error(code: Option<u16>, message: &str) -> String {
    json!({ "event": "pusher:error", "data": { "code": code, "message": message } }).to_string()
}

pub(super) fn ping() -> String {
    json!({ "event": "pusher:ping", "data": "{}" }).to_string()
}

pub(super) fn pong() -> String {
    json!({ "event": "pusher:pong", "data": "{}" }).to_string()
}

/// A message on a channel; its data is a text that holds JSON.
pub(super) fn on_channel(event: &str, channel: &str, data: &Json) -> String {
    json!({ "event": event, "channel": channel, "data": data.to_string() }).to_string()
}

pub(super) fn subscription_error(channel: &str, status: u16, message: &str) -> String {
    let data = json!({ "type": "AuthError", "error": message, "status": status });
    on_channel("pusher:subscription_error", channel, &data)
}

/// The data of a presence channel's success: who is there.
pub(super) fn presence<'a>(members: impl Iterator<Item = (String, &'a str)>) -> Json {
    let (mut ids, mut hash) = (Vec::new(), serde_json::Map::new());
    for (id, shown) in members {
        hash.insert(id.clone(), serde_json::from_str(shown).unwrap_or_default());
        ids.push(id);
    }
    json!({ "presence": { "count": ids.len(), "ids": ids, "hash": hash } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_read_with_its_data_as_json_or_as_text() {
        let wanted = Said::Subscribe {
            channel: "presence-org.7".to_owned(),
            auth: Some("opbx:ab.cd".to_owned()),
            channel_data: Some("{\"user_id\":\"3\"}".to_owned()),
        };
        let data = json!({ "channel": "presence-org.7", "auth": "opbx:ab.cd", "channel_data": "{\"user_id\":\"3\"}" });
        let plain = json!({ "event": "pusher:subscribe", "data": data });
        let texted = json!({ "event": "pusher:subscribe", "data": data.to_string() });
        assert_eq!(read(&plain.to_string()).as_ref(), Ok(&wanted));
        assert_eq!(read(&texted.to_string()).as_ref(), Ok(&wanted));
    }

    #[test]
    fn what_is_no_message_is_told_so_and_what_is_of_later_versions_is_passed_over() {
        assert_eq!(read("{\"event\":\"pusher:ping\",\"data\":{}}"), Ok(Said::Ping));
        assert_eq!(read("{\"event\":\"pusher:signin\",\"data\":{}}"), Ok(Said::Other));
        assert_eq!(
            read("{\"event\":\"client-typing\",\"channel\":\"private-org.7\"}"),
            Ok(Said::ClientEvent)
        );
        for wrong in ["", "{", "[]", "7", "null", "{\"event\":7}", "{\"event\":\"pusher:subscribe\"}"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn messages_have_the_shapes_that_clients_read() {
        assert_eq!(
            established("1.2"),
            r#"{"data":"{\"activity_timeout\":120,\"socket_id\":\"1.2\"}","event":"pusher:connection_established"}"#
        );
        assert_eq!(
            error(Some(4001), "no"),
            r#"{"data":{"code":4001,"message":"no"},"event":"pusher:error"}"#
        );
        let members = [("3".to_owned(), r#"{"name":"Ann"}"#)];
        assert_eq!(
            presence(members.into_iter()),
            json!({"presence": {"count": 1, "ids": ["3"], "hash": {"3": {"name": "Ann"}}}})
        );
    }

    #[test]
    fn codes_say_whether_to_come_back() {
        for never in [Refusal::UnknownKey, Refusal::TokenInUrl, Refusal::Unauthorised] {
            assert!((4000..4100).contains(&never.code()));
        }
        for later in [Refusal::TooSlow, Refusal::TooManySockets] {
            assert!((4100..4200).contains(&later.code()));
        }
        assert!((4200..4300).contains(&Refusal::GoingAway.code()));
    }
}
