//! Sessions: who asks, told from a token; and how a person gets one.

use crate::models::{ResCompany, ResTenant, ResUsers, ResUsersSession, ResUsersSessionDraft};
use crate::{App, api_keys, entropy, groups, users};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opbx_cluster::Message;
use opbx_kernel::fold::fold;
use opbx_kernel::ids::ID_END;
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId, Timestamp, UserId};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{CommitError, ReadError, SaveError, StoreError, Tx};
use sha2::{Digest as _, Sha256};
use std::net::IpAddr;
use std::time::Duration;

mod devices;
mod login;

pub use devices::{SignedInDevice, end_all, end_others, end_own, list as devices, refresh};
pub(crate) use devices::{end_in, of_user, tell_ended};
pub use login::{ACCOUNT_WINDOW, ADDRESS_WINDOW, LoginRates, log_in, throttle};

pub const MODEL: &str = "res.users.session";
/// How long a session lasts.
pub const LIFETIME: Duration = Duration::from_hours(24);
/// How long a session may be in use before it is noted again that it is.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// Sessions that one user has at most; the one that was used longest ago makes room.
const SESSIONS_MAX: usize = 50;
/// What a token begins with, so that scanners of leaked secrets know it.
const TOKEN_PREFIX: &str = "opbx";

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("the address or the password is wrong")]
    WrongCredentials,
    #[error("the session is unknown, ended or over")]
    NoSession,
    #[error("somebody tries to get in too often; again in {} s", .0.as_secs())]
    TooMany(Duration),
    #[error("an API key cannot do this: sign in")]
    NeedsSession,
    #[error("this user is not active")]
    UserInactive,
    #[error("this organisation is not active")]
    OrganisationInactive,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl SessionError {
    pub fn code(&self) -> Code {
        match self {
            Self::WrongCredentials => Code::new(Kind::Unauthenticated, "wrong_credentials"),
            Self::NoSession => Code::new(Kind::Unauthenticated, "no_session"),
            Self::TooMany(_) => Code::new(Kind::TooMany, "too_many_logins"),
            Self::NeedsSession => Code::new(Kind::Forbidden, "session_needed"),
            Self::UserInactive => Code::new(Kind::Forbidden, "user_inactive"),
            Self::OrganisationInactive => Code::new(Kind::Forbidden, "organisation_inactive"),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// What somebody may do by and large; the strongest of a user's groups. Access files say it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Owner,
    PbxAdmin,
    PbxUser,
    Reporter,
}

impl Role {
    /// The strongest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::PbxAdmin, Self::PbxUser, Self::Reporter];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::PbxAdmin => "pbx_admin",
            Self::PbxUser => "pbx_user",
            Self::Reporter => "reporter",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The external id of the group that stands for it.
    pub fn group(self) -> &'static str {
        match self {
            Self::Owner => "base.group_owner",
            Self::PbxAdmin => "base.group_pbx_admin",
            Self::PbxUser => "base.group_pbx_user",
            Self::Reporter => "base.group_reporter",
        }
    }

    /// Of a user in these groups; none where nothing but the tenant's own groups are among them.
    pub fn of(groups: &[String]) -> Option<Self> {
        Self::ALL.into_iter().find(|role| groups.iter().any(|group| group == role.group()))
    }
}

/// Somebody who proved who they are.
#[derive(Debug, Clone)]
pub struct Asker {
    pub tenant: TenantId,
    pub user: UserId,
    /// The session's record; of an API key, an id that no session ever has.
    pub session: RecordId,
    /// Where an API key asks.
    pub key: Option<KeyUse>,
    /// None: in no group that the product knows; may do nothing but look after the own profile.
    pub role: Option<Role>,
    pub scope: Scope,
    pub name: String,
    pub email: String,
    /// The IANA name of the user's zone, else the company's.
    pub time_zone: String,
    pub expires_at: Timestamp,
    /// Somebody else knows the password: another is to be chosen before anything else.
    pub must_change_password: bool,
}

/// The API key with which somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUse {
    pub id: RecordId,
    pub may_write: bool,
}

