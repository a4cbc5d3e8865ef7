//! Search across resources, and what refers to a record.

use crate::Web;
use crate::api::{Access, Api, Params, Problem, Signed};
use axum::Json;
use axum::extract::{Path, State};
use opbx_app::references;
use opbx_app::search::{self, HITS_MAX};
use opbx_kernel::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

const TAG: &str = "Search";
/// Finds of one answer, where nobody says.
const HITS: i64 = 20;

/// How the API calls the models of its records.
const KINDS: &[(&str, &str)] = &[
    ("extension", "pbx.extension"),
    ("user", "res.users"),
    ("phone_number", "pbx.number"),
    ("ring_group", "pbx.ring_group"),
    ("ivr_menu", "pbx.menu"),
    ("business_hours", "pbx.hours"),
    ("conference_room", "pbx.conference"),
    ("assistant", "pbx.assistant"),
    ("voicemail", "pbx.voicemail"),
    ("prompt", "pbx.prompt"),
    ("trunk", "pbx.trunk"),
    ("outbound_rule", "pbx.outbound_rule"),
    ("blocked_caller", "pbx.blocked_caller"),
    ("feature_code", "pbx.feature_code"),
    ("webhook", "ir.webhook"),
    ("call", "pbx.call"),
    ("company", "res.company"),
];

pub(super) fn declare(api: &mut Api) {
    let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
    api.get("/search", "search.all", Access::READERS, find, |operation| {
        operation.about(TAG, "Find records of any kind by name or number").gives::<Found>(
            200,
            "The best first: the whole text, its beginning, a word's beginning, a part.",
        );
    })
    .get("/references/{kind}/{id}", "references.list", Access::READERS, refer, |operation| {
        operation
            .path_parameter("kind", &json!({"type": "string", "enum": kinds}))
            .path_parameter(
                "id",
                &json!({"type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_i64}),
            )
            .about(TAG, "List what refers to a record and keeps it from being deleted")
            .gives::<Referring>(200, "Those that the asker may see, by name.");
    });
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// Part of a name or address, or a number however it is written.
    #[serde(default)]
    #[schemars(length(max = 100))]
    q: Option<String>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 50))]
    limit: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Found {
    data: Vec<HitView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct HitView {
    kind: String,
    id: i64,
    title: String,
    /// A number or address; of a call, when it began.
    subtitle: Option<String>,
    active: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Referring {
    data: Vec<ReferenceView>,
    /// How many more there are.
    more: u64,
    /// How many there are that you may not see.
    unseen: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReferenceView {
    kind: String,
    id: i64,
    title: String,
    /// The field that refers to it, of the record or of what belongs to it.
    field: String,
}

/// The API's word for a model; one without a word of its own is called by its name.
fn kind(model: &str) -> String {
    KINDS.iter().find(|(_, known)| *known == model).map_or(model, |(kind, _)| kind).to_owned()
}

async fn find(
    State(web): State<Web>,
    asker: Signed,
    Params(wanted): Params<Wanted>,
) -> Result<Json<Found>, Problem> {
    let limit = usize::try_from(wanted.limit.unwrap_or(HITS)).unwrap_or(HITS_MAX);
    let text = wanted.q.unwrap_or_default();
    let hits = search::search(&web.app, &asker.scope, &text, limit).await?;
    let data = hits.into_iter().map(|hit| HitView {
        kind: kind(hit.model),
        id: hit.id.get(),
        title: hit.title,
        subtitle: hit.subtitle,
        active: hit.active,
    });
    Ok(Json(Found { data: data.collect() }))
}

async fn refer(
    State(web): State<Web>,
    asker: Signed,
    Path((word, id)): Path<(String, String)>,
) -> Result<Json<Referring>, Problem> {
    let absent = || Problem::absent("Record");
    let (_, model) = KINDS.iter().find(|(kind, _)| *kind == word).ok_or_else(absent)?;
    let id = id.parse::<i64>().ok().and_then(|id| RecordId::new(id).ok()).ok_or_else(absent)?;
    let found = references::of(&web.app, &asker.scope, model, id).await?;
    let data = found.all.into_iter().map(|reference| ReferenceView {
        kind: kind(&reference.model),
        id: reference.id.get(),
        title: reference.name,
        field: reference.field,
    });
    Ok(Json(Referring { data: data.collect(), more: found.more, unseen: found.unseen }))
}
