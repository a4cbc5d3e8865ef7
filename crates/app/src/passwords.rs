//! Passwords: what a good one is, how one is hashed, changed, and set anew by a link that was mailed.

use crate::mail::MailError;
use crate::models::{ResUsers, ResUsersDraft, ResUsersTokenDraft, ResUsersTokenPurpose};
use crate::sessions::{self, Asker, SessionError, end_in, hashed, of_user, tell_ended};
use crate::{App, entropy, invitations, models, owners, users};
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use opbx_kernel::{Code, Kind, Operator, RecordId, Scope, Timestamp};
use opbx_platform::Domain;
use opbx_platform::record::Draft as _;
use opbx_store::{CommitError, ReadError, SaveError, StoreError, Tx};
use std::time::Duration;

pub const PASSWORD_LEN_MIN: usize = 8;
/// Longer ones are no better, and cost time to hash.
pub const PASSWORD_LEN_MAX: usize = 1_000;
/// How long an invitation opens an account.
pub const INVITATION_LIFETIME: Duration = Duration::from_hours(72);
/// How long a link that was asked for by mail opens an account.
pub const RESET_LIFETIME: Duration = Duration::from_hours(1);
/// Links that lie in one user's mailbox at once; the oldest make room.
const LINKS_MAX: usize = 3;
const TOKEN_MODEL: &str = "res.users.token";

/// Argon2id with the crate's own costs, of nothing that anybody would type.
pub(crate) const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$b3BieC1ub2JvZHktaXM$cU0wN2d0cHpYd1N2b0hYb1JrV1hBc2RmZ2hqa2w";

/// What a password lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("must have at least {PASSWORD_LEN_MIN} characters")]
    Short,
    #[error("must have at most {PASSWORD_LEN_MAX} characters")]
    Long,
    #[error("must have at least one upper-case and one lower-case letter")]
    OneCase,
    #[error("must have at least one digit")]
    NoDigit,
    #[error("must have at least one symbol")]
    NoSymbol,
}

