//! External ids: the lasting names by which module data and `config apply` know records.

use super::{Tx, model_to_read};
use crate::error::{ReadError, SaveError, StoreError};
use crate::tx::read::Search;
use opbx_kernel::RecordId;
use opbx_platform::domain::{Op, Operand, Term};
use opbx_platform::{Domain, Value, Values};

/// The model that keeps them: module, name, model, record.
pub(crate) const EXTERNAL_MODEL: &str = "ir.model.data";

fn is(field: &str, value: Value) -> Domain {
    Domain::Term(Term { field: field.to_owned(), op: Op::Eq, operand: Operand::One(value) })
}

impl Tx {
    /// Finds the model and record that `module.name` stands for in this tenant.
    pub async fn external(
        &mut self,
        module: &str,
        name: &str,
    ) -> Result<Option<(String, RecordId)>, ReadError> {
        Ok(self.external_row(module, name).await?.map(|(_, model, record)| (model, record)))
    }

    /// Lets `module.name` stand for a record of this tenant, or a shared one, from now on.
    pub async fn set_external(
        &mut self,
        module: &str,
        name: &str,
        model: &str,
        record: RecordId,
    ) -> Result<(), SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let target = model_to_read(&store, model)?;
        let existing = self.visible(&store, target).existing(&[record]);
        if self.fetch(existing).await.map_err(StoreError::from)?.is_empty() {
            let (model, field) = (EXTERNAL_MODEL.to_owned(), "record".to_owned());
            return Err(SaveError::NoSuchRecord { model, field, id: record });
        }
        let stands_for =
            [("model".to_owned(), Value::from(model)), ("record".to_owned(), Value::Int(record.get()))];
        if let Some((row, _, _)) = self.external_row(module, name).await? {
            return self.update(EXTERNAL_MODEL, row, stands_for.into(), None).await;
        }
        let mut values = Values::from(stands_for);
        values.insert("module".to_owned(), module.into());
        values.insert("name".to_owned(), name.into());
        self.create(EXTERNAL_MODEL, values).await.map(|_| ())
    }

    /// Lets `module.name` stand for nothing any more; the record stays. Nothing happens where it stood for nothing.
    pub async fn forget_external(&mut self, module: &str, name: &str) -> Result<(), SaveError> {
        let of_name = Domain::And(vec![is("module", module.into()), is("name", name.into())]);
        self.delete_where(EXTERNAL_MODEL, &of_name).await.map(drop)
    }

    async fn external_row(
        &mut self,
        module: &str,
        name: &str,
    ) -> Result<Option<(RecordId, String, RecordId)>, ReadError> {
        let domain = Domain::And(vec![is("module", module.into()), is("name", name.into())]);
        let search = Search { fields: &["model", "record"], limit: 1, ..Search::default() };
        let rows = self.search(EXTERNAL_MODEL, &domain, search).await?;
        Ok(rows.into_iter().next().and_then(|row| match row.values.as_slice() {
            [Value::Text(model), Value::Int(record)] => {
                Some((row.id, model.clone(), RecordId::new(*record).ok()?))
            }
            _ => None,
        }))
    }

    /// Frees the names of records that are about to be deleted.
    pub(super) async fn forget_externals(&mut self, model: &str, ids: &[RecordId]) -> Result<(), SaveError> {
        let store = self.store.clone();
        let Some(externals) = store.registry().model(EXTERNAL_MODEL) else { return Ok(()) };
        let named = ids.iter().map(|id| Value::Int(id.get())).collect();
        let term = Term { field: "record".to_owned(), op: Op::In, operand: Operand::Many(named) };
        let domain = Domain::And(vec![is("model", model.into()), Domain::Term(term)]);
        let forget = self.whole(&store, externals).delete_where(&domain, super::delete::CASCADE_MAX)?;
        self.execute(forget).await.map_err(StoreError::from)?;
        Ok(())
    }
}
