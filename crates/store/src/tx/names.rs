//! Finding records by their names, and naming them.

use super::{Tx, model_to_read};
use crate::error::{ReadError, StoreError};
use crate::statement::conditions::unarchived;
use crate::statement::records::record_id;
use crate::tx::read::SEARCH_LIMIT_MAX;
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Model, Value};

/// The longest text that names are searched by, in characters; what is longer is cut.
pub const NAME_TEXT_LEN_MAX: usize = 200;

/// A record by the name that it is shown by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub id: RecordId,
    pub name: String,
}

impl Tx {
    /// Finds records by part of a name, folded, among those that a domain holds for: names that begin with the text
    /// first, each half by its name. An empty text finds the first `limit` by name. `%` and `_` are wildcards.
    ///
    /// Looks at the fields of the model's `name_search`. Archived records are found as by `search`.
    pub async fn name_search(
        &mut self,
        model: &str,
        text: &str,
        domain: &Domain,
        limit: usize,
    ) -> Result<Vec<Named>, ReadError> {
        if limit > SEARCH_LIMIT_MAX {
            return Err(ReadError::TooMany { max: SEARCH_LIMIT_MAX });
        }
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let text: String = text.trim().chars().filter(|c| *c != '\0').take(NAME_TEXT_LEN_MAX).collect();
        let domain = unarchived(model, domain);
        let statement = self.visible(&store, model).name_search(&text, &domain, limit)?;
        let rows = self.fetch(statement).await.map_err(StoreError::from)?;
        Ok(rows.iter().filter_map(|row| named(row)).collect())
    }

    /// The names of records, in the order of the ids; those out of reach are left out.
    pub async fn names(&mut self, model: &str, ids: &[RecordId]) -> Result<Vec<Named>, ReadError> {
        let store = self.store.clone();
        let model = model_to_read(&store, model)?;
        let fields: Vec<&str> = shown_by(model).into_iter().collect();
        let rows = self.read(model.name.as_str(), ids, &fields).await?;
        Ok(rows.into_iter().map(|row| name_of(row.id, row.values.first())).collect())
    }
}

/// The field that stands for a record of the model, where it has one.
fn shown_by(model: &Model) -> Option<&str> {
    (model.display != "id").then_some(model.display.as_str())
}

/// Reads id and name, as `Visible` selects them.
pub(crate) fn named(row: &[Value]) -> Option<Named> {
    Some(name_of(record_id(row.first()?)?, row.get(1)))
}

fn name_of(id: RecordId, shown: Option<&Value>) -> Named {
    let name = match shown {
        Some(Value::Text(text)) if !text.is_empty() => text.clone(),
        _ => id.to_string(),
    };
    Named { id, name }
}
