//! Lines about menus, and the prompts that callers hear.

use super::names::Kind;
use super::{Scene, id, known, put};
use crate::story::words::{Words, count, seconds};
use opbx_routing::{Destination, Menu, MenuId, MenuKey, Prompt};

const MENU: &str = "says \"a text\", says https://… or recording 7, on silence PROMPT, on wrong key PROMPT, 3 turns, \
     3s between keys, 10s for a choice, direct dial, inactive, active, : KEYS -> DESTINATION, else -> DESTINATION";

impl Scene {
    pub(super) fn set_menu(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<MenuId>(Kind::Menu, words)?;
        if words.take("gone") {
            self.parts.menus.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.menus, |it| it.id == id).unwrap_or(Menu {
            id,
            name: name.into(),
            active: true,
            prompt: None,
            no_input: None,
            wrong_key: None,
            inter_digit_timeout_s: 3,
            timeout_s: 10,
            turns: 3,
            direct_dial: false,
            keys: Vec::new(),
            failover: Destination::Hangup,
        });
        while let Some(word) = words.bare() {
            match word {
                "says" => set.prompt = Some(prompt(words)?),
                "on" if words.take("silence") => set.no_input = Some(prompt(words)?),
                "on" => {
                    words.must("wrong key")?;
                    set.wrong_key = Some(prompt(words)?);
                }
                "direct" => {
                    words.must("dial")?;
                    set.direct_dial = true;
                }
                "inactive" => set.active = false,
                "active" => set.active = true,
                ":" => self.keys(&mut set, words)?,
                "else" => set.failover = self.arrow(words)?,
                _ if !times(&mut set, word, words)? => {
                    words.back();
                    break;
                }
                _ => {}
            }
        }
        words.finished("a menu line", MENU)?;
        put(&mut self.parts.menus, set, |it| it.id == id);
        Ok(())
    }

    fn keys(&mut self, menu: &mut Menu, words: &mut Words<'_>) -> Result<(), String> {
        while let Some(keys) = words.peek().filter(|word| *word != "else") {
            words.take(keys);
            if !keys.bytes().all(|key| key.is_ascii_digit() || key == b'*') {
                return Err(format!("{keys:?} are no keys: expected digits and *"));
            }
            let to = self.arrow(words)?;
            menu.keys.retain(|key| *key.keys != *keys);
            menu.keys.push(MenuKey { keys: keys.into(), to });
        }
        Ok(())
    }
}

/// Takes a time or a number of turns; tells whether the word was one.
fn times(menu: &mut Menu, word: &str, words: &mut Words<'_>) -> Result<bool, String> {
    if let Some(time_s) = seconds(word) {
        if words.take("between") {
            words.must("keys")?;
            menu.inter_digit_timeout_s = time_s;
        } else {
            words.must("for a choice")?;
            menu.timeout_s = time_s;
        }
        return Ok(true);
    }
    if !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(false);
    }
    menu.turns = count(word, "turns")?;
    if !words.take("turn") {
        words.must("turns")?;
    }
    Ok(true)
}

/// A text in quotes, the address of an audio file, or `recording 7`.
pub(super) fn prompt(words: &mut Words<'_>) -> Result<Prompt, String> {
    if let Some(text) = words.quoted() {
        return Ok(Prompt::text(text));
    }
    let word = words.any("what is played")?;
    match word {
        "recording" => Ok(Prompt::Recording(id(count(words.any("a recording's id")?, "a recording")?))),
        _ if word.starts_with("https://") || word.starts_with("http://") => Ok(Prompt::Audio(word.into())),
        _ => Err(format!("{word:?} cannot be played: expected \"a text\", an address, or recording 7")),
    }
}
