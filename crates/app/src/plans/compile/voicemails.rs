//! Voicemail boxes.

use super::at::At;
use super::prompts::Prompts;
use super::{CompileError, everything, typed};
use crate::models::PbxVoicemail;
use crate::plans::secrets::PlanSecrets;
use opbx_kernel::RecordId;
use opbx_platform::Record as _;
use opbx_routing::Voicemail;
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx, prompts: &Prompts) -> Result<Vec<Voicemail>, CompileError> {
    let records = tx.all::<PbxVoicemail>(&everything()).await?;
    records.into_iter().map(|record| voicemail(record, prompts)).collect()
}

fn voicemail(record: PbxVoicemail, prompts: &Prompts) -> Result<Voicemail, CompileError> {
    let at = At::of::<PbxVoicemail>(record.id);
    Ok(Voicemail {
        id: typed(record.id),
        active: record.active,
        greeting: prompts.named(at, "greeting", record.greeting)?,
        beep: record.beep,
        length_max_s: at.small("length_max_s", record.length_max_s)?,
        name: record.name.into(),
    })
}

/// Keeps the PINs of the boxes with the plan's secrets; the plan itself knows nothing of them.
pub(super) async fn keep_pins(
    tx: &mut Tx,
    boxes: &[Voicemail],
    secrets: &mut PlanSecrets,
) -> Result<(), CompileError> {
    let ids: Vec<RecordId> = boxes.iter().filter_map(|known| RecordId::new(known.id.get()).ok()).collect();
    for (id, pin) in tx.reveal_many(PbxVoicemail::MODEL, &ids, "pin").await? {
        secrets.keep_box_pin(typed(id), &pin);
    }
    Ok(())
}
