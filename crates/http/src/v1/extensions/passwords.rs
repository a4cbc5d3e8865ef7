//! Passwords of people's telephones: shown on record, and made anew.

use super::view::{CloudonixWarning, ExtensionView, SipConfig};
use super::{NAMES, TAG, problem, read};
use crate::Web;
use crate::api::{Access, Api, Id, Params, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::carrier::{self, CarrierError};
use opbx_app::extensions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

pub(super) fn declare(api: &mut Api) {
    api.get("/extensions/{id}/password", "extensions.password", Access::ADMINS, reveal, |operation| {
        operation
            .about(TAG, "Show the password of an extension's telephone")
            .gives::<PasswordView>(200, "The password. That it was shown is on record.");
    })
    .put(
        "/extensions/{id}/reset-password",
        "extensions.reset_password",
        Access::ADMINS,
        reset,
        |operation| {
            operation
                .about(TAG, "Give an extension's telephone a new password")
                .gives::<ResetView>(200, "The new password.")
                .refuses(400);
        },
    );
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Why {
    /// Why it is looked at, for the record.
    #[schemars(length(max = 500))]
    reason: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct PasswordView {
    id: i64,
    extension_number: String,
    /// None where it has none yet.
    password: Option<String>,
    sip_config: SipConfig,
}

#[derive(Serialize, JsonSchema)]
struct ResetView {
    message: &'static str,
    new_password: String,
    extension: ExtensionView,
    /// The engine is not told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cloudonix_warning: Option<CloudonixWarning>,
}

impl fmt::Debug for PasswordView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordView({})", self.id)
    }
}

async fn reveal(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Params(why): Params<Why>,
) -> Result<Json<PasswordView>, Problem> {
    let reason = why.reason.unwrap_or_else(|| "looked at by the API".to_owned());
    let told = extensions::password(&web.app, &asker.scope, id, &reason).await;
    let (extension, password) = told.map_err(|error| problem(error, None))?;
    let password = password.map(|password| password.to_string());
    Ok(Json(PasswordView {
        id: extension.id.get(),
        sip_config: SipConfig::of(&extension.number, password.as_deref()),
        extension_number: extension.number,
        password,
    }))
}

fn not_reset(error: CarrierError) -> Problem {
    match error {
        CarrierError::NoPerson => problem(extensions::ExtensionError::NoPassword, None),
        CarrierError::Record(error) => Problem::of_record(&error, NAMES),
        other => Problem::coded(other.code(), &other),
    }
}

async fn reset(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<ResetView>, Problem> {
    let reset = carrier::reset_password(&web.app, &asker.scope, id).await.map_err(not_reset)?;
    let (_, mut extension) = read(&web, &asker, id).await?;
    let new_password = reset.password.to_string();
    extension.tell_password(&Some(reset.password));
    let cloudonix_warning = (!reset.is_told).then(CloudonixWarning::unconfigured);
    Ok(Json(ResetView {
        message: "Password reset successfully.",
        new_password,
        extension,
        cloudonix_warning,
    }))
}
