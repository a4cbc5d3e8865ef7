//! Statements on records. Each is made by `Visible`, which demands a scope and puts its tenant first.

mod queue;

pub(crate) use queue::Hold;

use super::{Statement, conditions};
use crate::dialect::{ColumnType, Dialect};
use crate::error::ReadError;
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Domain, Model, Registry, Tenancy, Value};
use sea_query::{
    DeleteStatement, Expr, ExprTrait as _, LockType, NullOrdering, OnConflict, Order, Query, SelectStatement,
    UpdateStatement,
};

/// The columns of a many2many's pairs: the record that has the list, and the one that is in it.
pub(crate) const LINK_FROM: &str = "source_id";
pub(crate) const LINK_TO: &str = "target_id";

/// A model's table as one scope may see it.
///
/// Invariant: the fields are private and `new` takes a Scope, so that whoever holds one has named a tenant.
#[derive(Clone, Copy)]
pub(crate) struct Visible<'a> {
    dialect: Dialect,
    registry: &'a Registry,
    model: &'a Model,
    tenant: TenantId,
}

impl<'a> Visible<'a> {
    pub(crate) fn new(dialect: Dialect, registry: &'a Registry, model: &'a Model, scope: &Scope) -> Self {
        Self { dialect, registry, model, tenant: scope.tenant() }
    }

