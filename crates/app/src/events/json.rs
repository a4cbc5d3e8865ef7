//! An event as JSON: the words of the original's payloads first, then what is known besides. Unknown is null.

use super::{CallFacts, CallMoment, Event, VoicemailFacts};
use opbx_kernel::{RecordId, Timestamp};
use serde_json::{Value as Json, json};

pub(super) fn payload(event: &Event) -> Json {
    match event {
        Event::Call(moment, call) => of_call(*moment, call),
        Event::VoicemailLeft(message) => of_voicemail(message),
        Event::RecordingReady { facts, .. }
        | Event::CallChecksRun { facts }
        | Event::QueueState { facts, .. } => facts.clone(),
        Event::Record(change) => {
            json!({ "model": change.model, "id": change.id.get(), "version": change.version })
        }
        Event::Records { model, count } => json!({ "model": model, "count": count }),
        Event::LiveCalls(calls) => json!({
            "active": calls.active,
            "by_status": { "ringing": calls.ringing, "answered": calls.answered },
            "by_direction": {
                "inbound": calls.inbound, "outbound": calls.outbound, "internal": calls.internal,
            },
        }),
        Event::ExtensionState(extension) => json!({
            "extension_id": extension.id.get(),
            "extension_number": extension.number,
            "state": extension.state.as_str(),
            "calls": extension.calls,
        }),
    }
}

fn of_call(moment: CallMoment, call: &CallFacts) -> Json {
    let legs = call.legs.iter().map(|leg| {
        json!({ "target": leg.target, "extension_id": id(leg.extension_id), "status": leg.status,
            "ended_at": leg.ended_at.map(instant) })
    });
    let legs: Vec<Json> = legs.collect();
    // The row may be further on than this moment, where several came together: what came later is not said yet.
    let is_later = |other: CallMoment| moment < other;
    let answered_at = call.answered_at.filter(|_| !is_later(CallMoment::Answered));
    let answered_by = call.answered_by.as_ref().filter(|_| !is_later(CallMoment::Answered));
    let over = !is_later(CallMoment::Ended);
    let status = match moment {
        CallMoment::Initiated => "initiated",
        CallMoment::Ringing => "ringing",
        CallMoment::Answered => "answered",
        CallMoment::Ended | CallMoment::Updated => &call.status,
    };
    json!({
        "id": call.id.get(),
        "version": call.version,
        "call_id": call.call_id,
        "session_id": call.session_id,
        "direction": call.direction,
        "from_number": call.from_number,
        "from_name": call.from_name,
        "to_number": call.to_number,
        "number": call.number,
        "did_id": id(call.number_id),
        "status": status,
        "end_reason": call.end_reason.as_ref().filter(|_| over),
        "initiated_at": instant(call.started_at),
        "answered_at": answered_at.map(instant),
        "ended_at": call.ended_at.filter(|_| over).map(instant),
        "answered_by": answered_by,
        "extension_id": id(call.extension_id.filter(|_| answered_by.is_some())),
        "from_extension_id": id(call.from_extension_id),
        "duration": call.duration_s().filter(|_| over),
        "legs": legs,
    })
}

fn of_voicemail(message: &VoicemailFacts) -> Json {
    json!({
        "id": message.id.get(),
        "call": message.call.get(),
        "voicemail_id": id(message.mailbox),
        "user_id": id(message.user),
        "from_number": message.from_number,
        "from_name": message.from_name,
        "left_at": instant(message.left_at),
        "duration": message.length_s,
    })
}

fn id(record: Option<RecordId>) -> Option<i64> {
    record.map(RecordId::get)
}

fn instant(at: Timestamp) -> String {
    at.to_string()
}
