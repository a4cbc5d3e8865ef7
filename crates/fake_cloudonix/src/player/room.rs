//! Conference rooms: shared by the calls of a domain. Source: Cloudonix, "Verb/dial/conference".

use super::{Dialled, Player, Step};
use crate::markup::Element;

const PARTICIPANTS_MAX: u32 = 250;
/// The room that a nameless one is.
const DEFAULT: &str = "default";

impl Player {
    /// Lets the caller in, and out again when it leaves the room.
    pub(super) async fn join(&mut self, noun: &Element) -> Step<Dialled> {
        let name = if noun.text.is_empty() { DEFAULT } else { &noun.text };
        let most = noun.number("maxParticipants", PARTICIPANTS_MAX).min(PARTICIPANTS_MAX);
        let present = self.occupy(name, 1);
        if present > most {
            self.occupy(name, -1);
            self.tell(format!("room {name:?} is full"));
            return Ok(Dialled::Busy);
        }
        self.answer().await;
        self.tell(format!("in room {name:?}, {present} there"));
        self.update("update", "conference joined").await;
        let stayed = self.pass_s(self.call.script.caller.stays_s).await;
        self.occupy(name, -1);
        if noun.attribute("record") == Some("record-from-start") {
            let length_s = self.call.script.caller.stays_s;
            let address = self.keep(length_s);
            self.notify_recording(noun, &address, length_s).await;
        }
        stayed?;
        self.tell(format!("out of room {name:?}"));
        Ok(Dialled::Completed)
    }

    /// Counts who is in a room, and gives how many are there now.
    fn occupy(&self, name: &str, more: i32) -> u32 {
        let mut state = self.shared.state();
        let Some(domain) = state.domains.get_mut(&self.domain) else { return 0 };
        let present = domain.rooms.entry(name.to_owned()).or_default();
        *present = present.saturating_add_signed(more);
        let now = *present;
        if now == 0 {
            domain.rooms.remove(name);
        }
        now
    }
}
