//! One's own profile, password and organisation.

use super::users::{AddressPatch, ExtensionView, RoleWord, refused};
use super::words::Said;
use crate::Web;
use crate::api::{Access, Api, Expected, Input, Patch, Problem, Signed, Versioned};
use axum::Json;
use axum::extract::State;
use opbx_app::accounts::{Account, AccountDraft};
use opbx_app::passwords;
use opbx_app::profiles::{self, Organisation, OrganisationDraft};
use opbx_app::sessions::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Profile";

pub(super) fn declare(api: &mut Api) {
    api.get("/profile", "profile.show", Access::SignedIn, show, |operation| {
        operation.about(TAG, "Show one's own profile").gives::<Shown>(200, "Whoever asks.");
    })
    .put("/profile", "profile.update", Access::SignedIn, update, |operation| {
        operation.about(TAG, "Change one's own profile").gives::<Written>(200, "The changed profile.");
    })
    .put("/profile/password", "profile.password", Access::SignedIn, password, |operation| {
        operation
            .about(TAG, "Change one's own password")
            .gives::<Said>(200, "It is changed; all other sessions are over.");
    })
    .put("/profile/organization", "profile.organization", Access::OWNERS, organization, |operation| {
        operation
            .about(TAG, "Change the organisation")
            .gives::<OrganisationWritten>(200, "The organisation.");
    });
}

/// Whoever asks, with their organisation.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SelfView {
    id: i64,
    organization_id: i64,
    name: String,
    email: String,
    role: Option<&'static str>,
    status: &'static str,
    phone: Option<String>,
    street_address: Option<String>,
    city: Option<String>,
    state_province: Option<String>,
    postal_code: Option<String>,
    /// The country's code.
    country: Option<String>,
    country_name: Option<String>,
    language: Option<String>,
    /// The IANA name of one's own zone; unset is the organisation's.
    timezone: Option<String>,
    password_reset_required: bool,
    extension: Option<ExtensionView>,
    organization: OrganisationView,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OrganisationView {
    id: i64,
    name: String,
    slug: String,
    status: &'static str,
    /// An IANA name.
    timezone: String,
    /// A login ends the user's other sessions.
    single_session: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    user: SelfView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    user: SelfView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OrganisationWritten {
    message: &'static str,
    organization: OrganisationView,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedProfile {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    #[schemars(length(max = 254), email)]
    email: Option<String>,
    /// Nobody changes their own: anything but the present one is refused.
    role: Option<RoleWord>,
    #[schemars(length(max = 35))]
    language: Patch<String>,
    #[schemars(length(max = 64))]
    timezone: Patch<String>,
    #[serde(flatten)]
    address: AddressPatch,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ChangedPassword {
    #[schemars(length(min = 1, max = 1000))]
    current_password: String,
    #[schemars(length(min = 8, max = 1000))]
    new_password: String,
    #[schemars(length(max = 1000))]
    new_password_confirmation: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedOrganisation {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    #[schemars(length(min = 1, max = 64))]
    timezone: Option<String>,
    single_session: Option<bool>,
}

impl From<Organisation> for OrganisationView {
    fn from(organisation: Organisation) -> Self {
        let Organisation { id, name, slug, status, time_zone, single_session } = organisation;
        Self { id, name, slug, status, timezone: time_zone, single_session }
    }
}

impl SelfView {
    pub(super) fn of(asker: &Signed, account: Account, organisation: Organisation) -> Self {
        let Account { user, role, address, extension } = account;
        let (created_at, updated_at, user) = (user.created_at, user.updated_at, user.record);
        Self {
            id: user.id.get(),
            organization_id: asker.tenant.get(),
            name: user.name,
            email: user.email,
            role: role.map(Role::as_str),
            status: "active",
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
            organization: organisation.into(),
            created_at: created_at.map(|at| at.to_string()),
            updated_at: updated_at.map(|at| at.to_string()),
        }
    }
}

async fn seen(web: &Web, asker: &Signed) -> Result<(i64, SelfView), Problem> {
    let (account, organisation) = profiles::get(&web.app, asker).await.map_err(refused)?;
    Ok((account.user.record.version, SelfView::of(asker, account, organisation)))
}

async fn show(State(web): State<Web>, asker: Signed) -> Result<Versioned<Shown>, Problem> {
    let (version, user) = seen(&web, &asker).await?;
    Ok(Versioned::ok(version, Shown { user }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Expected(version): Expected,
    Input(changed): Input<ChangedProfile>,
) -> Result<Versioned<Written>, Problem> {
    if changed.role.is_some_and(|role| Some(role.role()) != asker.role) {
        return Err(Problem::unauthorized());
    }
    asker.may_be_mailed_at(changed.email.as_deref())?;
    let draft = AccountDraft {
        name: changed.name,
        email: changed.email,
        language: changed.language.into_draft(),
        time_zone: changed.timezone.into_draft(),
        address: changed.address.into_draft(),
        ..AccountDraft::default()
    };
    profiles::update(&web.app, &asker, draft, version).await.map_err(refused)?;
    let (version, user) = seen(&web, &asker).await?;
    Ok(Versioned::ok(version, Written { message: "Profile updated successfully.", user }))
}

async fn password(
    State(web): State<Web>,
    asker: Signed,
    Input(changed): Input<ChangedPassword>,
) -> Result<Json<Said>, Problem> {
    if changed.new_password != changed.new_password_confirmation {
        return Err(Problem::field("new_password", "The new password confirmation does not match."));
    }
    super::auth::throttled(&web, &asker).await?;
    let done = passwords::change(&web.app, &asker, &changed.current_password, &changed.new_password).await;
    done.map_err(|error| super::passwords::refused(error, "new_password"))?;
    Ok(Json(Said { message: "Password updated successfully." }))
}

async fn organization(
    State(web): State<Web>,
    asker: Signed,
    Input(changed): Input<ChangedOrganisation>,
) -> Result<Json<OrganisationWritten>, Problem> {
    let draft = OrganisationDraft {
        name: changed.name,
        time_zone: changed.timezone,
        single_session: changed.single_session,
    };
    let organisation = profiles::update_organisation(&web.app, &asker, draft).await.map_err(refused)?;
    let message = "Organization updated successfully.";
    Ok(Json(OrganisationWritten { message, organization: organisation.into() }))
}
