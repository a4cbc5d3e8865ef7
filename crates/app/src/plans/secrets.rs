//! Secrets that go with a plan: compared or handed on where a call is answered, and part of no snapshot, log or trace.

use opbx_kernel::seal::{digest, same_secret};
use opbx_routing::{AssistantId, ConferenceId, PinEntry, VoicemailId};
use rustc_hash::FxHashMap;
use std::fmt;
use zeroize::Zeroizing;

#[derive(Default)]
pub struct PlanSecrets {
    rooms: FxHashMap<ConferenceId, RoomPins>,
    tokens: FxHashMap<AssistantId, Zeroizing<String>>,
    /// The digests of the PINs of voicemail boxes.
    boxes: FxHashMap<VoicemailId, [u8; 32]>,
}

/// Digests, because they are all of one length: how long a comparison takes tells nothing of a PIN.
struct RoomPins {
    participant: Option<[u8; 32]>,
    host: Option<[u8; 32]>,
}

impl PlanSecrets {
    /// What these digits open. A `#` that ended them does not count; in a room without PINs every one is wrong.
    pub fn pin(&self, room: ConferenceId, digits: &str) -> PinEntry {
        let digits = digits.trim_end_matches('#');
        if digits.is_empty() {
            return PinEntry::Nothing;
        }
        let Some(pins) = self.rooms.get(&room) else { return PinEntry::Wrong };
        let entered = digest(&[digits.as_bytes()]);
        // Both are compared, whatever the first comparison says.
        let is = |pin: &Option<[u8; 32]>| pin.is_some_and(|pin| same_secret(&pin, &entered));
        match (is(&pins.host), is(&pins.participant)) {
            (true, _) => PinEntry::Host,
            (false, true) => PinEntry::Participant,
            (false, false) => PinEntry::Wrong,
        }
    }

    /// Whether these digits open a voicemail box. Of a box without a PIN, and of no box, every one is wrong.
    pub fn box_pin(&self, mailbox: Option<VoicemailId>, digits: &str) -> PinEntry {
        let digits = digits.trim_end_matches('#');
        if digits.is_empty() {
            return PinEntry::Nothing;
        }
        let entered = digest(&[digits.as_bytes()]);
        // Compared with something in any case, so that the time this takes tells nothing of which boxes there are.
        let known = mailbox.and_then(|mailbox| self.boxes.get(&mailbox));
        let same = same_secret(known.unwrap_or(&[0; 32]), &entered);
        if same && known.is_some() { PinEntry::Participant } else { PinEntry::Wrong }
    }

    /// What opens an assistant's service; none where it needs nothing.
    pub fn service_token(&self, assistant: AssistantId) -> Option<&str> {
        self.tokens.get(&assistant).map(|token| token.as_str())
    }

    pub(super) fn keep_pins(&mut self, room: ConferenceId, pin: Option<&[u8]>, host_pin: Option<&[u8]>) {
        let digested = |pin: Option<&[u8]>| pin.map(|pin| digest(&[pin]));
        self.rooms.insert(room, RoomPins { participant: digested(pin), host: digested(host_pin) });
    }

    /// An empty PIN is none.
    pub(super) fn keep_box_pin(&mut self, mailbox: VoicemailId, pin: &[u8]) {
        if !pin.is_empty() {
            self.boxes.insert(mailbox, digest(&[pin]));
        }
    }

    /// An empty token is none.
    pub(super) fn keep_token(&mut self, assistant: AssistantId, token: String) {
        if !token.is_empty() {
            self.tokens.insert(assistant, Zeroizing::new(token));
        }
    }
}

impl fmt::Debug for PlanSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rooms, tokens, boxes) = (self.rooms.len(), self.tokens.len(), self.boxes.len());
        write!(f, "PlanSecrets({rooms} rooms, {tokens} tokens, {boxes} boxes)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(id: i64) -> ConferenceId {
        ConferenceId::new(id).expect("positive")
    }

    fn secrets() -> PlanSecrets {
        let mut secrets = PlanSecrets::default();
        secrets.keep_pins(room(1), Some(b"4711"), Some(b"0815"));
        secrets.keep_pins(room(2), None, Some(b"4711"));
        secrets.keep_pins(room(3), None, None);
        secrets.keep_token(AssistantId::new(1).expect("positive"), "token-of-one".into());
        secrets.keep_token(AssistantId::new(2).expect("positive"), String::new());
        secrets.keep_box_pin(VoicemailId::new(1).expect("positive"), b"2468");
        secrets.keep_box_pin(VoicemailId::new(2).expect("positive"), b"");
        secrets
    }

    #[test]
    fn a_pin_opens_its_own_room_as_what_it_is() {
        let secrets = secrets();
        let entries = |id, digits: &[&str]| -> Vec<PinEntry> {
            digits.iter().map(|digits| secrets.pin(room(id), digits)).collect()
        };
        use PinEntry::{Host, Nothing, Participant, Wrong};
        assert_eq!(
            entries(1, &["4711", "0815", "4711#", "471", "47111", "", "#", "*"]),
            [Participant, Host, Participant, Wrong, Wrong, Nothing, Nothing, Wrong]
        );
        assert_eq!(entries(2, &["4711", "0815", ""]), [Host, Wrong, Nothing]);
        assert_eq!(entries(3, &["4711", ""]), [Wrong, Nothing]);
        assert_eq!(entries(9, &["4711", ""]), [Wrong, Nothing], "an unknown room opens to nothing");
    }

    #[test]
    fn a_box_opens_to_its_own_pin_and_without_one_to_none() {
        let secrets = secrets();
        let entry = |id, digits| secrets.box_pin(VoicemailId::new(id).ok(), digits);
        use PinEntry::{Nothing, Participant, Wrong};
        assert_eq!(
            [entry(1, "2468"), entry(1, "2468#"), entry(1, "1357"), entry(1, "")],
            [Participant, Participant, Wrong, Nothing]
        );
        assert_eq!([entry(2, "2468"), entry(2, ""), entry(9, "2468")], [Wrong, Nothing, Wrong]);
        assert_eq!(secrets.box_pin(None, "2468"), Wrong, "no box opens to nothing");
    }

    #[test]
    fn secrets_are_in_no_debug_text() {
        let text = format!("{:?}", secrets());
        assert_eq!(text, "PlanSecrets(3 rooms, 1 tokens, 1 boxes)");
    }

    #[test]
    fn a_token_is_its_own_assistant_s() {
        let secrets = secrets();
        let token = |id| secrets.service_token(AssistantId::new(id).expect("positive"));
        assert_eq!((token(1), token(2), token(3)), (Some("token-of-one"), None, None));
    }
}
