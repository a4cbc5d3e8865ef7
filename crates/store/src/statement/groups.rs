//! Statements that count and add up records by groups.

use super::Statement;
use super::conditions::{self, column_type};
use super::records::Visible;
use crate::dialect::ColumnType;
use crate::error::ReadError;
use crate::tx::group::{Aggregate, GroupBy, GroupOrder, Grouping, Measure};
use opbx_kernel::Timestamp;
use opbx_platform::{Domain, FieldKind, Value};
use sea_query::{Expr, ExprTrait as _, Func, NullOrdering, Order, SelectStatement};

/// How far a time zone is from UTC: seconds up to the first change, then from each change on.
pub(crate) struct Offsets {
    pub(crate) first_s: i64,
    pub(crate) changes: Vec<(Timestamp, i64)>,
}

impl Visible<'_> {
    /// The earliest and the latest instant of a column among the records that a domain holds for.
    pub(crate) fn span(&self, field: &str, domain: &Domain) -> Result<Statement, ReadError> {
        let mut query = self.select_here();
        query
            .expr(self.column(field).min())
            .expr(self.column(field).max())
            .and_where(conditions::condition(self, domain)?);
        Ok(Statement::new(self.dialect(), &query, vec![ColumnType::Instant; 2]))
    }

    /// Keys first, then the columns of each aggregate (two for an average: sum and count).
    pub(crate) fn group(
        &self,
        domain: &Domain,
        grouping: &Grouping<'_>,
        offsets: Option<&Offsets>,
    ) -> Result<Statement, ReadError> {
        let mut query = self.select_here();
        query.and_where(conditions::condition(self, domain)?);
        let mut shape = Vec::new();
        for by in grouping.by {
            let (key, column) = self.key(by, offsets)?;
            query.expr(key);
            shape.push(column);
        }
        // By their places: a parameter inside an expression would make it another expression to PostgreSQL.
        query.add_group_by((1..=grouping.by.len()).map(place));
        let mut places = Vec::new();
        for aggregate in grouping.aggregates {
            places.push(shape.len() + 1);
            self.aggregate(&mut query, &mut shape, aggregate)?;
        }
        for (by, descending) in grouping.order {
            let by = match by {
                GroupOrder::Key(at) => place(at + 1),
                GroupOrder::Aggregate(at) => match grouping.aggregates.get(*at) {
                    Some(Aggregate::Of(Measure::Avg, field)) => self.dialect().average(self.column(field)),
                    _ => place(places.get(*at).copied().unwrap_or(1)),
                },
            };
            let (order, nulls) = match descending {
                true => (Order::Desc, NullOrdering::Last),
                false => (Order::Asc, NullOrdering::First),
            };
            query.order_by_expr_with_nulls(by, order, nulls);
        }
        for at in 1..=grouping.by.len() {
            query.order_by_expr_with_nulls(place(at), Order::Asc, NullOrdering::First);
        }
        query.limit(grouping.limit as u64).offset(grouping.offset as u64);
        Ok(Statement::new(self.dialect(), &query, shape))
    }

    fn key(&self, by: &GroupBy<'_>, offsets: Option<&Offsets>) -> Result<(Expr, ColumnType), ReadError> {
        let refused =
            || ReadError::NotGroupable { model: self.model().name.to_string(), field: by.field.to_owned() };
        let column = self.column_of(by.field)?.ok_or_else(refused)?;
        let at = self.column(by.field);
        match (by.part, column) {
            (None, ColumnType::Json | ColumnType::Bytes) => Err(refused()),
            (None, column) => Ok((at, column)),
            (Some(part), ColumnType::Date) => Ok((self.dialect().period_of_date(at, part), ColumnType::Date)),
            (Some(part), ColumnType::Instant) => {
                let offset = offsets.map_or_else(|| Expr::val(0_i64), |offsets| self.offset(&at, offsets));
                Ok((self.dialect().period_of_instant(at, offset, part), ColumnType::Date))
            }
            (Some(_), _) => Err(refused()),
        }
    }

    /// Seconds from UTC at the instant in a column. From Rust, so that both databases agree, whatever they know of zones.
    fn offset(&self, at: &Expr, offsets: &Offsets) -> Expr {
        let mut before_s = offsets.first_s;
        let mut cases = sea_query::CaseStatement::new();
        for (instant, after_s) in &offsets.changes {
            let bound = self
                .dialect()
                .bind(ColumnType::Instant, &Value::Instant(*instant))
                .expect("both databases hold every instant at which clocks are changed");
            cases = cases.case(at.clone().lt(Expr::val(bound)), Expr::val(before_s));
            before_s = *after_s;
        }
        if offsets.changes.is_empty() {
            Expr::val(before_s)
        } else {
            cases.finally(Expr::val(before_s)).into()
        }
    }

    fn aggregate(
        &self,
        query: &mut SelectStatement,
        shape: &mut Vec<ColumnType>,
        aggregate: &Aggregate<'_>,
    ) -> Result<(), ReadError> {
        let Aggregate::Of(measure, field) = aggregate else {
            query.expr(self.column("id").count());
            shape.push(ColumnType::Integer);
            return Ok(());
        };
        let refused = || ReadError::NotAggregable {
            model: self.model().name.to_string(),
            field: (*field).to_owned(),
            of: measure.as_str(),
        };
        let column = self.column_of(field)?.ok_or_else(refused)?;
        let at = self.column(field);
        let is_link = matches!(
            self.model().field(field).map(|field| &field.kind),
            Some(FieldKind::Many2one { .. } | FieldKind::Selection { .. } | FieldKind::Destination)
        );
        let is_number = matches!(column, ColumnType::Integer | ColumnType::Decimal) && !is_link;
        let has_order =
            is_number || matches!(column, ColumnType::Date | ColumnType::Instant | ColumnType::Text);
        let (expr, column) = match measure {
            Measure::Count => (at.count(), ColumnType::Integer),
            Measure::CountDistinct if !matches!(column, ColumnType::Json | ColumnType::Bytes) => {
                (at.count_distinct(), ColumnType::Integer)
            }
            Measure::Min if has_order && !is_link => (at.min(), column),
            Measure::Max if has_order && !is_link => (at.max(), column),
            Measure::Sum if is_number => (self.dialect().sum(at, column), column),
            Measure::Avg if is_number => {
                query.expr(self.dialect().sum(at.clone(), column)).expr(Func::count(at));
                shape.extend([column, ColumnType::Integer]);
                return Ok(());
            }
            _ => return Err(refused()),
        };
        query.expr(expr);
        shape.push(column);
        Ok(())
    }

    /// The type of a field's column; `None` for lists and secrets, which can neither be grouped by nor added up.
    fn column_of(&self, field: &str) -> Result<Option<ColumnType>, ReadError> {
        let model = self.model();
        match (model.field(field), column_type(model, field)) {
            (Some(declared), _) if declared.kind == FieldKind::Secret => Ok(None),
            (Some(_), column) => Ok(column),
            (None, Some(column)) => Ok(Some(column)),
            (None, None) => {
                Err(ReadError::UnknownField { model: model.name.to_string(), field: field.to_owned() })
            }
        }
    }
}

fn place(at: usize) -> Expr {
    Expr::cust(at.to_string())
}
