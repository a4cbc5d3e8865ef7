//! One deed on many records: each for itself, or all of them or none.

use crate::App;
use crate::records;
use crate::resources::{self, ResourceError};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Record, Value, Values};
use opbx_store::{SaveError, Tx};

/// Records of one request at most.
pub const BULK_MAX: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Activate,
    Deactivate,
    Delete,
}

/// What came of one record.
#[derive(Debug)]
pub enum Done {
    Done,
    Failed(ResourceError),
    /// Nothing was done with it, because another one failed and it was all or nothing.
    LeftAlone,
}

/// Does it with each record in a transaction of its own; one that fails keeps no other back.
pub async fn each<T: Record>(
    app: &App,
    scope: &Scope,
    action: Action,
    ids: &[RecordId],
) -> Result<Vec<Done>, ResourceError> {
    let mut outcomes = Vec::with_capacity(ids.len());
    for id in ids.iter().take(BULK_MAX) {
        let mut tx = app.store().begin(scope).await?;
        outcomes.push(match act::<T>(&mut tx, action, *id).await {
            Ok(()) => {
                tx.commit().await?;
                Done::Done
            }
            Err(error) => Done::Failed(error),
        });
    }
    Ok(outcomes)
}

/// Does it with all records or, where one fails, with none.
pub async fn all<T: Record>(
    app: &App,
    scope: &Scope,
    action: Action,
    ids: &[RecordId],
) -> Result<Vec<Done>, ResourceError> {
    let mut tx = app.store().begin(scope).await?;
    for (at, id) in ids.iter().enumerate().take(BULK_MAX) {
        if let Err(error) = act::<T>(&mut tx, action, *id).await {
            let mut outcomes: Vec<Done> = ids.iter().map(|_| Done::LeftAlone).collect();
            outcomes[at] = Done::Failed(error);
            return Ok(outcomes);
        }
    }
    tx.commit().await?;
    Ok(ids.iter().map(|_| Done::Done).collect())
}

async fn act<T: Record>(tx: &mut Tx, action: Action, id: RecordId) -> Result<(), ResourceError> {
    let active = match action {
        Action::Delete => return resources::delete_in::<T>(tx, id, None).await,
        Action::Activate => true,
        Action::Deactivate => false,
    };
    let models = tx.models();
    let model = models.model(T::MODEL).expect("every struct is written from its model");
    let values = Values::from([("active".to_owned(), Value::Bool(active))]);
    match records::update(tx, model, id, values, None).await {
        Err(records::RecordError::Save(SaveError::Absent { .. })) => {
            Err(ResourceError::Absent { model: T::MODEL })
        }
        updated => Ok(updated?),
    }
}
