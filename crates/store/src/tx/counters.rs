//! Counters: numbers that are never given twice, whoever asks at the same moment.

use super::values::{complete, stamp};
use super::{Tx, model_to_write};
use crate::dialect::ColumnType;
use crate::error::{SaveError, StoreError};
use crate::schema::unique_keys;
use crate::statement::records::CountUp;
use opbx_kernel::ids::ID_END;
use opbx_platform::field::FieldError;
use opbx_platform::{Value, Values};
use std::collections::BTreeMap;

/// A counter: a record of a machine-written model, which is made by the first who asks.
#[derive(Debug, Clone)]
pub struct Counter<'a> {
    pub model: &'a str,
    /// The values of a unique group of the model's fields.
    pub key: Values,
    /// The integer field that holds the number given next.
    pub field: &'a str,
    /// The number that a new counter gives.
    pub first: i64,
    /// How far the number given next lies above this one; at least 1.
    pub step: i64,
}

impl Tx {
    /// Takes the counter's next number in this transaction: it is given again if the transaction does not commit, and
    /// whoever asks meanwhile waits. So no number is left out.
    pub async fn take_number(&mut self, counter: &Counter<'_>) -> Result<i64, SaveError> {
        let store = self.store.clone();
        let model = model_to_write(self, &store, counter.model)?;
        if model.audit {
            return Err(SaveError::NotMachineWritten { model: model.name.to_string() });
        }
        let next = counter.first.saturating_add(counter.step);
        let mut values = counter.key.clone();
        values.insert(counter.field.to_owned(), Value::Int(next));
        let values = complete(model, values)?;
        let keys = unique_keys(model);
        let key = keys.iter().find(|key| {
            key.fields.len() == counter.key.len() && key.fields.iter().all(|f| counter.key.contains_key(f))
        });
        let is_counter = model.field(counter.field).and_then(|field| ColumnType::of(&field.kind));
        let (Some(key), Some(ColumnType::Integer)) = (key, is_counter) else {
            let (model, field) = (model.name.to_string(), counter.field.to_owned());
            return Err(SaveError::NotWritable { model, field });
        };
        let rows = std::slice::from_ref(&values);
        self.check_references(&store, model, rows).await?;
        // Drawn for a counter that may exist already, since asking first would let two make it.
        let id = self.draw_ids(&store, model, 1).await?;
        let id = *id.first().expect("one id asked for is one id drawn");
        let count_up = CountUp {
            field: counter.field,
            step: counter.step,
            key: &key.columns,
            stamp: stamp(store.dialect(), "updated", Some(&self.scope), store.now()),
        };
        let row = self.new_row(&store, model, id, &values)?;
        let statement = self.visible(&store, model).count_up(count_up, id, row);
        let counted = self.fetch(statement).await.map_err(|fault| self.save_error(model, fault))?;
        let Some(Value::Int(next)) = counted.first().and_then(|row| row.first()) else {
            return Err(StoreError::Damaged { column: counter.field.to_owned() }.into());
        };
        if *next >= ID_END {
            let faults = BTreeMap::from([(counter.field.to_owned(), FieldError::TooBig { max: ID_END - 1 })]);
            return Err(SaveError::Invalid { model: model.name.to_string(), faults });
        }
        Ok(next - counter.step)
    }

    /// Takes the counter's next number for good: it stays taken if the transaction does not commit, and nobody waits for
    /// that. Where the database has one writer only, as `take_number`.
    pub async fn take_number_for_good(&mut self, counter: &Counter<'_>) -> Result<i64, SaveError> {
        if !self.writes {
            return Err(SaveError::ReadOnly);
        }
        let store = self.store.clone();
        let Some(connection) = store.pools().begin_beside().await? else {
            return self.take_number(counter).await;
        };
        let mut beside = store.enter(connection, &self.scope, true).await?;
        match beside.take_number(counter).await {
            Ok(number) => {
                beside.commit_quietly().await?;
                Ok(number)
            }
            // What the counter belongs to was made, or the counter itself is held, by this very transaction.
            Err(SaveError::NoSuchRecord { .. } | SaveError::Store(StoreError::Busy)) => {
                drop(beside);
                self.take_number(counter).await
            }
            Err(error) => Err(error),
        }
    }
}
