//! What the installation's operator does from the command line: organisations, and who gets into them.

use crate::models::{ResCompanyDraft, ResTenant, ResTenantDraft, ResTenantStatus, ResUsers, ResUsersDraft};
use crate::owners::OneTimePassword;
use crate::passwords::{self, PasswordError, Strength, Weak};
use crate::sessions::{Role, end_in, of_user};
use crate::tenants::{self, TenantError};
use crate::{entropy, groups, users};
use opbx_kernel::{Code, Kind, Operator, RecordId, Scope, TenantId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError, Tx};

#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("there is no tenant {0:?}")]
    NoTenant(String),
    #[error("there is a tenant {0:?} already")]
    TenantTaken(String),
    #[error("{0:?} is no country code: expected two letters, such as us")]
    NoCountry(String),
    #[error("there is no user {0:?} in this tenant")]
    NoUser(String),
    #[error("there is a user {0:?} in this tenant already")]
    UserTaken(String),
    #[error("this is the last active owner: make another one first")]
    LastOwner,
    #[error("the group of the role is missing; the modules' data was not installed")]
    NoGroup,
    #[error("the password {0}")]
    Weak(#[from] Weak),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Tenant(#[from] TenantError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl OperatorError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoTenant(_) => Code::new(Kind::Absent, "no_tenant"),
            Self::TenantTaken(_) => Code::new(Kind::Conflict, "tenant_taken"),
            Self::NoCountry(_) => Code::new(Kind::Invalid, "no_such_country"),
            Self::NoUser(_) => Code::new(Kind::Absent, "no_user"),
            Self::UserTaken(_) => Code::new(Kind::Conflict, "user_taken"),
            Self::LastOwner => Code::new(Kind::Conflict, "last_owner"),
            Self::NoGroup => Code::new(Kind::Internal, "no_group"),
            Self::Weak(_) => Code::new(Kind::Invalid, "weak_password"),
            Self::Password(error) => error.code(),
            Self::Tenant(_) => Code::new(Kind::Internal, "tenant_unmade"),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// An organisation that is to be.
#[derive(Debug, Clone)]
pub struct NewTenant {
    pub slug: String,
    pub name: String,
    /// Two letters.
    pub country: String,
    pub time_zone: String,
}

/// Makes an organisation with its first company.
pub async fn create_tenant(store: &Store, new: &NewTenant) -> Result<TenantId, OperatorError> {
    let operator = Operator::because("the operator makes a tenant");
    let (tenant, mut tx) = match tenants::begin(store, &operator, &new.slug, &new.name).await {
        Err(TenantError::Save(SaveError::Taken { .. })) => {
            return Err(OperatorError::TenantTaken(new.slug.clone()));
        }
        begun => begun?,
    };
    let code = new.country.to_ascii_lowercase();
    let country = tenants::lookup(&mut tx, store.registry(), "base", &code).await?;
    let Some((_, country)) = country.filter(|(model, _)| model == "res.country") else {
        return Err(OperatorError::NoCountry(new.country.clone()));
    };
    let company = ResCompanyDraft {
        name: Some(new.name.clone()),
        country: Some(country),
        time_zone: Some(new.time_zone.clone()),
        ..ResCompanyDraft::default()
    };
    tx.create("res.company", company.into_values()).await?;
    tx.commit().await?;
    Ok(tenant)
}

/// Lets an organisation in, or out: a suspended one's calls and users are refused, a deleted one's for good.
pub async fn set_status(store: &Store, slug: &str, status: ResTenantStatus) -> Result<(), OperatorError> {
    let tenant = tenant(store, slug).await?;
    let mut tx = store.begin(&Scope::system(tenant, "the operator changes a tenant's status")).await?;
    let id = RecordId::new(tenant.get()).expect("a tenant's id is a record's id");
    let draft = ResTenantDraft { status: Some(status), ..ResTenantDraft::default() };
    tx.update("res.tenant", id, draft.into_values(), None).await?;
    if status != ResTenantStatus::Active {
        end_in(&mut tx, &Domain::All).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// An organisation, as the operator sees it: nothing of what it does.
#[derive(Debug, Clone)]
pub struct TenantFacts {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub status: &'static str,
    pub users: u64,
}

/// All organisations, the oldest first.
pub async fn list_tenants(store: &Store) -> Result<Vec<TenantFacts>, OperatorError> {
    let operator = Operator::because("the operator lists tenants");
    let mut listed = Vec::new();
    for row in store.tenants(&operator).await? {
        let mut tx = store.read(&Scope::system(row.id, "the operator lists tenants")).await?;
        let Some(tenant) = tx.all::<ResTenant>(&Domain::All).await?.into_iter().next() else { continue };
        let users = tx.count("res.users", &Domain::eq("active", true)).await?;
        let (slug, name, status) = (tenant.slug, tenant.name, tenant.status.as_str());
        listed.push(TenantFacts { id: row.id, slug, name, status, users });
    }
    Ok(listed)
}

/// The tenant of a slug.
pub async fn tenant(store: &Store, slug: &str) -> Result<TenantId, OperatorError> {
    let operator = Operator::because("find the tenant that the operator means");
    let found = store.tenants(&operator).await?.into_iter().find(|row| row.slug == slug);
    found.map(|row| row.id).ok_or_else(|| OperatorError::NoTenant(slug.to_owned()))
}

/// A user, as the operator sees one.
#[derive(Debug, Clone)]
pub struct UserFacts {
    pub id: RecordId,
    pub name: String,
    pub email: String,
    pub role: Option<Role>,
    pub active: bool,
}

/// The users of a tenant.
pub async fn list_users(store: &Store, tenant: TenantId) -> Result<Vec<UserFacts>, OperatorError> {
    let mut tx = store.read(&Scope::system(tenant, "the operator lists users")).await?;
    let mut listed = Vec::new();
    for user in tx.all::<ResUsers>(&Domain::is_in("active", [true, false])).await? {
        let role = Role::of(&groups::closed(&mut tx, &user.groups).await?);
        listed.push(UserFacts { id: user.id, name: user.name, email: user.email, role, active: user.active });
    }
    Ok(listed)
}

/// Makes a user. Without a password one is drawn, and must be changed by whoever gets in with it.
pub async fn create_user(
    store: &Store,
    tenant: TenantId,
    email: &str,
    name: &str,
    role: Role,
    password: Option<String>,
) -> Result<Option<OneTimePassword>, OperatorError> {
    let is_drawn = password.is_none();
    let password = checked(password)?;
    let hash = passwords::hash(&password).await?;
    let mut tx = store.begin(&Scope::system(tenant, "the operator makes a user")).await?;
    let (module, group) = role.group().split_once('.').expect("an external id has a module");
    let (_, group) = tx.external(module, group).await?.ok_or(OperatorError::NoGroup)?;
    let draft = ResUsersDraft {
        name: Some(name.to_owned()),
        email: Some(email.to_owned()),
        password_hash: Some(hash),
        password_reset_required: Some(is_drawn),
        password_drawn: Some(is_drawn),
        groups: Some(vec![group]),
        ..ResUsersDraft::default()
    };
    match tx.create("res.users", draft.into_values()).await {
        Err(SaveError::Taken { .. }) => return Err(OperatorError::UserTaken(email.to_owned())),
        created => created?,
    };
    tx.commit().await?;
    Ok(is_drawn.then(|| OneTimePassword { email: email.to_owned(), password }))
}

/// Sets a user's password; all of the user's sessions end.
pub async fn set_password(
    store: &Store,
    tenant: TenantId,
    email: &str,
    password: Option<String>,
) -> Result<Option<OneTimePassword>, OperatorError> {
    let is_drawn = password.is_none();
    let password = checked(password)?;
    let hash = passwords::hash(&password).await?;
    let mut tx = store.begin(&Scope::system(tenant, "the operator sets a password")).await?;
    let user = user(&mut tx, email).await?;
    passwords::write(&mut tx, user.id, hash).await?;
    if is_drawn {
        let draft = ResUsersDraft { password_reset_required: Some(true), ..ResUsersDraft::default() };
        tx.update("res.users", user.id, draft.into_values(), None).await?;
    }
    end_in(&mut tx, &of_user(user.id)).await?;
    tx.commit().await?;
    Ok(is_drawn.then_some(OneTimePassword { email: user.email, password }))
}

/// Lets a user out, or in again.
pub async fn set_active(
    store: &Store,
    tenant: TenantId,
    email: &str,
    active: bool,
) -> Result<(), OperatorError> {
    let mut tx = store.begin(&Scope::system(tenant, "the operator lets a user in or out")).await?;
    let user = user(&mut tx, email).await?;
    if !active && is_last_owner(&mut tx, &user).await? {
        return Err(OperatorError::LastOwner);
    }
    let draft = ResUsersDraft { active: Some(active), ..ResUsersDraft::default() };
    tx.update("res.users", user.id, draft.into_values(), None).await?;
    if !active {
        end_in(&mut tx, &of_user(user.id)).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn is_last_owner(tx: &mut Tx, user: &ResUsers) -> Result<bool, ReadError> {
    if Role::of(&groups::closed(tx, &user.groups).await?) != Some(Role::Owner) {
        return Ok(false);
    }
    for other in tx.all::<ResUsers>(&Domain::eq("active", true)).await? {
        let role = Role::of(&groups::closed(tx, &other.groups).await?);
        if other.id != user.id && role == Some(Role::Owner) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn user(tx: &mut Tx, email: &str) -> Result<ResUsers, OperatorError> {
    users::by_email(tx, email).await?.ok_or_else(|| OperatorError::NoUser(email.to_owned()))
}

fn checked(password: Option<String>) -> Result<String, OperatorError> {
    match password {
        Some(password) => {
            passwords::check(&password, Strength::LettersAndDigits)?;
            Ok(password)
        }
        None => Ok(entropy::password()),
    }
}
