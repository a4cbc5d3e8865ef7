//! What must change for the database to follow the models, and what may not change by itself.

use super::actual::{ActualTable, Tables};
use super::declared::{Fence, Table};
use super::kinds::{Conversion, Fit, Unfitting, column_of, fit};
use super::memory::{Memory, is_installed};
use super::refusals::Refusal;
use super::steps::{Due, pairs_of};
use super::{Column, Index, Reference, SchemaChange};
use crate::dialect::{ColumnType, Dialect};
use crate::tx::{EXTERNAL_MODEL, PLAN_VERSION, TENANT_MODEL};
use opbx_platform::module::{Step, Unfit};
use opbx_platform::{Field, Model, Registry, Value};

/// What the database is compared with.
pub(crate) struct Follow<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) registry: &'a Registry,
    pub(crate) actual: &'a Tables,
    pub(crate) memory: &'a Memory,
    pub(crate) due: &'a Due<'a>,
}

/// The changes in the order in which they can be made, and what stands in the way of making them.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) changes: Vec<SchemaChange>,
    /// What can only be done when every table, column and unique index is there.
    later: Vec<SchemaChange>,
    pub(crate) refusals: Vec<Refusal>,
}

/// How the columns and references of a table that exists are brought to what they should be.
#[derive(Debug, Default)]
pub(crate) struct Remake<'a> {
    pub(crate) dropped: Vec<String>,
    /// Column, new type, and its old value in the new form.
    pub(crate) converted: Vec<(String, ColumnType, String)>,
    pub(crate) referred: Vec<&'a Reference>,
}

/// Compares. Tables that no model declares are left alone where their module is not installed now.
pub(crate) fn between(follow: &Follow<'_>, declared: &[Table]) -> Comparison {
    let mut all = Comparison::default();
    for table in declared {
        match follow.actual.get(&table.name) {
            None => create(follow.dialect, table, &mut all),
            Some(found) => {
                let model = follow.registry.models().find(|model| model.name.table() == table.name);
                TableChanges { follow, table, found, model, kept: Vec::new() }.add_to(&mut all);
            }
        }
    }
    for model in follow.registry.models() {
        data_steps(follow, model, &mut all);
    }
    gone(follow, declared, &mut all);
    let later = std::mem::take(&mut all.later);
    all.changes.sort_by_key(|change| change.turn());
    all.changes.extend(later);
    all
}

fn create(dialect: Dialect, table: &Table, all: &mut Comparison) {
    let mut statements = vec![dialect.create_table(&table.name, table)];
    statements.extend(table.indexes.iter().map(|index| dialect.create_index(table, index)));
    let sentence = format!("create the table {} {}", table.name, table.purpose);
    all.changes.push(SchemaChange::new(sentence, statements));
    let mut statements = Vec::new();
    for reference in &table.references {
        statements.extend(dialect.refer_after_create(table, reference));
    }
    statements.extend(fence(dialect, table));
    if !statements.is_empty() {
        let sentence = format!("bind {} to its tenant and to what it names", table.name);
        all.later.push(SchemaChange::new(sentence, statements));
    }
}

/// One table that is there already.
struct TableChanges<'a> {
    follow: &'a Follow<'a>,
    table: &'a Table,
    found: &'a ActualTable,
    /// `None` for machinery and for tables of pairs.
    model: Option<&'a Model>,
    /// Columns of modules that are not installed now: they stay as they are.
    kept: Vec<String>,
}

