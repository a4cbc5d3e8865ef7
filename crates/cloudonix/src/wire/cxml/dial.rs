//! Who is rung and what is joined: dials with their nouns, conference rooms, media streams.
//!
//! Source: Cloudonix, "Verb/dial", "Verb/dial/number", "Verb/dial/conference", "Verb/connect"; `Service` is the
//! original's dialect, in no page of the documentation.

use super::ask::redirect;
use super::page::is_name;
use super::{Links, Page};
use opbx_routing::{Action, Dial, Join, Reach, Target};
use std::sync::Arc;

/// What `Service` is told besides an assistant's own parameters, which must not stand there twice.
const SERVICE_WORDS: [&str; 2] = ["token", "provider"];

/// The most participants of a room at Cloudonix, whatever a record of ours allows.
const ROOM_MAX: u16 = 250;
/// Quirk: no stored page of Cloudonix tells of `record` on a `Dial`, only on a `Conference`; it is the relatives' word.
const RECORD: &str = "true";

/// What the request after a stream says of its dial.
///
/// Quirk: Cloudonix reports no result of a `Connect`: the request that follows it tells of the call (in-progress),
/// which is no result of a dial, and then this alias is read. A stream that is over was a conversation.
const STREAM_RESULT: &str = "&DialCallStatus=completed";

pub(super) fn dial(page: &mut Page, dial: &Dial, links: &Links<'_>) {
    if let Some(url) = dial.targets.iter().find_map(stream) {
        return connect(page, url, links);
    }
    let timeout = dial.timeout_s.to_string();
    let mut attributes = vec![("timeout", timeout.as_str())];
    attributes.extend(links.next.map(|next| ("action", next)));
    attributes.extend(dial.trunk.as_deref().map(|trunk| ("trunks", trunk)));
    attributes.extend(dial.caller_id.as_deref().map(|number| ("callerId", number)));
    attributes.extend(dial.record.map(|_| ("record", RECORD)));
    page.open("Dial", &attributes);
    for target in &dial.targets {
        match target {
            Target::Extension { number, .. } | Target::Outside { number } => page.leaf("Number", &[], number),
            Target::Sip { address } => page.leaf("Sip", &[], address),
            Target::Assistant { id, reach } => assistant(page, reach, (links.service_token)(*id)),
        }
    }
    page.close("Dial");
}

fn assistant(page: &mut Page, reach: &Reach, token: Option<&str>) {
    match reach {
        Reach::Provider { provider, number } => page.leaf("Service", &[("provider", provider)], number),
        Reach::Service { url, parameters } => {
            let mut attributes: Vec<(&str, &str)> = token.map(|token| ("token", token)).into_iter().collect();
            for (at, (name, value)) in parameters.iter().enumerate() {
                if is_told(parameters, at) {
                    attributes.push((name, value));
                }
            }
            page.leaf("Service", &attributes, url);
        }
        Reach::Sip { address } => page.leaf("Sip", &[], address),
        // A dial with a stream in it became a `Connect`.
        Reach::Stream { .. } => {}
    }
}

fn connect(page: &mut Page, url: &str, links: &Links<'_>) {
    page.open("Connect", &[]);
    page.empty("Stream", &[("url", url)]);
    page.close("Connect");
    if let Some(next) = links.next {
        redirect(page, &format!("{next}{STREAM_RESULT}"));
    }
}

fn stream(target: &Target) -> Option<&str> {
    match target {
        Target::Assistant { reach: Reach::Stream { url }, .. } => Some(url),
        _ => None,
    }
}

/// Whether a parameter can be an attribute: its name is one, and no other attribute has it.
fn is_told(parameters: &[(Arc<str>, Arc<str>)], at: usize) -> bool {
    let name = &*parameters[at].0;
    is_name(name)
        && !SERVICE_WORDS.contains(&name)
        && parameters[..at].iter().all(|(known, _)| **known != *name)
}

/// The names of an assistant's parameters that cannot be told to the engine, for a warning to whoever wrote them.
pub fn left_out(actions: &[Action]) -> Vec<&str> {
    let dials = actions.iter().filter_map(|action| match action {
        Action::Dial(dial) => Some(dial),
        _ => None,
    });
    let lists = dials.flat_map(|dial| &dial.targets).filter_map(|target| match target {
        Target::Assistant { reach: Reach::Service { parameters, .. }, .. } => Some(parameters),
        _ => None,
    });
    let untold = |list: &'_ Vec<(Arc<str>, Arc<str>)>, at: &usize| !is_told(list, *at);
    lists.flat_map(|list| (0..list.len()).filter(move |at| untold(list, at)).map(|at| &*list[at].0)).collect()
}

/// Writes a seat in a room: `muteOnEntry` and `announceJoinLeave` are the original's words, `muted` the documented one. Rooms are told apart by their ids; their names are the domain's own at Cloudonix.
pub(super) fn join(page: &mut Page, join: &Join, links: &Links<'_>) {
    let action: Vec<_> = links.next.map(|next| ("action", next)).into_iter().collect();
    let participants_max = join.participants_max.min(ROOM_MAX).to_string();
    let word = |is: bool| if is { "true" } else { "false" };
    let attributes = [
        ("startConferenceOnEnter", word(join.starts)),
        ("endConferenceOnExit", "false"),
        ("muted", word(join.muted)),
        ("muteOnEntry", word(join.muted)),
        ("announceJoinLeave", word(join.announced)),
        ("maxParticipants", participants_max.as_str()),
        ("holdMusic", word(join.music)),
        ("record", if join.recorded { "record-from-start" } else { "do-not-record" }),
    ];
    page.open("Dial", &action);
    page.leaf("Conference", &attributes, &format!("conf_{}", join.room));
    page.close("Dial");
}
