//! Statements on records. Each is made by `Visible`, which demands a scope and puts its tenant first.

use super::{Statement, conditions};
use crate::dialect::{ColumnType, Dialect};
use crate::error::ReadError;
use crate::store::Store;
use opbx_kernel::fold::fold;
use opbx_kernel::{Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::access::{self, Deed};
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Domain, Model, Registry, Tenancy, Value};
use sea_query::{
    DeleteStatement, Expr, ExprTrait as _, LockType, NullOrdering, OnConflict, Order, Query, SelectStatement,
    UpdateStatement,
};
use std::sync::Arc;

/// The columns of a many2many's pairs: the record that has the list, and the one that is in it.
pub(crate) const LINK_FROM: &str = "source_id";
pub(crate) const LINK_TO: &str = "target_id";

/// A model's table as one scope may see it.
///
/// Invariant: the fields are private and each way to make one takes a Scope, so that whoever holds one has named a
/// tenant, and record rules are part of every selection but those of `whole`.
#[derive(Clone)]
pub(crate) struct Visible<'a> {
    dialect: Dialect,
    registry: &'a Registry,
    model: &'a Model,
    tenant: TenantId,
    /// What the record rules are judged by; `None` where none apply.
    reach: Option<Reach<'a>>,
}

/// Who does what to which records.
#[derive(Clone)]
struct Reach<'a> {
    scope: Arc<Scope>,
    /// The rules of all of these bind.
    deeds: &'static [Deed],
    /// The registry with every field: a rule may speak of fields that its subject cannot see.
    whole: &'a Registry,
    now: Timestamp,
    /// Whether the model was come upon by following a field: then nobody has asked for the right to read it yet.
    followed: bool,
}

impl<'a> Visible<'a> {
    /// The records that deeds of this scope reach, with the fields that its actor may see.
    pub(crate) fn new(
        store: &'a Store,
        model: &'a Model,
        scope: &Arc<Scope>,
        deeds: &'static [Deed],
        now: Timestamp,
    ) -> Self {
        let reach = (!scope.is_system()).then(|| Reach {
            scope: Arc::clone(scope),
            deeds,
            whole: store.registry(),
            now,
            followed: false,
        });
        let (dialect, registry) = (store.dialect(), store.view());
        Self { dialect, registry, model, tenant: scope.tenant(), reach }
    }

    /// All of the tenant's records with all fields, for bookkeeping that binds everybody alike: what goes with a
    /// deleted record, who still names it, which company it belongs to.
    pub(crate) fn whole(store: &'a Store, model: &'a Model, scope: &Scope) -> Self {
        let (dialect, registry) = (store.dialect(), store.registry());
        Self { dialect, registry, model, tenant: scope.tenant(), reach: None }
    }

    /// Another model, as the same scope may see it when it follows a field there.
    pub(crate) fn other(&self, model: &'a Model) -> Self {
        let reach = self.reach.clone().map(|reach| Reach { deeds: &[Deed::Read], followed: true, ..reach });
        Self { model, reach, ..self.clone() }
    }