impl TableChanges<'_> {
    fn add_to(mut self, all: &mut Comparison) {
        let (follow, table, found) = (self.follow, self.table, self.found);
        let dialect = follow.dialect;
        for column in table.columns.iter().filter(|column| !found.columns.contains_key(&column.name)) {
            let sentence = format!("add the column {} to {}", column.name, table.name);
            let mut change = SchemaChange::new(sentence, vec![dialect.add_column(&table.name, column)]);
            change.refold = self.refold(column);
            all.changes.push(change);
        }
        let mut remake = Remake::default();
        let mut deeds = self.undeclared(&mut remake, all);
        deeds.extend(self.retyped(&mut remake, all));
        self.indexes(all);
        remake.referred =
            table.references.iter().filter(|reference| !found.references.contains(reference)).collect();
        if !remake.referred.is_empty() {
            let targets: Vec<_> = remake.referred.iter().map(|reference| reference.table.as_str()).collect();
            deeds.push(format!("let {} refer to {}", table.name, targets.join(", ")));
        }
        self.lost_references(&remake, all);
        if !deeds.is_empty() {
            // One copy of the table does it all where it must be copied; the sentences stand for themselves.
            let last = deeds.pop().unwrap_or_default();
            all.later.extend(deeds.into_iter().map(|sentence| SchemaChange::new(sentence, Vec::new())));
            let whole = self.with_kept();
            all.later.push(SchemaChange::new(last, dialect.remake(&whole, &remake)));
        }
        if !found.is_fenced && table.fence != Fence::None {
            let sentence = format!("fence {} by tenant", table.name);
            all.later.push(SchemaChange::new(sentence, fence(dialect, table)));
        }
    }

    /// The text whose folded form a new column holds, where records have it already.
    fn refold(&self, column: &Column) -> Option<(String, String, String)> {
        let base = column.name.strip_suffix("_folded")?;
        let is_there = self.found.columns.contains_key(base);
        is_there.then(|| (self.table.name.clone(), base.to_owned(), column.name.clone()))
    }

    fn model_name(&self) -> String {
        self.model.map_or_else(|| self.table.name.clone(), |model| model.name.to_string())
    }

    /// Decides about the columns that no model declares.
    fn undeclared(&mut self, remake: &mut Remake<'_>, all: &mut Comparison) -> Vec<String> {
        let mut deeds = Vec::new();
        let model = self.model_name();
        for name in self.found.columns.keys() {
            if self.table.columns.iter().any(|column| column.name == *name) {
                continue;
            }
            let field = ["_folded", "_translations"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .filter(|base| self.found.columns.contains_key(*base))
                .unwrap_or(name);
            let known = self.follow.memory.get(&(model.clone(), field.to_owned()));
            let is_declared = self.model.is_some_and(|model| model.field(field).is_some());
            // What is folded can be folded again.
            let is_derived = is_declared && name.ends_with("_folded");
            if is_derived
                || self.follow.due.drops_field(&model, field)
                || self.follow.due.drops_field(&model, name)
            {
                remake.dropped.push(name.clone());
                deeds.push(format!("drop the column {name} of {}", self.table.name));
            } else if known.is_some_and(|shape| !is_installed(self.follow.registry, &shape.module)) {
                self.kept.push(name.clone());
            } else if name == field || is_declared {
                all.refusals.push(Refusal::Undeclared {
                    model: model.clone(),
                    field: name.clone(),
                    table: self.table.name.clone(),
                    is_fenced: self.table.fence != Fence::None,
                    holds: self.follow.dialect.is_set(name),
                });
            }
        }
        deeds
    }

    /// Decides about the columns whose field is of another kind, or takes less than before.
    fn retyped(&self, remake: &mut Remake<'_>, all: &mut Comparison) -> Vec<String> {
        let mut deeds = Vec::new();
        let dialect = self.follow.dialect;
        for column in &self.table.columns {
            let Some(found) = self.found.columns.get(&column.name) else { continue };
            let field = self.model.and_then(|model| model.field(&column.name));
            let known = self.follow.memory.get(&(self.model_name(), column.name.clone()));
            let before = known.and_then(|shape| column_of(&shape.kind)).unwrap_or(column.column);
            if dialect.type_name(before) != found {
                all.refusals.push(Refusal::Retyped {
                    what: format!("{}.{}", self.table.name, column.name),
                    from: found.clone(),
                    to: dialect.type_name(column.column).to_owned(),
                });
                continue;
            }
            let (Some(field), Some(known)) = (field, known) else { continue };
            let Some(model) = self.model else { continue };
            let narrows = self.follow.due.narrows(model.name.as_str(), &field.name);
            match fit(known, field) {
                Fit::Same => {}
                Fit::Convert(conversion) => {
                    let expression = dialect.converted(&column.name, conversion);
                    remake.converted.push((column.name.clone(), column.column, expression));
                    deeds.push(format!("turn {}.{} into {}", model.name, field.name, field.kind.word()));
                    if conversion == Conversion::IntegerToDecimal {
                        all.refusals.push(self.unfit(
                            model,
                            field,
                            dialect.is_beyond_decimal(&column.name),
                            Some(Unfit::Refuse),
                        ));
                    }
                }
                Fit::Narrow(unfitting, conversion) => {
                    let condition = dialect.is_unfit(&column.name, &unfitting);
                    if narrows.is_none() || narrows == Some(Unfit::Refuse) {
                        all.refusals.push(self.unfit(model, field, condition.clone(), narrows));
                    }
                    if let (Some(conversion), Some(unfit)) = (conversion, narrows) {
                        let mut expression = dialect.converted(&column.name, conversion);
                        if unfit == Unfit::Null {
                            expression = format!("CASE WHEN {condition} THEN NULL ELSE {expression} END");
                        }
                        remake.converted.push((column.name.clone(), column.column, expression));
                        deeds.push(format!("turn {}.{} into {}", model.name, field.name, field.kind.word()));
                    }
                }
                Fit::Never => all.refusals.push(Refusal::Retyped {
                    what: format!("{}.{}", model.name, field.name),
                    from: known.kind.clone(),
                    to: field.kind.word().to_owned(),
                }),
            }
        }
        deeds
    }

    fn unfit(&self, model: &Model, field: &Field, condition: String, step: Option<Unfit>) -> Refusal {
        Refusal::Unfit {
            model: model.name.to_string(),
            field: field.name.clone(),
            table: self.table.name.clone(),
            is_fenced: self.table.fence != Fence::None,
            condition,
            has_step: step.is_some(),
        }
    }

    fn indexes(&self, all: &mut Comparison) {
        let (table, found, dialect) = (self.table, self.found, self.follow.dialect);
        let is_kept = |index: &Index| index.columns.iter().any(|column| self.kept.contains(column));
        for index in found.indexes.values().filter(|index| !table.indexes.contains(index) && !is_kept(index))
        {
            let sentence =
                format!("drop the index {} of {}, which no model declares", index.name, table.name);
            all.changes.push(SchemaChange::new(sentence, vec![dialect.drop_index(&index.name)]).in_turn(2));
        }
        for index in table.indexes.iter().filter(|index| found.indexes.get(&index.name) != Some(index)) {
            let kind = if index.unique { "unique index" } else { "index" };
            let sentence =
                format!("create the {kind} {} on {} ({})", index.name, table.name, index.columns.join(", "));
            all.changes
                .push(SchemaChange::new(sentence, vec![dialect.create_index(table, index)]).in_turn(3));
        }
    }

    fn lost_references(&self, remake: &Remake<'_>, all: &mut Comparison) {
        let goes = |column: &String| remake.dropped.contains(column) || self.kept.contains(column);
        for reference in &self.found.references {
            let is_lost = !self.table.references.contains(reference);
            if is_lost && !reference.columns.iter().any(goes) && !self.is_refused(reference, all) {
                all.refusals.push(Refusal::Unreferred {
                    what: format!(
                        "{}.{}",
                        self.table.name,
                        reference.columns.last().map_or("?", String::as_str)
                    ),
                    to: reference.table.clone(),
                });
            }
        }
    }

    /// Whether the column of a lost reference is refused already, so that the same is not said twice.
    fn is_refused(&self, reference: &Reference, all: &Comparison) -> bool {
        let column = reference.columns.last().cloned().unwrap_or_default();
        all.refusals.iter().any(|refusal| refusal.is_about(&self.model_name(), &column))
    }

    /// The table as it should be, with what stays of modules that are not installed.
    fn with_kept(&self) -> Table {
        let mut table = self.table.clone();
        for name in &self.kept {
            let kind = self.found.columns.get(name).and_then(|kind| self.follow.dialect.type_called(kind));
            let Some(column) = kind else { continue };
            table.columns.push(Column { name: name.clone(), column, not_null: false, default: Value::Null });
        }
        let is_kept = |columns: &[String]| columns.iter().any(|column| self.kept.contains(column));
        let references = self.found.references.iter().filter(|reference| is_kept(&reference.columns));
        table.references.extend(references.cloned());
        let indexes = self.found.indexes.values().filter(|index| is_kept(&index.columns));
        table.indexes.extend(indexes.cloned());
        table
    }
}

