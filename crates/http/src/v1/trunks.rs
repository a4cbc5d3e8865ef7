//! Trunks: ways out to the public network, as the engine names them.

use super::bulk;
use super::recording_policy::{RecordingPatch, RecordingView};
use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxTrunk, PbxTrunkDraft};
use opbx_app::resources::{self, Stored};
use opbx_app::sessions::Role;
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Trunks";
const NAMES: Names = &[("active", "status"), ("recording_announcement", "recording_announcement_id")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("name", "name"),
        ("engine_name", "engine_name"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};
/// Users have no business with trunks.
pub(super) const SEEN_BY: Access = Access::Roles(&[Role::Owner, Role::PbxAdmin, Role::Reporter]);

pub(super) fn declare(api: &mut Api) {
    api.get("/trunks", "trunks.list", SEEN_BY, list, |operation| {
        operation.about(TAG, "List trunks").gives::<Page<TrunkView>>(200, "A page of trunks.");
    })
    .post("/trunks", "trunks.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a trunk").gives::<Written>(201, "The new trunk.");
    })
    .get("/trunks/{id}", "trunks.show", SEEN_BY, show, |operation| {
        operation.about(TAG, "Show a trunk").gives::<Shown>(200, "The trunk.");
    })
    .put("/trunks/{id}", "trunks.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a trunk").gives::<Written>(200, "The changed trunk.");
    })
    .delete("/trunks/{id}", "trunks.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a trunk").gives_nothing(204, "It is gone.");
    });
    bulk::declare::<PbxTrunk>(api, "/trunks", "trunks.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    /// Part of either name.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewTrunk {
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// As the engine knows it; the same as the name where it is not given.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    engine_name: Option<String>,
    #[serde(default)]
    status: Option<Status>,
    #[serde(flatten)]
    recording: RecordingPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedTrunk {
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
    #[schemars(length(min = 1, max = 255))]
    engine_name: Option<String>,
    status: Option<Status>,
    #[serde(flatten)]
    recording: RecordingPatch,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TrunkView {
    id: i64,
    organization_id: i64,
    name: String,
    engine_name: String,
    status: Status,
    #[serde(flatten)]
    recording: RecordingView,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: TrunkView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: TrunkView,
}

fn view(asker: &Signed, stored: Stored<PbxTrunk>) -> TrunkView {
    let Stored { record: trunk, created_at, updated_at } = stored;
    TrunkView {
        id: trunk.id.get(),
        organization_id: asker.tenant.get(),
        name: trunk.name,
        engine_name: trunk.engine_name,
        status: Status::of(trunk.active),
        recording: RecordingView::of(
            trunk.recording.as_str(),
            trunk.recording_announcement,
            trunk.recording_retention_days,
        ),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<TrunkView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(text) = &filters.search {
        domain = domain
            .and(Domain::contains_folded("name", text).or(Domain::contains_folded("engine_name", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<PbxTrunk>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |trunk| view(&asker, trunk))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, TrunkView), Problem> {
    let trunk = resources::get::<PbxTrunk>(&web.app, &asker.scope, id).await?;
    Ok((trunk.record.version, view(asker, trunk)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewTrunk>,
) -> Result<Versioned<Written>, Problem> {
    let draft = PbxTrunkDraft {
        engine_name: Some(new.engine_name.unwrap_or_else(|| new.name.clone())),
        name: Some(new.name),
        active: new.status.map(Status::is_active),
        ..PbxTrunkDraft::default()
    };
    let created = resources::create(&web.app, &asker.scope, draft, new.recording.into_values()?).await;
    let id = created.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::created(version, Written { message: "Trunk created successfully.", data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedTrunk>,
) -> Result<Versioned<Written>, Problem> {
    let draft = PbxTrunkDraft {
        name: changed.name,
        engine_name: changed.engine_name,
        active: changed.status.map(Status::is_active),
        ..PbxTrunkDraft::default()
    };
    let more = changed.recording.into_values()?;
    let updated = resources::update(&web.app, &asker.scope, id, draft, more, version).await;
    updated.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Trunk updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxTrunk>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
