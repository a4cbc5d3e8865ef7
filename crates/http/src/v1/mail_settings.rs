//! Whether mail goes out, and a trial of it: the mail server itself is for the operator to set.

use crate::Web;
use crate::api::{Access, Api, Input, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::mail::{self, TrialError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Settings";

pub(super) fn declare(api: &mut Api) {
    api.get("/settings/mail", "settings.mail", Access::OWNERS, show, |operation| {
        operation
            .about(TAG, "Tell whether there is a mail server")
            .gives::<Shown>(200, "Whether there is one.");
    })
    .post("/settings/mail/test", "settings.mail_test", Access::OWNERS, test, |operation| {
        operation.about(TAG, "Send a mail at once, to yourself").gives::<Sent>(200, "The server took it.");
    });
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    configured: bool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Trial {}

#[derive(Debug, Serialize, JsonSchema)]
struct Sent {
    message: String,
}

async fn show(State(web): State<Web>, _: Signed) -> Json<Shown> {
    Json(Shown { configured: mail::is_configured(&web.app) })
}

/// To the asker alone: nobody sends mails to others in the operator's name.
async fn test(
    State(web): State<Web>,
    asker: Signed,
    Input(Trial {}): Input<Trial>,
) -> Result<Json<Sent>, Problem> {
    let sent = mail::try_out(&web.app, &asker.email, asker.scope.language()).await;
    sent.map_err(|error| match error {
        TrialError::Refused(_) => {
            tracing::warn!(%error, "a trial mail was not taken");
            Problem::coded(error.code(), "the mail server did not take the mail; the operator's logs say why")
        }
        other => Problem::coded(other.code(), &other),
    })?;
    Ok(Json(Sent { message: format!("A mail is on its way to {}.", asker.email) }))
}
