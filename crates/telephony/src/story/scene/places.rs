//! Lines about conference rooms, AI assistants and voicemail boxes.

use super::menus::prompt;
use super::names::Kind;
use super::{Scene, known, put};
use crate::story::words::{Words, count, seconds};
use opbx_routing::{
    Assistant, AssistantId, Conference, ConferenceId, Destination, Reach, Voicemail, VoicemailId,
};

const ROOM: &str =
    "pin, host pin, waits for host, muted, announces, music, recorded, 10 people, inactive, active";
const ASSISTANT: &str = "provider VAPI +12125550199, service https://…, sip:… or wss://…, 30s, inactive, active, \
     -> FALLBACK";
const VOICEMAIL: &str = "says PROMPT, 120s, no beep, inactive, active";

impl Scene {
    pub(super) fn set_room(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<ConferenceId>(Kind::Room, words)?;
        if words.take("gone") {
            self.parts.conferences.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.conferences, |it| it.id == id).unwrap_or(Conference {
            id,
            name: name.into(),
            active: true,
            asks_pin: false,
            has_host_pin: false,
            waits_for_host: false,
            mutes_on_entry: false,
            announces: false,
            participants_max: 25,
            music_on_hold: false,
            records: false,
        });
        while let Some(word) = words.bare() {
            match word {
                "pin" => set.asks_pin = true,
                "host" => {
                    words.must("pin")?;
                    set.has_host_pin = true;
                }
                "waits" => {
                    words.must("for host")?;
                    set.waits_for_host = true;
                }
                "muted" => set.mutes_on_entry = true,
                "announces" => set.announces = true,
                "music" => set.music_on_hold = true,
                "recorded" => set.records = true,
                "inactive" => set.active = false,
                "active" => set.active = true,
                _ if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                    set.participants_max = count(word, "people")?;
                    words.must("people")?;
                }
                _ => {
                    words.back();
                    break;
                }
            }
        }
        words.finished("a room line", ROOM)?;
        put(&mut self.parts.conferences, set, |it| it.id == id);
        Ok(())
    }

    pub(super) fn set_assistant(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<AssistantId>(Kind::Assistant, words)?;
        if words.take("gone") {
            self.parts.assistants.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.assistants, |it| it.id == id).unwrap_or(Assistant {
            id,
            name: name.into(),
            active: true,
            reach: None,
            timeout_s: 30,
            fallback: Destination::Hangup,
        });
        while let Some(word) = words.bare() {
            match word {
                "provider" => {
                    let (provider, number) = (words.any("a provider")?, words.any("its number")?);
                    set.reach = Some(Reach::Provider { provider: provider.into(), number: number.into() });
                }
                "service" => {
                    let url = words.any("an address")?.into();
                    set.reach = Some(Reach::Service { url, parameters: Vec::new() });
                }
                "inactive" => set.active = false,
                "active" => set.active = true,
                "->" => set.fallback = self.destination(words)?,
                _ if word.starts_with("sip:") || word.starts_with("sips:") => {
                    set.reach = Some(Reach::Sip { address: word.into() });
                }
                _ if word.starts_with("wss://") || word.starts_with("ws://") => {
                    set.reach = Some(Reach::Stream { url: word.into() });
                }
                _ => match seconds(word) {
                    Some(timeout_s) => set.timeout_s = timeout_s,
                    None => {
                        words.back();
                        break;
                    }
                },
            }
        }
        words.finished("an assistant line", ASSISTANT)?;
        put(&mut self.parts.assistants, set, |it| it.id == id);
        Ok(())
    }

    pub(super) fn set_voicemail(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<VoicemailId>(Kind::Voicemail, words)?;
        if words.take("gone") {
            self.parts.voicemails.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.voicemails, |it| it.id == id).unwrap_or(Voicemail {
            id,
            name: name.into(),
            active: true,
            greeting: None,
            beep: true,
            length_max_s: 120,
        });
        while let Some(word) = words.bare() {
            match word {
                "says" => set.greeting = Some(prompt(words)?),
                "no" => {
                    words.must("beep")?;
                    set.beep = false;
                }
                "inactive" => set.active = false,
                "active" => set.active = true,
                _ => match seconds(word) {
                    Some(length_max_s) => set.length_max_s = length_max_s,
                    None => {
                        words.back();
                        break;
                    }
                },
            }
        }
        words.finished("a voicemail line", VOICEMAIL)?;
        put(&mut self.parts.voicemails, set, |it| it.id == id);
        Ok(())
    }
}
