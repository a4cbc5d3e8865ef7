//! Recording policy: who says whether a conversation is recorded, and what the caller is told of it first.
//!
//! The closest voice wins: the extensions that take part, then the number that was called, then the trunk, then the
//! company. Among extensions, one `never` outweighs any `always`: nobody is recorded against their own word.

use crate::action::{Dial, DialRecording, Join, Target};
use crate::arrival::dialled_extension;
use crate::assistant::Reach;
use crate::call::Dialing;
use crate::event::Direction;
use crate::plan::{Extension, ExtensionKind, Plan};
use crate::prompt::Prompt;
use crate::trace::{Reason, RecordingSayer};
use crate::walk::Walk;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What one of those who may speak says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingChoice {
    /// Nothing: whoever comes next decides.
    #[default]
    Inherit,
    Never,
    Always,
}

/// What a number, an extension, a trunk or the company says of recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingPolicy {
    pub choice: RecordingChoice,
    /// Played to the caller before the conversation; none takes the company's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Prompt>,
    /// How long the recording is kept; none takes the company's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u16>,
}

impl RecordingPolicy {
    /// Whether it leaves everything to others, as most do.
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// A policy that decided, and whose it is.
type Decided<'a> = (RecordingSayer, &'a RecordingPolicy);

/// Decides whether a dial is recorded, and tells the caller where it is, once in a call.
pub(crate) fn decided(walk: &mut Walk<'_>, dial: &Dial, dialing: &Dialing) -> Option<DialRecording> {
    let plan = walk.plan;
    if !plan.speaks_of_recording() || !can_be_recorded(dial, dialing) {
        return None;
    }
    let (by, policy) = sayer(walk, dial, dialing)?;
    let records = policy.choice == RecordingChoice::Always;
    walk.note(Reason::RecordingDecided { records, by });
    if !records {
        return None;
    }
    announce(walk, policy.announcement.as_ref());
    Some(DialRecording { retention_days: policy.retention_days.or(plan.company.recording.retention_days) })
}

/// Tells the caller that a room records, which its own switch decides.
pub(crate) fn room(walk: &mut Walk<'_>, join: &Join) {
    if join.recorded && walk.plan.speaks_of_recording() {
        announce(walk, None);
    }
}

fn announce(walk: &mut Walk<'_>, own: Option<&Prompt>) {
    let announcement = own.or(walk.plan.company.recording.announcement.as_ref());
    let Some(announcement) = announcement.filter(|_| !walk.call.announced).cloned() else { return };
    walk.call.announced = true;
    walk.note(Reason::RecordingAnnounced);
    walk.play(announcement);
}

/// An emergency is never recorded nor held up. A media stream is not the engine's to record.
fn can_be_recorded(dial: &Dial, dialing: &Dialing) -> bool {
    let is_emergency = matches!(dialing, Dialing::Outside(outside) if outside.rule.is_none());
    let streams = |target: &Target| matches!(target, Target::Assistant { reach: Reach::Stream { .. }, .. });
    !is_emergency && !dial.targets.iter().any(streams)
}

fn sayer<'a>(walk: &Walk<'a>, dial: &Dial, dialing: &Dialing) -> Option<Decided<'a>> {
    let plan = walk.plan;
    let of_people = people(walk, dial, dialing);
    let person = [RecordingChoice::Never, RecordingChoice::Always].into_iter().find_map(|choice| {
        let found = of_people.iter().find(|(_, policy)| policy.choice == choice)?;
        Some((RecordingSayer::Extension(found.0.number.clone()), found.1))
    });
    let speaks = |policy: &RecordingPolicy| policy.choice != RecordingChoice::Inherit;
    let number = || {
        let number = plan.number(walk.call.reached.as_ref()?)?;
        speaks(&number.recording)
            .then(|| (RecordingSayer::Number(number.number.as_str().into()), &number.recording))
    };
    let trunk = || {
        let name = dial.trunk.as_ref()?;
        let trunk = plan.trunks().into_iter().find(|trunk| trunk.name == *name)?;
        speaks(&trunk.recording).then(|| (RecordingSayer::Trunk(name.clone()), &trunk.recording))
    };
    let company =
        || speaks(&plan.company.recording).then_some((RecordingSayer::Company, &plan.company.recording));
    person.or_else(number).or_else(trunk).or_else(company)
}

/// Everybody with an extension who takes part: who calls, on whose account, and who is rung.
fn people<'a>(
    walk: &Walk<'a>,
    dial: &Dial,
    dialing: &Dialing,
) -> SmallVec<[(&'a Extension, &'a RecordingPolicy); 4]> {
    let plan = walk.plan;
    let caller = (walk.call.direction != Direction::Inbound)
        .then(|| dialled_extension(&walk.call.from).and_then(|number| plan.extension_by_number(number)))
        .flatten();
    let payer = match dialing {
        Dialing::Outside(outside) => outside.account.extension().and_then(|id| plan.extension(id)),
        Dialing::Sip { owner } => owner.and_then(|id| plan.extension(id)),
        _ => None,
    };
    let rung = dial.targets.iter().filter_map(|target| match target {
        Target::Extension { id, .. } => plan.extension(*id),
        _ => None,
    });
    caller.into_iter().chain(payer).chain(rung).filter_map(policy_of).collect()
}

fn policy_of(extension: &Extension) -> Option<(&Extension, &RecordingPolicy)> {
    match &extension.kind {
        ExtensionKind::User(person) => Some((extension, &person.recording)),
        ExtensionKind::Points(_) => None,
    }
}

/// Whether anybody in a plan says anything of recording; most plans are spared the question.
pub(crate) fn is_spoken_of(plan: &Plan) -> bool {
    !plan.company.recording.is_silent()
        || plan.numbers().any(|number| !number.recording.is_silent())
        || plan.people().any(|person| !person.recording.is_silent())
        || plan.trunks().iter().any(|trunk| !trunk.recording.is_silent())
}
