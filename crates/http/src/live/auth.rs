//! Who may hear a channel: `POST …/broadcasting/auth` with `socket_id` and `channel_name`, as a form or as JSON.

use crate::Web;
use crate::api::{Access, Api, Input, Operation, Problem, Signed};
use axum::Json;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use opbx_app::live::channels::{Channel, may_hear};
use opbx_app::live::tickets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) fn declare(api: &mut Api) {
    let describe = |operation: &mut Operation| {
        operation
            .about("Live updates", "Subscribe to a channel")
            .gives::<Ticket>(200, "A ticket for the channel.");
    };
    api.absolute(
        Method::POST,
        "/api/broadcasting/auth",
        "live.authorize",
        Access::SignedIn,
        authorize,
        describe,
    )
    .post("/broadcasting/auth", "live.authorize_v1", Access::SignedIn, authorize, describe);
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Question {
    /// That of an open connection: `123.456`.
    #[schemars(length(max = 64), regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    socket_id: String,
    /// `private-org.7`
    #[schemars(length(max = 200))]
    channel_name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Ticket {
    /// To be passed on to the socket as it is.
    auth: String,
    /// Who the subscriber is, as JSON in a text; on presence channels only.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_data: Option<String>,
}

/// Gives a ticket for a channel that the asker may hear. A channel of others and none at all are refused alike.
async fn authorize(
    State(web): State<Web>,
    asker: Signed,
    Input(question): Input<Question>,
) -> Result<Json<Ticket>, Problem> {
    // A socket lasts as long as its session, and a key has none.
    if asker.key.is_some() {
        let message = "Live updates need a session: an API key opens none.";
        return Err(Problem::new(StatusCode::FORBIDDEN, message));
    }
    let channel = Channel::parse(&question.channel_name).ok_or_else(Problem::unauthorized)?;
    let may = may_hear(&web.app, &asker, channel).await;
    if !may.map_err(|error| Problem::coded(error.code(), &error))? {
        return Err(Problem::unauthorized());
    }
    let ticket = tickets::issue(&web.app, web.config.live_key(), &asker, &question.socket_id, channel);
    Ok(Json(Ticket { auth: ticket.auth, channel_data: ticket.channel_data }))
}
