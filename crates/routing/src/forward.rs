//! Forwards: to an extension, a SIP address, a number of our own, or an outside number.

use crate::action::{Dial, Target};
use crate::arrival::dialled_extension;
use crate::call::{Account, Dialing, Ending};
use crate::destination::Destination;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use crate::{extension, outbound};
use opbx_kernel::E164;
use smallvec::smallvec;
use std::sync::Arc;

/// How long a SIP address rings.
const SIP_TIMEOUT_S: u16 = 30;

/// Sends the call to what `target` means. What lies outside is paid by `account`, and allowed only as if its owner had dialled.
pub(crate) fn visit(walk: &mut Walk<'_>, target: &Arc<str>, account: Account) -> Option<Destination> {
    let plan = walk.plan;
    let written = target.trim();
    if is_sip(written) {
        return ring_sip(walk, written.into(), account);
    }
    if let Some(extension) = dialled_extension(written).and_then(|number| plan.extension_by_number(number)) {
        return Some(Destination::Extension(extension.id));
    }
    let Some(number) = E164::normalise(written, plan.company.country) else {
        walk.note(Reason::ForwardUnusable { target: target.clone() });
        return leads_nowhere(walk, account, Ending::Misconfigured, say::NOT_CONFIGURED);
    };
    match plan.number(&number) {
        Some(own) if !own.active => {
            walk.note(Reason::NumberInactive { number: number.as_str().into(), name: own.name.clone() });
            leads_nowhere(walk, account, Ending::Unavailable, say::NUMBER_NOT_CONFIGURED)
        }
        Some(own) => {
            if walk.numbers.contains(&number) {
                walk.note(Reason::NumberLoop { number: number.as_str().into() });
                return walk.give_up(Ending::Misconfigured, say::NOT_CONFIGURED);
            }
            if !own.recording.is_silent() {
                walk.call.reached = Some(number.clone());
            }
            walk.numbers.push(number.clone());
            let to = walk.destination_name(&own.destination);
            walk.note(Reason::NumberDialled { number: number.as_str().into(), name: own.name.clone(), to });
            Some(own.destination.clone())
        }
        None => outbound::dial(walk, &number, account),
    }
}

/// Leaves a forward that cannot be followed: a person's voicemail has the call where there is one.
fn leads_nowhere(
    walk: &mut Walk<'_>,
    account: Account,
    ending: Ending,
    sentence: &'static str,
) -> Option<Destination> {
    match account {
        Account::Forwarded(owner) => extension::nobody(walk, owner, ending),
        Account::Dialled(_) | Account::Company => walk.give_up(ending, sentence),
    }
}

/// Whether a text is a SIP address, which is dialled as it stands.
pub fn is_sip(target: &str) -> bool {
    ["sip:", "sips:"]
        .iter()
        .any(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

fn ring_sip(walk: &mut Walk<'_>, address: Arc<str>, account: Account) -> Option<Destination> {
    walk.note(Reason::Ringing { numbers: smallvec![address.clone()], timeout_s: SIP_TIMEOUT_S });
    let dial = Dial {
        targets: smallvec![Target::Sip { address }],
        timeout_s: SIP_TIMEOUT_S,
        trunk: None,
        caller_id: None,
        record: None,
    };
    walk.dial(dial, Dialing::Sip { owner: account.extension() });
    None
}