    /// Another model, as the same scope may see it.
    pub(crate) fn other(&self, model: &'a Model) -> Self {
        Self { model, ..*self }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) fn model(&self) -> &'a Model {
        self.model
    }

    fn table(&self) -> String {
        self.model.name.table()
    }

    fn is_fenced(&self) -> bool {
        self.model.tenancy != Tenancy::Shared
    }

    pub(crate) fn column(&self, name: &str) -> Expr {
        Expr::col((self.table(), name.to_owned()))
    }

    // ---- the fence: each kind of statement begins with the tenant

    fn select_here(&self) -> SelectStatement {
        let mut query = Query::select();
        query.from(self.table());
        if self.is_fenced() {
            query.and_where(self.column("tenant_id").eq(self.tenant.get()));
        }
        query
    }

    fn update_here(&self) -> UpdateStatement {
        let mut query = Query::update();
        query.table(self.table());
        if self.is_fenced() {
            query.and_where(Expr::col("tenant_id").eq(self.tenant.get()));
        }
        query
    }

    fn delete_here(&self) -> DeleteStatement {
        let mut query = Query::delete();
        query.from_table(self.table());
        if self.is_fenced() {
            query.and_where(self.column("tenant_id").eq(self.tenant.get()));
        }
        query
    }

    fn ids(ids: &[RecordId]) -> Vec<i64> {
        ids.iter().map(|id| id.get()).collect()
    }

    // ---- reading

    /// Answers with id, version, and the columns asked for.
    fn select(&self, columns: &[(&str, ColumnType)]) -> (SelectStatement, Vec<ColumnType>) {
        let mut query = self.select_here();
        query.expr(self.column("id")).expr(self.column("version"));
        let mut shape = vec![ColumnType::Integer, ColumnType::Integer];
        for (name, column) in columns {
            query.expr(self.column(name));
            shape.push(*column);
        }
        (query, shape)
    }

    pub(crate) fn search(
        &self,
        columns: &[(&str, ColumnType)],
        domain: &Domain,
        order: &[(String, bool)],
        limit: usize,
        offset: usize,
    ) -> Result<Statement, ReadError> {
        let (mut query, shape) = self.select(columns);
        query.and_where(conditions::condition(self, domain)?);
        self.sort(&mut query, order)?;
        query.limit(limit as u64).offset(offset as u64);
        Ok(Statement::new(self.dialect, &query, shape))
    }

    pub(crate) fn by_ids(&self, columns: &[(&str, ColumnType)], ids: &[RecordId]) -> Statement {
        let (mut query, shape) = self.select(columns);
        query.and_where(self.column("id").is_in(Self::ids(ids)));
        Statement::new(self.dialect, &query, shape)
    }

    /// Reads one record and holds it until the transaction ends.
    pub(crate) fn hold(&self, columns: &[(&str, ColumnType)], id: RecordId) -> Statement {
        let (mut query, shape) = self.select(columns);
        query.and_where(self.column("id").eq(id.get())).lock(LockType::Update);
        Statement::new(self.dialect, &query, shape)
    }

    /// Which of these records exist. They cannot be deleted before the transaction ends.
    pub(crate) fn existing(&self, ids: &[RecordId]) -> Statement {
        let mut query = self.select_here();
        query.expr(self.column("id")).and_where(self.column("id").is_in(Self::ids(ids)));
        // Shared records are not the tenant's to lock; their foreign keys stand by themselves.
        if self.is_fenced() {
            query.lock(LockType::KeyShare);
        }
        Statement::new(self.dialect, &query, vec![ColumnType::Integer])
    }

    pub(crate) fn count(&self, domain: &Domain) -> Result<Statement, ReadError> {
        let mut query = self.select_here();
        query.expr(self.column("id").count()).and_where(conditions::condition(self, domain)?);
        Ok(Statement::new(self.dialect, &query, vec![ColumnType::Integer]))
    }

    fn sort(&self, query: &mut SelectStatement, order: &[(String, bool)]) -> Result<(), ReadError> {
        for (name, descending) in order {
            let refused =
                || ReadError::NotSortable { model: self.model.name.to_string(), field: name.clone() };
            let column = conditions::column_type(self.model, name).ok_or_else(refused)?;
            if matches!(column, ColumnType::Json | ColumnType::Bytes) {
                return Err(refused());
            }
            let field = self.model.field(name);
            let by = self.column(&field.and_then(Field::folded_column).unwrap_or_else(|| name.clone()));
            let direction = if *descending { Order::Desc } else { Order::Asc };
            if field.is_some_and(|field| !field.required) {
                // Said only where it matters: an index serves an order that does not mention NULLs.
                let nulls = if *descending { NullOrdering::Last } else { NullOrdering::First };
                query.order_by_expr_with_nulls(by, direction, nulls);
            } else {
                query.order_by_expr(by, direction);
            }
        }
        if !order.iter().any(|(name, _)| name == "id") {
            query.order_by_expr(self.column("id"), Order::Asc);
        }
        Ok(())
    }

    // ---- lists of records

    /// The records in this record's list, as a subquery: those of `ids`, or all.
    pub(crate) fn related(&self, field: &Field, ids: Option<Vec<i64>>) -> Option<SelectStatement> {
        let mut query = Query::select();
        query.expr(Expr::val(1));
        let target = match &field.kind {
            FieldKind::Many2many { .. } => {
                let link = field.relation_table(self.model)?;
                query
                    .from(link.clone())
                    .and_where(Expr::col((link.clone(), "tenant_id")).eq(self.tenant.get()))
                    .and_where(Expr::col((link.clone(), LINK_FROM)).equals((self.table(), "id")));
                Expr::col((link, LINK_TO))
            }
            FieldKind::One2many { to, inverse, .. } => {
                // An alias, for a model may list records of its own kind.
                let child = self.registry.model(to.as_str())?;
                query.from_as(child.name.table(), "child");
                if child.tenancy != Tenancy::Shared {
                    query.and_where(Expr::col(("child", "tenant_id")).eq(self.tenant.get()));
                }
                query.and_where(Expr::col(("child", inverse.clone())).equals((self.table(), "id")));
                Expr::col(("child", "id"))
            }
            _ => return None,
        };
        if let Some(ids) = ids {
            query.and_where(target.is_in(ids));
        }
        Some(query)
    }

    /// Pairs of (record of `ids`, record in its list), in the order of the list.
    pub(crate) fn links(
        &self,
        field: &Field,
        ids: &[RecordId],
        limit: usize,
    ) -> Result<Statement, ReadError> {
        let mut query = match &field.kind {
            FieldKind::One2many { to, inverse, .. } => {
                let child = self.child(to.as_str())?;
                let mut query = child.select_here();
                query
                    .expr(child.column(inverse))
                    .expr(child.column("id"))
                    .and_where(child.column(inverse).is_in(Self::ids(ids)));
                child.sort(&mut query, &child.model.order)?;
                query
            }
            _ => {
                let link = self.link(field)?;
                let mut query = Query::select();
                query
                    .columns([LINK_FROM, LINK_TO])
                    .from(link)
                    .and_where(Expr::col("tenant_id").eq(self.tenant.get()))
                    .and_where(Expr::col(LINK_FROM).is_in(Self::ids(ids)))
                    .order_by(LINK_FROM, Order::Asc)
                    .order_by(LINK_TO, Order::Asc);
                query
            }
        };
        query.limit(limit as u64);
        Ok(Statement::new(self.dialect, &query, vec![ColumnType::Integer, ColumnType::Integer]))
    }

    fn child(&self, to: &str) -> Result<Visible<'a>, ReadError> {
        let model = self.registry.model(to).ok_or_else(|| ReadError::UnknownModel(to.to_owned()))?;
        Ok(self.other(model))
    }

    fn link(&self, field: &Field) -> Result<String, ReadError> {
        field.relation_table(self.model).ok_or_else(|| ReadError::UnknownField {
            model: self.model.name.to_string(),
            field: field.name.clone(),
        })
    }

    pub(crate) fn add_links(
        &self,
        field: &Field,
        pairs: &[(RecordId, RecordId)],
    ) -> Result<Statement, ReadError> {
        let mut query = Query::insert();
        query.into_table(self.link(field)?).columns(["tenant_id", LINK_FROM, LINK_TO]);
        for (from, to) in pairs {
            query.values_panic([self.tenant.get().into(), from.get().into(), to.get().into()]);
        }
        Ok(Statement::new(self.dialect, &query, Vec::new()))
    }

    /// Empties the lists of these records, or takes these records out of all lists, as `end` says.
    pub(crate) fn remove_links(
        &self,
        field: &Field,
        end: &'static str,
        ids: &[RecordId],
    ) -> Result<Statement, ReadError> {
        let mut query = Query::delete();
        query
            .from_table(self.link(field)?)
            .and_where(Expr::col("tenant_id").eq(self.tenant.get()))
            .and_where(Expr::col(end).is_in(Self::ids(ids)));
        Ok(Statement::new(self.dialect, &query, Vec::new()))
    }

    // ---- writing

    /// Inserts rows of equal columns under ids drawn before; the tenant is put first here.
    pub(crate) fn insert(
        &self,
        columns: &[String],
        rows: Vec<(RecordId, Vec<sea_query::Value>)>,
    ) -> Statement {
        let mut query = Query::insert();
        let mut names = vec!["id".to_owned()];
        names.extend(self.is_fenced().then(|| "tenant_id".to_owned()));
        names.extend_from_slice(columns);
        query.into_table(self.table()).columns(names);
        for (id, row) in rows {
            let mut values = vec![Expr::val(id.get())];
            values.extend(self.is_fenced().then(|| Expr::val(self.tenant.get())));
            values.extend(row.into_iter().map(Expr::val));
            query.values_panic(values);
        }
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Touches no row where the version is another by now.
    pub(crate) fn update(
        &self,
        id: RecordId,
        version: i64,
        values: Vec<(String, sea_query::Value)>,
    ) -> Statement {
        let mut query = self.update_here();
        query
            .values(values.into_iter().map(|(name, value)| (name, Expr::val(value))))
            .value("version", Expr::val(version + 1))
            .and_where(Expr::col("id").eq(id.get()))
            .and_where(Expr::col("version").eq(version));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Lets go of deleted records: whoever names one of them in `field` names none now.
    pub(crate) fn forget(
        &self,
        field: &str,
        ids: &[RecordId],
        stamp: Vec<(String, sea_query::Value)>,
    ) -> Statement {
        let mut query = self.update_here();
        query
            .value(field.to_owned(), Expr::val(sea_query::Value::BigInt(None)))
            .values(stamp.into_iter().map(|(name, value)| (name, Expr::val(value))))
            .value("version", Expr::col("version").add(1))
            .and_where(Expr::col(field.to_owned()).is_in(Self::ids(ids)));
        Statement::new(self.dialect, &query, Vec::new())
    }

    pub(crate) fn delete(&self, ids: &[RecordId]) -> Statement {
        let mut query = self.delete_here();
        query.and_where(self.column("id").is_in(Self::ids(ids)));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Deletes at most `limit` records that a domain holds for, the oldest first.
    pub(crate) fn delete_where(&self, domain: &Domain, limit: usize) -> Result<Statement, ReadError> {
        let mut chosen = self.select_here();
        chosen
            .expr(self.column("id"))
            .and_where(conditions::condition(self, domain)?)
            .order_by_expr(self.column("id"), Order::Asc)
            .limit(limit as u64);
        let mut query = self.delete_here();
        query.and_where(self.column("id").in_subquery(chosen));
        Ok(Statement::new(self.dialect, &query, Vec::new()))
    }

    /// Counts the records outside `except` whose column names one of `named`.
    pub(crate) fn referrers(
        &self,
        column: &str,
        named: Vec<sea_query::Value>,
        except: &[RecordId],
    ) -> Statement {
        let mut query = self.select_here();
        query
            .expr(self.column("id").count())
            .and_where(self.column(column).is_in(named.into_iter().map(Expr::val)));
        if !except.is_empty() {
            query.and_where(self.column("id").is_not_in(Self::ids(except)));
        }
        Statement::new(self.dialect, &query, vec![ColumnType::Integer])
    }
}

/// Writes shared records, each found by its `key`: those that exist are overwritten. The operator's alone.
pub(crate) fn save_shared(
    dialect: Dialect,
    _operator: &Operator,
    model: &Model,
    key: &str,
    columns: &[String],
    rows: Vec<Vec<sea_query::Value>>,
) -> Option<Statement> {
    if model.tenancy != Tenancy::Shared {
        return None;
    }
    let mut query = Query::insert();
    query.into_table(model.name.table()).columns(columns.iter().cloned());
    for row in rows {
        query.values_panic(row.into_iter().map(Expr::val));
    }
    let kept = ["created_at", "created_by"];
    let overwritten = columns.iter().filter(|name| *name != key && !kept.contains(&name.as_str())).cloned();
    query.on_conflict(OnConflict::column(key.to_owned()).update_columns(overwritten).to_owned());
    Some(Statement::new(dialect, &query, Vec::new()))
}

/// The many2one that a value of a column names, as it is bound in `referrers`.
pub(crate) fn named_records(ids: &[RecordId]) -> Vec<sea_query::Value> {
    ids.iter().map(|id| id.get().into()).collect()
}

/// The texts by which destination fields name records of a kind.
pub(crate) fn named_destinations(kind: &str, ids: &[RecordId]) -> Vec<sea_query::Value> {
    ids.iter().map(|id| format!("{kind}:{id}").into()).collect()
}

/// A record's id as read from a column.
pub(crate) fn record_id(value: &Value) -> Option<RecordId> {
    match value {
        Value::Int(id) => RecordId::new(*id).ok(),
        _ => None,
    }
}
