//! The first owner: somebody must be able to get in, and nobody with a password that others know.

use crate::models::{ResCompanyDraft, ResUsers, ResUsersDraft};
use crate::tenants::{self, TenantError};
use crate::{App, entropy, passwords, users};
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
    /// Whether a drawn password is good for choosing another, and for nothing else.
    pub is_for_once: bool,
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
        password_reset_required: Some(first.is_for_once && first.password.is_none()),
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

/// Deletes the file that a drawn password was left in, once nobody gets in with it any more.
///
/// What cannot be looked at now is looked at after the next change of a password, and at the next start.
pub async fn forget_first_password(app: &App) {
    let Some(path) = app.first_password() else { return };
    let Ok(text) = tokio::fs::read_to_string(path).await else { return };
    let mut lines = text.lines();
    let (Some(email), Some(password)) = (lines.next(), lines.next()) else { return };
    match opens(app.store(), email, password).await {
        Ok(true) => {}
        Ok(false) => match tokio::fs::remove_file(path).await {
            Ok(()) => {
                tracing::info!(path = %path.display(), "the first password is none any more, and its file is gone");
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the file of the first password cannot be deleted");
            }
        },
        Err(error) => {
            tracing::warn!(%error, "whether the first password still opens an account cannot be told now");
        }
    }
}

/// Whether somebody of this address, in whichever tenant, gets in with this password.
async fn opens(store: &Store, email: &str, password: &str) -> Result<bool, OwnerError> {
    let operator = Operator::because("see whether the first password was changed");
    for tenant in store.tenants_with_login(&operator, email).await? {
        let mut tx = store.read(&Scope::system(tenant, operator.reason())).await?;
        let Some(user) = users::by_email(&mut tx, email).await? else { continue };
        let hash = tx.reveal("res.users", user.id, "password_hash").await?;
        drop(tx);
        if let Some(hash) = hash.and_then(|hash| String::from_utf8(hash).ok())
            && passwords::verify(hash, password).await
        {
            return Ok(true);
        }
    }
    Ok(false)
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
