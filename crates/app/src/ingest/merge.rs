//! Two records that turn out to be one call: what belongs to the younger goes to the older, and the younger is deleted.

use super::IngestError;
use super::calls::delete_all;
use crate::models::{PbxCallRecording, PbxCallRecordingDraft, PbxCdrDraft, PbxVoicemailMessageDraft};
use opbx_kernel::RecordId;
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value};
use opbx_store::Tx;

pub(super) async fn into(tx: &mut Tx, kept: RecordId, gone: RecordId) -> Result<(), IngestError> {
    let of_gone = Domain::eq("call", Value::Record(gone));
    let cdr = PbxCdrDraft { call: Some(Some(kept)), ..PbxCdrDraft::default() };
    tx.set_where("pbx.cdr", &of_gone, cdr.into_values()).await?;
    let message = PbxVoicemailMessageDraft { call: Some(Some(kept)), ..PbxVoicemailMessageDraft::default() };
    tx.set_where("pbx.voicemail.message", &of_gone, message.into_values()).await?;
    for recording in tx.all::<PbxCallRecording>(&of_gone).await? {
        let same = Domain::eq("call", Value::Record(kept)).and(Domain::eq("digest", recording.digest));
        if tx.count("pbx.call.recording", &same).await? == 0 {
            let draft = PbxCallRecordingDraft { call: Some(kept), ..PbxCallRecordingDraft::default() };
            tx.update("pbx.call.recording", recording.id, draft.into_values(), None).await?;
        }
    }
    for model in ["pbx.call.recording", "pbx.call.leg", "pbx.call.event"] {
        delete_all(tx, model, &of_gone).await?;
    }
    delete_all(tx, "pbx.call", &Domain::eq("id", Value::Record(gone))).await
}
