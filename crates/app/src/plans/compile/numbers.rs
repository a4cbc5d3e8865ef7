//! Telephone numbers.

use super::at::At;
use super::policies::recording;
use super::prompts::Prompts;
use super::{CompileError, everything};
use crate::models::PbxNumber;
use opbx_kernel::E164;
use opbx_routing::Number;
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx, prompts: &Prompts) -> Result<Vec<Number>, CompileError> {
    let records = tx.all::<PbxNumber>(&everything()).await?;
    records.into_iter().map(|record| number(record, prompts)).collect()
}

fn number(record: PbxNumber, prompts: &Prompts) -> Result<Number, CompileError> {
    let at = At::of::<PbxNumber>(record.id);
    Ok(Number {
        number: E164::new(&record.number).ok_or_else(|| at.refuse("number", "is not in E.164"))?,
        name: record.name.unwrap_or_default().into(),
        destination: at.destination("destination", Some(record.destination))?,
        active: record.active,
        recording: recording(
            at,
            prompts,
            record.recording.as_str(),
            record.recording_announcement,
            record.recording_retention_days,
        )?,
    })
}
