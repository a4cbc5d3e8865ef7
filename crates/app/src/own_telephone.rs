//! One's own telephone: extensions and voicemail box, and what of them is one's own to say.
//!
//! Everything is written by the asker's own rights: the access files say what is theirs.

use crate::App;
use crate::models::{PbxExtension, PbxVoicemail};
use crate::resources::ResourceError;
use crate::sessions::Asker;
use crate::{records, resources};
use opbx_kernel::RecordId;
use opbx_platform::record::Record;
use opbx_platform::{Domain, Value, Values};
use opbx_store::{SaveError, Tx};

/// What is somebody's own.
#[derive(Debug, Clone, Default)]
pub struct OwnTelephone {
    /// By number.
    pub extensions: Vec<PbxExtension>,
    pub boxes: Vec<PbxVoicemail>,
}

/// The asker's own extensions and boxes.
pub async fn get(app: &App, asker: &Asker) -> Result<OwnTelephone, ResourceError> {
    let mut tx = app.store().read(&asker.scope).await?;
    let own = Domain::eq("user", asker.user_record()).and(Domain::eq("active", true));
    let extensions = tx.all::<PbxExtension>(&own).await?;
    let boxes = tx.all::<PbxVoicemail>(&own).await?;
    Ok(OwnTelephone { extensions, boxes })
}

/// Writes to one of the asker's own extensions: the one named, else the first.
pub async fn update_extension(
    app: &App,
    asker: &Asker,
    which: Option<RecordId>,
    values: Values,
) -> Result<RecordId, ResourceError> {
    let own = get(app, asker).await?.extensions;
    let chosen = own.iter().find(|extension| which.is_none_or(|id| extension.id == id));
    let id = chosen.ok_or(ResourceError::Absent { model: PbxExtension::MODEL })?.id;
    write::<PbxExtension>(app, asker, id, values).await?;
    Ok(id)
}

/// Writes to one of the asker's own boxes: the one named, else the first.
pub async fn update_box(
    app: &App,
    asker: &Asker,
    which: Option<RecordId>,
    values: Values,
) -> Result<RecordId, ResourceError> {
    let own = get(app, asker).await?.boxes;
    let chosen = own.iter().find(|own| which.is_none_or(|id| own.id == id));
    let id = chosen.ok_or(ResourceError::Absent { model: PbxVoicemail::MODEL })?.id;
    write::<PbxVoicemail>(app, asker, id, values).await?;
    Ok(id)
}

async fn write<T: Record>(
    app: &App,
    asker: &Asker,
    id: RecordId,
    values: Values,
) -> Result<(), ResourceError> {
    let mut tx: Tx = app.store().begin(&asker.scope).await?;
    let model = resources::model::<T>(&tx).clone();
    match records::update(&mut tx, &model, id, values, None).await {
        Err(records::RecordError::Save(SaveError::Absent { .. })) => {
            return Err(ResourceError::Absent { model: T::MODEL });
        }
        updated => updated?,
    }
    tx.commit().await?;
    Ok(())
}

/// A value for one field.
pub fn one(field: &str, value: Value) -> Values {
    Values::from([(field.to_owned(), value)])
}
