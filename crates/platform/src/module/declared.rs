//! `model.toml`: one model declared, or another module's model extended.

use super::Mistakes;
use super::fields::{self, DeclaredField};
use crate::model::{ModelName, RETENTION_DAYS_MAX, Retention, Tenancy};
use crate::source::{Document, Entry, Place, SourceError, Table};

const KEYS: &[&str] = &[
    "name",
    "title",
    "order",
    "tenancy",
    "routing",
    "audit",
    "publish",
    "machine_fields",
    "retention",
    "display",
    "unique",
    "indexes",
    "fields",
];
const KEYS_OF_RETENTION: &[&str] = &["field", "days"];
const KEYS_OF_EXTENSION: &[&str] = &["extends", "routing", "fields"];
/// Groups of fields in one `unique` or `indexes` list, and fields in one group.
const GROUPS_MAX: usize = 20;
const GROUP_FIELDS_MAX: usize = 6;

/// One `model.toml`, not yet compared with any other.
pub(super) struct Declared {
    pub(super) module: String,
    pub(super) name: ModelName,
    /// Where the name stands.
    pub(super) place: Place,
    pub(super) fields: Vec<DeclaredField>,
    pub(super) routing: bool,
    /// `None` for an extension.
    pub(super) own: Option<Own>,
}

/// What only the file that declares a model says.
pub(super) struct Own {
    pub(super) title: Option<String>,
    pub(super) tenancy: Tenancy,
    pub(super) audit: bool,
    pub(super) publish: bool,
    pub(super) machine_fields: Option<Named>,
    pub(super) retention: Option<(Retention, Place)>,
    pub(super) order: Option<(Vec<(String, bool)>, Place)>,
    pub(super) display: Option<(String, Place)>,
    pub(super) unique: Vec<Named>,
    pub(super) indexes: Vec<Named>,
}

/// Field names that stand together, and where.
pub(super) type Named = (Vec<String>, Place);

pub(super) fn read(module: &str, document: &Document, mistakes: &mut Mistakes) -> Option<Declared> {
    let root = document.root();
    let extends = root.get("extends");
    let known = if extends.is_some() { KEYS_OF_EXTENSION } else { KEYS };
    mistakes.add_all(root.unknown_keys(known));
    let name = extends.map_or_else(|| root.require("name"), Ok);
    let name = name.and_then(|entry| Ok((fields::model_name(entry)?, entry.place().clone())));
    let name = mistakes.note(name);
    let fields = match root.require("fields").and_then(Entry::table) {
        Ok(table) => fields::read(table, mistakes),
        Err(mistake) => {
            mistakes.add(mistake);
            Vec::new()
        }
    };
    let routing = mistakes.note(flag(root, "routing", false));
    let own = if extends.is_none() { Some(mistakes.note(own(root))?) } else { None };
    let (name, place) = name?;
    Some(Declared { module: module.to_owned(), name, place, fields, routing: routing?, own })
}

fn own(root: &Table) -> Result<Own, SourceError> {
    let tenancy = match root.get("tenancy") {
        None => Tenancy::Tenant,
        Some(entry) => match entry.word(&["tenant", "tenant_itself", "shared"])? {
            "tenant_itself" => Tenancy::TenantItself,
            "shared" => Tenancy::Shared,
            _ => Tenancy::Tenant,
        },
    };
    let audit = flag(root, "audit", true)?;
    Ok(Own {
        title: root.get("title").map(|entry| entry.text().map(str::to_owned)).transpose()?,
        tenancy,
        audit,
        publish: flag(root, "publish", audit)? || audit,
        machine_fields: root.get("machine_fields").map(names).transpose()?,
        retention: root.get("retention").map(retention).transpose()?,
        order: root.get("order").map(order).transpose()?,
        display: root.get("display").map(display).transpose()?,
        unique: root.get("unique").map_or_else(|| Ok(Vec::new()), groups)?,
        indexes: root.get("indexes").map_or_else(|| Ok(Vec::new()), groups)?,
    })
}

fn flag(root: &Table, key: &str, usual: bool) -> Result<bool, SourceError> {
    root.get(key).map_or(Ok(usual), Entry::flag)
}

fn display(entry: &Entry) -> Result<(String, Place), SourceError> {
    Ok((entry.text()?.to_owned(), entry.place().clone()))
}

/// `["next_run", "last_run"]`
fn names(entry: &Entry) -> Result<Named, SourceError> {
    let names = entry.texts().map_err(|_| entry.expected("a list of field names: [\"a\", \"b\"]"))?;
    Ok((names.into_iter().map(str::to_owned).collect(), entry.place().clone()))
}

/// `{ field = "created_at", days = 400 }`
fn retention(entry: &Entry) -> Result<(Retention, Place), SourceError> {
    let table = entry.table()?;
    if let Some(mistake) = table.unknown_keys(KEYS_OF_RETENTION).into_iter().next() {
        return Err(mistake);
    }
    let field = table.require("field")?.text()?.to_owned();
    let days = table.require("days")?.integer_within(1, i64::from(RETENTION_DAYS_MAX))?;
    let days = u32::try_from(days).unwrap_or(RETENTION_DAYS_MAX);
    Ok((Retention { field, days }, entry.place().clone()))
}

/// `"name, id desc"`: field names, each perhaps with a direction.
fn order(entry: &Entry) -> Result<(Vec<(String, bool)>, Place), SourceError> {
    let expected = || entry.expected("field names joined by commas, each perhaps with `asc` or `desc`");
    let mut order: Vec<(String, bool)> = Vec::new();
    for term in entry.text()?.split(',') {
        let mut words = term.split_whitespace();
        let name = words.next().ok_or_else(expected)?;
        let descending = match words.next() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => return Err(expected()),
        };
        if words.next().is_some() || order.len() == GROUP_FIELDS_MAX {
            return Err(expected());
        }
        if order.iter().any(|(other, _)| other == name) {
            return Err(entry.refuse(format!("`order`: found `{name}` twice, expected it once")));
        }
        order.push((name.to_owned(), descending));
    }
    Ok((order, entry.place().clone()))
}

/// `[["ring_group", "extension"]]`: lists of field names.
fn groups(entry: &Entry) -> Result<Vec<Named>, SourceError> {
    let lists = entry.list()?;
    if lists.len() > GROUPS_MAX {
        return Err(
            entry.refuse(format!("found {} groups of fields, expected at most {GROUPS_MAX}", lists.len()))
        );
    }
    let mut groups = Vec::new();
    for list in lists {
        let names = list.texts().map_err(|_| list.expected("a list of field names: [[\"a\", \"b\"]]"))?;
        if names.is_empty() || names.len() > GROUP_FIELDS_MAX {
            return Err(
                list.refuse(format!("found {} fields, expected 1 to {GROUP_FIELDS_MAX}", names.len()))
            );
        }
        if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
            return Err(list.refuse("found a field twice in one group, expected it once"));
        }
        groups.push((names.into_iter().map(str::to_owned).collect(), list.place().clone()));
    }
    Ok(groups)
}
