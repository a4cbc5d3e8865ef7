//! Dialling: who is rung, who answers first, and how that ends. Source: Cloudonix, "Verb/dial", "Verb/dial/number".

use super::ask::Request;
use super::{Break, Dialled, Player, Step};
use crate::call::{Disposition, End};
use crate::markup::Element;
use crate::script::{Phone, Talk};
use crate::state::{Kind, text};

/// How long a phone rings where neither the page nor the domain says.
const TIMEOUT_S: u32 = 60;
/// How long a refusal takes to come.
const REFUSAL_S: u32 = 1;
const TALK_S: u32 = 30;
/// The most often that a caller is passed on from phone to phone.
const TRANSFERS_MAX: u32 = 5;

impl Dialled {
    fn word(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

/// Somebody to ring, by the name that the script knows, or nobody who could be.
struct Party {
    name: String,
    can_be_reached: bool,
}

/// What became of the ringing.
enum Rung {
    Answered(String, Talk),
    Nobody(Dialled),
}

impl Player {
    /// Dials, and tells the action how it went; without one the page goes on.
    pub(super) async fn dial(&mut self, dial: &Element) -> Step<Option<Request>> {
        let began_ms = self.at_ms;
        let outcome = self.dialled(dial).await;
        let result = match &outcome {
            Ok(result) => *result,
            // Whoever leaves while it rings cancels the dial; whoever talked has completed it.
            Err(Break::Over(End::CallerLeft)) if self.last_dial == Some(Dialled::Completed) => {
                Dialled::Completed
            }
            Err(Break::Over(End::CallerLeft)) => Dialled::Canceled,
            Err(_) => return outcome.map(|_| None),
        };
        self.last_dial = Some(result);
        self.tell(format!("the dial ends: {}", result.word()));
        self.update("update", "dial ended").await;
        let mut told = vec![("CallStatus", result.word().to_owned())];
        if result == Dialled::Completed && is_recorded(dial) {
            let length_s = super::seconds(self.at_ms - self.answered_ms.unwrap_or(began_ms).max(began_ms));
            let address = self.keep(length_s);
            self.notify_recording(dial, &address, length_s).await;
            told.extend([("RecordingUrl", address), ("RecordingDuration", length_s.to_string())]);
        }
        let request = match dial.attribute("action") {
            Some(action) => Some(self.follow(action, dial, told)?),
            None => None,
        };
        match (outcome, request) {
            (Err(broken), Some(request)) => {
                self.tell_only(&request).await;
                Err(broken)
            }
            (Err(broken), None) => Err(broken),
            (Ok(_), request) => Ok(request),
        }
    }

    async fn dialled(&mut self, dial: &Element) -> Step<Dialled> {
        self.last_dial = None;
        if let Some(room) = dial.children.iter().find(|noun| noun.name == "Conference") {
            let joined = self.join(room).await;
            if self.answered_ms.is_some() {
                self.last_dial = Some(Dialled::Completed);
            }
            return joined;
        }
        let trunks = dial.attribute("trunks").filter(|trunks| !trunks.trim().is_empty());
        let mut parties: Vec<Party> = Vec::with_capacity(dial.children.len());
        for noun in &dial.children {
            parties.push(match noun.name {
                "Number" => self.number(&noun.text, trunks),
                _ => Party { name: noun.text.clone(), can_be_reached: true },
            });
        }
        if dial.children.is_empty() && !dial.text.is_empty() {
            let is_sip = dial.text.starts_with("sip:");
            parties.push(if is_sip {
                Party { name: dial.text.clone(), can_be_reached: true }
            } else {
                self.number(&dial.text, trunks)
            });
        }
        let timeout_s = dial.number("timeout", self.ring_s());
        let limit_s = dial.attribute("timeLimit").and_then(|limit| limit.parse().ok());
        match self.ring(&parties, timeout_s).await? {
            Rung::Nobody(result) => Ok(result),
            Rung::Answered(name, talk) => {
                self.last_dial = Some(Dialled::Completed);
                self.answer().await;
                self.talk(&name, talk, limit_s).await
            }
        }
    }

    /// Dials the destination of a call that the API began.
    pub(super) async fn reach(&mut self, number: &str) -> Result<(), End> {
        let party = self.number(number, None);
        let timeout_s = self.ring_s();
        match self.ring(&[party], timeout_s).await {
            Ok(Rung::Answered(..)) => {
                self.answer().await;
                Ok(())
            }
            Ok(Rung::Nobody(result)) => Err(End::NotReached(match result {
                Dialled::Busy => Disposition::Busy,
                Dialled::Failed => Disposition::Failed,
                _ => Disposition::NoAnswer,
            })),
            Err(Break::Over(end)) => Err(end),
            Err(Break::Switch(_)) => Err(End::Ended),
        }
    }

    fn ring_s(&self) -> u32 {
        let state = self.shared.state();
        let profile = state.domains.get(&self.domain).map(|domain| &domain.profile);
        let own = profile.and_then(|profile| profile.get("call-timeout")?.as_u64());
        own.and_then(|s| u32::try_from(s).ok()).unwrap_or(TIMEOUT_S)
    }

    /// Whom a number rings: a trunk where one is named, else an active subscriber, else, as a leak, the border.
    fn number(&mut self, number: &str, trunks: Option<&str>) -> Party {
        let (known, has_trunk, stays) = {
            let state = self.shared.state();
            let Some(domain) = state.domains.get(&self.domain) else {
                return Party { name: number.to_owned(), can_be_reached: false };
            };
            let named = |row: &crate::state::Row| {
                let is_it = |trunk: &str| [text(row, "name"), text(row, "uuid")].contains(&trunk.trim());
                trunks.is_some_and(|trunks| trunks.split(',').any(is_it)) && crate::state::is_active(row)
            };
            let has_trunk = domain.of(Kind::Trunks).any(|(_, row)| named(row));
            let stays = domain.profile.get("redirect-unknown-to-border").and_then(serde_json::Value::as_bool);
            (domain.subscriber(number).is_some(), has_trunk, stays == Some(false))
        };
        let can_be_reached = match trunks {
            Some(trunks) if has_trunk => {
                self.trunk = Some(trunks.to_owned());
                true
            }
            Some(trunks) => {
                self.tell(format!("there is no active trunk {trunks:?}"));
                false
            }
            None if known => true,
            None if stays => {
                self.tell(format!("{number} is no active subscriber"));
                false
            }
            None => {
                self.tell(format!("{number} is no active subscriber, and leaks to the border"));
                self.leaks.push(number.to_owned());
                true
            }
        };
        Party { name: number.to_owned(), can_be_reached }
    }

    /// Rings everybody at once until one answers, all refused, or the time is over.
    async fn ring(&mut self, parties: &[Party], timeout_s: u32) -> Step<Rung> {
        let does = |party: &Party| match self.call.script.of(&party.name) {
            _ if !party.can_be_reached => Phone::Unreachable,
            phone => phone.clone(),
        };
        let phones: Vec<(&Party, Phone)> = parties.iter().map(|party| (party, does(party))).collect();
        let rings = |phone: &Phone| !matches!(phone, Phone::Unreachable | Phone::Busy);
        if phones.iter().any(|(_, phone)| rings(phone)) {
            if self.answered_ms.is_none() {
                self.status = "ringing";
            }
            self.update("update", "destination ringing").await;
        }
        let answers = phones.iter().filter_map(|(party, phone)| match phone {
            Phone::Answers { after_s, talk } if *after_s < timeout_s => Some((*after_s, party, talk)),
            _ => None,
        });
        if let Some((after_s, party, talk)) = answers.min_by_key(|(after_s, ..)| *after_s) {
            let (name, talk) = (party.name.clone(), talk.clone());
            self.pass_s(after_s).await?;
            self.tell(format!("{name} answers"));
            return Ok(Rung::Answered(name, talk));
        }
        let refusals = phones.iter().map(|(_, phone)| match phone {
            Phone::Busy => (REFUSAL_S, Dialled::Busy),
            Phone::Rejects { after_s } if *after_s < timeout_s => (*after_s, Dialled::Busy),
            Phone::Unreachable => (REFUSAL_S, Dialled::Failed),
            _ => (timeout_s, Dialled::NoAnswer),
        });
        let refusals: Vec<(u32, Dialled)> = refusals.collect();
        let after_s = refusals.iter().map(|(after_s, _)| *after_s).max().unwrap_or(0).min(timeout_s);
        self.pass_s(after_s).await?;
        let any = |result| refusals.iter().any(|(_, refusal)| *refusal == result);
        let result = [Dialled::NoAnswer, Dialled::Busy].into_iter().find(|result| any(*result));
        Ok(Rung::Nobody(result.unwrap_or(Dialled::Failed)))
    }

    /// Talks until somebody leaves, or the caller was passed on as often as may be.
    async fn talk(&mut self, name: &str, talk: Talk, limit_s: Option<u32>) -> Step<Dialled> {
        let (mut name, mut talk) = (name.to_owned(), talk);
        let cut = |after_s: u32| limit_s.map_or(after_s, |limit_s: u32| limit_s.min(after_s));
        for _ in 0..TRANSFERS_MAX {
            self.update("update", "call connected").await;
            match talk {
                Talk::Short => self.pass_s(cut(TALK_S)).await?,
                Talk::PhoneLeaves { after_s } => self.pass_s(cut(after_s)).await?,
                Talk::UntilTold => self.until_told().await?,
                Talk::CallerLeaves { after_s } => {
                    self.pass_s(cut(after_s)).await?;
                    self.tell("the caller hangs up");
                    return Err(Break::Over(End::CallerLeft));
                }
                Talk::Transfers { after_s, to } => {
                    self.pass_s(cut(after_s)).await?;
                    self.tell(format!("{name} passes the caller on to {to}"));
                    self.update("update", "transfer").await;
                    let party = self.number(&to, None);
                    let timeout_s = self.ring_s();
                    match self.ring(&[party], timeout_s).await? {
                        Rung::Answered(next, its) => (name, talk) = (next, its),
                        Rung::Nobody(_) => return Ok(Dialled::Completed),
                    }
                    continue;
                }
            }
            self.tell(format!("{name} hangs up"));
            return Ok(Dialled::Completed);
        }
        Ok(Dialled::Completed)
    }
}

fn is_recorded(dial: &Element) -> bool {
    !matches!(dial.attribute("record"), None | Some("false" | "do-not-record"))
}
