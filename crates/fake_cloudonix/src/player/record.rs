//! Messages. Source: Cloudonix, "Verb/record".

use super::ask::Request;
use super::{Break, Player, Step};
use crate::call::End;
use crate::markup::Element;

const TIMEOUT_S: u32 = 5;
const LENGTH_S_MAX: u32 = 3_600;
/// Any key ends a recording, where the page does not say which.
const FINISH: &str = "1234567890*#";
const BEEP_MS: u64 = 500;

impl Player {
    /// Records. An empty recording is no recording: the page goes on after it.
    pub(super) async fn record(&mut self, record: &Element) -> Step<Option<Request>> {
        self.answer().await;
        let prompts_ms = self.prompts_ms(&record.children).await?;
        let beep_ms = if record.is("playBeep", true) { BEEP_MS } else { 0 };
        self.pass_ms(prompts_ms + beep_ms).await?;
        let message = self.call.script.caller.message.take().filter(|message| message.length_s > 0);
        let Some(message) = message else {
            self.pass_s(record.number("timeout", TIMEOUT_S)).await?;
            self.tell("nothing was said: the page goes on after the recording");
            return Ok(None);
        };
        let finish = record.attribute("finishOnKey").unwrap_or(FINISH);
        let cut = message.key.filter(|(key, at_s)| finish.contains(*key) && *at_s < message.length_s);
        let spoken_s = cut.map_or(message.length_s, |(_, at_s)| at_s);
        let longest_s = record.number("maxLength", LENGTH_S_MAX);
        let length_s = spoken_s.min(longest_s).max(1);
        self.pass_s(length_s).await?;
        let leaves = message.hangs_up && cut.is_none() && spoken_s <= longest_s;
        if cut.is_none() && spoken_s < longest_s && !leaves {
            // Whoever neither presses a key nor leaves is waited for.
            self.pass_s(record.number("timeout", TIMEOUT_S)).await?;
        }
        let address = self.keep(length_s);
        self.tell(format!("a message of {length_s} s"));
        self.update("update", "record ended").await;
        self.notify_recording(record, &address, length_s).await;
        let key = match cut {
            Some((key, _)) => key.to_string(),
            None if leaves => "hangup".to_owned(),
            None => String::new(),
        };
        let told =
            vec![("RecordingUrl", address), ("RecordingDuration", length_s.to_string()), ("Digits", key)];
        let action = record.attribute("action").map_or_else(|| self.own_url(), str::to_owned);
        let request = self.follow(&action, record, told)?;
        if leaves {
            self.tell("the caller hangs up");
            self.tell_only(&request).await;
            return Err(Break::Over(End::CallerLeft));
        }
        Ok(Some(request))
    }

    /// Keeps a recording, and gives the address at which it is served.
    pub(super) fn keep(&mut self, length_s: u32) -> String {
        let mut state = self.shared.state();
        let profile = state.domains.get(&self.domain).map(|domain| &domain.profile);
        let kind = profile.and_then(|profile| profile.get("recording-media-type")?.as_str());
        let kind = if kind == Some("mp3") { "mp3" } else { "wav" };
        let name = format!("{}.{kind}", self.dice.token());
        state.recordings.insert(name.clone(), length_s);
        drop(state);
        let address = format!("{}/recordings/{name}", self.shared.base);
        self.recordings.push(address.clone());
        address
    }
}
