//! `model.toml`: one model declared, or another module's model extended.

use super::Mistakes;
use super::fields::{self, Amendment, DeclaredField};
use crate::model::{COMPANY_FIELD, ModelName, RETENTION_DAYS_MAX, Retention, Tenancy};
use crate::source::{Document, Entry, Place, SourceError, Table};

const KEYS: &[&str] = &[
    "name",
    "title",
    "order",
    "tenancy",
    "routing",
    "audit",
    "config",
    "publish",
    "machine_fields",
    "retention",
    "display",
    "name_search",
    "company",
    "unique",
    "indexes",
    "fields",
];
const KEYS_OF_EXTENSION: &[&str] = &["extends", "routing", "unique", "indexes", "fields"];
const KEYS_OF_RETENTION: &[&str] = &["field", "days"];
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
    /// What an extension changes of fields that it does not bring.
    pub(super) amendments: Vec<Amendment>,
    pub(super) routing: bool,
    pub(super) unique: Vec<Named>,
    pub(super) indexes: Vec<Named>,
    /// `None` for an extension.
    pub(super) own: Option<Own>,
}

/// What only the file that declares a model says.
pub(super) struct Own {
    pub(super) title: Option<String>,
    pub(super) tenancy: Tenancy,
    pub(super) audit: bool,
    pub(super) config: bool,
    pub(super) publish: bool,
    pub(super) machine_fields: Option<Named>,
    pub(super) retention: Option<(Retention, Place)>,
    pub(super) order: Option<(Vec<(String, bool)>, Place)>,
    pub(super) display: Option<(String, Place)>,
    pub(super) name_search: Option<Named>,
    pub(super) company: bool,
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
    let fields = root.require("fields").and_then(Entry::table);
    let fields = mistakes.note(fields).map(|table| fields::read(table, module, extends.is_some(), mistakes));
    let (mut fields, amendments) = fields.unwrap_or_default();
    let routing = mistakes.note(flag(root, "routing", false));
    let listed = |key: &str| root.get(key).map_or_else(|| Ok(Vec::new()), groups);
    let unique = mistakes.note(listed("unique"));
    let indexes = mistakes.note(listed("indexes"));
    let own = if extends.is_none() { Some(mistakes.note(own(root))?) } else { None };
    if let (Some(own), Some(entry)) = (&own, root.get("company"))
        && own.company
    {
        if fields.iter().any(|field| field.field.name == COMPANY_FIELD) {
            mistakes.add(entry.refuse("found a field `company`, but `company = true` gives the model one"));
        } else {
            fields.push(fields::company(entry, module));
        }
    }
    let (name, place) = name?;
    Some(Declared {
        module: module.to_owned(),
        name,
        place,
        fields,
        amendments,
        routing: routing?,
        unique: unique?,
        indexes: indexes?,
        own,
    })
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
        config: flag(root, "config", true)?,
        audit,
        publish: flag(root, "publish", audit)? || audit,
        machine_fields: root.get("machine_fields").map(names).transpose()?,
        retention: root.get("retention").map(retention).transpose()?,
        order: root.get("order").map(order).transpose()?,
        display: root.get("display").map(display).transpose()?,
        name_search: root.get("name_search").map(name_search).transpose()?,
        company: company(root, tenancy)?,
    })
}

fn flag(root: &Table, key: &str, usual: bool) -> Result<bool, SourceError> {
    root.get(key).map_or(Ok(usual), Entry::flag)
}

fn display(entry: &Entry) -> Result<(String, Place), SourceError> {
    Ok((entry.text()?.to_owned(), entry.place().clone()))
}

/// `["number", "name"]`: the fields by which a record is looked up.
fn name_search(entry: &Entry) -> Result<Named, SourceError> {
    let expected = || entry.expected(format!("1 to {GROUP_FIELDS_MAX} char fields: [\"number\", \"name\"]"));
    let names = entry.texts().map_err(|_| expected())?;
    if names.is_empty() || names.len() > GROUP_FIELDS_MAX {
        return Err(expected());
    }
    Ok((names.into_iter().map(str::to_owned).collect(), entry.place().clone()))
}

fn company(root: &Table, tenancy: Tenancy) -> Result<bool, SourceError> {
    let company = flag(root, "company", false)?;
    match root.get("company") {
        Some(entry) if company && tenancy != Tenancy::Tenant => {
            Err(entry.refuse("found `company`, but the records of this model have no tenant"))
        }
        _ => Ok(company),
    }
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
