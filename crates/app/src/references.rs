//! What still refers to a record: those that would stand in the way of deleting it.

use crate::App;
use crate::records::{self, Deed};
use crate::resources::ResourceError;
use opbx_kernel::{RecordId, Scope};
use opbx_platform::field::{FieldKind, OnDelete};
use opbx_platform::{Model, Value};
use opbx_store::{Named, ReadError, Referrer, Tx};

/// A record that names another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub model: String,
    pub id: RecordId,
    pub name: String,
    /// By which field, of the record or of what belongs to it: the key of a menu, the member of a group.
    pub field: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    pub all: Vec<Reference>,
    /// Those that are not named one by one.
    pub more: u64,
    /// Those that the asker may not see.
    pub unseen: u64,
}

/// Tells who names a record, as a refused deletion would.
pub async fn of(
    app: &App,
    scope: &Scope,
    model: &'static str,
    id: RecordId,
) -> Result<References, ResourceError> {
    let mut tx = app.store().read(scope).await?;
    let known = app.store().registry().model(model).ok_or(ResourceError::Absent { model })?;
    records::require(scope, known, Deed::Read)?;
    if tx.read(model, &[id], &[]).await?.is_empty() {
        return Err(ResourceError::Absent { model });
    }
    let (by, unseen) = tx.referrers_to(model, id).await?;
    let mut found = References { unseen, ..References::default() };
    for referrer in &by {
        found.more += referrer.count.saturating_sub(referrer.some.len() as u64);
        let (model, named) = match wholes(&mut tx, referrer).await? {
            Some(wholes) => wholes,
            None => (referrer.model.clone(), referrer.some.clone()),
        };
        for named in named {
            let model = model.clone();
            let reference =
                Reference { model, id: named.id, name: named.name, field: referrer.field.clone() };
            if !found.all.contains(&reference) {
                found.all.push(reference);
            }
        }
    }
    Ok(found)
}

/// Says of a refused deletion whose parts the referrers are.
pub(crate) async fn tell_wholes(tx: &mut Tx, by: &mut [Referrer]) -> Result<(), ReadError> {
    for referrer in by {
        referrer.wholes = wholes(tx, referrer).await?;
    }
    Ok(())
}

/// The records that referrers belong to, with their model; none where they stand for themselves.
async fn wholes(tx: &mut Tx, referrer: &Referrer) -> Result<Option<(String, Vec<Named>)>, ReadError> {
    let models = tx.models();
    match models.model(&referrer.model).and_then(owner) {
        Some((field, owner)) => Ok(Some((owner.to_owned(), owners(tx, referrer, field, owner).await?))),
        None => Ok(None),
    }
}

/// The field by which records belong to others, and to which: nobody looks for the key of a menu, but for the menu.
fn owner(model: &Model) -> Option<(&str, &str)> {
    model.fields.iter().find_map(|field| match &field.kind {
        FieldKind::Many2one { to, on_delete: OnDelete::Cascade } if field.required => {
            Some((field.name.as_str(), to.as_str()))
        }
        _ => None,
    })
}

async fn owners(tx: &mut Tx, referrer: &Referrer, field: &str, owner: &str) -> Result<Vec<Named>, ReadError> {
    let ids: Vec<RecordId> = referrer.some.iter().map(|named| named.id).collect();
    let rows = tx.read(&referrer.model, &ids, &[field]).await?;
    let mut owners: Vec<RecordId> = Vec::new();
    for row in rows {
        if let Some(Value::Record(id)) = row.values.first()
            && !owners.contains(id)
        {
            owners.push(*id);
        }
    }
    tx.names(owner, &owners).await
}
