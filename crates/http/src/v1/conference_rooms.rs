//! Conference rooms.

use super::bulk;
use super::words::{MASK, Status, instant, masked};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxConference, PbxConferenceDraft};
use opbx_app::resources::{self, Stored};
use opbx_app::rooms::{self, Room};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const TAG: &str = "Conference rooms";
const NAMES: Names = &[
    ("participants_max", "max_participants"),
    ("active", "status"),
    ("recording", "recording_enabled"),
    ("talk_detection", "talk_detection_enabled"),
];
const SORTS: Sorts = Sorts {
    fields: &[
        ("name", "name"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
        ("max_participants", "participants_max"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/conference-rooms", "conference_rooms.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List conference rooms").gives::<Page<RoomView>>(200, "A page of rooms.");
    })
    .post("/conference-rooms", "conference_rooms.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a conference room").gives::<Written>(201, "The new room.");
    })
    .get("/conference-rooms/{id}", "conference_rooms.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a conference room").gives::<Shown>(200, "The room.");
    })
    .put("/conference-rooms/{id}", "conference_rooms.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a conference room").gives::<Written>(200, "The changed room.");
    })
    .delete("/conference-rooms/{id}", "conference_rooms.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a conference room").gives_nothing(204, "It is gone.");
    })
    .get("/conference-rooms/{id}/pins", "conference_rooms.pins", Access::ADMINS, pins, |operation| {
        operation
            .about(TAG, "Show the PINs of a conference room")
            .gives::<Pins>(200, "The PINs. That they were shown is on record.");
    });
    bulk::declare::<PbxConference>(api, "/conference-rooms", "conference_rooms.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    /// Part of the name or the description.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewRoom {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    #[schemars(range(min = 2, max = 1000))]
    max_participants: Option<i64>,
    #[serde(flatten)]
    rest: RoomPatch,
}

/// What may be left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct RoomPatch {
    status: Option<Status>,
    #[schemars(with = "Patch<Pin>")]
    pin: Patch<String>,
    pin_required: Option<bool>,
    #[schemars(with = "Patch<Pin>")]
    host_pin: Patch<String>,
    recording_enabled: Option<bool>,
    /// Kept; the engine is not told of it yet.
    recording_auto_start: Option<bool>,
    /// Kept; the engine is not told of it yet.
    #[schemars(with = "Patch<Address>")]
    recording_webhook_url: Patch<String>,
    /// Kept; the engine is not told of it yet.
    talk_detection_enabled: Option<bool>,
    /// Needed where talk detection is enabled.
    #[schemars(with = "Patch<Address>")]
    talk_detection_webhook_url: Patch<String>,
    wait_for_host: Option<bool>,
    mute_on_entry: Option<bool>,
    announce_join_leave: Option<bool>,
    music_on_hold: Option<bool>,
}

/// A web address.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Address(#[schemars(length(max = 500), url)] String);

/// Up to 20 digits; masked as it was told, it stays the one that is there.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Pin(#[schemars(length(min = 1, max = 20), regex(pattern = pin_pattern()))] String);

