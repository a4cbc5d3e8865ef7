//! Accounts: the users of an organisation with their role, address and telephone; made, changed and invited.
//!
//! Who may make whom what, the rules of `res.users` say, for this door and every other.

mod addresses;

pub use addresses::{Address, AddressDraft, AddressError};

use crate::models::{
    PbxExtension, ResCountry, ResGroups, ResPartner, ResUsers, ResUsersDraft, ResUsersTokenPurpose,
};
use crate::passwords::{self, Link, PasswordError, Strength, Weak};
use crate::records::{self, RecordError};
use crate::resources::{self, Listed, Listing, ResourceError, Stored};
use crate::sessions::{Role, end_in, of_user, tell_ended};
use crate::{App, groups, owners};
use opbx_kernel::{Code, Kind, RecordId, Scope, TenantId};
use opbx_platform::record::Draft as _;
use opbx_platform::{Domain, Value, Values};
use opbx_store::{CommitError, ReadError, SaveError, StoreError, Tx};
use std::collections::{BTreeSet, HashMap};

const MODEL: &str = "res.users";

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Resource(#[from] ResourceError),
    #[error("the password {0}")]
    Weak(#[from] Weak),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the group of the role is missing; the modules' data was not installed")]
    NoGroup,
    #[error(transparent)]
    Password(PasswordError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl AccountError {
    pub fn code(&self) -> Code {
        match self {
            Self::Resource(error) => error.code(),
            Self::Weak(_) => Code::new(Kind::Invalid, "weak_password"),
            Self::Address(error) => error.code(),
            Self::NoGroup => Code::new(Kind::Internal, "no_group"),
            Self::Password(error) => error.code(),
            Self::Commit(error) => error.code(),
        }
    }
}

macro_rules! of_resources {
    ($($error:ty),*) => {$(
        impl From<$error> for AccountError {
            fn from(error: $error) -> Self {
                Self::Resource(error.into())
            }
        }
    )*};
}

of_resources!(RecordError, ReadError, SaveError, StoreError);

impl From<PasswordError> for AccountError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Weak(weak) => Self::Weak(weak),
            other => Self::Password(other),
        }
    }
}

/// A user with what belongs to them.
#[derive(Debug, Clone)]
pub struct Account {
    pub user: Stored<ResUsers>,
    pub role: Option<Role>,
    pub address: Address,
    /// The first of the user's extensions by number.
    pub extension: Option<PbxExtension>,
}

/// What is written of a user; `None` leaves it as it is.
#[derive(Clone, Default)]
pub struct AccountDraft {
    pub name: Option<String>,
    pub email: Option<String>,
    pub password: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    pub password_reset_required: Option<bool>,
    pub language: Option<Option<String>>,
    pub time_zone: Option<Option<String>>,
    pub address: AddressDraft,
}

/// A user that was just made.
pub struct Made {
    pub id: RecordId,
    /// Where no password was given: the token of the link that lets the user choose one, and until when.
    pub invitation: Option<Link>,
}

/// Which users are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfRole(pub Option<Role>);

/// Lists a page of accounts that the scope may see.
pub async fn list(
    app: &App,
    scope: &Scope,
    role: OfRole,
    mut listing: Listing,
) -> Result<Listed<Account>, AccountError> {
    let mut tx = app.store().read(scope).await?;
    if let Some(role) = role.0 {
        listing.domain = listing.domain.and(of_role(&mut tx, role).await?);
    }
    let listed = resources::list_in::<ResUsers>(&mut tx, &listing).await?;
    let total = listed.total;
    let accounts = whole(&mut tx, listed.rows).await?;
    let rows = accounts.into_iter().map(|account| {
        let (created_at, updated_at) = (account.user.created_at, account.user.updated_at);
        Stored { record: account, created_at, updated_at }
    });
    Ok(Listed { rows: rows.collect(), total })
}

