//! `config export`: a tenant's whole configuration as a file that `config apply` takes.

use super::names::{Names, external};
use super::outline::Outline;
use super::snapshot::Snapshot;
use super::{HOME, text};
use opbx_kernel::fold::fold;
use opbx_kernel::{Operator, RecordId, Scope};
use opbx_platform::record::Row;
use opbx_platform::{Field, FieldKind, Model, Value, Values};
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// External ids that are written by one statement.
const NAMES_PER_INSERT: usize = 1_000;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("there is no tenant {slug:?}; there are: {known}")]
    NoTenant { slug: String, known: String },
    #[error("there are several tenants, say which: {known}")]
    WhichTenant { known: String },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// A tenant's configuration, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    pub slug: String,
    pub text: String,
    pub records: usize,
    /// Records that had no name in configuration files and have one now.
    pub named: usize,
}

/// Writes a tenant's configuration; of the only tenant where none is named. Two exports of one state are the same bytes.
///
/// A record without a name in configuration files gets one that is kept: that is all that an export writes.
pub async fn export(store: &Store, slug: Option<&str>) -> Result<Exported, ExportError> {
    let operator = Operator::because("export a tenant's configuration");
    let tenants = store.tenants(&operator).await?;
    let known = || tenants.iter().map(|tenant| tenant.slug.as_str()).collect::<Vec<_>>().join(", ");
    let tenant = match (slug, tenants.as_slice()) {
        (None, [only]) => only,
        (None, _) => return Err(ExportError::WhichTenant { known: known() }),
        (Some(slug), all) => all
            .iter()
            .find(|tenant| tenant.slug == slug)
            .ok_or_else(|| ExportError::NoTenant { slug: slug.to_owned(), known: known() })?,
    };
    let registry = store.registry();
    let outline = Outline::of(registry);
    let mut tx = store.begin(&Scope::system(tenant.id, operator.reason())).await?;
    let snapshot = Snapshot::load(&mut tx, registry, &outline).await?;
    let secrets = Secrets::load(&mut tx, &snapshot).await?;
    let made = snapshot.names.made();
    keep_names(&mut tx, &snapshot.names, &made).await?;
    tx.commit().await?;
    let mut out = head(&tenant.slug, &tenant.name);
    let mut records = 0;
    for model in outline.top() {
        records += section(&mut out, &snapshot, &outline, &secrets, model);
    }
    Ok(Exported { slug: tenant.slug.clone(), text: out, records, named: made.len() })
}

fn head(slug: &str, name: &str) -> String {
    format!(
        "# The configuration of a tenant, written by `opbx config export` of OPBX {version}.\n\
         # `opbx config plan FILE` shows what applying this file would change, `opbx config apply FILE` does it.\n\
         # Fields that are not here have their defaults. Secrets are never written; where one is set, a comment says so.\n\
         \n\
         tenant = {{ slug = {slug}, name = {name} }}\n",
        version = env!("CARGO_PKG_VERSION"),
        slug = text::string(slug),
        name = text::string(name),
    )
}

/// Writes all records of a model; tells how many they were.
fn section(
    out: &mut String,
    snapshot: &Snapshot<'_>,
    outline: &Outline<'_>,
    secrets: &Secrets,
    model: &Model,
) -> usize {
    let name = model.name.as_str();
    let Some(held) = snapshot.held(name) else { return 0 };
    let is_written = |row: &&Row| !snapshot.names.is_of_a_module(name, row.id);
    let mut rows: Vec<&Row> = held.rows.iter().filter(is_written).collect();
    rows.sort_by(|a, b| by_order(snapshot, model, a, b));
    if rows.is_empty() {
        return 0;
    }
    // Writing into a String does not fail.
    let _ = writeln!(out, "\n# ---- {} ----", model.title);
    for row in &rows {
        let Some(own) = snapshot.names.own(name, row.id) else { continue };
        let path = format!("{name}.{}", text::key(own));
        let _ = writeln!(out, "\n[{path}]");
        for remark in remarks(snapshot, outline, secrets, model, row) {
            let _ = writeln!(out, "# {remark}");
        }
        text::table(out, &path, &text::record(snapshot, outline, model, row));
    }
    rows.len()
}

