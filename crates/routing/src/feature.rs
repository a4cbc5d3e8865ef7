//! Feature codes: what a phone of the company dials to change something of its own, or to hear its messages.

use crate::action::{Change, ForwardWhen};
use crate::arrival::{self, dialled_extension};
use crate::call::Ending;
use crate::destination::ExtensionId;
use crate::facts::Wanted;
use crate::plan::{Extension, ExtensionKind, Person};
use crate::trace::{FeatureRefusal, Reason};
use crate::walk::{Walk, say};
use crate::{listening, outbound};
use opbx_kernel::E164;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest code.
pub const CODE_LEN_MAX: usize = 8;

/// A code that phones dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureCode {
    /// Begins with `*` or `#`, so that it is never anybody's number.
    pub code: Arc<str>,
    pub feature: Feature,
    pub active: bool,
}

/// What a code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    OwnVoicemail,
    AnyVoicemail,
    ForwardAll,
    ForwardAllOff,
    ForwardBusy,
    ForwardBusyOff,
    ForwardNoAnswer,
    ForwardNoAnswerOff,
    DoNotDisturb,
    DoNotDisturbOff,
    Test,
    CallBack,
}

impl Feature {
    /// Whether a number follows the code.
    fn takes_number(self) -> bool {
        matches!(self, Self::ForwardAll | Self::ForwardBusy | Self::ForwardNoAnswer)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OwnVoicemail => "own_voicemail",
            Self::AnyVoicemail => "any_voicemail",
            Self::ForwardAll => "forward_all",
            Self::ForwardAllOff => "forward_all_off",
            Self::ForwardBusy => "forward_busy",
            Self::ForwardBusyOff => "forward_busy_off",
            Self::ForwardNoAnswer => "forward_no_answer",
            Self::ForwardNoAnswerOff => "forward_no_answer_off",
            Self::DoNotDisturb => "do_not_disturb",
            Self::DoNotDisturbOff => "do_not_disturb_off",
            Self::Test => "test",
            Self::CallBack => "call_back",
        }
    }
}

/// Whether a dialled text could be a code. Nothing that could is ever dialled as a number.
pub(crate) fn is_code(dialled: &str) -> bool {
    dialled.starts_with(['*', '#'])
}

/// The longest active code that a dialled text begins with, and what follows it.
pub(crate) fn find<'p, 'd>(codes: &'p [FeatureCode], dialled: &'d str) -> Option<(&'p FeatureCode, &'d str)> {
    let found = codes.iter().filter(|code| code.active).filter_map(|code| {
        let rest = dialled.strip_prefix(&*code.code)?;
        (rest.is_empty() || code.feature.takes_number()).then_some((code, rest))
    });
    found.max_by_key(|(code, _)| code.code.len())
}

/// Does what a code says for the phone that dialled it.
pub(crate) fn dialled(walk: &mut Walk<'_>) {
    let plan = walk.plan;
    let dialled = walk.call.to.trim().to_owned();
    let Some((code, rest)) = find(plan.feature_codes(), &dialled) else {
        return refuse(walk, &dialled, FeatureRefusal::NoSuchCode);
    };
    let caller = dialled_extension(&walk.call.from).and_then(|number| plan.extension_by_number(number));
    let Some((extension, person)) = caller.and_then(active_person) else {
        return refuse(walk, &code.code, FeatureRefusal::NoExtension);
    };
    walk.note(Reason::FeatureDialled {
        dialled: code.code.clone(),
        feature: code.feature,
        extension: extension.number.clone(),
    });
    match code.feature {
        Feature::OwnVoicemail => listening::own(walk, extension, person),
        Feature::AnyVoicemail => listening::ask_number(walk, 1),
        Feature::ForwardAll => forward(walk, extension, code, ForwardWhen::Always, rest),
        Feature::ForwardAllOff => forward_off(walk, extension, ForwardWhen::Always),
        Feature::ForwardBusy => forward(walk, extension, code, ForwardWhen::Busy, rest),
        Feature::ForwardBusyOff => forward_off(walk, extension, ForwardWhen::Busy),
        Feature::ForwardNoAnswer => forward(walk, extension, code, ForwardWhen::NoAnswer, rest),
        Feature::ForwardNoAnswerOff => forward_off(walk, extension, ForwardWhen::NoAnswer),
        Feature::DoNotDisturb => do_not_disturb(walk, extension.id, true),
        Feature::DoNotDisturbOff => do_not_disturb(walk, extension.id, false),
        Feature::Test => test(walk, extension),
        Feature::CallBack => call_back(walk, extension),
    }
}