/// What migration steps and new requirements do to, and ask of, the records of one model.
fn data_steps(follow: &Follow<'_>, model: &Model, all: &mut Comparison) {
    let table = model.name.table();
    let Some(found) = follow.actual.get(&table) else { return };
    let name = model.name.as_str();
    let mut touched = false;
    for field in model.stored() {
        let Some(column) = ColumnType::of(&field.kind) else { continue };
        let is_there = found.columns.contains_key(&field.name);
        if let (true, Some(unfit)) = (is_there, follow.due.narrows(name, &field.name))
            && let Some(change) = narrow(follow.dialect, model, field, unfit)
        {
            all.changes.push(change.in_turn(1));
            touched = true;
        }
        if let Some(value) = follow.due.fills(name, &field.name) {
            all.changes
                .extend(fill(follow.dialect, model, field, column, value).map(|change| change.in_turn(1)));
            touched = true;
            continue;
        }
        let was_required =
            follow.memory.get(&(name.to_owned(), field.name.clone())).map(|shape| shape.required);
        let comes_filled = !is_there && field.default.is_some();
        let becomes_required = if is_there { was_required == Some(false) } else { !comes_filled };
        if field.required && becomes_required {
            let condition =
                if is_there { follow.dialect.is_empty(&field.name, column) } else { "1 = 1".to_owned() };
            all.refusals.push(Refusal::Required {
                model: name.to_owned(),
                field: field.name.clone(),
                table: table.clone(),
                condition,
            });
        }
    }
    // A plan of this version and other contents may be kept already, as what explains a call.
    let tenants = TENANT_MODEL.replace('.', "_");
    if touched && model.routing && follow.actual.contains_key(&tenants) {
        let advance = vec![follow.dialect.advance(&tenants, PLAN_VERSION)];
        let statements = follow.dialect.past_fence(&tenants, advance);
        let sentence = format!("advance every plan, for records of {name} changed");
        all.changes.push(SchemaChange::new(sentence, statements).in_turn(1));
    }
}

