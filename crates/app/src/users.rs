//! Users: the scope in which somebody asks.

use crate::groups;
use crate::models::{ResPartner, ResUsers};
use opbx_kernel::fold::fold;
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId, UserId};
use opbx_platform::Domain;
use opbx_store::{ReadError, Store, StoreError, Tx};

/// What is spoken to whoever chose no language.
const LANGUAGE: &str = "en";

#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// Archived users and those of other tenants are absent, too.
    #[error("there is no such user")]
    NoUser,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ScopeError {
    pub fn code(&self) -> Code {
        match self {
            Self::NoUser => Code::new(Kind::Absent, "no_user"),
            Self::Read(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

/// The scope of a user of a tenant: with every group that the user's groups imply, and the user's language.
pub async fn scope(store: &Store, tenant: TenantId, user: UserId) -> Result<Scope, ScopeError> {
    let mut tx = store.read(&Scope::system(tenant, "find out what a user may do")).await?;
    let id = RecordId::new(user.get()).expect("a user's id is a record's id");
    let found = tx.get::<ResUsers>(id).await?.filter(|user| user.active).ok_or(ScopeError::NoUser)?;
    let groups = groups::closed(&mut tx, &found.groups).await?;
    let language = language_of(&mut tx, &found).await?;
    Ok(Scope::user(tenant, user, groups).in_language(&language))
}

/// The user of an address, in whatever case and archived or not.
pub(crate) async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<ResUsers>, ReadError> {
    let domain = Domain::eq_ilike("email", email).and(Domain::is_in("active", [true, false]));
    // Wildcards in an address stand for themselves.
    let found = tx.all::<ResUsers>(&domain).await?;
    Ok(found.into_iter().find(|user| fold(&user.email) == fold(email)))
}

/// What is spoken to a user: the own language, else that of who the user is.
pub(crate) async fn language_of(tx: &mut Tx, user: &ResUsers) -> Result<String, ReadError> {
    let language = match (&user.language, user.partner) {
        (Some(language), _) => Some(language.clone()),
        (None, Some(partner)) => tx.get::<ResPartner>(partner).await?.and_then(|partner| partner.language),
        (None, None) => None,
    };
    Ok(language.filter(|language| !language.is_empty()).unwrap_or_else(|| LANGUAGE.to_owned()))
}
