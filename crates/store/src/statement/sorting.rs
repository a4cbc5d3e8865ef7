//! Orders as SQL: folded texts, unset values where they are wanted, and many2ones by the order of their own model.

use super::conditions;
use super::records::Visible;
use crate::dialect::ColumnType;
use crate::error::ReadError;
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::order::ORDER_MODELS_MAX;
use opbx_platform::{Model, OrderBy};
use sea_query::{Expr, ExprTrait as _, JoinType, NullOrdering, Order, SelectStatement};

impl Visible<'_> {
    /// Ties end with the id.
    pub(super) fn sort(&self, query: &mut SelectStatement, order: &[OrderBy]) -> Result<(), ReadError> {
        let mut sorting = Sorting { visible: self, query, joined: 0 };
        sorting.by(self.model(), &self.table(), order, false, ORDER_MODELS_MAX)?;
        if !order.iter().any(|by| by.field == "id") {
            query.order_by_expr(self.column("id"), Order::Asc);
        }
        Ok(())
    }
}

/// An order while it is written: a many2one joins the model that it leads to, and sorts by that one's order.
struct Sorting<'q, 'a> {
    visible: &'q Visible<'a>,
    query: &'q mut SelectStatement,
    joined: usize,
}

impl Sorting<'_, '_> {
    /// `models` are those that may still be joined; beyond, a record sorts by its id.
    fn by(
        &mut self,
        model: &Model,
        table: &str,
        order: &[OrderBy],
        turned: bool,
        models: usize,
    ) -> Result<(), ReadError> {
        for by in order {
            let refused =
                || ReadError::NotSortable { model: model.name.to_string(), field: by.field.clone() };
            let column = conditions::column_type(model, &by.field).ok_or_else(refused)?;
            if matches!(column, ColumnType::Json | ColumnType::Bytes) {
                return Err(refused());
            }
            let field = model.field(&by.field);
            let unset_first = by.unset_first() != turned;
            let falling = by.descending != turned;
            if let Some(field) = field
                && let FieldKind::Many2one { to, .. } = &field.kind
                && models > 0
            {
                self.many2one(field, table, to.as_str(), (falling, unset_first), models)?;
                continue;
            }
            let name = field.and_then(Field::folded_column).unwrap_or_else(|| by.field.clone());
            let at = Expr::col((table.to_owned(), name));
            let direction = if falling { Order::Desc } else { Order::Asc };
            // As indexes have it: a field's column may always be empty, the columns of every record never are.
            if field.is_some() {
                let nulls = if unset_first { NullOrdering::First } else { NullOrdering::Last };
                self.query.order_by_expr_with_nulls(at, direction, nulls);
            } else {
                self.query.order_by_expr(at, direction);
            }
        }
        Ok(())
    }

    fn many2one(
        &mut self,
        field: &Field,
        table: &str,
        to: &str,
        (falling, unset_first): (bool, bool),
        models: usize,
    ) -> Result<(), ReadError> {
        let target = self.visible.child(to)?;
        self.joined += 1;
        let alias = format!("sorted_{}", self.joined);
        let at = Expr::col((table.to_owned(), field.name.clone()));
        let mut same = Expr::col((alias.clone(), "id")).eq(at.clone());
        if target.is_fenced() {
            same = target.is_of_tenant(&alias).and(same);
        }
        self.query.join_as(JoinType::LeftJoin, target.table(), alias.clone(), same);
        if !field.required {
            let direction = if unset_first { Order::Desc } else { Order::Asc };
            self.query.order_by_expr(at.is_null(), direction);
        }
        self.by(target.model(), &alias, &OrderBy::of(target.model()), falling, models - 1)
    }
}