/// Reads one account that the scope may see.
pub async fn get(app: &App, scope: &Scope, id: RecordId) -> Result<Account, AccountError> {
    let mut tx = app.store().read(scope).await?;
    let user = resources::get_in::<ResUsers>(&mut tx, id).await?;
    let accounts = whole(&mut tx, vec![user]).await?;
    Ok(accounts.into_iter().next().expect("one user makes one account"))
}

/// Whether there is a user of this id in the tenant.
pub async fn is_colleague(app: &App, tenant: TenantId, id: RecordId) -> Result<bool, AccountError> {
    let mut tx = app.store().read(&Scope::system(tenant, "tell a colleague from a stranger")).await?;
    Ok(tx.get::<ResUsers>(id).await?.is_some())
}

/// Makes a user; one without a password is invited by mail. `page` is the address of the page that takes the link's
/// token, up to the token.
pub async fn create(app: &App, scope: &Scope, draft: AccountDraft, page: &str) -> Result<Made, AccountError> {
    let hash = hash_of(&draft, Strength::LettersAndDigits).await?;
    let is_invited = hash.is_none();
    let mut tx = app.store().begin(scope).await?;
    let (mut values, address) = values_of(&mut tx, draft, hash, &[]).await?;
    let name = values.get("name").cloned().unwrap_or(Value::Null);
    if let Some(partner) = addresses::write(&mut tx, None, name, address).await? {
        values.insert("partner".to_owned(), Value::Record(partner));
    }
    let model = tx.models().model(MODEL).expect("a built-in model").clone();
    let id = records::create(&mut tx, &model, values).await?;
    let mut invitation = None;
    if is_invited {
        let user = resources::get_in::<ResUsers>(&mut tx, id).await?.record;
        invitation = Some(invited(&mut tx, &user, page).await?);
    }
    tx.commit().await?;
    Ok(Made { id, invitation })
}

/// Makes another link for a user who never chose a password, or lost the mail.
pub async fn invite(app: &App, scope: &Scope, id: RecordId, page: &str) -> Result<Link, AccountError> {
    let mut tx = app.store().begin(scope).await?;
    let model = tx.models().model(MODEL).expect("a built-in model").clone();
    // An update of nothing asks whether the scope may change this user at all.
    records::update(&mut tx, &model, id, Values::new(), None).await.map_err(absent)?;
    let user = resources::get_in::<ResUsers>(&mut tx, id).await?.record;
    records::may_manage(&mut tx, &user.groups).await?;
    let link = invited(&mut tx, &user, page).await?;
    tx.commit().await?;
    Ok(link)
}

async fn invited(tx: &mut Tx, user: &ResUsers, page: &str) -> Result<Link, AccountError> {
    let inviter = tx.scope().user_id().and_then(|id| RecordId::new(id.get()).ok());
    let mut tx = tx.as_system("invite a user");
    let inviter = match inviter {
        Some(id) => tx.get::<ResUsers>(id).await?.map(|user| user.name),
        None => None,
    };
    let inviter = inviter.unwrap_or_else(|| "OPBX".to_owned());
    Ok(passwords::new_link(&mut tx, user, ResUsersTokenPurpose::Invitation, page, &inviter).await?)
}

/// Changes a user. One whose password or activity somebody else changed is signed out everywhere.
pub async fn update(
    app: &App,
    scope: &Scope,
    id: RecordId,
    draft: AccountDraft,
    expected: Option<i64>,
) -> Result<(), AccountError> {
    let hash = hash_of(&draft, Strength::LettersAndDigits).await?;
    let sets_password = hash.is_some();
    let mut tx = app.store().begin(scope).await?;
    let held = resources::get_in::<ResUsers>(&mut tx, id).await?.record;
    let is_own = scope.user_id().is_some_and(|user| user.get() == id.get());
    let (values, address) = values_of(&mut tx, draft, hash, &held.groups).await?;
    let signs_out = ["password_hash", "groups"].iter().any(|field| values.contains_key(*field))
        || values.get("active") == Some(&Value::Bool(false));
    update_in(&mut tx, &held, values, address, expected).await?;
    let mut ended = Vec::new();
    if signs_out && !is_own {
        // Rights are looked at with every request; it is the sockets of the old ones that must go.
        ended = end_in(&mut tx.as_system("sign a changed user out"), &of_user(id)).await?;
    }
    tx.commit().await?;
    tell_ended(app, scope.tenant(), &ended).await;
    if sets_password {
        owners::forget_first_password(app).await;
    }
    Ok(())
}

