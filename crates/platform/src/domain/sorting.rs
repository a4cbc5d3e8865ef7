//! Sorts records in memory: the reference for the orders of both databases.

use super::matching::{World, compared};
use crate::field::FieldKind;
use crate::model::Model;
use crate::order::{ORDER_MODELS_MAX, OrderBy};
use crate::value::Value;
use opbx_kernel::RecordId;
use opbx_kernel::fold::fold;
use std::cmp::Ordering;

impl World<'_> {
    /// Puts records in an order; those that tie go by their ids.
    pub fn sort(&self, model: &Model, ids: &mut [RecordId], order: &[OrderBy]) {
        ids.sort_by(|a, b| self.compare(model, *a, *b, order, ORDER_MODELS_MAX).then(a.cmp(b)));
    }

    /// `models` are those that many2ones may still lead through; beyond, a record sorts by its id.
    fn compare(&self, model: &Model, a: RecordId, b: RecordId, order: &[OrderBy], models: usize) -> Ordering {
        for by in order {
            let (left, right) = (self.key(model, a, by), self.key(model, b, by));
            let unset_first = if by.unset_first() { Ordering::Less } else { Ordering::Greater };
            let found = match (&left, &right) {
                (Value::Null, Value::Null) => Ordering::Equal,
                (Value::Null, _) => unset_first,
                (_, Value::Null) => unset_first.reverse(),
                (left, right) => {
                    let target = model.field(&by.field).and_then(|field| self.target(field));
                    let rising = match (left, right, target) {
                        (Value::Record(a), Value::Record(b), Some((target, _))) if models > 0 => {
                            self.compare(target, *a, *b, &OrderBy::of(target), models - 1)
                        }
                        _ => compared(left, right).unwrap_or(Ordering::Equal),
                    };
                    if by.descending { rising.reverse() } else { rising }
                }
            };
            if found != Ordering::Equal {
                return found;
            }
        }
        Ordering::Equal
    }

    fn key(&self, model: &Model, id: RecordId, by: &OrderBy) -> Value {
        let field = model.field(&by.field);
        match self.value(model, id, &by.field) {
            Value::Text(text) if field.is_some_and(|field| field.folded) => Value::Text(fold(&text)),
            Value::Null if field.is_some_and(|field| field.kind == FieldKind::Boolean) => Value::Bool(false),
            value => value,
        }
    }
}
