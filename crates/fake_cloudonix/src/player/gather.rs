//! Questions. Source: Cloudonix, "Verb/gather".

use super::ask::Request;
use super::{Break, Player, Step};
use crate::call::End;
use crate::markup::Element;
use crate::script::Reply;

/// How long a caller takes to begin an answer, and from one key to the next.
const THOUGHT_MS: u64 = 1_500;
const KEY_MS: u64 = 300;
const TIMEOUT_S: u32 = 5;
const TIMEOUT_S_MAX: u32 = 30;
const FINISH: &str = "#";

/// What came in answer.
enum Given {
    Keys(String),
    Speech(String),
    Nothing,
}

impl Player {
    /// Asks, and goes to the action only with an answer, or where the page wants it without.
    pub(super) async fn gather(&mut self, gather: &Element) -> Step<Option<Request>> {
        self.answer().await;
        let prompts_ms = self.prompts_ms(&gather.children).await?;
        let reply = self.call.script.caller.replies.pop_front().unwrap_or(Reply::Silence);
        let input = gather.attribute("input").unwrap_or("dtmf");
        // Whoever answers interrupts what is played, unless the page forbids it.
        let heard_ms = if gather.is("interruptible", true) { prompts_ms.min(THOUGHT_MS) } else { prompts_ms };
        let given = match reply {
            Reply::HangsUp => {
                self.pass_ms(heard_ms).await?;
                self.tell("the caller hangs up");
                return Err(Break::Over(End::CallerLeft));
            }
            Reply::Keys(keys) if input.contains("dtmf") => {
                self.pass_ms(heard_ms).await?;
                self.keys(gather, &keys).await?
            }
            Reply::Speech(words) if input.contains("speech") && !words.is_empty() => {
                self.pass_ms(heard_ms + THOUGHT_MS).await?;
                Given::Speech(words)
            }
            unheard => {
                if unheard != Reply::Silence {
                    self.tell(format!("the caller answers what is not listened for: {unheard:?}"));
                }
                self.pass_ms(prompts_ms).await?;
                self.pass_s(gather.number("timeout", TIMEOUT_S)).await?;
                Given::Nothing
            }
        };
        self.update("update", "gather ended").await;
        let told = match given {
            Given::Keys(keys) => vec![("Digits", keys)],
            Given::Speech(words) => vec![("SpeechResult", words)],
            Given::Nothing if gather.is("actionOnEmptyResult", false) => vec![("Digits", String::new())],
            Given::Nothing => {
                self.tell("no answer: the page goes on after the question");
                return Ok(None);
            }
        };
        let action = gather.attribute("action").map_or_else(|| self.own_url(), str::to_owned);
        self.follow(&action, gather, told).map(Some)
    }

    async fn keys(&mut self, gather: &Element, pressed: &str) -> Step<Given> {
        let finish = gather.attribute("finishOnKey").unwrap_or(FINISH);
        let most = gather.attribute("numDigits").and_then(|most| most.parse::<usize>().ok());
        let longest_ms = u64::from(gather.number("maxTimeout", TIMEOUT_S_MAX)) * 1_000;
        let (mut digits, mut taken_ms, mut is_finished) = (String::new(), 0, false);
        for key in pressed.chars() {
            self.pass_ms(KEY_MS).await?;
            taken_ms += KEY_MS;
            if finish.contains(key) || taken_ms > longest_ms {
                is_finished = true;
                break;
            }
            digits.push(key);
            if most == Some(digits.len()) {
                is_finished = true;
                break;
            }
        }
        self.tell(format!("the caller presses {pressed:?}; heard {digits:?}"));
        if !is_finished {
            self.pass_s(gather.number("timeout", TIMEOUT_S)).await?;
        }
        Ok(if digits.is_empty() { Given::Nothing } else { Given::Keys(digits) })
    }
}