impl Asker {
    /// The user as a record.
    pub fn user_record(&self) -> RecordId {
        RecordId::new(self.user.get()).expect("a user's id is a record's id")
    }

    /// Refuses what only a person who is signed in may do: an API key makes no other keys and changes no password.
    pub fn require_session(&self) -> Result<(), SessionError> {
        if self.key.is_none() { Ok(()) } else { Err(SessionError::NeedsSession) }
    }

    /// As `require_session`, where this is not the own mail address already: links for another password are sent there.
    pub fn may_be_mailed_at(&self, email: Option<&str>) -> Result<(), SessionError> {
        match email {
            Some(email) if fold(email) != fold(&self.email) => self.require_session(),
            _ => Ok(()),
        }
    }
}

/// Ids are drawn from 1 on; none ever comes this far.
pub(crate) fn no_session() -> RecordId {
    RecordId::new(ID_END - 1).expect("the last id is one")
}

/// Where a login comes from, as far as the request told.
#[derive(Debug, Clone, Default)]
pub struct Device {
    pub name: Option<String>,
    pub address: Option<IpAddr>,
}

/// A session that was just begun. The token is told once and never again.
#[derive(Debug, Clone)]
pub struct Login {
    pub token: String,
    pub expires_at: Timestamp,
    pub asker: Asker,
}

/// Begins a session for a user whose identity is proven.
pub async fn begin(
    app: &App,
    tenant: TenantId,
    user: RecordId,
    device: &Device,
) -> Result<Login, SessionError> {
    let token = new_token(tenant);
    let now = app.clock().now();
    let expires_at = now + LIFETIME;
    let mut tx = app.store().begin(&Scope::system(tenant, "begin a session")).await?;
    let over = make_room(&mut tx, user).await?;
    let draft = ResUsersSessionDraft {
        user: Some(user),
        token_hash: Some(hashed(&token)),
        device: Some(device.name.as_deref().map(|name| cut(name, 255))),
        address: Some(device.address.map(|address| address.to_string())),
        last_seen_at: Some(now),
        expires_at: Some(expires_at),
    };
    let session = tx.insert_many(MODEL, vec![draft.into_values()]).await?[0];
    let asker = asker(&mut tx, session, user, expires_at).await?;
    tx.commit().await?;
    tell_ended(app, tenant, &over).await;
    Ok(Login { token, expires_at, asker })
}

/// Tells who asks. Refuses users and organisations that are not active any more, at every request.
pub async fn authenticate(app: &App, token: &str) -> Result<Asker, SessionError> {
    if token.starts_with(api_keys::TOKEN_PREFIX) {
        return api_keys::authenticate(app, token).await;
    }
    let tenant = tenant_of(token).ok_or(SessionError::NoSession)?;
    let scope = Scope::system(tenant, "find out who asks");
    let mut tx = app.store().read(&scope).await?;
    let found = tx.all::<ResUsersSession>(&Domain::eq("token_hash", hashed(token))).await?;
    let Some(session) = found.into_iter().next() else { return Err(SessionError::NoSession) };
    let now = app.clock().now();
    if session.expires_at <= now {
        return Err(SessionError::NoSession);
    }
    let asker = asker(&mut tx, session.id, session.user, session.expires_at).await?;
    drop(tx);
    if now.duration_since(session.last_seen_at).unsigned_abs() >= NOTE_EVERY {
        note_seen(app, &scope, session.id, now).await?;
    }
    Ok(asker)
}

/// Tells who a session is of now: for whoever proved it before and stays. Refuses as `authenticate` does.
pub async fn recheck(app: &App, tenant: TenantId, session: RecordId) -> Result<Asker, SessionError> {
    let mut tx = app.store().read(&Scope::system(tenant, "see whether a session holds")).await?;
    let found = tx.get::<ResUsersSession>(session).await?;
    let found = found.filter(|session| session.expires_at > app.clock().now());
    let found = found.ok_or(SessionError::NoSession)?;
    asker(&mut tx, found.id, found.user, found.expires_at).await
}