fn narrow(dialect: Dialect, model: &Model, field: &Field, unfit: Unfit) -> Option<SchemaChange> {
    use opbx_platform::field::FieldKind;
    let unfitting = match &field.kind {
        FieldKind::Char { size } => Unfitting::LongerThan(*size),
        FieldKind::Selection { options } => Unfitting::NoneOf(options.clone()),
        // Numbers are narrowed while their column takes its new type.
        _ => return None,
    };
    let table = model.name.table();
    let value = match (unfit, &unfitting) {
        (Unfit::Refuse, _) => return None,
        (Unfit::Truncate, Unfitting::LongerThan(size)) => Some(dialect.cut(&field.name, *size)),
        _ => None,
    };
    let deed = if value.is_some() { "cut" } else { "unset" };
    let folded = field.folded_column();
    let mut columns = vec![(field.name.as_str(), value)];
    columns.extend(folded.as_deref().map(|folded| (folded, None)));
    let update = dialect.set(&table, &columns, &dialect.is_unfit(&field.name, &unfitting));
    let sentence = format!("{deed} what does not fit {}.{}", model.name, field.name);
    let mut change = SchemaChange::new(sentence, past_fence(dialect, model, update));
    change.refold = folded.map(|folded| (table, field.name.clone(), folded));
    Some(change)
}

