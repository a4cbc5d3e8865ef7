//! Lines about trunks and outbound rules.

use super::names::Kind;
use super::people::country;
use super::policies::recording;
use super::{NOTHING, Scene, id, known, put};
use crate::story::words::Words;
use opbx_routing::{OutboundRule, OutboundRuleId, RecordingPolicy, Trunk, TrunkId};

const TRUNK: &str = "inactive, active, recorded always|never|inherit, announces PROMPT, keeps 30 days";
const RULE: &str = "country GB, prefix +4420 or 20, by TRUNK TRUNK, shows +442079460018, inactive, active";

impl Scene {
    pub(super) fn set_trunk(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (id, name) = self.named::<TrunkId>(Kind::Trunk, words)?;
        let mut set = known(&self.parts.trunks, |it| it.id == id).unwrap_or(Trunk {
            id,
            name: name.into(),
            active: true,
            recording: RecordingPolicy::default(),
        });
        while let Some(word) = words.bare() {
            match word {
                "inactive" => set.active = false,
                "active" => set.active = true,
                word if recording(&mut set.recording, word, words)? => {}
                _ => {
                    words.back();
                    break;
                }
            }
        }
        words.finished("a trunk line", TRUNK)?;
        put(&mut self.parts.trunks, set, |it| it.id == id);
        Ok(())
    }

    pub(super) fn set_rule(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let (rule, name) = self.named::<OutboundRuleId>(Kind::Rule, words)?;
        if words.take("gone") {
            self.parts.outbound_rules.retain(|it| it.id != rule);
            return words.finished("a line about what is gone", "nothing more");
        }
        let mut set = known(&self.parts.outbound_rules, |it| it.id == rule).unwrap_or(OutboundRule {
            id: rule,
            name: name.into(),
            active: true,
            country: None,
            prefix: None,
            trunks: Vec::new(),
            caller_id: None,
        });
        while let Some(word) = words.bare() {
            match word {
                "country" => set.country = Some(country(words.any("a country")?)?),
                "prefix" => set.prefix = Some(words.any("the beginning of a number")?.into()),
                "shows" => set.caller_id = Some(words.any("a number")?.into()),
                "inactive" => set.active = false,
                "active" => set.active = true,
                "by" => set.trunks = self.trunks(words)?,
                _ => {
                    words.back();
                    break;
                }
            }
        }
        words.finished("a rule line", RULE)?;
        put(&mut self.parts.outbound_rules, set, |it| it.id == rule);
        Ok(())
    }

    /// The trunks that come next, in order; `missing` stands for one that is gone.
    fn trunks(&self, words: &mut Words<'_>) -> Result<Vec<TrunkId>, String> {
        let mut trunks = Vec::new();
        while let Some(name) = words.peek() {
            if name == "missing" {
                trunks.push(id(NOTHING));
            } else if self.names.has(Kind::Trunk, name) {
                trunks.push(id(self.names.id(Kind::Trunk, name)?));
            } else {
                break;
            }
            words.take(name);
        }
        Ok(trunks)
    }
}
