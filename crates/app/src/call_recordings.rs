//! Recordings of conversations, for whoever may hear them: their sound, and their end.

use crate::App;
use crate::attachments::{self, Content};
use crate::models::{IrAttachment, PbxCall, PbxCallDraft, PbxCallRecording};
use crate::recordings::SoundError;
use crate::resources::{self, ResourceError};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Record as _, Value};
use opbx_store::{SaveError, Search, Tx};
use std::collections::BTreeSet;

/// Recordings that one transaction forgets.
const FORGOTTEN_MAX: usize = 100;

/// The sound of a recording that the asker may hear.
pub async fn sound(app: &App, scope: &Scope, id: RecordId) -> Result<IrAttachment, SoundError> {
    let mut tx = app.store().read(scope).await.map_err(ResourceError::from)?;
    sound_in(&mut tx, id).await
}

async fn sound_in(tx: &mut Tx, id: RecordId) -> Result<IrAttachment, SoundError> {
    let recording = resources::get_in::<PbxCallRecording>(tx, id).await?.record;
    let attachment = recording.attachment.ok_or(SoundError::NotHere)?;
    let found = tx.get::<IrAttachment>(attachment).await.map_err(ResourceError::from)?;
    found.ok_or(SoundError::NotHere)
}

/// Opens the sound of a recording, for whoever may hear it.
pub async fn open(app: &App, scope: &Scope, id: RecordId) -> Result<Content, SoundError> {
    let mut tx = app.store().read(scope).await.map_err(ResourceError::from)?;
    let sound = sound_in(&mut tx, id).await?;
    let opened = attachments::open(&mut tx, app.store().registry(), app.objects(), sound.id).await;
    opened.map_err(SoundError::Attachment)
}

/// Deletes a recording and its sound; its call says no more that there is one.
pub async fn delete(
    app: &App,
    scope: &Scope,
    id: RecordId,
    expected: Option<i64>,
) -> Result<(), ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    let call = resources::get_in::<PbxCallRecording>(&mut tx, id).await?.record.call;
    resources::delete_in::<PbxCallRecording>(&mut tx, id, expected).await?;
    {
        let mut system = tx.as_system("say of a call that its recording is gone");
        tell_calls(&mut system, [call].into()).await?;
    }
    tx.commit().await?;
    tracing::info!(tenant = %scope.tenant(), recording = %id, "somebody deleted the recording of a call");
    Ok(())
}

/// Deletes the first recordings for which a domain holds; tells how many they were.
pub(crate) async fn forget(tx: &mut Tx, which: &Domain) -> Result<usize, SaveError> {
    let search = Search { fields: &["call"], limit: FORGOTTEN_MAX, ..Search::default() };
    let rows = tx.search(PbxCallRecording::MODEL, which, search).await?;
    let mut calls = BTreeSet::new();
    for row in &rows {
        if let Some(Value::Record(call)) = row.values.first() {
            calls.insert(*call);
        }
        tx.delete(PbxCallRecording::MODEL, row.id).await?;
    }
    tell_calls(tx, calls).await?;
    Ok(rows.len())
}

/// Calls none of whose recordings is left say so.
async fn tell_calls(tx: &mut Tx, calls: BTreeSet<RecordId>) -> Result<(), SaveError> {
    for call in calls {
        let left = tx.count(PbxCallRecording::MODEL, &Domain::eq("call", Value::Record(call))).await?;
        if left > 0 {
            continue;
        }
        let draft = PbxCallDraft { recorded: Some(None), ..PbxCallDraft::default() };
        match tx.update(PbxCall::MODEL, call, draft.into_values(), None).await {
            Ok(()) | Err(SaveError::Absent { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