fn fill(
    dialect: Dialect,
    model: &Model,
    field: &Field,
    column: ColumnType,
    value: &Value,
) -> Option<SchemaChange> {
    let table = model.name.table();
    let folded = field.folded_column();
    let mut columns = vec![(field.name.as_str(), Some(dialect.literal(column, value)?))];
    columns.extend(folded.as_deref().map(|folded| (folded, None)));
    let update = dialect.set(&table, &columns, &dialect.is_empty(&field.name, column));
    let sentence = format!("fill {}.{} where it is empty", model.name, field.name);
    let mut change = SchemaChange::new(sentence, past_fence(dialect, model, update));
    change.refold = folded.map(|folded| (table, field.name.clone(), folded));
    Some(change)
}

fn past_fence(dialect: Dialect, model: &Model, statement: String) -> Vec<String> {
    dialect.past_fence(&model.name.table(), vec![statement])
}

/// Decides about the tables of models and lists that installed modules no longer declare.
fn gone(follow: &Follow<'_>, declared: &[Table], all: &mut Comparison) {
    let is_declared = |table: &str| declared.iter().any(|other| other.name == table);
    for step in follow.due.steps() {
        let Step::DropModel { model } = step else { continue };
        let table = model.table();
        if !follow.actual.contains_key(&table) || is_declared(&table) {
            continue;
        }
        let mut statements: Vec<String> =
            pairs_of(follow.actual, &table).iter().map(|pairs| follow.dialect.drop_table(pairs)).collect();
        statements.push(follow.dialect.drop_table(&table));
        let externals = EXTERNAL_MODEL.replace('.', "_");
        if follow.actual.contains_key(&externals) {
            let delete = follow.dialect.delete_naming(&externals, "model", model.as_str());
            statements.extend(follow.dialect.past_fence(&externals, vec![delete]));
        }
        all.later
            .push(SchemaChange::new(format!("drop the model {model} and its table {table}"), statements));
    }
    for ((model, field), shape) in follow.memory {
        if !is_installed(follow.registry, &shape.module) || follow.due.drops_model(model) {
            continue;
        }
        let table = model.replace('.', "_");
        if field.is_empty() && follow.registry.model(model).is_none() && follow.actual.contains_key(&table) {
            let module = shape.module.clone();
            all.refusals.push(Refusal::UndeclaredModel { model: model.clone(), table, module });
            continue;
        }
        let pairs = format!("{table}_{field}_rel");
        let is_list = shape.kind == "many2many" && follow.registry.model(model).is_some();
        if !is_list || !follow.actual.contains_key(&pairs) || is_declared(&pairs) {
            continue;
        }
        if follow.due.drops_field(model, field) {
            let sentence = format!("drop the list {model}.{field} and its table {pairs}");
            all.later.push(SchemaChange::new(sentence, vec![follow.dialect.drop_table(&pairs)]));
        } else {
            all.refusals.push(Refusal::Undeclared {
                model: model.clone(),
                field: field.clone(),
                table: pairs,
                is_fenced: true,
                holds: "1 = 1".to_owned(),
            });
        }
    }
}

pub(super) fn fence(dialect: Dialect, table: &Table) -> Vec<String> {
    let mine = "tenant_id = NULLIF(current_setting('opbx.tenant', true), '')::bigint";
    let operator = "current_setting('opbx.operator', true) = 'on'";
    let policies = match table.fence {
        Fence::None => return Vec::new(),
        Fence::Tenant => vec![format!("opbx_tenant ON {{}} USING ({mine})")],
        Fence::TenantItself | Fence::Queue => vec![
            format!("opbx_tenant ON {{}} USING ({mine})"),
            format!("opbx_operator ON {{}} FOR SELECT USING ({operator})"),
        ],
        Fence::Shared => vec![
            "opbx_read ON {} FOR SELECT USING (true)".to_owned(),
            format!("opbx_operator ON {{}} USING ({operator})"),
        ],
    };
    dialect.fence(&table.name, &policies)
}
