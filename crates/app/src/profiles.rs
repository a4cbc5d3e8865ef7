//! One's own profile, and the organisation that one is of.

use crate::App;
use crate::accounts::{self, Account, AccountDraft, AccountError, AddressDraft};
use crate::models::{ResCompany, ResCompanyDraft, ResTenant, ResTenantDraft, ResUsers, ResUsersDraft};
use crate::records;
use crate::resources::{self, ResourceError};
use crate::sessions::Asker;
use opbx_kernel::{RecordId, Scope};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{ReadError, Tx};

/// The organisation as its users see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    pub id: i64,
    pub name: String,
    pub slug: String,
    pub status: &'static str,
    /// The IANA name of the zone of the user's company.
    pub time_zone: String,
    pub single_session: bool,
}

/// What an owner writes of it; `None` leaves it alone.
#[derive(Debug, Clone, Default)]
pub struct OrganisationDraft {
    pub name: Option<String>,
    pub time_zone: Option<String>,
    pub single_session: Option<bool>,
}

/// The asker with what belongs to them, and their organisation.
pub async fn get(app: &App, asker: &Asker) -> Result<(Account, Organisation), AccountError> {
    let mut tx = app.store().read(&Scope::system(asker.tenant, "show somebody their own profile")).await?;
    let user = resources::get_in::<ResUsers>(&mut tx, asker.user_record()).await?;
    let company = user.record.company;
    let account = accounts::whole(&mut tx, vec![user]).await?.into_iter().next();
    let organisation = organisation(&mut tx, company).await?;
    Ok((account.expect("one user makes one account"), organisation))
}

/// Writes the asker's own name, mail address, language, zone and address; never role, activity or password.
pub async fn update(
    app: &App,
    asker: &Asker,
    draft: AccountDraft,
    expected: Option<i64>,
) -> Result<(), AccountError> {
    let scope = Scope::system(asker.tenant, "a user changes the own profile");
    let scope = match asker.scope.request() {
        Some(request) => scope.for_request(request),
        None => scope,
    };
    let mut tx = app.store().begin(&scope).await?;
    let held = resources::get_in::<ResUsers>(&mut tx, asker.user_record()).await?.record;
    let AccountDraft { name, email, language, time_zone, address, .. } = draft;
    let values = ResUsersDraft { name, email, language, time_zone, ..ResUsersDraft::default() };
    let address: AddressDraft = address;
    accounts::update_in(&mut tx, &held, values.into_values(), address, expected).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the organisation's name, its company's zone, and how its users sign in, by the asker's own rights.
pub async fn update_organisation(
    app: &App,
    asker: &Asker,
    draft: OrganisationDraft,
) -> Result<Organisation, AccountError> {
    let mut tx = app.store().begin(&asker.scope).await?;
    let own = tx.get::<ResUsers>(asker.user_record()).await?.and_then(|user| user.company);
    if draft.name.is_some() || draft.single_session.is_some() {
        let id = RecordId::new(asker.tenant.get()).expect("a tenant's id is a record's id");
        let values = ResTenantDraft {
            name: draft.name,
            single_session: draft.single_session,
            ..ResTenantDraft::default()
        };
        resources::update_in(&mut tx, id, values, opbx_platform::Values::new(), None).await?;
    }
    if let Some(zone) = draft.time_zone
        && let Some(company) = company(&mut tx, own).await?
    {
        let model = tx.models().model("res.company").expect("a built-in model").clone();
        let values = ResCompanyDraft { time_zone: Some(zone), ..ResCompanyDraft::default() };
        records::update(&mut tx, &model, company.id, values.into_values(), None).await?;
    }
    let organisation = organisation(&mut tx, own).await?;
    tx.commit().await?;
    Ok(organisation)
}

async fn company(tx: &mut Tx, own: Option<RecordId>) -> Result<Option<ResCompany>, ReadError> {
    match own {
        Some(own) => tx.get::<ResCompany>(own).await,
        None => Ok(tx.all::<ResCompany>(&Domain::All).await?.into_iter().min_by_key(|company| company.id)),
    }
}

async fn organisation(tx: &mut Tx, own: Option<RecordId>) -> Result<Organisation, AccountError> {
    let zone = company(tx, own).await?.map_or_else(|| "UTC".to_owned(), |company| company.time_zone);
    let tenant = tx.all::<ResTenant>(&Domain::All).await?.into_iter().next();
    let tenant = tenant.ok_or(ResourceError::Absent { model: "res.tenant" })?;
    Ok(Organisation {
        id: tenant.id.get(),
        name: tenant.name,
        slug: tenant.slug,
        status: tenant.status.as_str(),
        time_zone: zone,
        single_session: tenant.single_session,
    })
}