pub(crate) async fn update_in(
    tx: &mut Tx,
    held: &ResUsers,
    mut values: Values,
    address: AddressDraft,
    expected: Option<i64>,
) -> Result<(), AccountError> {
    let name = values.get("name").cloned().unwrap_or_else(|| held.name.as_str().into());
    let partner = addresses::write(tx, held.partner, name, address).await?;
    if let Some(partner) = partner.filter(|partner| Some(*partner) != held.partner) {
        values.insert("partner".to_owned(), Value::Record(partner));
    }
    // A link was sent to the old address, which may be somebody else's.
    let voids_links = values.get("email").is_some_and(|email| *email != Value::from(held.email.as_str()))
        || values.get("active") == Some(&Value::Bool(false));
    let model = tx.models().model(MODEL).expect("a built-in model").clone();
    match records::update(tx, &model, held.id, values, expected).await {
        Err(RecordError::Save(SaveError::Conflict { current, .. })) => {
            return Err(ResourceError::Stale { model: MODEL, current }.into());
        }
        updated => updated.map_err(absent)?,
    }
    if voids_links {
        passwords::void_links(&mut tx.as_system("end the links of a changed user"), held.id).await?;
    }
    Ok(())
}

/// Deletes a user, with sessions and keys.
pub async fn delete(
    app: &App,
    scope: &Scope,
    id: RecordId,
    expected: Option<i64>,
) -> Result<(), AccountError> {
    let mut tx = app.store().begin(scope).await?;
    let held = resources::get_in::<ResUsers>(&mut tx, id).await?.record;
    if expected.is_some_and(|expected| expected != held.version) {
        return Err(ResourceError::Stale { model: MODEL, current: held.version }.into());
    }
    let model = tx.models().model(MODEL).expect("a built-in model").clone();
    records::may_delete_user(&mut tx, &held).await?;
    let ended = end_in(&mut tx.as_system("sign a deleted user out"), &of_user(id)).await?;
    records::delete(&mut tx, &model, id).await.map_err(absent)?;
    tx.commit().await?;
    tell_ended(app, scope.tenant(), &ended).await;
    Ok(())
}

fn absent(error: RecordError) -> AccountError {
    match error {
        RecordError::Save(SaveError::Absent { .. }) => ResourceError::Absent { model: MODEL }.into(),
        other => other.into(),
    }
}

async fn hash_of(draft: &AccountDraft, strength: Strength) -> Result<Option<String>, AccountError> {
    let Some(password) = &draft.password else { return Ok(None) };
    passwords::check(password, strength)?;
    Ok(Some(passwords::hash(password).await?))
}

/// The values of the user's own record, and what goes to the address.
async fn values_of(
    tx: &mut Tx,
    draft: AccountDraft,
    hash: Option<String>,
    held: &[RecordId],
) -> Result<(Values, AddressDraft), AccountError> {
    let groups = match draft.role {
        Some(role) => with_role(tx, held, role).await?,
        None => None,
    };
    let values = ResUsersDraft {
        name: draft.name,
        email: draft.email,
        password_hash: hash,
        password_reset_required: draft.password_reset_required,
        groups,
        active: draft.active,
        language: draft.language,
        time_zone: draft.time_zone,
        ..ResUsersDraft::default()
    };
    Ok((values.into_values(), draft.address))
}

