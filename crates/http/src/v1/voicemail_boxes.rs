//! Voicemail boxes.

use super::bulk;
use super::words::{Status, instant, record_id};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxVoicemail, PbxVoicemailDraft, PbxVoicemailMail};
use opbx_app::resources::{self, ResourceError, Stored};
use opbx_app::voicemails::{self, Mailbox};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Voicemail";
const NAMES: Names =
    &[("user", "user_id"), ("greeting", "greeting_id"), ("length_max_s", "max_length"), ("active", "status")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("name", "name"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/voicemail-boxes", "voicemail_boxes.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List voicemail boxes").gives::<Page<BoxView>>(200, "A page of boxes.");
    })
    .post("/voicemail-boxes", "voicemail_boxes.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a voicemail box").gives::<Written>(201, "The new box.");
    })
    .get("/voicemail-boxes/{id}", "voicemail_boxes.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a voicemail box").gives::<Shown>(200, "The box.");
    })
    .put("/voicemail-boxes/{id}", "voicemail_boxes.update", Access::USERS, update, |operation| {
        operation
            .about(TAG, "Change a voicemail box; users the greeting and the PIN of their own")
            .gives::<Written>(200, "The changed box.");
    })
    .delete("/voicemail-boxes/{id}", "voicemail_boxes.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a voicemail box with its messages").gives_nothing(204, "It is gone.");
    });
    bulk::declare::<PbxVoicemail>(api, "/voicemail-boxes", "voicemail_boxes.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    user_id: Option<i64>,
    /// Part of the name.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewBox {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    #[serde(flatten)]
    rest: BoxPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedBox {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[serde(flatten)]
    rest: BoxPatch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mailing {
    None,
    Notify,
    Attach,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BoxPatch {
    /// Whose messages they are; a box of nobody is the administrators'.
    user_id: Patch<i64>,
    /// A prompt of the library.
    greeting_id: Patch<i64>,
    /// Opens the box from a phone that is not its owner's; never told again.
    pin: Patch<Pin>,
    beep: Option<bool>,
    /// Seconds.
    #[schemars(range(min = 1, max = 3600))]
    max_length: Option<i64>,
    /// Empty keeps messages for ever.
    retention_days: Patch<i64>,
    /// Whether the box's user hears of messages by mail: without their sound, or with it.
    mail: Option<Mailing>,
    /// Empty is the user's own address.
    email: Patch<String>,
    delete_after_mail: Option<bool>,
    status: Option<Status>,
}

/// Digits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Pin(#[schemars(regex(pattern = r"^[0-9]{4,20}$"))] String);

#[derive(Debug, Serialize, JsonSchema)]
struct BoxView {
    id: i64,
    organization_id: i64,
    name: String,
    user_id: Option<i64>,
    user_name: Option<String>,
    greeting_id: Option<i64>,
    has_pin: bool,
    beep: bool,
    max_length: i64,
    retention_days: Option<i64>,
    mail: Mailing,
    email: Option<String>,
    delete_after_mail: bool,
    status: Status,
    /// Those that the asker may hear.
    messages_count: u64,
    unheard_count: u64,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: BoxView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: BoxView,
}

fn named(patch: &Patch<i64>, field: &str) -> Result<Option<Option<RecordId>>, Problem> {
    match patch {
        Patch::Keep => Ok(None),
        Patch::Clear => Ok(Some(None)),
        Patch::Set(id) => record_id(*id, field).map(|id| Some(Some(id))),
    }
}

impl BoxPatch {
    fn into_draft(self) -> Result<(PbxVoicemailDraft, Values), Problem> {
        let mut secrets = Values::new();
        self.pin.map(|pin| pin.0).into_secret("pin", &mut secrets);
        let draft = PbxVoicemailDraft {
            user: named(&self.user_id, "user_id")?,
            greeting: named(&self.greeting_id, "greeting_id")?,
            beep: self.beep,
            length_max_s: self.max_length,
            retention_days: self.retention_days.into_draft(),
            mail: self.mail.map(|mail| match mail {
                Mailing::None => PbxVoicemailMail::None,
                Mailing::Notify => PbxVoicemailMail::Notify,
                Mailing::Attach => PbxVoicemailMail::Attach,
            }),
            email: self.email.into_draft(),
            delete_after_mail: self.delete_after_mail,
            active: self.status.map(Status::is_active),
            ..PbxVoicemailDraft::default()
        };
        Ok((draft, secrets))
    }
}

fn view(asker: &Signed, stored: Stored<Mailbox>) -> BoxView {
    let Stored { record: Mailbox { mailbox, messages, unheard, has_pin, user_name }, created_at, updated_at } =
        stored;
    BoxView {
        id: mailbox.id.get(),
        organization_id: asker.tenant.get(),
        name: mailbox.name,
        user_id: mailbox.user.map(RecordId::get),
        user_name,
        greeting_id: mailbox.greeting.map(RecordId::get),
        has_pin,
        beep: mailbox.beep,
        max_length: mailbox.length_max_s,
        retention_days: mailbox.retention_days,
        mail: match mailbox.mail {
            PbxVoicemailMail::None => Mailing::None,
            PbxVoicemailMail::Notify => Mailing::Notify,
            PbxVoicemailMail::Attach => Mailing::Attach,
        },
        email: mailbox.email,
        delete_after_mail: mailbox.delete_after_mail,
        status: Status::of(mailbox.active),
        messages_count: messages,
        unheard_count: unheard,
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn problem(error: ResourceError) -> Problem {
    Problem::of(error, NAMES)
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<BoxView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(user) = filters.user_id {
        domain = domain.and(Domain::eq("user", record_id(user, "user_id")?));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = voicemails::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |mailbox| view(&asker, mailbox))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let stored = voicemails::get(&web.app, &asker.scope, id).await?;
    Ok(Versioned::ok(stored.record.mailbox.version, Shown { data: view(&asker, stored) }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewBox>,
) -> Result<Versioned<Written>, Problem> {
    let (rest, secrets) = new.rest.into_draft()?;
    let draft = PbxVoicemailDraft { name: Some(new.name), ..rest };
    let id = resources::create(&web.app, &asker.scope, draft, secrets).await.map_err(problem)?;
    let stored = voicemails::get(&web.app, &asker.scope, id).await?;
    let message = "Voicemail box created successfully.";
    Ok(Versioned::created(stored.record.mailbox.version, Written { message, data: view(&asker, stored) }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
    Input(changed): Input<ChangedBox>,
) -> Result<Versioned<Written>, Problem> {
    let (rest, secrets) = changed.rest.into_draft()?;
    let draft = PbxVoicemailDraft { name: changed.name, ..rest };
    resources::update(&web.app, &asker.scope, id, draft, secrets, expected).await.map_err(problem)?;
    let stored = voicemails::get(&web.app, &asker.scope, id).await?;
    let message = "Voicemail box updated successfully.";
    Ok(Versioned::ok(stored.record.mailbox.version, Written { message, data: view(&asker, stored) }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxVoicemail>(&web.app, &asker.scope, id, expected).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