/// Whether a symbol is asked for, too: of whoever chooses their own password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    LettersAndDigits,
    WithSymbol,
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("the password {0}")]
    Weak(#[from] Weak),
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("the link is unknown, was used, or is over")]
    BadLink,
    #[error("the password cannot be hashed: {0}")]
    Hash(password_hash::Error),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl PasswordError {
    pub fn code(&self) -> Code {
        match self {
            Self::Weak(_) => Code::new(Kind::Invalid, "weak_password"),
            Self::WrongPassword => Code::new(Kind::Invalid, "wrong_password"),
            Self::BadLink => Code::new(Kind::Invalid, "link_unusable"),
            Self::Hash(_) => Code::new(Kind::Internal, "password_unhashable"),
            Self::Session(error) => error.code(),
            Self::Mail(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Save(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

/// Refuses a password that is easily guessed.
pub fn check(password: &str, strength: Strength) -> Result<(), Weak> {
    let count = password.chars().count();
    if count < PASSWORD_LEN_MIN {
        return Err(Weak::Short);
    }
    if count > PASSWORD_LEN_MAX {
        return Err(Weak::Long);
    }
    if !password.chars().any(char::is_uppercase) || !password.chars().any(char::is_lowercase) {
        return Err(Weak::OneCase);
    }
    if !password.chars().any(|c| c.is_ascii_digit()) {
        return Err(Weak::NoDigit);
    }
    if strength == Strength::WithSymbol && password.chars().all(|c| c.is_alphanumeric() || c.is_whitespace())
    {
        return Err(Weak::NoSymbol);
    }
    Ok(())
}

/// Hashes away from the async threads: it is slow on purpose.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    let password = password.to_owned();
    let salt = entropy::bytes::<16>();
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    hash.await.expect("hashing does not panic").map_err(PasswordError::Hash)
}

/// Whether the password is the one that was hashed; away from the async threads, for it is slow on purpose.
pub(crate) async fn verify(hash: String, password: &str) -> bool {
    let password = password.to_owned();
    let verified = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    verified.await.expect("verifying does not panic")
}

/// Changes the asker's own password. Their other sessions end; the one that asks stays.
pub async fn change(app: &App, asker: &Asker, current: &str, new: &str) -> Result<(), PasswordError> {
    asker.require_session()?;
    check(new, Strength::WithSymbol)?;
    let user = asker.user_record();
    let scope = Scope::system(asker.tenant, "a user changes the own password").for_request(request_of(asker));
    let mut tx = app.store().read(&scope).await?;
    let held = tx.reveal("res.users", user, "password_hash").await?;
    drop(tx);
    let held = held.map_or_else(|| DUMMY_HASH.to_owned(), |hash| String::from_utf8_lossy(&hash).into_owned());
    if !verify(held, current).await {
        return Err(PasswordError::WrongPassword);
    }
    let hash = hash(new).await?;
    let mut tx = app.store().begin(&scope).await?;
    write(&mut tx, user, hash).await?;
    let ended = end_in(&mut tx, &of_user(user).and(Domain::ne("id", asker.session))).await?;
    tx.commit().await?;
    tell_ended(app, asker.tenant, &ended).await;
    owners::forget_first_password(app).await;
    Ok(())
}

/// Writes a hash as OPBX itself; links that would set another password are over.
pub(crate) async fn write(tx: &mut Tx, user: RecordId, hash: String) -> Result<(), SaveError> {
    let draft = ResUsersDraft {
        password_hash: Some(hash),
        password_reset_required: Some(false),
        password_drawn: Some(false),
        ..ResUsersDraft::default()
    };
    tx.update("res.users", user, draft.into_values(), None).await?;
    void_links(tx, user).await?;
    Ok(())
}

/// Ends all links that would set a user's password. The transaction acts as OPBX itself.
pub(crate) async fn void_links(tx: &mut Tx, user: RecordId) -> Result<(), SaveError> {
    tx.delete_where(TOKEN_MODEL, &of_user(user)).await.map(drop)
}

/// Makes a link and mails it; its token is told once. The transaction acts as OPBX itself.
pub(crate) async fn new_link(
    tx: &mut Tx,
    user: &ResUsers,
    purpose: ResUsersTokenPurpose,
    page: &str,
    inviter: &str,
) -> Result<Link, PasswordError> {
    let (tenant, now) = (tx.scope().tenant(), tx.now());
    let lifetime = match purpose {
        ResUsersTokenPurpose::Invitation => INVITATION_LIFETIME,
        ResUsersTokenPurpose::PasswordReset => RESET_LIFETIME,
    };
    let mut held = tx.all::<models::ResUsersToken>(&of_user(user.id)).await?;
    held.sort_by_key(|link| link.expires_at);
    let room = held.len().saturating_sub(LINKS_MAX - 1);
    let old: Vec<RecordId> = held.iter().take(room).map(|link| link.id).collect();
    if !old.is_empty() {
        tx.delete_where(TOKEN_MODEL, &Domain::is_in("id", old)).await?;
    }
    let token = sessions::new_token(tenant);
    let expires_at = now + lifetime;
    let draft = ResUsersTokenDraft {
        user: Some(user.id),
        purpose: Some(purpose),
        token_hash: Some(hashed(&token)),
        expires_at: Some(expires_at),
    };
    tx.create(TOKEN_MODEL, draft.into_values()).await?;
    let language = crate::users::language_of(tx, user).await?;
    let (name, email) = (user.name.clone(), user.email.clone());
    let link = Link { user: user.id, name, email, language, token, expires_at };
    invitations::send(tx, purpose, &link, page, inviter).await?;
    Ok(link)
}

/// A link that opens an account.
#[derive(Clone)]
pub struct Link {
    pub user: RecordId,
    pub name: String,
    pub email: String,
    pub language: String,
    pub token: String,
    pub expires_at: Timestamp,
}

/// Mails a link to every active user of this address, in whichever tenant; to nobody where nobody has it. `page` is the
/// address of the page that takes the token, up to the token.
pub async fn forgot(app: &App, email: &str, page: &str) -> Result<Vec<Link>, PasswordError> {
    let operator = Operator::because("find whose password was forgotten");
    let mut links = Vec::new();
    for tenant in app.store().tenants_with_login(&operator, email).await? {
        let mut tx = app.store().begin(&Scope::system(tenant, "a password was forgotten")).await?;
        let found = users::by_email(&mut tx, email).await?;
        let Some(user) = found.filter(|user| user.active) else { continue };
        let purpose = ResUsersTokenPurpose::PasswordReset;
        let link = new_link(&mut tx, &user, purpose, page, &user.name).await?;
        tx.commit().await?;
        links.push(link);
    }
    Ok(links)
}

/// Sets the password of whom a link belongs to. The link is over, and so are all of the user's sessions.
pub async fn redeem(app: &App, token: &str, new: &str) -> Result<(), PasswordError> {
    check(new, Strength::WithSymbol)?;
    let tenant = sessions::tenant_of(token).ok_or(PasswordError::BadLink)?;
    let scope = Scope::system(tenant, "a link sets a password");
    let which = Domain::eq("token_hash", hashed(token)).and(Domain::gt("expires_at", app.clock().now()));
    let mut tx = app.store().read(&scope).await?;
    let found = tx.all::<models::ResUsersToken>(&which).await?.into_iter().next();
    drop(tx);
    let user = found.ok_or(PasswordError::BadLink)?.user;
    let hash = hash(new).await?;
    let mut tx = app.store().begin(&scope).await?;
    // Whoever deletes it, owns it: of two at once, one finds nothing.
    if tx.delete_where(TOKEN_MODEL, &which).await? == 0 {
        return Err(PasswordError::BadLink);
    }
    let active = tx.get::<ResUsers>(user).await?.is_some_and(|user| user.active);
    if !active {
        return Err(PasswordError::BadLink);
    }
    write(&mut tx, user, hash).await?;
    let ended = end_in(&mut tx, &of_user(user)).await?;
    tx.commit().await?;
    tell_ended(app, tenant, &ended).await;
    owners::forget_first_password(app).await;
    Ok(())
}

fn request_of(asker: &Asker) -> &str {
    asker.scope.request().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_needs_both_cases_a_digit_and_of_its_owner_a_symbol() {
        use Strength::{LettersAndDigits, WithSymbol};
        let table = [
            ("Ab1!", WithSymbol, Err(Weak::Short)),
            ("abcdefg1!", WithSymbol, Err(Weak::OneCase)),
            ("ABCDEFG1!", WithSymbol, Err(Weak::OneCase)),
            ("Abcdefgh!", WithSymbol, Err(Weak::NoDigit)),
            ("Abcdefgh1", WithSymbol, Err(Weak::NoSymbol)),
            ("Abcdefgh1", LettersAndDigits, Ok(())),
            ("Abcdefg1!", WithSymbol, Ok(())),
        ];
        for (password, strength, expected) in table {
            assert_eq!(check(password, strength), expected, "{password}");
        }
        assert_eq!(check(&"Ab1!".repeat(300), WithSymbol), Err(Weak::Long));
    }
}
