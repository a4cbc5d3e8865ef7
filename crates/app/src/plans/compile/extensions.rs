//! Extensions: people with their forwards and limits, and short numbers for something else.

use super::at::{At, filled};
use super::policies::recording;
use super::prompts::Prompts;
use super::{CompileError, everything, typed};
use crate::models::PbxExtension;
use opbx_platform::DestinationRef;
use opbx_routing::{Destination, Extension, ExtensionKind, Forwards, Limits, Person};
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx, prompts: &Prompts) -> Result<Vec<Extension>, CompileError> {
    let records = tx.all::<PbxExtension>(&everything()).await?;
    records.into_iter().map(|record| extension(record, prompts)).collect()
}

fn extension(mut record: PbxExtension, prompts: &Prompts) -> Result<Extension, CompileError> {
    let at = At::of::<PbxExtension>(record.id);
    let kind = match record.destination.take() {
        Some(points_at) => ExtensionKind::Points(at.destination("destination", Some(points_at))?),
        None => ExtensionKind::User(person(at, &mut record, prompts)?),
    };
    Ok(Extension {
        id: typed(record.id),
        number: record.number.into(),
        name: record.name.into(),
        active: record.active,
        kind,
    })
}

fn person(at: At, record: &mut PbxExtension, prompts: &Prompts) -> Result<Person, CompileError> {
    let forward = |field, to: Option<DestinationRef>| -> Result<Option<Destination>, CompileError> {
        to.map(|to| at.destination(field, Some(to))).transpose()
    };
    Ok(Person {
        ring_timeout_s: at.small("ring_timeout_s", record.ring_timeout_s)?,
        do_not_disturb: record.do_not_disturb,
        forward: Forwards {
            always: forward("forward_always", record.forward_always.take())?,
            busy: forward("forward_busy", record.forward_busy.take())?,
            no_answer: forward("forward_no_answer", record.forward_no_answer.take())?,
            unreachable: forward("forward_unreachable", record.forward_unreachable.take())?,
        },
        voicemail: record.voicemail.map(typed),
        dials_out: record.dials_out,
        caller_id: filled(record.caller_id.take()),
        limits: Limits {
            calls_max: at.optional("outbound_calls_max", record.outbound_calls_max)?,
            minutes_per_day_max: at
                .optional("outbound_minutes_per_day_max", record.outbound_minutes_per_day_max)?,
        },
        recording: recording(
            at,
            prompts,
            record.recording.as_str(),
            record.recording_announcement,
            record.recording_retention_days,
        )?,
    })
}
