//! The users of an organisation.

use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use opbx_app::accounts::{self, Account, AccountDraft, AccountError, AddressDraft, OfRole};
use opbx_app::models::PbxExtension;
use opbx_app::passwords::Link;
use opbx_app::profiles;
use opbx_app::sessions::Role;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

const TAG: &str = "Users";
const NAMES: Names = &[
    ("active", "status"),
    ("groups", "role"),
    ("password_hash", "password"),
    ("time_zone", "timezone"),
    ("street", "street_address"),
    ("state", "state_province"),
    ("zip", "postal_code"),
];
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("name", "name"),
        ("email", "email"),
        ("status", "active"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/users", "users.list", Access::ADMINS, list, |operation| {
        operation.about(TAG, "List users").gives::<Page<UserView>>(200, "A page of users.");
    })
    .post("/users", "users.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create or invite a user").gives::<Made>(201, "The new user.");
    })
    .get("/users/{id}", "users.show", Access::USERS, show, |operation| {
        operation.about(TAG, "Show a user").gives::<Shown>(200, "The user.");
    })
    .put("/users/{id}", "users.update", Access::USERS, update, |operation| {
        operation.about(TAG, "Change a user").gives::<Written>(200, "The changed user.");
    })
    .delete("/users/{id}", "users.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a user").gives_nothing(204, "They are gone.");
    })
    .post("/users/{id}/invite", "users.invite", Access::ADMINS, invite, |operation| {
        operation
            .about(TAG, "Invite a user again")
            .gives::<Invited>(200, "A new link; older ones stay good.");
    });
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    role: Option<RoleWord>,
    status: Option<Status>,
    /// Part of the name or the address.
    search: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleWord {
    Owner,
    PbxAdmin,
    PbxUser,
    Reporter,
}

impl RoleWord {
    pub(super) fn role(self) -> Role {
        match self {
            Self::Owner => Role::Owner,
            Self::PbxAdmin => Role::PbxAdmin,
            Self::PbxUser => Role::PbxUser,
            Self::Reporter => Role::Reporter,
        }
    }
}

/// Where somebody lives and is called.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct AddressPatch {
    /// Read as the country writes numbers, and kept in E.164.
    #[schemars(length(max = 50))]
    phone: Patch<String>,
    #[schemars(length(max = 500))]
    street_address: Patch<String>,
    #[schemars(length(max = 100))]
    city: Patch<String>,
    #[schemars(length(max = 100))]
    state_province: Patch<String>,
    #[schemars(length(max = 20))]
    postal_code: Patch<String>,
    /// Its name in English, or its code of two letters.
    #[schemars(length(max = 100))]
    country: Patch<String>,
}