    /// What the record rules say, as a condition; `None` where they leave everything within reach.
    ///
    /// A rule that cannot be said in SQL (more companies than a list may have) leaves nothing within reach.
    pub(crate) fn rule(&self) -> Option<Expr> {
        let reach = self.reach.as_ref()?;
        let nothing = || Expr::val(1).eq(0);
        let Some(model) = reach.whole.model(self.model.name.as_str()) else { return Some(nothing()) };
        if reach.followed && !access::may(&reach.scope, model, Deed::Read) {
            return Some(nothing());
        }
        let of_deed = |deed: &Deed| access::reach(&reach.scope, reach.whole, model, *deed, reach.now);
        let domains: Result<Vec<Domain>, _> = reach.deeds.iter().map(of_deed).collect();
        match domains.map(|domains| domains.into_iter().fold(Domain::All, Domain::and)) {
            Ok(Domain::All) => None,
            Ok(domain) => {
                // Rules are judged without rules, as they are written by whoever may see everything.
                let whole = Self { registry: reach.whole, model, reach: None, ..self.clone() };
                Some(conditions::condition(&whole, &domain).unwrap_or_else(|_| nothing()))
            }
            Err(_) => Some(nothing()),
        }
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

    // ---- the fence: each kind of statement begins with the tenant, and selections go on with the record rules

    pub(super) fn select_here(&self) -> SelectStatement {
        let mut query = Query::select();
        query.from(self.table());
        if self.is_fenced() {
            query.and_where(self.column("tenant_id").eq(self.tenant.get()));
        }
        if let Some(rule) = self.rule() {
            query.and_where(rule);
        }
        query
    }

    /// The ids of the records within reach, as a subquery; `None` where the tenant alone is the limit.
    fn ids_within_reach(&self) -> Option<SelectStatement> {
        let rule = self.rule()?;
        let mut query = Query::select();
        query.expr(self.column("id")).from(self.table()).and_where(rule);
        if self.is_fenced() {
            query.and_where(self.column("tenant_id").eq(self.tenant.get()));
        }
        Some(query)
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
        if let FieldKind::One2many { to, .. } | FieldKind::Many2many { to } = &field.kind
            && let Some(within) =
                self.registry.model(to.as_str()).and_then(|model| self.other(model).ids_within_reach())
        {
            query.and_where(target.clone().in_subquery(within));
        }
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
                if let FieldKind::Many2many { to } = &field.kind
                    && let Some(within) = self.child(to.as_str())?.ids_within_reach()
                {
                    query.and_where(Expr::col(LINK_TO).in_subquery(within));
                }
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

    /// Takes records out of one record's list.
    pub(crate) fn remove_from_list(
        &self,
        field: &Field,
        from: RecordId,
        to: &[RecordId],
    ) -> Result<Statement, ReadError> {
        let mut query = Query::delete();
        query
            .from_table(self.link(field)?)
            .and_where(Expr::col("tenant_id").eq(self.tenant.get()))
            .and_where(Expr::col(LINK_FROM).eq(from.get()))
            .and_where(Expr::col(LINK_TO).is_in(Self::ids(to)));
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

    /// Reads id and name of records whose column names one of `named`, in the order of their ids.
    pub(crate) fn names_of_referrers(
        &self,
        column: &str,
        named: Vec<sea_query::Value>,
        except: &[RecordId],
        limit: usize,
    ) -> Statement {
        let mut query = self.select_here();
        query
            .expr(self.column("id"))
            .and_where(self.column(column).is_in(named.into_iter().map(Expr::val)))
            .order_by_expr(self.column("id"), Order::Asc)
            .limit(limit as u64);
        if !except.is_empty() {
            query.and_where(self.column("id").is_not_in(Self::ids(except)));
        }
        let shape = self.add_name(&mut query);
        Statement::new(self.dialect, &query, shape)
    }

    /// Adds the column that a record is shown by, and answers with the shape of id and name.
    fn add_name(&self, query: &mut SelectStatement) -> Vec<ColumnType> {
        if self.model.display == "id" {
            return vec![ColumnType::Integer];
        }
        query.expr(self.column(&self.model.display));
        vec![ColumnType::Integer, ColumnType::Text]
    }

    /// Finds records by the beginning of a name first, by any part of one after that.
    pub(crate) fn name_search(
        &self,
        text: &str,
        domain: &Domain,
        limit: usize,
    ) -> Result<Statement, ReadError> {
        let mut query = self.select_here();
        query.expr(self.column("id")).and_where(conditions::condition(self, domain)?);
        let shape = self.add_name(&mut query);
        let like = |pattern: &str| {
            let names = self.model.name_search.iter().map(|name| {
                let folded = self.model.field(name).and_then(Field::folded_column);
                let column = self.column(&folded.unwrap_or_else(|| name.clone()));
                column.clone().is_not_null().and(self.dialect.like(column, pattern))
            });
            names.reduce(Expr::or).unwrap_or_else(|| Expr::val(1).eq(0))
        };
        if !text.is_empty() {
            let folded = fold(text);
            query.and_where(like(&format!("%{folded}%")));
            let rank = Expr::case(like(&format!("{folded}%")), Expr::val(0)).finally(Expr::val(1));
            query.order_by_expr(rank.into(), Order::Asc);
        }
        self.sort(&mut query, &[(self.model.display.clone(), false)])?;
        query.limit(limit as u64);
        Ok(Statement::new(self.dialect, &query, shape))
    }

    /// Makes a record one version younger, though none of its own columns changed.
    pub(crate) fn advance(&self, id: RecordId, stamp: Vec<(String, sea_query::Value)>) -> Statement {
        let mut query = self.update_here();
        query
            .values(stamp.into_iter().map(|(name, value)| (name, Expr::val(value))))
            .value("version", Expr::col("version").add(1))
            .and_where(Expr::col("id").eq(id.get()));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Advances the tenant's plan version by one and answers with it; the row stays locked until the commit.
    pub(crate) fn advance_plan(&self) -> Statement {
        let mut query = self.update_here();
        query
            .value("plan_version", Expr::col("plan_version").if_null(0).add(1))
            .and_where(Expr::col("id").eq(self.tenant.get()))
            .returning_col("plan_version");
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
