//! Getting in by address and password: which tenant's user it is, and how often somebody may try.

use super::{Device, Login, SessionError, begin};
use crate::passwords::{DUMMY_HASH, verify};
use crate::rates::{self, Rate};
use crate::{App, users};
use opbx_kernel::fold::fold;
use opbx_kernel::seal::digest;
use opbx_kernel::{Operator, RecordId, Scope, TenantId};
use std::net::IpAddr;
use std::time::Duration;

/// How often somebody may try to get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginRates {
    /// From one address within `ADDRESS_WINDOW`; 0 does not count.
    pub per_address: u32,
    /// At one account within `ACCOUNT_WINDOW`, from wherever; 0 does not count.
    pub per_account: u32,
}

impl Default for LoginRates {
    fn default() -> Self {
        Self { per_address: 5, per_account: 10 }
    }
}

pub const ADDRESS_WINDOW: Duration = Duration::from_secs(60);
pub const ACCOUNT_WINDOW: Duration = Duration::from_secs(300);

/// Begins a session for whoever knows the password. Other sessions of the user stay, unless the tenant wants one only.
pub async fn log_in(
    app: &App,
    email: &str,
    password: &str,
    device: &Device,
    rates: LoginRates,
) -> Result<Login, SessionError> {
    throttle(app, email, device.address, rates).await?;
    let operator = Operator::because("find where somebody who logs in is a user");
    let mut refused = SessionError::WrongCredentials;
    let mut tried = false;
    for tenant in app.store().tenants_with_login(&operator, email).await? {
        let Some(user) = user_of(app, tenant, email, password, &mut tried).await? else { continue };
        match begin(app, tenant, user, device).await {
            // The same address may be an active user's elsewhere.
            Err(error @ (SessionError::UserInactive | SessionError::OrganisationInactive)) => refused = error,
            begun => return begun,
        }
    }
    if !tried {
        // As long as for an address that is known, so that nobody learns which ones are.
        verify(DUMMY_HASH.to_owned(), password).await;
    }
    Err(refused)
}

/// Counts a try from an address and at an account, and refuses where there were too many. What is refused is not
/// counted, so that whoever keeps trying is let in again as soon as anybody else.
pub async fn throttle(
    app: &App,
    email: &str,
    address: Option<IpAddr>,
    limits: LoginRates,
) -> Result<(), SessionError> {
    if let Some(address) = address {
        let key = format!("login:from:{}", rates::sender(address));
        counted(app, &key, limits.per_address, ADDRESS_WINDOW).await?;
    }
    // Not the address itself: what nodes share is no place for people's names.
    let account: String =
        digest(&[fold(email).as_bytes()]).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    counted(app, &format!("login:to:{account}"), limits.per_account, ACCOUNT_WINDOW).await
}

async fn counted(app: &App, key: &str, limit: u32, window: Duration) -> Result<(), SessionError> {
    if limit == 0 {
        return Ok(());
    }
    match rates::take(app, key, limit, window).await {
        Rate::Allowed { .. } => Ok(()),
        Rate::Wait(wait) => Err(SessionError::TooMany(wait)),
    }
}

async fn user_of(
    app: &App,
    tenant: TenantId,
    email: &str,
    password: &str,
    tried: &mut bool,
) -> Result<Option<RecordId>, SessionError> {
    let mut tx = app.store().read(&Scope::system(tenant, "check a password")).await?;
    let Some(user) = users::by_email(&mut tx, email).await? else { return Ok(None) };
    let Some(hash) = tx.reveal("res.users", user.id, "password_hash").await? else { return Ok(None) };
    drop(tx);
    *tried = true;
    let hash = String::from_utf8_lossy(&hash).into_owned();
    Ok(verify(hash, password).await.then_some(user.id))
}