fn pin_pattern() -> String {
    format!("^([0-9]*|{})$", regex::escape(MASK))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedRoom {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    description: Patch<String>,
    #[schemars(range(min = 2, max = 1000))]
    max_participants: Option<i64>,
    #[serde(flatten)]
    rest: RoomPatch,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RoomView {
    id: i64,
    organization_id: i64,
    name: String,
    description: Option<String>,
    max_participants: i64,
    status: Status,
    pin_required: bool,
    /// Masked, or none where none is set: `/conference-rooms/{id}/pins` tells it, on record.
    pin: Option<&'static str>,
    /// As `pin`.
    host_pin: Option<&'static str>,
    recording_enabled: bool,
    recording_auto_start: bool,
    recording_webhook_url: Option<String>,
    talk_detection_enabled: bool,
    talk_detection_webhook_url: Option<String>,
    wait_for_host: bool,
    mute_on_entry: bool,
    announce_join_leave: bool,
    music_on_hold: bool,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: RoomView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: RoomView,
}

impl RoomPatch {
    fn into_draft(self) -> (PbxConferenceDraft, Values) {
        let mut secrets = Values::new();
        // A form that never reads the PINs sends empty ones: a room that asks for a PIN keeps those it has.
        let asks = self.pin_required == Some(true);
        for (field, pin) in [("pin", self.pin), ("host_pin", self.host_pin)] {
            let is_kept = pin.as_set().map_or(asks && pin == Patch::Clear, |pin| pin == MASK);
            let pin = if is_kept { Patch::Keep } else { pin };
            pin.into_secret(field, &mut secrets);
        }
        let draft = PbxConferenceDraft {
            pin_required: self.pin_required,
            recording: self.recording_enabled,
            recording_auto_start: self.recording_auto_start,
            recording_webhook_url: self.recording_webhook_url.into_draft(),
            talk_detection: self.talk_detection_enabled,
            talk_detection_webhook_url: self.talk_detection_webhook_url.into_draft(),
            wait_for_host: self.wait_for_host,
            mute_on_entry: self.mute_on_entry,
            announce_join_leave: self.announce_join_leave,
            music_on_hold: self.music_on_hold,
            active: self.status.map(Status::is_active),
            ..PbxConferenceDraft::default()
        };
        (draft, secrets)
    }
}

/// What opens a room.
#[derive(Serialize, JsonSchema)]
struct Pins {
    pin: Option<String>,
    host_pin: Option<String>,
}

fn view(asker: &Signed, stored: Stored<Room>) -> RoomView {
    let Stored { record: Room { conference: room, has_pin, has_host_pin }, created_at, updated_at } = stored;
    RoomView {
        id: room.id.get(),
        organization_id: asker.tenant.get(),
        name: room.name,
        description: room.description,
        max_participants: room.participants_max,
        status: Status::of(room.active),
        pin_required: room.pin_required,
        pin: masked(has_pin),
        host_pin: masked(has_host_pin),
        recording_enabled: room.recording,
        recording_auto_start: room.recording_auto_start,
        recording_webhook_url: room.recording_webhook_url,
        talk_detection_enabled: room.talk_detection,
        talk_detection_webhook_url: room.talk_detection_webhook_url,
        wait_for_host: room.wait_for_host,
        mute_on_entry: room.mute_on_entry,
        announce_join_leave: room.announce_join_leave,
        music_on_hold: room.music_on_hold,
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<RoomView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(text) = &filters.search {
        domain = domain
            .and(Domain::contains_folded("name", text).or(Domain::contains_folded("description", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = rooms::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |room| view(&asker, room))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, RoomView), Problem> {
    let room = rooms::get(&web.app, &asker.scope, id).await?;
    Ok((room.record.conference.version, view(asker, room)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewRoom>,
) -> Result<Versioned<Written>, Problem> {
    let (rest, secrets) = new.rest.into_draft();
    let draft = PbxConferenceDraft {
        name: Some(new.name),
        description: Some(new.description),
        participants_max: new.max_participants,
        ..rest
    };
    let id = resources::create(&web.app, &asker.scope, draft, secrets)
        .await
        .map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    let message = "Conference room created successfully.";
    Ok(Versioned::created(version, Written { message, data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedRoom>,
) -> Result<Versioned<Written>, Problem> {
    let (rest, secrets) = changed.rest.into_draft();
    let draft = PbxConferenceDraft {
        name: changed.name,
        description: changed.description.into_draft(),
        participants_max: changed.max_participants,
        ..rest
    };
    resources::update(&web.app, &asker.scope, id, draft, secrets, version)
        .await
        .map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    let message = "Conference room updated successfully.";
    Ok(Versioned::ok(version, Written { message, data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxConference>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn pins(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Pins>, Problem> {
    let shown = rooms::pins(&web.app, &asker.scope, id, "looked at by the API").await;
    let [pin, host_pin] = shown.map_err(|error| Problem::coded(error.code(), &error))?;
    let clear = |pin: Option<Zeroizing<String>>| pin.map(|pin| pin.to_string());
    Ok(Json(Pins { pin: clear(pin), host_pin: clear(host_pin) }))
}