/// What a person should know of a record that its fields do not say.
fn remarks(
    snapshot: &Snapshot<'_>,
    outline: &Outline<'_>,
    secrets: &Secrets,
    model: &Model,
    row: &Row,
) -> Vec<String> {
    let mut said = Vec::new();
    for field in model.fields.iter().filter(|field| !field.readonly) {
        match &field.kind {
            FieldKind::Secret if secrets.is_set(model, field, row.id) => {
                said.push(format!("{} is set", field.name));
            }
            FieldKind::One2many { to, inverse, .. } if outline.lists(model, field) => {
                let Some(child) = snapshot.held(to.as_str()) else { continue };
                for (at, element) in snapshot.belonging(to.as_str(), inverse, row.id).enumerate() {
                    for remark in remarks(snapshot, outline, secrets, child.model, element) {
                        said.push(format!("{} {}: {remark}", field.name, at + 1));
                    }
                }
            }
            _ => {
                let value = snapshot.value(model.name.as_str(), row.id, &field.name);
                let is_set = value.is_some_and(|value| !value.is_null());
                if is_set && text::held(snapshot, outline, model, row, field).is_none() {
                    said.push(format!("{} is set to what no file can say", field.name));
                }
            }
        }
    }
    said
}

/// The model's own order as far as it does not hang on ids, then the names: equal in every tenant.
fn by_order(snapshot: &Snapshot<'_>, model: &Model, a: &Row, b: &Row) -> Ordering {
    let Some(held) = snapshot.held(model.name.as_str()) else { return Ordering::Equal };
    for (name, descending) in &model.order {
        let (Some(one), Some(other)) = (held.value(a, name), held.value(b, name)) else { continue };
        let order = compared(one, other);
        if order != Ordering::Equal {
            return if *descending { order.reverse() } else { order };
        }
    }
    let own = |row: &Row| snapshot.names.own(model.name.as_str(), row.id);
    own(a).cmp(&own(b))
}

fn compared(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => fold(one).cmp(&fold(other)).then_with(|| one.cmp(other)),
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::Decimal(one), Value::Decimal(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::Instant(one), Value::Instant(other)) => one.cmp(other),
        (one, other) => other.is_null().cmp(&one.is_null()),
    }
}

/// Which secrets are set; never what they are.
struct Secrets(HashMap<(String, String), HashSet<RecordId>>);

impl Secrets {
    async fn load(tx: &mut Tx, snapshot: &Snapshot<'_>) -> Result<Self, ReadError> {
        let mut set = HashMap::new();
        for held in snapshot.all() {
            let ids: Vec<RecordId> = held.rows.iter().map(|row| row.id).collect();
            let model = held.model.name.as_str();
            for field in held.model.fields.iter().filter(|field| field.kind == FieldKind::Secret) {
                let found = tx.secrets_set(model, &field.name, &ids).await?;
                set.insert((model.to_owned(), field.name.clone()), found);
            }
        }
        Ok(Self(set))
    }

    fn is_set(&self, model: &Model, field: &Field, id: RecordId) -> bool {
        let key = (model.name.to_string(), field.name.clone());
        self.0.get(&key).is_some_and(|ids| ids.contains(&id))
    }
}

/// Keeps the names of records, so that a later file finds them by these.
pub(super) async fn keep_names(
    tx: &mut Tx,
    names: &Names,
    records: &[(String, RecordId)],
) -> Result<(), SaveError> {
    let mut rows = Vec::new();
    for (model, id) in records {
        let Some(own) = names.own(model, *id) else { continue };
        let name = external(model, own);
        if names.is_stale(&name) {
            tx.set_external(HOME, &name, model, *id).await?;
            continue;
        }
        rows.push(Values::from([
            ("module".to_owned(), HOME.into()),
            ("name".to_owned(), name.as_str().into()),
            ("model".to_owned(), model.as_str().into()),
            ("record".to_owned(), Value::Int(id.get())),
        ]));
    }
    while !rows.is_empty() {
        let chunk = rows.drain(..rows.len().min(NAMES_PER_INSERT)).collect();
        tx.insert_many("ir.model.data", chunk).await?;
    }
    Ok(())
}
