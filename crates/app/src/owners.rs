//! The first owner: somebody must be able to get in, and nobody with a password that others know.

use crate::entropy;
use crate::models::{ResCompanyDraft, ResUsers, ResUsersDraft};
use crate::tenants::{self, TenantError};
use argon2::password_hash::PasswordHasher as _;
use argon2::{Argon2, password_hash};
use opbx_kernel::fold::fold;
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{CommitError, ReadError, SaveError, Store, StoreError};

const OWNERS: (&str, &str) = ("base", "group_owner");
/// A password given from outside is at least this long.
const PASSWORD_LEN_MIN: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    #[error("the owner's password is shorter than {PASSWORD_LEN_MIN} characters")]
    ShortPassword,
    #[error("the password cannot be hashed: {0}")]
    Hash(#[from] password_hash::Error),
    #[error("there is no tenant")]
    NoTenant,
    #[error("the group of owners is missing; the modules' data was not installed")]
    NoGroup,
    #[error(transparent)]
    Tenant(#[from] TenantError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Who gets in first.
#[derive(Debug, Clone)]
pub struct FirstOwner {
    pub email: String,
    /// None draws one.
    pub password: Option<String>,
}

/// The password of an owner that was just made. Show it once, to the person at the terminal only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimePassword {
    pub email: String,
    pub password: String,
}

/// Makes the first tenant of an empty installation, with a company that its owner will rename.
pub async fn ensure_first_tenant(store: &Store) -> Result<TenantId, OwnerError> {
    let operator = Operator::because("make the first tenant of an empty installation");
    if let Some(tenant) = first_tenant(store, &operator).await? {
        return Ok(tenant);
    }
    let (tenant, mut tx) = match tenants::begin(store, &operator, "main", "My company").await {
        // Another node was first, a moment ago.
        Err(TenantError::Save(SaveError::Taken { .. })) => {
            return first_tenant(store, &operator).await?.ok_or(OwnerError::NoTenant);
        }
        begun => begun?,
    };
    let country = tenants::lookup(&mut tx, store.registry(), "base", "us").await?;
    let company = ResCompanyDraft {
        name: Some("My company".into()),
        country: country.map(|(_, id)| id),
        ..ResCompanyDraft::default()
    };
    tx.create("res.company", company.into_values()).await?;
    tx.commit().await?;
    Ok(tenant)
}

async fn first_tenant(store: &Store, operator: &Operator) -> Result<Option<TenantId>, StoreError> {
    Ok(store.tenants(operator).await?.first().map(|tenant| tenant.id))
}

/// Makes an owner of the tenant if it has none yet. Gives the password where one was drawn.
pub async fn ensure_owner(
    store: &Store,
    tenant: TenantId,
    first: &FirstOwner,
) -> Result<Option<OneTimePassword>, OwnerError> {
    let mut tx = store.begin(&Scope::system(tenant, "make the first owner")).await?;
    let (_, group) = tx.external(OWNERS.0, OWNERS.1).await?.ok_or(OwnerError::NoGroup)?;
    let users = tx.all::<ResUsers>(&Domain::is_in("active", [true, false])).await?;
    if users.iter().any(|user| user.active && user.groups.contains(&group)) {
        return Ok(None);
    }
    let password = match &first.password {
        Some(password) if password.chars().count() < PASSWORD_LEN_MIN => {
            return Err(OwnerError::ShortPassword);
        }
        Some(password) => password.clone(),
        None => entropy::password(),
    };
    let draft = ResUsersDraft {
        name: Some("Owner".into()),
        email: Some(first.email.clone()),
        password_hash: Some(hashed(&password).await?),
        groups: Some(vec![group]),
        password_drawn: Some(first.password.is_none()),
        ..ResUsersDraft::default()
    };
    let known = users.iter().find(|user| fold(&user.email) == fold(&first.email));
    let saved = match known {
        Some(user) => {
            let draft = ResUsersDraft { name: None, active: Some(true), ..draft };
            tx.update("res.users", user.id, draft.into_values(), None).await
        }
        None => tx.create("res.users", draft.into_values()).await.map(drop),
    };
    match saved {
        // Another node made the owner, a moment ago.
        Err(SaveError::Taken { .. }) => return Ok(None),
        saved => saved?,
    }
    tx.commit().await?;
    let drawn = first.password.is_none();
    Ok(drawn.then(|| OneTimePassword { email: first.email.clone(), password }))
}

/// Hashes away from the async threads: it is slow on purpose.
async fn hashed(password: &str) -> Result<String, OwnerError> {
    let password = password.to_owned();
    let salt = entropy::bytes::<16>();
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    Ok(hash.await.expect("hashing does not panic")?)
}
