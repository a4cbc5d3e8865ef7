//! Lines about ring groups.

use super::names::{Kind, is_extension};
use super::{Scene, known, put};
use crate::story::words::{Words, count, seconds};
use opbx_routing::{Destination, ExtensionId, RingGroup, RingGroupId, Strategy};

const GROUP: &str = "simultaneous, sequential, round_robin, random, 20s, 2 turns, inactive, active, : MEMBERS, \
     -> FALLBACK";

impl Scene {
    pub(super) fn set_group(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<RingGroupId>(Kind::Group, words)?;
        if words.take("gone") {
            self.parts.ring_groups.retain(|it| it.id != id);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.ring_groups, |it| it.id == id).unwrap_or(RingGroup {
            id,
            name: name.into(),
            strategy: Strategy::Simultaneous,
            timeout_s: 30,
            turns: 1,
            members: Vec::new(),
            fallback: Destination::Hangup,
            active: true,
        });
        while let Some(word) = words.bare() {
            match word {
                "simultaneous" => set.strategy = Strategy::Simultaneous,
                "sequential" => set.strategy = Strategy::Sequential,
                "round_robin" => set.strategy = Strategy::RoundRobin,
                "random" => set.strategy = Strategy::Random,
                "inactive" => set.active = false,
                "active" => set.active = true,
                ":" => set.members = self.members(words)?,
                "->" => set.fallback = self.destination(words)?,
                _ => match seconds(word) {
                    Some(timeout_s) => set.timeout_s = timeout_s,
                    None if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                        set.turns = count(word, "turns")?;
                        if !words.take("turn") {
                            words.must("turns")?;
                        }
                    }
                    None => {
                        words.back();
                        break;
                    }
                },
            }
        }
        words.finished("a group line", GROUP)?;
        put(&mut self.parts.ring_groups, set, |it| it.id == id);
        Ok(())
    }

    fn members(&mut self, words: &mut Words<'_>) -> Result<Vec<ExtensionId>, String> {
        let mut members = Vec::new();
        while let Some(number) = words.peek().filter(|word| *word != "->") {
            if words.take("missing") {
                members.push(super::id(super::NOTHING));
                continue;
            }
            is_extension(number)?;
            members.push(self.extension(number));
            words.take(number);
        }
        Ok(members)
    }
}