impl AddressPatch {
    pub(super) fn into_draft(self) -> AddressDraft {
        // A form sends what was not filled in as an empty text.
        let text =
            |patch: Patch<String>| patch.into_draft().map(|text| text.filter(|text| !text.trim().is_empty()));
        AddressDraft {
            phone: text(self.phone),
            street: text(self.street_address),
            city: text(self.city),
            state: text(self.state_province),
            postal_code: text(self.postal_code),
            country: text(self.country),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewUser {
    #[schemars(length(min = 2, max = 255))]
    name: String,
    #[schemars(length(max = 254), email)]
    email: String,
    /// Left out, the user is invited by mail to choose one.
    #[serde(default)]
    #[schemars(length(min = 8, max = 1000))]
    password: Option<String>,
    role: RoleWord,
    #[serde(flatten)]
    rest: UserPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct UserPatch {
    status: Option<Status>,
    /// They choose another password before anything else.
    password_reset_required: Option<bool>,
    #[schemars(length(max = 35))]
    language: Patch<String>,
    #[schemars(length(max = 64))]
    timezone: Patch<String>,
    #[serde(flatten)]
    address: AddressPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedUser {
    #[schemars(length(min = 2, max = 255))]
    name: Option<String>,
    #[schemars(length(max = 254), email)]
    email: Option<String>,
    #[schemars(length(min = 8, max = 1000))]
    #[schemars(extend("x-may-be-empty" = true))]
    password: Option<String>,
    role: Option<RoleWord>,
    #[serde(flatten)]
    rest: UserPatch,
}

#[derive(Debug, Serialize, JsonSchema)]
struct UserView {
    id: i64,
    organization_id: i64,
    name: String,
    email: String,
    /// None: in groups of the organisation's own only.
    role: Option<&'static str>,
    status: Status,
    phone: Option<String>,
    street_address: Option<String>,
    city: Option<String>,
    state_province: Option<String>,
    postal_code: Option<String>,
    /// The country's code.
    country: Option<String>,
    country_name: Option<String>,
    language: Option<String>,
    timezone: Option<String>,
    password_reset_required: bool,
    extension: Option<ExtensionView>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// The user's extension.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ExtensionView {
    id: i64,
    extension_number: String,
    name: String,
    status: Status,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: UserView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: UserView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Made {
    message: &'static str,
    data: UserView,
    /// Where no password was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<Invitation>,
}

/// How an invited user gets in, told once: whoever has the link can choose the password.
#[derive(Debug, Serialize, JsonSchema)]
struct Invitation {
    url: String,
    expires_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Invited {
    message: &'static str,
    invitation: Invitation,
}

impl From<PbxExtension> for ExtensionView {
    fn from(extension: PbxExtension) -> Self {
        let status = Status::of(extension.active);
        Self { id: extension.id.get(), extension_number: extension.number, name: extension.name, status }
    }
}

pub(super) fn refused(error: AccountError) -> Problem {
    match error {
        AccountError::Resource(error) => Problem::of(error, NAMES),
        AccountError::Weak(weak) => Problem::field("password", format!("The password {weak}.")),
        AccountError::Address(_) => Problem::field("country", "The selected country is invalid."),
        AccountError::Password(error) => super::passwords::refused(error, "password"),
        other => Problem::coded(other.code(), &other),
    }
}

fn view(asker: &Signed, account: Account) -> UserView {
    let Account { user, role, address, extension } = account;
    let (created_at, updated_at, user) = (user.created_at, user.updated_at, user.record);
    UserView {
        id: user.id.get(),
        organization_id: asker.tenant.get(),
        name: user.name,
        email: user.email,
        role: role.map(Role::as_str),
        status: Status::of(user.active),
        phone: address.phone,
        street_address: address.street,
        city: address.city,
        state_province: address.state,
        postal_code: address.postal_code,
        country: address.country,
        country_name: address.country_name,
        language: user.language,
        timezone: user.time_zone,
        password_reset_required: user.password_reset_required,
        extension: extension.map(ExtensionView::from),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

/// Administrators give out the roles below their own.
fn may_give(asker: &Signed, role: Option<RoleWord>) -> Result<(), Problem> {
    let given = role.map(RoleWord::role);
    let is_above = matches!(given, Some(Role::Owner | Role::PbxAdmin));
    if asker.role == Some(Role::PbxAdmin) && is_above {
        return Err(Problem::field("role", "The selected role is invalid."));
    }
    Ok(())
}

async fn seen(web: &Web, asker: &Signed, id: opbx_kernel::RecordId) -> Result<(i64, UserView), Problem> {
    let is_own = asker.user_record() == id;
    let account = match asker.role {
        Some(Role::Owner | Role::PbxAdmin) => accounts::get(&web.app, &asker.scope, id).await,
        _ if is_own => profiles::get(&web.app, asker).await.map(|(account, _)| account),
        _ => return Err(absent_or_forbidden(web, asker, id).await),
    };
    let account = account.map_err(refused)?;
    Ok((account.user.record.version, view(asker, account)))
}

/// What a user hears who asks for somebody else: a colleague is not theirs to see, a stranger is nobody.
async fn absent_or_forbidden(web: &Web, asker: &Signed, id: opbx_kernel::RecordId) -> Problem {
    match accounts::is_colleague(&web.app, asker.tenant, id).await {
        Ok(true) => Problem::unauthorized(),
        Ok(false) => Problem::absent("User"),
        Err(error) => refused(error),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<axum::Json<Page<UserView>>, Problem> {
    let mut domain = Domain::All;
    if let Some(status) = filters.status {
        domain = domain.and(Domain::eq("active", status.is_active()));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text).or(Domain::contains_folded("email", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let role = OfRole(filters.role.map(RoleWord::role));
    let listed = accounts::list(&web.app, &asker.scope, role, listing.clone()).await.map_err(refused)?;
    Ok(axum::Json(Page::of(&listing, listed, |account| view(&asker, account.record))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = seen(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    asker: Signed,
    Input(new): Input<NewUser>,
) -> Result<Versioned<Made>, Problem> {
    may_give(&asker, Some(new.role))?;
    let draft = AccountDraft {
        name: Some(new.name),
        email: Some(new.email),
        password: new.password,
        role: Some(new.role.role()),
        ..new.rest.into_draft()
    };
    let page = super::passwords::page(&web, socket, &headers);
    let made = accounts::create(&web.app, &asker.scope, draft, &page).await.map_err(refused)?;
    let (version, data) = seen(&web, &asker, made.id).await?;
    let invitation = made.invitation.map(|link| Invitation::of(&page, &link));
    let message = "User created successfully.";
    Ok(Versioned::created(version, Made { message, data, invitation }))
}

impl Invitation {
    fn of(page: &str, link: &Link) -> Self {
        Self { url: format!("{page}{}", link.token), expires_at: link.expires_at.to_string() }
    }
}

impl UserPatch {
    fn into_draft(self) -> AccountDraft {
        AccountDraft {
            active: self.status.map(Status::is_active),
            password_reset_required: self.password_reset_required,
            language: self.language.into_draft(),
            time_zone: self.timezone.into_draft(),
            address: self.address.into_draft(),
            ..AccountDraft::default()
        }
    }
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedUser>,
) -> Result<Versioned<Written>, Problem> {
    let is_own = asker.user_record() == id;
    let role = changed.role;
    let draft = AccountDraft {
        name: changed.name,
        email: changed.email,
        password: changed.password,
        role: role.map(RoleWord::role),
        ..changed.rest.into_draft()
    };
    if is_own {
        asker.may_be_mailed_at(draft.email.as_deref())?;
    }
    if matches!(asker.role, Some(Role::Owner | Role::PbxAdmin)) {
        if is_own && draft.password.is_some() {
            return Err(Problem::field("password", "Change your own password in your profile."));
        }
        if !is_own {
            may_give(&asker, role)?;
        }
        accounts::update(&web.app, &asker.scope, id, draft, version).await.map_err(refused)?;
    } else {
        if !is_own {
            return Err(absent_or_forbidden(&web, &asker, id).await);
        }
        let is_more = draft.password.is_some()
            || draft.password_reset_required.is_some()
            || draft.active == Some(false)
            || draft.role.is_some_and(|role| Some(role) != asker.role);
        if is_more {
            return Err(Problem::unauthorized());
        }
        profiles::update(&web.app, &asker, draft, version).await.map_err(refused)?;
    }
    let (version, data) = seen(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "User updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    accounts::delete(&web.app, &asker.scope, id, version).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn invite(
    State(web): State<Web>,
    ConnectInfo(socket): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    asker: Signed,
    Id(id): Id,
) -> Result<axum::Json<Invited>, Problem> {
    let page = super::passwords::page(&web, socket, &headers);
    let link = accounts::invite(&web.app, &asker.scope, id, &page).await.map_err(refused)?;
    let invitation = Invitation::of(&page, &link);
    Ok(axum::Json(Invited { message: "User invited.", invitation }))
}
