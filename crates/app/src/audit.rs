//! The audit log, as those read it who may: what was done by whom, of models that they may read themselves.

use crate::App;
use crate::models::{IrAudit, ResTenant};
use crate::records::{self, Deed};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use opbx_kernel::{RecordId, Scope};
use opbx_platform::{Domain, Record as _, Registry, Value};

/// Lists entries. Their changes tell of fields, so whoever may not read a model reads nothing of its history.
pub async fn list(app: &App, scope: &Scope, listing: &Listing) -> Result<Listed<IrAudit>, ResourceError> {
    let domain = listing.domain.clone().and(readable(app.store().registry(), scope));
    resources::list(app, scope, &Listing { domain, ..listing.clone() }).await
}

pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Stored<IrAudit>, ResourceError> {
    let domain = Domain::eq("id", id).and(readable(app.store().registry(), scope));
    let listing = Listing { domain, order: Vec::new(), page: 1, per_page: 1 };
    let found: Listed<IrAudit> = resources::list(app, scope, &listing).await?;
    found.rows.into_iter().next().ok_or(ResourceError::Absent { model: "ir.audit" })
}

/// Whoever may change the organisation itself reads all that was done in it.
fn readable(registry: &Registry, scope: &Scope) -> Domain {
    let organisation = registry.model(ResTenant::MODEL).expect("every struct is written from its model");
    if records::require(scope, organisation, Deed::Update).is_ok() {
        return Domain::All;
    }
    let models = registry.models().filter(|model| records::require(scope, model, Deed::Read).is_ok());
    Domain::is_in("model", models.map(|model| Value::Text(model.name.to_string())))
}