async fn note_seen(app: &App, scope: &Scope, session: RecordId, now: Timestamp) -> Result<(), SessionError> {
    let mut tx = app.store().begin(scope).await?;
    let draft = ResUsersSessionDraft { last_seen_at: Some(now), ..ResUsersSessionDraft::default() };
    match tx.update(MODEL, session, draft.into_values(), None).await {
        // Ended at this moment; the next request is told.
        Err(SaveError::Absent { .. }) => return Ok(()),
        saved => saved?,
    }
    Ok(tx.commit().await.map(drop)?)
}

/// Ends a session; whether there was one.
pub async fn end(app: &App, tenant: TenantId, session: RecordId) -> Result<bool, SessionError> {
    let mut tx = app.store().begin(&Scope::system(tenant, "end a session")).await?;
    let ended = tx.delete_where(MODEL, &Domain::eq("id", session)).await? > 0;
    tx.commit().await?;
    if ended {
        app.cluster().bus().publish(Message::SessionRevoked { tenant, session }).await;
    }
    Ok(ended)
}

pub(crate) async fn asker(
    tx: &mut Tx,
    session: RecordId,
    user: RecordId,
    expires_at: Timestamp,
) -> Result<Asker, SessionError> {
    let tenant = tx.scope().tenant();
    let organisation = tx.all::<ResTenant>(&Domain::All).await?.into_iter().next();
    if organisation.is_none_or(|tenant| tenant.status.as_str() != "active") {
        return Err(SessionError::OrganisationInactive);
    }
    let found = tx.get::<ResUsers>(user).await?.filter(|user| user.active);
    let found = found.ok_or(SessionError::UserInactive)?;
    let groups = groups::closed(tx, &found.groups).await?;
    let language = users::language_of(tx, &found).await?;
    let time_zone = match found.time_zone {
        Some(zone) => zone,
        None => company_zone(tx, found.company).await?,
    };
    let id = UserId::new(user.get()).expect("a record's id is a user's id");
    Ok(Asker {
        tenant,
        user: id,
        session,
        key: None,
        role: Role::of(&groups),
        scope: Scope::user(tenant, id, groups).in_language(&language),
        name: found.name,
        email: found.email,
        time_zone,
        expires_at,
        must_change_password: found.password_reset_required,
    })
}

async fn company_zone(tx: &mut Tx, company: Option<RecordId>) -> Result<String, ReadError> {
    let company = match company {
        Some(company) => tx.get::<ResCompany>(company).await?,
        None => tx.all::<ResCompany>(&Domain::All).await?.into_iter().next(),
    };
    Ok(company.map_or_else(|| "UTC".to_owned(), |company| company.time_zone))
}

/// Ends what a new session leaves no room for: all others where the tenant wants one only.
async fn make_room(tx: &mut Tx, user: RecordId) -> Result<Vec<RecordId>, SessionError> {
    let organisation = tx.all::<ResTenant>(&Domain::All).await?.into_iter().next();
    let kept = match organisation {
        Some(organisation) if organisation.single_session => 0,
        _ => SESSIONS_MAX - 1,
    };
    let sessions = tx.all::<ResUsersSession>(&of_user(user)).await?;
    let over: Vec<RecordId> = sessions.iter().skip(kept).map(|session| session.id).collect();
    if over.is_empty() {
        return Ok(over);
    }
    Ok(end_in(tx, &Domain::is_in("id", over)).await?)
}

/// `opbx_{tenant}_{256 random bits}`: it says where to look, and nothing about who it is for.
pub(crate) fn new_token(tenant: TenantId) -> String {
    format!("{TOKEN_PREFIX}_{tenant}_{}", URL_SAFE_NO_PAD.encode(entropy::bytes::<32>()))
}

pub(crate) fn tenant_of(token: &str) -> Option<TenantId> {
    let (prefix, rest) = token.split_once('_')?;
    let (tenant, _) = rest.split_once('_')?;
    (prefix == TOKEN_PREFIX).then_some(())?;
    TenantId::new(tenant.parse().ok()?).ok()
}

pub(crate) fn hashed(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn cut(text: &str, len_max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(len_max).collect()
}
