//! Lines about codes that phones dial and callers who are turned away, and what any line says of recording.

use super::menus::prompt;
use super::{Scene, put};
use crate::story::words::{Words, count, seconds};
use opbx_kernel::E164;
use opbx_routing::{
    BlockedCaller, Feature, FeatureCode, RecordingChoice, RecordingPolicy, Screening, Treatment,
};

const CODE: &str = "own_voicemail, any_voicemail, forward_all, forward_all_off, forward_busy, forward_busy_off, \
     forward_no_answer, forward_no_answer_off, do_not_disturb, do_not_disturb_off, test or call_back; inactive, active";
const BLOCKED: &str = "prefix, number +12125550100, \"a reason\", until 2026-12-24 18:00, inactive, active";

const FEATURES: [Feature; 12] = [
    Feature::OwnVoicemail,
    Feature::AnyVoicemail,
    Feature::ForwardAll,
    Feature::ForwardAllOff,
    Feature::ForwardBusy,
    Feature::ForwardBusyOff,
    Feature::ForwardNoAnswer,
    Feature::ForwardNoAnswerOff,
    Feature::DoNotDisturb,
    Feature::DoNotDisturbOff,
    Feature::Test,
    Feature::CallBack,
];

/// Takes one thing that is said of recording; tells whether it was one.
pub(super) fn recording(
    policy: &mut RecordingPolicy,
    word: &str,
    words: &mut Words<'_>,
) -> Result<bool, String> {
    match word {
        "recorded" => {
            policy.choice = match words.any("whether it is recorded")? {
                "always" => RecordingChoice::Always,
                "never" => RecordingChoice::Never,
                "inherit" => RecordingChoice::Inherit,
                other => {
                    return Err(format!("{other:?} says nothing of recording: always, never or inherit"));
                }
            };
        }
        "announces" => policy.announcement = Some(prompt(words)?),
        "keeps" => {
            policy.retention_days = Some(count(words.any("for how long")?, "days")?);
            words.must("days")?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Takes one thing that is said of unwanted callers; tells whether it was one.
pub(super) fn screening(
    screening: &mut Screening,
    word: &str,
    words: &mut Words<'_>,
) -> Result<bool, String> {
    match word {
        "refuses" => {
            words.must("anonymous")?;
            screening.refuses_anonymous = true;
        }
        "blocked" => {
            words.must("hear")?;
            screening.treatment = match words.any("what they hear")? {
                "busy" => Treatment::Busy,
                "rejected" => Treatment::Rejected,
                "sentence" => Treatment::Sentence,
                other => return Err(format!("{other:?} is nothing to hear: busy, rejected or sentence")),
            };
        }
        "takes" => {
            screening.caller_calls_max = Some(count(words.any("how many calls")?, "calls")?);
            words.must("calls in")?;
            let window = words.any("how long, like 60s")?;
            let window_s =
                seconds(window).ok_or_else(|| format!("{window:?} is no time: expected like 60s"))?;
            screening.caller_window_s = u32::from(window_s);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

impl Scene {
    pub(super) fn set_code(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let code = words.any("a code, like *72")?;
        let does = words.any("what it does")?;
        let feature = FEATURES.into_iter().find(|known| known.as_str() == does);
        let feature = feature.ok_or_else(|| format!("{does:?} is no feature: {CODE}"))?;
        let active = !words.take("inactive");
        words.take("active");
        words.finished("a code line", CODE)?;
        let set = FeatureCode { code: code.into(), feature, active };
        put(&mut self.parts.feature_codes, set, |it| *it.code == *code);
        Ok(())
    }

    pub(super) fn set_blocked(&mut self, words: &mut Words<'_>) -> Result<(), String> {
        let pattern = words.any("a number or the beginning of numbers")?;
        let mut set = BlockedCaller {
            pattern: pattern.into(),
            is_prefix: false,
            number: None,
            reason: None,
            expires_at: None,
            active: true,
        };
        loop {
            if let Some(reason) = words.quoted() {
                set.reason = Some(reason.into());
                continue;
            }
            match words.bare() {
                Some("prefix") => set.is_prefix = true,
                Some("inactive") => set.active = false,
                Some("active") => set.active = true,
                Some("number") => set.number = E164::new(words.any("a number of the company")?),
                Some("until") => {
                    let (date, time) = (words.any("a date")?, words.any("a time")?);
                    set.expires_at = Some(super::instant(date, time, &self.parts.company.zone)?);
                }
                Some(_) => {
                    words.back();
                    break;
                }
                None => break,
            }
        }
        words.finished("a line about a blocked caller", BLOCKED)?;
        put(&mut self.parts.blocked_callers, set, |it| *it.pattern == *pattern);
        Ok(())
    }
}
