//! IVR menus: what callers hear, what each key does, and what follows when none is pressed.

mod voices;
mod wire;

use super::bulk;
use super::words::{Said, Status};
use crate::Web;
use crate::api::{Access, Api, Expected, Id, Input, Names, Page, Params, Problem, Signed, Sorts, Versioned};
use axum::Json;
use axum::extract::State;
use opbx_app::menus::{self, MenuError, Way};
use opbx_app::models::PbxMenu;
use opbx_app::resources::{self, ResourceError};
use opbx_app::targets::Unfit;
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use wire::{ChangedMenu, Filters, MenuView, NewMenu, Shown, Written};

const TAG: &str = "IVR menus";
const NAMES: Names = &[
    ("timeout_s", "max_timeout"),
    ("inter_digit_timeout_s", "inter_digit_timeout"),
    ("turns", "max_turns"),
    ("failover", "failover_destination_id"),
    ("keys", "options"),
    ("prompt", "recording_id"),
    ("no_input_prompt", "no_input_recording_id"),
    ("wrong_key_prompt", "wrong_key_recording_id"),
    ("active", "status"),
];
/// Of the prompt that a menu's own form holds.
const PROMPT_NAMES: Names = &[("text", "tts_text"), ("voice", "tts_voice"), ("url", "audio_file_path")];
const SORTS: Sorts = Sorts {
    fields: &[
        ("created_at", "created_at"),
        ("name", "name"),
        ("status", "active"),
        ("updated_at", "updated_at"),
    ],
    descending: true,
    per_page: 25,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/ivr-menus", "ivr_menus.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List IVR menus").gives::<Page<MenuView>>(200, "A page of menus.");
    })
    .post("/ivr-menus", "ivr_menus.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create an IVR menu").gives::<Written>(201, "The new menu.");
    })
    .get("/ivr-menus/{id}", "ivr_menus.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show an IVR menu").gives::<Shown>(200, "The menu.");
    })
    .put("/ivr-menus/{id}", "ivr_menus.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change an IVR menu").gives::<Written>(200, "The changed menu.");
    })
    .delete("/ivr-menus/{id}", "ivr_menus.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete an IVR menu").gives::<Said>(200, "It is gone.");
    });
    voices::declare(api);
    bulk::declare::<PbxMenu>(api, "/ivr-menus", "ivr_menus.bulk", TAG, NAMES);
}

fn problem(error: MenuError) -> Problem {
    let at = |way: Way| match way {
        Way::Key(place) => format!("options.{place}.destination_id"),
        Way::Failover => "failover_destination_id".to_owned(),
    };
    match error {
        MenuError::NoTarget(way) => Problem::field(&at(way), "The selected destination does not exist."),
        MenuError::NoAssistant(way) => {
            Problem::field(&at(way), format!("The selected AI assistant {}.", Unfit::NoAssistant))
        }
        MenuError::ToItself(way) => Problem::field(&at(way), "The menu cannot lead to itself."),
        MenuError::NoRecording => Problem::field("recording_id", "The selected recording does not exist."),
        MenuError::Prompt(error) => Problem::of(error, PROMPT_NAMES),
        MenuError::Resource(error) => Problem::of(error, NAMES),
    }
}

async fn shown(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, MenuView), ResourceError> {
    let (stored, targets) = menus::get(&web.app, &asker.scope, id).await?;
    Ok((stored.record.menu.version, MenuView::of(asker.tenant, stored, &targets)))
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<MenuView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(text) = &filters.search {
        domain = domain
            .and(Domain::contains_folded("name", text).or(Domain::contains_folded("description", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let (listed, targets) = menus::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |menu| MenuView::of(asker.tenant, menu, &targets))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = shown(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewMenu>,
) -> Result<Versioned<Written>, Problem> {
    let (draft, content) = new.into_parts()?;
    let id = menus::create(&web.app, &asker.scope, draft, content).await.map_err(problem)?;
    let (version, data) = shown(&web, &asker, id).await?;
    Ok(Versioned::created(version, Written { message: "IVR menu created successfully.", data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
    Input(changed): Input<ChangedMenu>,
) -> Result<Versioned<Written>, Problem> {
    let held = menus::get(&web.app, &asker.scope, id).await?.0.record;
    let (draft, content) = changed.into_parts(&held)?;
    menus::update(&web.app, &asker.scope, id, draft, content, expected).await.map_err(problem)?;
    let (version, data) = shown(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "IVR menu updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<Json<Said>, Problem> {
    let deleted = resources::delete::<PbxMenu>(&web.app, &asker.scope, id, expected).await;
    deleted.map_err(|error| Problem::of(error, NAMES))?;
    Ok(Json(Said { message: "IVR menu deleted successfully." }))
}
