//! The blocklist: callers who are turned away.

use super::bulk;
use super::words::{Status, instant, record_id};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxBlockedCaller, PbxBlockedCallerDraft};
use opbx_app::resources::{self, Stored};
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::{Domain, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Blocklist";
const NAMES: Names = &[("number", "phone_number_id"), ("active", "status")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("caller", "caller"),
        ("expires_at", "expires_at"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/blocklist", "blocklist.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List blocked callers").gives::<Page<BlockedView>>(200, "A page of callers.");
    })
    .post("/blocklist", "blocklist.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Block a caller").gives::<Written>(201, "The blocked caller.");
    })
    .get("/blocklist/{id}", "blocklist.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a blocked caller").gives::<Shown>(200, "The caller.");
    })
    .put("/blocklist/{id}", "blocklist.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change how a caller is blocked").gives::<Written>(200, "The blocked caller.");
    })
    .delete("/blocklist/{id}", "blocklist.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Unblock a caller").gives_nothing(204, "The caller gets through again.");
    });
    bulk::declare::<PbxBlockedCaller>(api, "/blocklist", "blocklist.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    phone_number_id: Option<i64>,
    /// Part of the caller's number.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewBlocked {
    /// In E.164, or its beginning with the `+`.
    #[schemars(regex(pattern = r"^\+[1-9][0-9]{0,14}$"))]
    caller: String,
    #[serde(flatten)]
    rest: BlockedPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedBlocked {
    #[schemars(regex(pattern = r"^\+[1-9][0-9]{0,14}$"))]
    caller: Option<String>,
    #[serde(flatten)]
    rest: BlockedPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct BlockedPatch {
    /// Blocks every number that begins so.
    is_prefix: Option<bool>,
    /// Blocks calls to this number of the company only; none, to all.
    phone_number_id: Patch<i64>,
    reason: Patch<String>,
    /// RFC 3339; none blocks for good.
    #[schemars(with = "Patch<Instant>")]
    expires_at: Patch<String>,
    status: Option<Status>,
}

#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Instant(#[schemars(extend("format" = "date-time"))] String);

#[derive(Debug, Serialize, JsonSchema)]
struct BlockedView {
    id: i64,
    organization_id: i64,
    caller: String,
    is_prefix: bool,
    phone_number_id: Option<i64>,
    reason: Option<String>,
    expires_at: Option<String>,
    status: Status,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: BlockedView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: BlockedView,
}

impl BlockedPatch {
    fn into_draft(self, caller: Option<String>) -> Result<PbxBlockedCallerDraft, Problem> {
        let number = self.phone_number_id.into_draft();
        let number =
            number.map(|id| id.map(|id| record_id(id, "phone_number_id")).transpose()).transpose()?;
        let invalid = |_| Problem::field("expires_at", "The expires at field is no instant.");
        let until = self.expires_at.into_draft();
        let until = until
            .map(|text| text.map(|text| text.parse::<Timestamp>().map_err(invalid)).transpose())
            .transpose()?;
        Ok(PbxBlockedCallerDraft {
            caller,
            is_prefix: self.is_prefix,
            number,
            reason: self.reason.into_draft(),
            expires_at: until,
            active: self.status.map(Status::is_active),
        })
    }
}

fn view(asker: &Signed, stored: Stored<PbxBlockedCaller>) -> BlockedView {
    let Stored { record: blocked, created_at, updated_at } = stored;
    BlockedView {
        id: blocked.id.get(),
        organization_id: asker.tenant.get(),
        caller: blocked.caller,
        is_prefix: blocked.is_prefix,
        phone_number_id: blocked.number.map(RecordId::get),
        reason: blocked.reason,
        expires_at: instant(blocked.expires_at),
        status: Status::of(blocked.active),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<BlockedView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(number) = filters.phone_number_id {
        domain = domain.and(Domain::eq("number", record_id(number, "phone_number_id")?));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains("caller", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<PbxBlockedCaller>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |blocked| view(&asker, blocked))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, BlockedView), Problem> {
    let blocked = resources::get::<PbxBlockedCaller>(&web.app, &asker.scope, id).await?;
    Ok((blocked.record.version, view(asker, blocked)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewBlocked>,
) -> Result<Versioned<Written>, Problem> {
    let draft = new.rest.into_draft(Some(new.caller))?;
    let created = resources::create(&web.app, &asker.scope, draft, Values::new()).await;
    let id = created.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::created(version, Written { message: "Caller blocked successfully.", data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedBlocked>,
) -> Result<Versioned<Written>, Problem> {
    let draft = changed.rest.into_draft(changed.caller)?;
    let updated = resources::update(&web.app, &asker.scope, id, draft, Values::new(), version).await;
    updated.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Blocked caller updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxBlockedCaller>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
