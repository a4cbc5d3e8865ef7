//! Extensions: a person's devices, or a short number for something else.

use crate::action::Target;
use crate::call::{Dialing, Ending};
use crate::destination::{Destination, ExtensionId, Place, PlaceKind};
use crate::facts::Presence;
use crate::plan::{Extension, ExtensionKind};
use crate::trace::{Reason, WhyNot};
use crate::walk::{Walk, say};
use smallvec::smallvec;

pub(crate) fn visit(walk: &mut Walk<'_>, id: ExtensionId) -> Option<Destination> {
    let plan = walk.plan;
    let Some(extension) = plan.extension(id) else {
        walk.note(Reason::Missing { kind: PlaceKind::Extension, id: id.get() });
        return walk.give_up(Ending::Misconfigured, say::NOT_CONFIGURED);
    };
    if !extension.active {
        let place = walk.name(Place { kind: PlaceKind::Extension, id: id.get() });
        walk.note(Reason::Inactive { place });
        return walk.end_saying(Ending::Unavailable, say::EXTENSION_UNAVAILABLE);
    }
    match &extension.kind {
        ExtensionKind::Points(destination) => {
            let to = walk.destination_name(destination);
            walk.note(Reason::ExtensionPoints { number: extension.number.clone(), to });
            Some(destination.clone())
        }
        ExtensionKind::User { do_not_disturb: true, .. } => {
            walk.note(Reason::NotRung { number: extension.number.clone(), why: WhyNot::DoNotDisturb });
            walk.end_saying(Ending::Unavailable, say::EXTENSION_UNAVAILABLE)
        }
        ExtensionKind::User { ring_timeout_s, .. } => {
            let numbers = smallvec![extension.number.clone()];
            walk.note(Reason::Ringing { numbers, timeout_s: *ring_timeout_s });
            walk.ring(smallvec![target(extension)], *ring_timeout_s, Dialing::Extension(id));
            None
        }
    }
}

pub(crate) fn target(extension: &Extension) -> Target {
    Target::Extension { id: extension.id, number: extension.number.clone() }
}

/// Why a group passes this member by, if it does.
pub(crate) fn why_not_rung(walk: &Walk<'_>, extension: &Extension) -> Option<WhyNot> {
    match &extension.kind {
        _ if !extension.active => Some(WhyNot::Inactive),
        ExtensionKind::Points(_) => Some(WhyNot::NotAPerson),
        ExtensionKind::User { do_not_disturb: true, .. } => Some(WhyNot::DoNotDisturb),
        ExtensionKind::User { .. } => match walk.facts.presence_of(extension.id) {
            Presence::Free => None,
            Presence::Busy => Some(WhyNot::Busy),
            Presence::DoNotDisturb => Some(WhyNot::DoNotDisturb),
        },
    }
}