/// The groups with another role among them; none where it is the same. Groups of the tenant's own stay.
async fn with_role(
    tx: &mut Tx,
    held: &[RecordId],
    role: Role,
) -> Result<Option<Vec<RecordId>>, AccountError> {
    if roles(tx, held).await? == Some(role) {
        return Ok(None);
    }
    let mut groups: Vec<RecordId> = held.to_vec();
    let mut wanted = None;
    for known in Role::ALL {
        let Some(id) = group_of(tx, known).await? else { continue };
        groups.retain(|group| *group != id);
        if known == role {
            wanted = Some(id);
        }
    }
    groups.push(wanted.ok_or(AccountError::NoGroup)?);
    Ok(Some(groups))
}

async fn roles(tx: &mut Tx, held: &[RecordId]) -> Result<Option<Role>, ReadError> {
    let mut system = tx.as_system("what role the groups of a user come to");
    Ok(Role::of(&groups::closed(&mut system, held).await?))
}

async fn group_of(tx: &mut Tx, role: Role) -> Result<Option<RecordId>, ReadError> {
    let (module, name) = role.group().split_once('.').expect("an external id has a module");
    let found = tx.as_system("find the group of a role").external(module, name).await?;
    Ok(found.map(|(_, id)| id))
}

/// Users whose strongest group is that of a role.
async fn of_role(tx: &mut Tx, role: Role) -> Result<Domain, ReadError> {
    let all = tx.as_system("which groups come to which role").all::<ResGroups>(&Domain::All).await?;
    let (mut of, mut stronger) = (Vec::new(), Vec::new());
    for group in all {
        match roles(tx, &[group.id]).await? {
            Some(other) if other == role => of.push(group.id),
            Some(other) if other < role => stronger.push(group.id),
            _ => {}
        }
    }
    let domain = Domain::is_in("groups", of);
    Ok(if stronger.is_empty() { domain } else { domain.and(Domain::not_in("groups", stronger)) })
}

/// Users with what belongs to them, by a fixed number of statements.
pub(crate) async fn whole(tx: &mut Tx, users: Vec<Stored<ResUsers>>) -> Result<Vec<Account>, AccountError> {
    let mut tx = tx.as_system("role, address and extension of users who are shown");
    let ids: Vec<RecordId> = users.iter().map(|user| user.record.id).collect();
    let partners: BTreeSet<RecordId> = users.iter().filter_map(|user| user.record.partner).collect();
    let either = || Domain::is_in("active", [true, false]);
    let partners = tx.all::<ResPartner>(&Domain::is_in("id", partners).and(either())).await?;
    let countries: BTreeSet<RecordId> = partners.iter().filter_map(|partner| partner.country).collect();
    let countries: HashMap<RecordId, ResCountry> = match countries.is_empty() {
        true => HashMap::new(),
        false => {
            let found = tx.all::<ResCountry>(&Domain::is_in("id", countries)).await?;
            found.into_iter().map(|country| (country.id, country)).collect()
        }
    };
    let partners: HashMap<RecordId, ResPartner> = partners.into_iter().map(|p| (p.id, p)).collect();
    let mut extensions: HashMap<RecordId, PbxExtension> = HashMap::new();
    for extension in tx.all::<PbxExtension>(&Domain::is_in("user", ids).and(either())).await? {
        if let Some(user) = extension.user {
            extensions.entry(user).or_insert(extension);
        }
    }
    let mut known: HashMap<Vec<RecordId>, Option<Role>> = HashMap::new();
    let mut accounts = Vec::with_capacity(users.len());
    for user in users {
        let role = match known.get(&user.record.groups) {
            Some(role) => *role,
            None => {
                let role = Role::of(&groups::closed(&mut tx, &user.record.groups).await?);
                known.insert(user.record.groups.clone(), role);
                role
            }
        };
        let partner = user.record.partner.and_then(|id| partners.get(&id));
        let country = partner.and_then(|partner| partner.country).and_then(|id| countries.get(&id));
        let address = Address::of(partner, country);
        accounts.push(Account { role, address, extension: extensions.remove(&user.record.id), user });
    }
    Ok(accounts)
}
