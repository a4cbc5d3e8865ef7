//! Voicemail messages, for whoever the box is of: listed, heard, marked and deleted.

use super::downloads::unheard;
use super::words::{instant, record_id};
use crate::Web;
use crate::api::{
    ASK_AGAIN, Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Problem, Signed, Sorts,
    Versioned, ranged,
};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use opbx_app::downloads::Manner;
use opbx_app::models::{PbxVoicemailMessage, PbxVoicemailMessageDraft};
use opbx_app::resources::{self, Stored};
use opbx_app::voicemails::{self, Message};
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::{Domain, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Voicemail";
const NAMES: Names = &[("heard", "heard"), ("mailbox", "voicemail_box_id")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("left_at", "left_at"),
        ("length", "length_s"),
        ("heard", "heard"),
        ("from_number", "from_number"),
    ],
    descending: true,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/voicemail-messages", "voicemail_messages.list", Access::USERS, list, |operation| {
        operation.about(TAG, "List messages").gives::<Page<MessageView>>(200, "A page of messages.");
    })
    .get("/voicemail-messages/{id}", "voicemail_messages.show", Access::USERS, show, |operation| {
        operation.about(TAG, "Show a message").gives::<Shown>(200, "The message.");
    })
    .put("/voicemail-messages/{id}", "voicemail_messages.update", Access::USERS, update, |operation| {
        operation.about(TAG, "Mark a message as heard or not").gives::<Written>(200, "The message.");
    })
    .delete("/voicemail-messages/{id}", "voicemail_messages.delete", Access::USERS, delete, |operation| {
        operation.about(TAG, "Delete a message").gives_nothing(204, "It is gone.");
    })
    .get(
        "/voicemail-messages/{id}/audio",
        "voicemail_messages.audio",
        Access::USERS,
        audio,
        |operation| {
            operation
                .about(TAG, "Hear a message; a range of it where one is asked for")
                .gives_bytes(200, "audio/*", "The whole sound.")
                .gives_bytes(206, "audio/*", "The range.");
        },
    );
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    voicemail_box_id: Option<i64>,
    heard: Option<bool>,
    /// Left at this instant or later.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    from_date: Option<Timestamp>,
    /// Left before this instant.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    to_date: Option<Timestamp>,
    /// Part of the caller's number or name.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Marked {
    heard: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MessageView {
    id: i64,
    organization_id: i64,
    voicemail_box_id: Option<i64>,
    voicemail_box_name: Option<String>,
    call_id: Option<i64>,
    from_number: Option<String>,
    from_name: Option<String>,
    left_at: String,
    /// Seconds.
    length: Option<i64>,
    heard: bool,
    /// Where its sound is heard, under the same session.
    audio_url: String,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: MessageView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: MessageView,
}

fn view(asker: &Signed, stored: Stored<Message>) -> MessageView {
    let Stored { record: Message { message, mailbox }, updated_at, .. } = stored;
    MessageView {
        id: message.id.get(),
        organization_id: asker.tenant.get(),
        voicemail_box_id: message.mailbox.map(RecordId::get),
        voicemail_box_name: mailbox,
        call_id: message.call.map(RecordId::get),
        from_number: message.from_number,
        from_name: message.from_name,
        left_at: message.left_at.to_string(),
        length: message.length_s,
        heard: message.heard,
        audio_url: format!("/api/v1/voicemail-messages/{}/audio", message.id),
        updated_at: instant(updated_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<MessageView>>, Problem> {
    let mut domain = Domain::All;
    if let Some(id) = filters.voicemail_box_id {
        domain = domain.and(Domain::eq("mailbox", record_id(id, "voicemail_box_id")?));
    }
    if let Some(heard) = filters.heard {
        domain = domain.and(Domain::eq("heard", heard));
    }
    if let Some(from) = filters.from_date {
        domain = domain.and(Domain::ge("left_at", from));
    }
    if let Some(to) = filters.to_date {
        domain = domain.and(Domain::lt("left_at", to));
    }
    if let Some(text) = &filters.search {
        domain = domain
            .and(Domain::contains_folded("from_number", text).or(Domain::contains_folded("from_name", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = voicemails::messages(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |message| view(&asker, message))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let stored = voicemails::message(&web.app, &asker.scope, id).await?;
    Ok(Versioned::ok(stored.record.message.version, Shown { data: view(&asker, stored) }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
    Input(marked): Input<Marked>,
) -> Result<Versioned<Written>, Problem> {
    let draft = PbxVoicemailMessageDraft { heard: Some(marked.heard), ..PbxVoicemailMessageDraft::default() };
    let updated = resources::update(&web.app, &asker.scope, id, draft, Values::new(), expected).await;
    updated.map_err(|error| Problem::of(error, NAMES))?;
    let stored = voicemails::message(&web.app, &asker.scope, id).await?;
    let message = "Voicemail message updated successfully.";
    Ok(Versioned::ok(stored.record.message.version, Written { message, data: view(&asker, stored) }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxVoicemailMessage>(&web.app, &asker.scope, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn audio(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let content = voicemails::sound(&web.app, &asker.scope, id).await;
    let content = content.map_err(|error| unheard(error, "message"))?;
    ranged(content, &headers, ASK_AGAIN, Manner::Inline).await
}
