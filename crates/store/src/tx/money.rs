//! Amounts of money: rounded to the digits of the currency that their record names.

use super::Tx;
use super::values::round_amounts;
use crate::error::SaveError;
use crate::store::Store;
use opbx_kernel::RecordId;
use opbx_platform::field::FieldKind;
use opbx_platform::{Model, Value, Values};
use std::collections::BTreeMap;

/// The fields, of which a model of currencies has one, that say how many digits its amounts have.
const DIGITS_FIELDS: &[&str] = &["digits", "decimal_places"];

impl Tx {
    /// Rounds the amounts of rows that are about to be saved. A change that does not name the currency takes the one
    /// that the record `id` has.
    pub(super) async fn rounded(
        &mut self,
        store: &Store,
        model: &Model,
        id: Option<RecordId>,
        mut rows: Vec<Values>,
    ) -> Result<Vec<Values>, SaveError> {
        for field in &model.fields {
            let FieldKind::Monetary { currency, .. } = &field.kind else { continue };
            let Some(FieldKind::Many2one { to, .. }) = model.field(currency).map(|field| &field.kind) else {
                continue;
            };
            let digits_field = store.registry().model(to.as_str()).and_then(digits_field);
            let mut known: BTreeMap<RecordId, u8> = BTreeMap::new();
            for row in rows.iter_mut().filter(|row| matches!(row.get(&field.name), Some(Value::Decimal(_)))) {
                let named = match (row.get(currency), id) {
                    (Some(Value::Record(named)), _) => Some(*named),
                    (None, Some(id)) => self.currency_of(model, id, currency).await?,
                    _ => None,
                };
                if let (Some(named), Some(digits_field)) = (named, digits_field)
                    && !known.contains_key(&named)
                {
                    let read = self.read(to.as_str(), &[named], &[digits_field]).await?;
                    let digits = read.first().and_then(|row| row.values.first()).and_then(digits);
                    known.extend(digits.map(|digits| (named, digits)));
                }
                let digits = named.and_then(|named| known.get(&named).copied());
                round_amounts(model, row, |of| if of == currency { digits } else { None });
            }
        }
        Ok(rows)
    }

    async fn currency_of(
        &mut self,
        model: &Model,
        id: RecordId,
        currency: &str,
    ) -> Result<Option<RecordId>, SaveError> {
        let rows = self.read(model.name.as_str(), &[id], &[currency]).await?;
        Ok(match rows.first().and_then(|row| row.values.first()) {
            Some(Value::Record(named)) => Some(*named),
            _ => None,
        })
    }
}

fn digits_field(currency: &Model) -> Option<&'static str> {
    let is_number = |name: &&&str| {
        currency.field(name).is_some_and(|field| matches!(field.kind, FieldKind::Integer { .. }))
    };
    DIGITS_FIELDS.iter().find(is_number).copied()
}

fn digits(value: &Value) -> Option<u8> {
    if let Value::Int(digits) = value { u8::try_from(*digits).ok() } else { None }
}
