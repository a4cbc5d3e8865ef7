//! Statements on records. Each is made by `Visible`, which demands a scope and puts its tenant first.

mod queue;

pub(crate) use queue::Hold;

use super::Statement;
use super::conditions::{self, Sure};
use crate::dialect::{ColumnType, Dialect};
use crate::error::ReadError;
use crate::store::Store;
use opbx_kernel::fold::fold;
use opbx_kernel::{Operator, RecordId, Scope, TenantId, Timestamp};
use opbx_platform::access::{self, Deed};
use opbx_platform::domain::literal;
use opbx_platform::field::{Field, FieldKind};
use opbx_platform::{Domain, Model, OrderBy, RecordRef, Registry, Tenancy, Value};
use sea_query::{
    DeleteStatement, Expr, ExprTrait as _, LockType, OnConflict, Order, Query, SelectStatement,
    UpdateStatement,
};
use std::sync::Arc;

/// What the records are called that a bounded count has found.
const COUNTED: &str = "counted";

/// The columns of a many2many's pairs: the record that has the list, and the one that is in it.
pub(crate) const LINK_FROM: &str = "source_id";
pub(crate) const LINK_TO: &str = "target_id";

/// How a counter is advanced.
pub(crate) struct CountUp<'a> {
    pub(crate) field: &'a str,
    pub(crate) step: i64,
    /// The columns of the unique index by which it is found.
    pub(crate) key: &'a [String],
    pub(crate) stamp: Vec<(String, sea_query::Value)>,
}

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
    archived: bool,
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
        Self { dialect, registry, model, tenant: scope.tenant(), archived: false, reach }
    }

    /// All of the tenant's records with all fields, for bookkeeping that binds everybody alike: what goes with a
    /// deleted record, who still names it, which company it belongs to.
    pub(crate) fn whole(store: &'a Store, model: &'a Model, scope: &Scope) -> Self {
        let (dialect, registry) = (store.dialect(), store.registry());
        Self { dialect, registry, model, tenant: scope.tenant(), archived: false, reach: None }
    }

    /// A table in either dialect, for tests that look at statements and ask no database.
    #[cfg(test)]
    pub(crate) fn in_dialect(
        dialect: Dialect,
        registry: &'a Registry,
        model: &'a Model,
        scope: &Scope,
    ) -> Self {
        Self { dialect, registry, model, tenant: scope.tenant(), archived: false, reach: None }
    }

    /// Lets archived records in lists count as others do.
    pub(crate) fn with_archived(self, archived: bool) -> Self {
        Self { archived, ..self }
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

    pub(super) fn table(&self) -> String {
        self.model.name.table()
    }

    pub(super) fn is_fenced(&self) -> bool {
        self.model.tenancy != Tenancy::Shared
    }

    /// That a row under another name is of this tenant.
    pub(super) fn is_of_tenant(&self, alias: &str) -> Expr {
        Expr::col((alias.to_owned(), "tenant_id")).eq(self.tenant.get())
    }

    pub(crate) fn column(&self, name: &str) -> Expr {
        Expr::col((self.table(), name.to_owned()))
    }

    // ---- the fence: each kind of statement begins with the tenant, and selections go on with the record rules

    pub(crate) fn select_here(&self) -> SelectStatement {
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
        order: Option<&[OrderBy]>,
        limit: usize,
        offset: usize,
    ) -> Result<Statement, ReadError> {
        let (mut query, shape) = self.select(columns);
        query.and_where(conditions::condition(self, domain)?);
        if let Some(order) = order {
            self.sort(&mut query, order)?;
        }
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

    /// As `count`, and looks at no more than `max` records.
    pub(crate) fn count_up_to(&self, domain: &Domain, max: u64) -> Result<Statement, ReadError> {
        let mut found = self.select_here();
        found.expr(self.column("id")).and_where(conditions::condition(self, domain)?).limit(max);
        let mut query = Query::select();
        query.expr(Expr::col((COUNTED, "id")).count()).from_subquery(found, COUNTED);
        Ok(Statement::new(self.dialect, &query, vec![ColumnType::Integer]))
    }

    // ---- lists of records

    /// The ids of the records here for which a domain holds, as a sub-select.
    ///
    /// The one door by which a condition leaves its own table: what the asker may see of another model is said here.
    pub(crate) fn ids_for(&self, domain: &Domain) -> Result<SelectStatement, ReadError> {
        let mut query = self.select_here();
        query.expr(self.column("id")).and_where(conditions::condition(self, domain)?);
        Ok(query)
    }

    /// That a field leads to a record for which a domain holds.
    ///
    /// A many2one is followed to archived records, a list only where they are asked for.
    pub(crate) fn leads_to(&self, field: &Field, domain: &Domain, sure: Sure) -> Result<Expr, ReadError> {
        let (to, is_list) = match &field.kind {
            FieldKind::Many2one { to, .. } => (to, false),
            FieldKind::One2many { to, .. } | FieldKind::Many2many { to } => (to, true),
            _ => return Err(self.unknown(field)),
        };
        let target = self.child(to.as_str())?;
        if !is_list {
            let at = self.column(&field.name);
            return Ok(sure.set(&at, at.clone().in_subquery(target.ids_for(domain)?)));
        }
        let domain = match self.archived {
            true => domain.clone(),
            false => conditions::unarchived(target.model, domain),
        };
        let mut owners = self.owners(field, None).ok_or_else(|| self.unknown(field))?;
        let listed = match &field.kind {
            FieldKind::One2many { .. } => target.column("id"),
            _ => Expr::col((self.link(field)?, LINK_TO)),
        };
        owners.and_where(listed.in_subquery(target.ids_for(&domain)?));
        Ok(self.column("id").in_subquery(owners))
    }

    /// The ids of the records here that have something in their list, as a sub-select: one of `ids`, or anything.
    ///
    /// Never unset, so that `NOT IN` means what it says.
    pub(crate) fn owners(&self, field: &Field, ids: Option<Vec<i64>>) -> Option<SelectStatement> {
        let (mut query, listed) = match &field.kind {
            FieldKind::Many2many { .. } => {
                let link = field.relation_table(self.model)?;
                let mut query = Query::select();
                query
                    .expr(Expr::col((link.clone(), LINK_FROM)))
                    .from(link.clone())
                    .and_where(Expr::col((link.clone(), "tenant_id")).eq(self.tenant.get()));
                (query, Expr::col((link, LINK_TO)))
            }
            FieldKind::One2many { to, inverse, .. } => {
                let child = self.other(self.registry.model(to.as_str())?);
                let mut query = child.select_here();
                query.expr(child.column(inverse)).and_where(child.column(inverse).is_not_null());
                (query, child.column("id"))
            }
            _ => return None,
        };
        if let FieldKind::One2many { to, .. } | FieldKind::Many2many { to } = &field.kind
            && let Some(within) =
                self.registry.model(to.as_str()).and_then(|model| self.other(model).ids_within_reach())
        {
            query.and_where(listed.clone().in_subquery(within));
        }
        if let Some(ids) = ids {
            query.and_where(listed.is_in(ids));
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
                child.sort(&mut query, &OrderBy::of(child.model))?;
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

    pub(super) fn child(&self, to: &str) -> Result<Visible<'a>, ReadError> {
        let model = self.registry.model(to).ok_or_else(|| ReadError::UnknownModel(to.to_owned()))?;
        Ok(self.other(model))
    }

    fn link(&self, field: &Field) -> Result<String, ReadError> {
        field.relation_table(self.model).ok_or_else(|| self.unknown(field))
    }

    fn unknown(&self, field: &Field) -> ReadError {
        ReadError::UnknownField { model: self.model.name.to_string(), field: field.name.clone() }
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

    /// Inserts rows of equal columns under ids that the database gives them; the tenant is put first here.
    pub(crate) fn append(&self, columns: &[String], rows: Vec<Vec<sea_query::Value>>) -> Statement {
        let mut names: Vec<String> = Vec::with_capacity(columns.len() + 1);
        names.extend(self.is_fenced().then(|| "tenant_id".to_owned()));
        names.extend_from_slice(columns);
        let mut query = Query::insert();
        query.into_table(self.table()).columns(names);
        for row in rows {
            let tenant = self.is_fenced().then(|| Expr::val(self.tenant.get()));
            query.values_panic(tenant.into_iter().chain(row.into_iter().map(Expr::val)));
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

    /// Inserts a counter, or advances the one that is there, and answers with the number it holds then.
    pub(crate) fn count_up(
        &self,
        count_up: CountUp<'_>,
        id: RecordId,
        row: Vec<(String, sea_query::Value)>,
    ) -> Statement {
        let (mut names, mut values) = (vec!["id".to_owned()], vec![Expr::val(id.get())]);
        if self.is_fenced() {
            names.push("tenant_id".to_owned());
            values.push(Expr::val(self.tenant.get()));
        }
        for (name, value) in row {
            names.push(name);
            values.push(Expr::val(value));
        }
        let mut conflict = OnConflict::columns(count_up.key.iter().cloned());
        conflict
            .value(count_up.field.to_owned(), self.column(count_up.field).add(count_up.step))
            .value("version", self.column("version").add(1))
            .values(count_up.stamp.into_iter().map(|(name, value)| (name, Expr::val(value))));
        let mut query = Query::insert();
        query
            .into_table(self.table())
            .columns(names)
            .values_panic(values)
            .on_conflict(conflict)
            .returning_col(count_up.field.to_owned());
        Statement::new(self.dialect, &query, vec![ColumnType::Integer])
    }

    /// Puts another sealing of the same secrets into a record. Its version stays, for what it says stays.
    pub(crate) fn reseal(&self, id: RecordId, sealed: Vec<(String, sea_query::Value)>) -> Statement {
        let mut query = self.update_here();
        query
            .values(sealed.into_iter().map(|(name, value)| (name, Expr::val(value))))
            .and_where(Expr::col("id").eq(id.get()));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Lets go of deleted records: whoever names one of them in `field` names none now.
    pub(crate) fn forget(
        &self,
        field: &Field,
        named: Vec<sea_query::Value>,
        stamp: Vec<(String, sea_query::Value)>,
    ) -> Statement {
        let column = ColumnType::of(&field.kind).unwrap_or(ColumnType::Integer);
        let nothing = self.dialect.bind(column, &Value::Null);
        let mut query = self.update_here();
        query
            .value(field.name.clone(), Expr::val(nothing.expect("every column can hold nothing")))
            .values(stamp.into_iter().map(|(name, value)| (name, Expr::val(value))))
            .value("version", Expr::col("version").add(1))
            .and_where(Expr::col(field.name.clone()).is_in(named.into_iter().map(Expr::val)));
        Statement::new(self.dialect, &query, Vec::new())
    }

    pub(crate) fn delete(&self, ids: &[RecordId]) -> Statement {
        let mut query = self.delete_here();
        query.and_where(self.column("id").is_in(Self::ids(ids)));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Deletes at most `limit` records that a domain holds for, whichever are found first.
    pub(crate) fn delete_where(&self, domain: &Domain, limit: usize) -> Result<Statement, ReadError> {
        Ok(self.delete_chosen(self.ids_for(domain)?, limit))
    }

    /// Deletes at most `limit` records that a domain holds for, the oldest first.
    pub(crate) fn delete_oldest_where(&self, domain: &Domain, limit: usize) -> Result<Statement, ReadError> {
        let mut chosen = self.ids_for(domain)?;
        chosen.order_by_expr(self.column("id"), Order::Asc);
        Ok(self.delete_chosen(chosen, limit))
    }

    fn delete_chosen(&self, mut chosen: SelectStatement, limit: usize) -> Statement {
        chosen.limit(limit as u64);
        let mut query = self.delete_here();
        query.and_where(self.column("id").in_subquery(chosen));
        Statement::new(self.dialect, &query, Vec::new())
    }

    /// Gives all records for which a domain holds the same values.
    pub(crate) fn set_where(
        &self,
        domain: &Domain,
        values: Vec<(String, sea_query::Value)>,
    ) -> Result<Statement, ReadError> {
        let chosen = self.ids_for(domain)?;
        let mut query = self.update_here();
        query
            .values(values.into_iter().map(|(name, value)| (name, Expr::val(value))))
            .value("version", Expr::col("version").add(1))
            .and_where(Expr::col("id").in_subquery(chosen));
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
            let folded = literal(&fold(text));
            query.and_where(like(&format!("%{folded}%")));
            let rank = Expr::case(like(&format!("{folded}%")), Expr::val(0)).finally(Expr::val(1));
            query.order_by_expr(rank.into(), Order::Asc);
        }
        self.sort(&mut query, &[OrderBy::asc(&self.model.display)])?;
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

/// The texts by which reference fields name records of a model.
pub(crate) fn named_references(model: &Model, ids: &[RecordId]) -> Vec<sea_query::Value> {
    ids.iter().map(|id| RecordRef { model: model.name.clone(), id: *id }.to_string().into()).collect()
}

/// A record's id as read from a column.
pub(crate) fn record_id(value: &Value) -> Option<RecordId> {
    match value {
        Value::Int(id) => RecordId::new(*id).ok(),
        _ => None,
    }
}
