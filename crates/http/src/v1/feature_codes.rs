//! Feature codes: what phones of the company dial to change something of their own, or to hear their messages.

use super::bulk;
use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::models::{PbxFeatureCode, PbxFeatureCodeDraft, PbxFeatureCodeFeature};
use opbx_app::resources::{self, Stored};
use opbx_kernel::RecordId;
use opbx_platform::{Domain, Values};
use opbx_routing::Feature;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "Feature codes";
const NAMES: Names = &[("active", "status")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("code", "code"),
        ("feature", "feature"),
        ("status", "active"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/feature-codes", "feature_codes.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List feature codes").gives::<Page<CodeView>>(200, "A page of codes.");
    })
    .post("/feature-codes", "feature_codes.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a feature code").gives::<Written>(201, "The new code.");
    })
    .get("/feature-codes/{id}", "feature_codes.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a feature code").gives::<Shown>(200, "The code.");
    })
    .put("/feature-codes/{id}", "feature_codes.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a feature code").gives::<Written>(200, "The changed code.");
    })
    .delete("/feature-codes/{id}", "feature_codes.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a feature code").gives_nothing(204, "It is gone.");
    });
    bulk::declare::<PbxFeatureCode>(api, "/feature-codes", "feature_codes.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    feature: Option<FeatureName>,
    /// Part of the code.
    search: Option<String>,
}

/// What a code does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum FeatureName {
    OwnVoicemail,
    AnyVoicemail,
    ForwardAll,
    ForwardAllOff,
    ForwardBusy,
    ForwardBusyOff,
    ForwardNoAnswer,
    ForwardNoAnswerOff,
    DoNotDisturb,
    DoNotDisturbOff,
    Test,
    CallBack,
}

impl FeatureName {
    fn word(self) -> &'static str {
        let feature = match self {
            Self::OwnVoicemail => Feature::OwnVoicemail,
            Self::AnyVoicemail => Feature::AnyVoicemail,
            Self::ForwardAll => Feature::ForwardAll,
            Self::ForwardAllOff => Feature::ForwardAllOff,
            Self::ForwardBusy => Feature::ForwardBusy,
            Self::ForwardBusyOff => Feature::ForwardBusyOff,
            Self::ForwardNoAnswer => Feature::ForwardNoAnswer,
            Self::ForwardNoAnswerOff => Feature::ForwardNoAnswerOff,
            Self::DoNotDisturb => Feature::DoNotDisturb,
            Self::DoNotDisturbOff => Feature::DoNotDisturbOff,
            Self::Test => Feature::Test,
            Self::CallBack => Feature::CallBack,
        };
        feature.as_str()
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewCode {
    #[schemars(regex(pattern = r"^[*#][0-9*#]{1,7}$"))]
    code: String,
    feature: FeatureName,
    #[serde(default)]
    status: Option<Status>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedCode {
    #[schemars(regex(pattern = r"^[*#][0-9*#]{1,7}$"))]
    code: Option<String>,
    feature: Option<FeatureName>,
    status: Option<Status>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CodeView {
    id: i64,
    organization_id: i64,
    code: String,
    /// One of those that can be written.
    feature: &'static str,
    status: Status,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: CodeView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: CodeView,
}

fn view(asker: &Signed, stored: Stored<PbxFeatureCode>) -> CodeView {
    let Stored { record: code, created_at, updated_at } = stored;
    CodeView {
        id: code.id.get(),
        organization_id: asker.tenant.get(),
        code: code.code,
        feature: code.feature.as_str(),
        status: Status::of(code.active),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
}

fn draft(code: Option<String>, feature: Option<FeatureName>, status: Option<Status>) -> PbxFeatureCodeDraft {
    PbxFeatureCodeDraft {
        code,
        feature: feature.and_then(|feature| PbxFeatureCodeFeature::parse(feature.word())),
        active: status.map(Status::is_active),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<CodeView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(feature) = filters.feature {
        domain = domain.and(Domain::eq("feature", feature.word()));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains("code", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<PbxFeatureCode>(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |code| view(&asker, code))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, CodeView), Problem> {
    let code = resources::get::<PbxFeatureCode>(&web.app, &asker.scope, id).await?;
    Ok((code.record.version, view(asker, code)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewCode>,
) -> Result<Versioned<Written>, Problem> {
    let draft = draft(Some(new.code), Some(new.feature), new.status);
    let created = resources::create(&web.app, &asker.scope, draft, Values::new()).await;
    let id = created.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::created(version, Written { message: "Feature code created successfully.", data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedCode>,
) -> Result<Versioned<Written>, Problem> {
    let draft = draft(changed.code, changed.feature, changed.status);
    let updated = resources::update(&web.app, &asker.scope, id, draft, Values::new(), version).await;
    updated.map_err(|error| Problem::of(error, NAMES))?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Feature code updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxFeatureCode>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
