//! Whether a written record is still within its writer's reach, and its companies fit together.

use super::Tx;
use crate::dialect::ColumnType;
use crate::error::{SaveError, StoreError};
use crate::statement::records::record_id;
use crate::store::Store;
use crate::tx::read::IDS_PER_STATEMENT;
use opbx_kernel::RecordId;
use opbx_platform::access::{self, Deed};
use opbx_platform::model::{COMPANY_FIELD, COMPANY_MODEL};
use opbx_platform::{FieldKind, Model, Value, Values};
use std::collections::{BTreeMap, HashMap};

impl Tx {
    /// Says why a deed does not reach a record: forbidden only to those who may read it, absent to all others.
    pub(super) async fn out_of_reach(
        &mut self,
        store: &Store,
        model: &Model,
        id: RecordId,
        deed: Deed,
    ) -> SaveError {
        let model_name = model.name.to_string();
        let visible = self.visible(store, model);
        let is_ruled = self.visible_for(store, model, deed).rule().is_some();
        if is_ruled && access::may(&self.scope, model, Deed::Read) {
            match self.fetch(visible.by_ids(&[], &[id])).await {
                Ok(rows) if !rows.is_empty() => return SaveError::OutOfReach { model: model_name, id, deed },
                Ok(_) => {}
                Err(fault) => return StoreError::from(fault).into(),
            }
        }
        SaveError::Absent { model: model_name, id }
    }

    /// Makes sure that what was just written is what the record rules let its writer write.
    ///
    /// Where it is not, the transaction is spent, for the records are written.
    pub(super) async fn judge(
        &mut self,
        store: &Store,
        model: &Model,
        ids: &[RecordId],
        deed: Deed,
    ) -> Result<(), SaveError> {
        let visible = self.allowed(store, model, deed);
        if visible.rule().is_none() {
            return Ok(());
        }
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let within = self.fetch(visible.by_ids(&[], ids)).await.map_err(StoreError::from)?;
            if within.len() < ids.len() {
                self.spent = true;
                return Err(SaveError::ResultOutOfReach { model: model.name.to_string(), deed });
            }
        }
        Ok(())
    }

    /// Puts new records into the one company chosen, where nothing else is said.
    pub(super) fn in_company(&self, model: &Model, rows: &mut [Values]) {
        let Some(company) = self.scope.company().filter(|_| model.company) else { return };
        let company = RecordId::new(company.get()).expect("a company's id is a record's id");
        for row in rows {
            row.entry(COMPANY_FIELD.to_owned()).or_insert(Value::Record(company));
        }
    }

    /// Makes sure that records of one company name none of another. Records without a company go with all.
    pub(super) async fn check_companies(
        &mut self,
        store: &Store,
        model: &Model,
        rows: &[Values],
    ) -> Result<(), SaveError> {
        if !model.company {
            return Ok(());
        }
        let mut named: BTreeMap<&str, Vec<(&str, RecordId, RecordId)>> = BTreeMap::new();
        for row in rows {
            let Some(Value::Record(own)) = row.get(COMPANY_FIELD) else { continue };
            for field in &model.fields {
                let (to, ids) = match (&field.kind, row.get(&field.name)) {
                    (FieldKind::Many2one { to, .. }, Some(Value::Record(id))) => {
                        (to, std::slice::from_ref(id))
                    }
                    (FieldKind::Many2many { to }, Some(Value::Records(ids))) => (to, ids.as_slice()),
                    _ => continue,
                };
                let names = named.entry(to.as_str()).or_default();
                names.extend(ids.iter().map(|id| (field.name.as_str(), *own, *id)));
            }
        }
        for (target, named) in named {
            let Some(target) = store.registry().model(target).filter(|target| target.company) else {
                continue;
            };
            let ids: Vec<RecordId> = named.iter().map(|(_, _, id)| *id).collect();
            let companies = self.companies_of(store, target, &ids).await?;
            let other = named.iter().find(|(_, own, id)| companies.get(id).is_some_and(|other| other != own));
            if let Some((field, _, id)) = other {
                let (model, field) = (model.name.to_string(), (*field).to_owned());
                return Err(SaveError::OtherCompany { model, field, id: *id });
            }
        }
        Ok(())
    }

    /// The companies of records; those that belong to all have none here.
    async fn companies_of(
        &mut self,
        store: &Store,
        model: &Model,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, RecordId>, SaveError> {
        let mut companies = HashMap::new();
        for ids in ids.chunks(IDS_PER_STATEMENT) {
            let read = self.whole(store, model).by_ids(&[(COMPANY_FIELD, ColumnType::Integer)], ids);
            for row in self.fetch(read).await.map_err(StoreError::from)? {
                if let [id, _, company] = row.as_slice()
                    && let (Some(id), Some(company)) = (record_id(id), record_id(company))
                {
                    companies.insert(id, company);
                }
            }
        }
        Ok(companies)
    }

    /// What a change makes of the fields that companies are compared by: the changed ones over those held.
    pub(super) async fn check_companies_after(
        &mut self,
        store: &Store,
        model: &Model,
        id: RecordId,
        changed: &Values,
    ) -> Result<(), SaveError> {
        let has_company = |name: &str| store.registry().model(name).is_some_and(|model| model.company);
        let is_compared = |kind: &FieldKind| match kind {
            FieldKind::Many2one { to, .. } => to.as_str() == COMPANY_MODEL || has_company(to.as_str()),
            FieldKind::Many2many { to } => has_company(to.as_str()),
            _ => false,
        };
        let mut compared = model.fields.iter().filter(|field| is_compared(&field.kind));
        if !model.company || !compared.any(|field| changed.contains_key(&field.name)) {
            return Ok(());
        }
        let mut values = Values::new();
        for field in model.fields.iter().filter(|field| is_compared(&field.kind)) {
            let held = match changed.get(&field.name) {
                Some(new) => new.clone(),
                None if field.is_stored() => {
                    let read = self.whole(store, model).by_ids(&[(&field.name, ColumnType::Integer)], &[id]);
                    let rows = self.fetch(read).await.map_err(StoreError::from)?;
                    let held = rows.first().and_then(|row| record_id(row.get(2)?));
                    held.map_or(Value::Null, Value::Record)
                }
                None => {
                    let mut lists = self.lists(store, model, field, &[id]).await?;
                    Value::Records(lists.remove(&id).unwrap_or_default())
                }
            };
            values.insert(field.name.clone(), held);
        }
        self.check_companies(store, model, &[values]).await
    }
}