fn active_person(extension: &Extension) -> Option<(&Extension, &Person)> {
    match &extension.kind {
        ExtensionKind::User(person) if extension.active => Some((extension, person)),
        _ => None,
    }
}

fn refuse(walk: &mut Walk<'_>, code: &str, why: FeatureRefusal) {
    let sentence = match &why {
        FeatureRefusal::NoSuchCode => say::NO_SUCH_CODE,
        FeatureRefusal::NoExtension => say::OUTBOUND_REFUSED,
        FeatureRefusal::NoNumber => say::CODE_WANTS_NUMBER,
        FeatureRefusal::Outbound(_) | FeatureRefusal::Itself | FeatureRefusal::NotANumber => {
            say::FORWARD_REFUSED
        }
    };
    let ending = if why == FeatureRefusal::NoSuchCode { Ending::NotFound } else { Ending::Refused };
    walk.note(Reason::FeatureRefused { dialled: code.into(), why });
    walk.end_saying(ending, sentence);
}

fn do_not_disturb(walk: &mut Walk<'_>, extension: ExtensionId, on: bool) {
    walk.change(Change::DoNotDisturb { extension, on });
    walk.end_saying(Ending::Served, if on { say::DND_ON } else { say::DND_OFF });
}

fn forward_off(walk: &mut Walk<'_>, extension: &Extension, when: ForwardWhen) {
    walk.change(Change::Forward { extension: extension.id, when, to: None });
    walk.end_saying(Ending::Served, when.off());
}

fn forward(walk: &mut Walk<'_>, extension: &Extension, code: &FeatureCode, when: ForwardWhen, dialled: &str) {
    match forward_target(walk, extension, dialled) {
        Ok(target) => {
            let sentence = format!("{} {}.", when.on(), spelled(&target));
            walk.change(Change::Forward { extension: extension.id, when, to: Some(target) });
            walk.say_text(sentence);
            walk.end(Ending::Served);
        }
        Err(why) => refuse(walk, &code.code, why),
    }
}

/// What a forward may lead to: an extension, a number of our own, or what its owner might dial.
fn forward_target(walk: &Walk<'_>, extension: &Extension, dialled: &str) -> Result<Arc<str>, FeatureRefusal> {
    let plan = walk.plan;
    if dialled.is_empty() {
        return Err(FeatureRefusal::NoNumber);
    }
    if let Some(to) = dialled_extension(dialled).and_then(|number| plan.extension_by_number(number)) {
        return if to.id == extension.id { Err(FeatureRefusal::Itself) } else { Ok(to.number.clone()) };
    }
    let number = E164::normalise(dialled, plan.company.country).ok_or(FeatureRefusal::NotANumber)?;
    if plan.number(&number).is_none() {
        outbound::permitted(walk, &number, extension.id).map_err(FeatureRefusal::Outbound)?;
    }
    Ok(number.as_str().into())
}

fn test(walk: &mut Walk<'_>, extension: &Extension) {
    let local = walk.plan.company.zone.time_zone().to_datetime(walk.facts.now);
    let number = spelled(&extension.number);
    walk.say_text(format!("This is extension {number}. The time is {}.", local.strftime("%H:%M")));
    walk.end(Ending::Served);
}

fn call_back(walk: &mut Walk<'_>, extension: &Extension) {
    let Some(last) = walk.facts.last_caller_of(extension.id) else {
        walk.wanted.push(Wanted::LastCaller(extension.id));
        walk.end_saying(Ending::NotFound, say::NO_LAST_CALLER);
        return;
    };
    let last = last.cloned().filter(|last| !is_code(last));
    walk.note(Reason::LastCaller { number: last.clone() });
    match last {
        Some(last) => arrival::dial_for(walk, &last),
        None => {
            walk.end_saying(Ending::NotFound, say::NO_LAST_CALLER);
        }
    }
}

/// Digits one by one, as a voice should read them.
fn spelled(number: &str) -> String {
    let mut spelled = String::with_capacity(number.len() * 2);
    for digit in number.chars().filter(char::is_ascii_digit) {
        if !spelled.is_empty() {
            spelled.push(' ');
        }
        spelled.push(digit);
    }
    spelled
}
