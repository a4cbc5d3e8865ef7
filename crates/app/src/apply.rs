//! `config apply`: a tenant's configuration from one readable file, with names instead of ids.
//!
//! ```toml
//! tenant = { slug = "acme", name = "Acme Inc." }
//! [res.company.main]
//! name = "Acme Inc."
//! country = "base.us"
//! [pbx.extension.1001]
//! number = "1001"
//! name = "Alice"
//! [pbx.ring_group.sales]
//! name = "Sales"
//! members = ["1001"]
//! fallback = "extension:1001"
//! ```
//!
//! A record's table is named by its model and a name of its own, which stays when the record is renamed. Applying is
//! one transaction; applying twice changes nothing; records that the file does not name are left alone.

mod children;
mod file;
mod resolve;

use crate::records::{self, RecordError};
use crate::tenants::{self, TenantError};
use file::{ConfigFile, Wanted};
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use opbx_platform::source::{Place, SourceError};
use opbx_platform::{Registry, Values};
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};
use resolve::Names;

/// The module under whose name a configuration file's external ids are kept.
const HOME: &str = "config";

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Mistakes in the file; each names file and line. Nothing was changed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mistakes(Vec<SourceError>),
    #[error(transparent)]
    Tenant(#[from] TenantError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<SourceError> for ApplyError {
    fn from(mistake: SourceError) -> Self {
        Self::Mistakes(vec![mistake])
    }
}

/// What applying a file changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub tenant: TenantId,
    pub slug: String,
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    pub deleted: usize,
    /// The tenant's new plan version, where routing changed.
    pub plan_version: Option<i64>,
}

/// Applies a configuration file to the tenant it names, which is created if there is none.
pub async fn apply(store: &Store, file: &str, text: &str) -> Result<Applied, ApplyError> {
    let registry = store.registry();
    let config = ConfigFile::read(registry, file, text).map_err(ApplyError::Mistakes)?;
    let operator = Operator::because("apply a configuration file");
    let existing = store.tenants(&operator).await?.into_iter().find(|tenant| tenant.slug == config.slug);
    let (tenant, mut tx) = match existing {
        Some(tenant) => {
            let scope = Scope::system(tenant.id, "apply a configuration file");
            (tenant.id, store.begin(&scope).await?)
        }
        None => {
            let begun = tenants::begin(store, &operator, &config.slug, &config.name).await;
            begun.map_err(|error| match error {
                TenantError::Save(error) => at(&config.place, &error).into(),
                other => ApplyError::Tenant(other),
            })?
        }
    };
    rename_tenant(&mut tx, &config).await?;
    let mut applying =
        Applying { registry, tx, names: Names::default(), created: 0, updated: 0, unchanged: 0, deleted: 0 };
    applying.create_missing(&config.records).await?;
    applying.update_all(&config.records).await?;
    let Applying { tx, created, updated, unchanged, deleted, .. } = applying;
    let plan_version = tx.commit().await?.plan_version;
    Ok(Applied { tenant, slug: config.slug, created, updated, unchanged, deleted, plan_version })
}

async fn rename_tenant(tx: &mut Tx, config: &ConfigFile<'_>) -> Result<(), ApplyError> {
    let own = RecordId::new(tx.scope().tenant().get()).expect("a tenant's id is a record's id");
    let name = Values::from([("name".to_owned(), config.name.as_str().into())]);
    Ok(tx.update("res.tenant", own, name, None).await.map_err(|error| at(&config.place, &error))?)
}

/// A file being applied.
struct Applying<'a> {
    registry: &'a Registry,
    tx: Tx,
    /// The records that the file's names stand for, as far as they exist.
    names: Names,
    created: usize,
    updated: usize,
    unchanged: usize,
    deleted: usize,
}

