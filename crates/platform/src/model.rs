//! A model: its fields, its tenancy and its order. Tables, columns and API names all follow from it.

use crate::access::Rule;
use crate::field::{Field, FieldKind};
use std::fmt;

/// A model's name: two or more lower-case words joined by dots, `pbx.ring_group.member`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName(String);

impl ModelName {
    pub fn new(name: &str) -> Option<Self> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let words = name.split('.').count();
        ((2..=4).contains(&words) && name.len() <= 60 && name.split('.').all(is_word))
            .then(|| Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The table: the name with `_` for each dot.
    pub fn table(&self) -> String {
        self.0.replace('.', "_")
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose a model's records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenancy {
    /// Every record belongs to one tenant. The rule.
    Tenant,
    /// The model of tenants itself: a record belongs to the tenant that it is.
    TenantItself,
    /// Reference data of the installation, the same for all and written by module data only.
    Shared,
}

/// A model as its module declares it, extensions merged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub name: ModelName,
    pub title: String,
    /// The module that declares it.
    pub module: String,
    pub tenancy: Tenancy,
    /// In the order of declaration.
    pub fields: Vec<Field>,
    /// Field names, and whether each goes down. `id` is always among them, last unless declared, so no two records tie.
    pub order: Vec<(String, bool)>,
    /// The char field that stands for a record in sentences and lists; `id` where a model has none.
    pub display: String,
    /// Its records are part of a tenant's call plan: changing one advances the plan version.
    pub routing: bool,
    /// Machine-written: no audit, no hooks (calls, legs, timeline).
    pub audit: bool,
    /// Its records are a tenant's configuration: files name them, and `config export` writes them. So it is with every
    /// model of a tenant that no machine writes, unless its module says `config = false` (what business is done with).
    pub config: bool,
    /// Its changes go through the outbox: always true of an audited model, and of a machine-written one that says so.
    pub publish: bool,
    /// Fields that machines keep in an audited model; a change of these alone is neither audited nor published.
    pub machine_fields: Vec<String>,
    /// How long its records are kept, unless the tenant says otherwise; for ever without one.
    pub retention: Option<Retention>,
    /// Groups of fields that together may stand once in a tenant, or in the installation for a shared model.
    pub unique: Vec<Vec<String>>,
    /// Further indexes, each a list of fields; `tenant_id` is put first by itself.
    pub indexes: Vec<Vec<String>>,
    /// The char fields by which a record is looked up by name; never empty but where `display` is `id`.
    pub name_search: Vec<String>,
    /// Its records belong to a company of the tenant, named by the field `company`, or to all of them.
    pub company: bool,
    /// What each group may do: group external id (`base.group_owner`), and the letters of `crud`.
    pub rights: Vec<(String, Rights)>,
    /// The groups that may be shown its secrets in clear, each time with an audit entry.
    pub reveal: Vec<String>,
    /// The fields that a group may change, where it may not change all: group external id, and field names.
    pub changeable: Vec<(String, Vec<String>)>,
    /// Which records a deed reaches.
    pub rules: Vec<Rule>,
}

/// The field that names a record's company, where a model has companies.
pub const COMPANY_FIELD: &str = "company";
/// The model of companies.
pub const COMPANY_MODEL: &str = "res.company";
/// How long a model's records are kept: `days` after the instant in `field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// A datetime field, or `created_at`; records where it is unset stay.
    pub field: String,
    pub days: u32,
}

/// The longest that a record can be kept by a number of days: a hundred years.
pub const RETENTION_DAYS_MAX: u32 = 36_500;

/// Which of the four deeds a group may do with a model's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    pub create: bool,
    pub read: bool,
    pub update: bool,
    pub delete: bool,
}

/// The columns that every model has besides its fields.
pub const RESERVED: &[&str] =
    &["id", "tenant_id", "created_at", "created_by", "updated_at", "updated_by", "version"];

impl Model {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields that have a column, in order.
    pub fn stored(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_stored())
    }

    /// The many2one to the model itself by which its records form a tree: the one named `parent`.
    pub fn tree(&self) -> Option<&Field> {
        self.field("parent").filter(|field| self.is_own(field))
    }

    /// Whether a field is a many2one to this same model.
    pub fn is_own(&self, field: &Field) -> bool {
        matches!(&field.kind, FieldKind::Many2one { to, .. } if *to == self.name)
    }

    /// Whether records can be archived: a boolean field `active` says so.
    pub fn archives(&self) -> bool {
        self.field("active").is_some()
    }
}
