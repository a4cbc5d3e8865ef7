//! What callers hear: speech that takes as long as its letters, audio that must be there.

use super::{Break, Player, Step};
use crate::audio;
use crate::call::End;
use crate::fault::Fault;
use crate::markup::Element;
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

/// How long a letter takes to say.
const LETTER_MS: u64 = 60;
const SPEECH_MS_MIN: u64 = 1_000;
/// How long audio plays whose length its bytes do not tell.
const AUDIO_MS: u64 = 5_000;
/// The most often that something is played over; CXML's 0 means for ever.
const LOOPS_MAX: u64 = 10;
/// The most of an audio file that is looked at, in bytes.
const AUDIO_LEN_MAX: usize = 64 << 20;

impl Player {
    /// Plays one prompt by itself. It answers the call, unless it says that it does not.
    pub(super) async fn speak(&mut self, verb: &Element) -> Step<()> {
        let ms = self.prompt_ms(verb).await?;
        if verb.is("answer", true) {
            self.answer().await;
        } else if self.answered_ms.is_none() {
            self.tell("as early media");
            self.early_ms += ms;
        }
        self.pass_ms(ms).await
    }

    /// How long what stands in a question or a recording plays, all together.
    pub(super) async fn prompts_ms(&mut self, prompts: &[Element]) -> Step<u64> {
        let mut all = 0;
        for prompt in prompts {
            self.tell(format!("  {}", prompt.told()));
            all += match prompt.name {
                "Pause" => u64::from(prompt.number("length", 1)) * 1_000,
                "Converse" => AUDIO_MS,
                _ => self.prompt_ms(prompt).await?,
            };
        }
        Ok(all)
    }

    async fn prompt_ms(&mut self, prompt: &Element) -> Step<u64> {
        let loops = match u64::from(prompt.number("loop", 1)) {
            0 => LOOPS_MAX,
            times => times.min(LOOPS_MAX),
        };
        if prompt.name == "Say" {
            self.tell(format!("  \"{}\"", prompt.text));
            return Ok(loops * (prompt.text.chars().count() as u64 * LETTER_MS).max(SPEECH_MS_MIN));
        }
        match self.audio_ms(&prompt.text).await {
            Ok(ms) => Ok(loops * ms),
            Err(why) => {
                self.fault(Fault::NotAudio { url: prompt.text.clone(), why });
                Err(Break::Over(End::Faulty))
            }
        }
    }

    /// Fetches audio as the engine would, and looks whether it is some.
    async fn audio_ms(&mut self, address: &str) -> Result<u64, String> {
        let url = match &self.page_url {
            Some(base) => base.join(address).ok(),
            None => Url::parse(address).ok(),
        };
        let url = url.ok_or("it is no address")?;
        let failed = |error: reqwest::Error| error.without_url().to_string();
        let response = self.shared.http.get(url).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(format!("it is answered with {}", response.status().as_u16()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if !kind.starts_with("audio/") {
            return Err(format!("its content type is {kind:?}"));
        }
        let bytes = response.bytes().await.map_err(failed)?;
        match bytes.len() {
            0 => Err("it is empty".to_owned()),
            AUDIO_LEN_MAX.. => Err(format!("it is longer than {AUDIO_LEN_MAX} bytes")),
            _ => Ok(audio::length_ms(&bytes).unwrap_or(AUDIO_MS)),
        }
    }
}