impl Applying<'_> {
    /// Creates the records that do not exist yet, in as many rounds as their references to each other need.
    async fn create_missing(&mut self, wanted: &[Wanted<'_>]) -> Result<(), ApplyError> {
        let mut missing = Vec::new();
        for record in wanted {
            match self.tx.external(HOME, &record.external_name()).await? {
                Some((_, id)) => self.names.learn(record, id),
                None => missing.push(record),
            }
        }
        // Each round creates at least one record, or there is a circle of required references.
        while !missing.is_empty() {
            let before = missing.len();
            let mut later = Vec::new();
            for record in missing {
                if !self.create(record, wanted).await? {
                    later.push(record);
                }
            }
            if later.len() == before {
                let message = "its required fields name records that need this one first";
                return Err(later[0].place.refuse(message).into());
            }
            missing = later;
        }
        Ok(())
    }

    /// Creates a record with the fields that can be filled already; tells whether the required ones were among them.
    async fn create(&mut self, record: &Wanted<'_>, wanted: &[Wanted<'_>]) -> Result<bool, ApplyError> {
        let mut values = Values::new();
        for field in &record.fields {
            match self.resolve(field.field, &field.literal, &field.place, wanted).await? {
                Some(value) => drop(values.insert(field.field.name.clone(), value)),
                None if field.field.required && field.field.default.is_none() => return Ok(false),
                None => {}
            }
        }
        let created = records::create(&mut self.tx, record.model, values).await;
        let id = created.map_err(|error| record.blame(&error))?;
        let name = record.external_name();
        let named = self.tx.set_external(HOME, &name, record.model.name.as_str(), id).await;
        named.map_err(|error| at(&record.place, &error))?;
        self.names.learn(record, id);
        self.names.note_new(record);
        Ok(true)
    }

    /// Brings every record, and the lists inside it, to what the file says.
    async fn update_all(&mut self, wanted: &[Wanted<'_>]) -> Result<(), ApplyError> {
        for record in wanted {
            let id = self.names.id(record).expect("every record was found or created");
            let before = self.version(record, id).await?;
            let mut values = Values::new();
            for field in &record.fields {
                let value = self.resolve(field.field, &field.literal, &field.place, wanted).await?;
                values.insert(field.field.name.clone(), value.expect("every record of the file exists now"));
            }
            let updated = records::update(&mut self.tx, record.model, id, values, None).await;
            updated.map_err(|error| record.blame(&error))?;
            let mut changed = self.version(record, id).await? != before;
            for list in &record.lists {
                changed |= children::apply(self, id, list, wanted).await?;
            }
            match (self.names.was_new(record), changed) {
                (true, _) => self.created += 1,
                (false, true) => self.updated += 1,
                (false, false) => self.unchanged += 1,
            }
        }
        Ok(())
    }

    async fn version(&mut self, record: &Wanted<'_>, id: RecordId) -> Result<i64, ApplyError> {
        let rows = self.tx.read(record.model.name.as_str(), &[id], &[]).await?;
        let gone = || record.place.refuse(format!("the record that `{}` stood for was deleted", record.name));
        Ok(rows.first().map(|row| row.version).ok_or_else(gone)?)
    }
}

/// A refusal of the store, at a place of the file.
fn at(place: &Place, error: &SaveError) -> SourceError {
    place.refuse(error)
}

impl Wanted<'_> {
    /// A refusal, at the line of the field that is at fault where one is.
    fn blame(&self, error: &RecordError) -> ApplyError {
        let mut mistakes = Vec::new();
        match error {
            RecordError::Save(SaveError::Invalid { faults, .. }) => {
                for (field, fault) in faults {
                    mistakes.push(self.place_of(field).refuse(format!("`{field}` {fault}")));
                }
            }
            RecordError::Save(SaveError::Taken { fields, .. }) => {
                let field = fields.first().map_or("", String::as_str);
                let message =
                    format!("another record of {} has the same {}", self.model.name, fields.join(", "));
                mistakes.push(self.place_of(field).refuse(message));
            }
            RecordError::Save(SaveError::Fixed { field, .. }) => {
                mistakes.push(self.place_of(field).refuse(error));
            }
            RecordError::EmergencyNumber { .. } => mistakes.push(self.place_of("number").refuse(error)),
            RecordError::NoRetention { .. } => mistakes.push(self.place_of("model").refuse(error)),
            RecordError::Schedule(_)
            | RecordError::NotAllowed { .. }
            | RecordError::Save(_)
            | RecordError::Read(_) => {
                mistakes.push(self.place.refuse(error));
            }
        }
        ApplyError::Mistakes(mistakes)
    }

    fn place_of(&self, field: &str) -> &Place {
        let named = self.fields.iter().find(|wanted| wanted.field.name == field);
        named.map_or(&self.place, |wanted| &wanted.place)
    }
}
