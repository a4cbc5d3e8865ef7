//! Extensions: people's telephones, and short numbers for anything else that takes calls.

mod body;
mod passwords;
mod sync;
mod view;

use super::bulk;
use super::destinations::require_assistants;
use super::words::Status;
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use body::{ChangedExtension, ExtensionType, NewExtension};
use opbx_app::extensions::{self, ExtensionError};
use opbx_app::models::PbxExtension;
use opbx_app::records::RecordError;
use opbx_app::resources::{self, ResourceError};
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::Deserialize;
use view::{ExtensionView, Shown, Written};

const TAG: &str = "Extensions";
const NAMES: Names = &[
    ("number", "extension_number"),
    ("user", "user_id"),
    ("voicemail", "voicemail_id"),
    ("destination", "configuration"),
    ("ring_timeout_s", "ring_timeout"),
    ("active", "status"),
    ("recording_announcement", "recording_announcement_id"),
];
const SORTS: Sorts = Sorts {
    fields: &[
        ("extension_number", "number"),
        ("type", "destination"),
        ("status", "active"),
        ("name", "name"),
        ("created_at", "created_at"),
        ("updated_at", "updated_at"),
    ],
    descending: false,
    per_page: 20,
};

pub(super) fn declare(api: &mut Api) {
    api.get("/extensions", "extensions.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List extensions").gives::<Page<ExtensionView>>(200, "A page of extensions.");
    })
    .post("/extensions", "extensions.create", Access::ADMINS, create, |operation| {
        operation
            .about(TAG, "Create an extension")
            .gives::<Written>(201, "The new extension, a person's with the password of its telephone.");
    })
    .get("/extensions/{id}", "extensions.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show an extension").gives::<Shown>(200, "The extension.");
    })
    .put("/extensions/{id}", "extensions.update", Access::USERS, update, |operation| {
        operation
            .about(TAG, "Change an extension; users, what is theirs to say of their own")
            .gives::<Written>(200, "The changed extension.");
    })
    .delete("/extensions/{id}", "extensions.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete an extension").gives_nothing(204, "It is gone.");
    });
    passwords::declare(api);
    sync::declare(api);
    bulk::declare::<PbxExtension>(api, "/extensions", "extensions.bulk", TAG, NAMES);
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    r#type: Option<ExtensionType>,
    status: Option<Status>,
    user_id: Option<i64>,
    /// Part of the number or the name.
    search: Option<String>,
    /// Taken and without effect: the user is always there.
    with: Option<String>,
}

fn domain(filters: &Filters) -> Domain {
    let mut domain = Status::domain(filters.status);
    if let Some(kind) = filters.r#type {
        domain = domain.and(kind.domain());
    }
    if let Some(user) = filters.user_id {
        domain = domain.and(match RecordId::new(user) {
            Ok(user) => Domain::eq("user", user),
            Err(_) => Domain::none(),
        });
    }
    if let Some(text) = &filters.search {
        domain =
            domain.and(Domain::contains_folded("number", text).or(Domain::contains_folded("name", text)));
    }
    domain
}

/// Names what was chosen as the field at fault; `key` is that of the configuration.
fn problem(error: ExtensionError, key: Option<&str>) -> Problem {
    match error {
        ExtensionError::Target(unfit) => {
            let field = key.map_or_else(|| "configuration".to_owned(), |key| format!("configuration.{key}"));
            Problem::field(&field, format!("What was selected {unfit}."))
        }
        ExtensionError::OnlyPeople { field } => {
            let spoken = field.replace('_', " ");
            Problem::field(field, format!("The {spoken} field is for extensions of type user only."))
        }
        ExtensionError::InGroup(group) => Problem::field(
            "type",
            format!(
                "The type field cannot change while ring group {group:?} rings the extension: take it out there first."
            ),
        ),
        ExtensionError::NoPassword => {
            Problem::new(StatusCode::BAD_REQUEST, "Only extensions of type user have a password.")
        }
        ExtensionError::Reveal(error) => Problem::coded(error.code(), &error),
        // What it rings is its type: nothing else of the configuration is a user's to say.
        ExtensionError::Resource(ResourceError::Record(RecordError::FieldNotAllowed { field, .. }))
            if field == "destination" =>
        {
            Problem::field("type", "The type field is not for you to change.")
        }
        ExtensionError::Resource(error) => Problem::of(error, NAMES),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<ExtensionView>>, Problem> {
    let listing = filters.paging.listing(domain(&filters), &SORTS);
    let (listed, named) = extensions::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |extension| ExtensionView::of(&asker, extension, &named))))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, ExtensionView), Problem> {
    let (extension, named) = extensions::get(&web.app, &asker.scope, id).await?;
    Ok((extension.record.version, ExtensionView::of(asker, extension, &named)))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, extension) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { extension }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewExtension>,
) -> Result<Versioned<Written>, Problem> {
    let key = new.r#type.key();
    require_assistants(&web, &asker, new.assistants()).await?;
    let wish = new.into_wish()?;
    let id = extensions::create(&web.app, &asker.scope, wish).await.map_err(|error| problem(error, key))?;
    let (version, mut extension) = read(&web, &asker, id).await?;
    if extension.is_person() {
        let reason = "shown to whoever created the extension";
        let told = extensions::password(&web.app, &asker.scope, id, reason).await;
        extension.tell_password(&told.map_err(|error| problem(error, None))?.1);
    }
    Ok(Versioned::created(version, Written::new("Extension created successfully.", extension)))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedExtension>,
) -> Result<Versioned<Written>, Problem> {
    let (held, _) = extensions::get(&web.app, &asker.scope, id).await?;
    let key = changed.key(&held.record);
    require_assistants(&web, &asker, changed.assistants()).await?;
    let wish = changed.into_wish(&held.record)?;
    let updated = extensions::update(&web.app, &asker.scope, id, wish, version).await;
    updated.map_err(|error| problem(error, key))?;
    let (version, extension) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written::new("Extension updated successfully.", extension)))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxExtension>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
