//! Business hours: the week, its exceptions, and where calls go when open and when closed.

mod wire;

use super::bulk;
use super::destinations;
use super::words::{Said, instant};
use crate::Web;
use crate::api::{Access, Api, Expected, Id, Input, Names, Page, Params, Problem, Signed, Sorts, Versioned};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::business_hours::{self, Times};
use opbx_app::models::{PbxHours, PbxHoursDraft, PbxHoursOverride};
use opbx_app::resources;
use opbx_platform::Domain;
use wire::{ChangedSchedule, Filters, NewSchedule, Override, ScheduleView, Shown, Written};

const TAG: &str = "Business hours";
const NAMES: Names = &[
    ("open_destination", "open_hours_action"),
    ("closed_destination", "closed_hours_action"),
    ("ranges", "schedule"),
    ("time_zone", "timezone"),
    ("active", "status"),
];
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
    api.get("/business-hours", "business_hours.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List schedules").gives::<Page<ScheduleView>>(200, "A page of schedules.");
    })
    .post("/business-hours", "business_hours.create", Access::ADMINS, create, |operation| {
        operation.about(TAG, "Create a schedule").gives::<Written>(201, "The new schedule.");
    })
    .get("/business-hours/{id}", "business_hours.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a schedule").gives::<Shown>(200, "The schedule.");
    })
    .put("/business-hours/{id}", "business_hours.update", Access::ADMINS, update, |operation| {
        operation.about(TAG, "Change a schedule").gives::<Written>(200, "The changed schedule.");
    })
    .delete("/business-hours/{id}", "business_hours.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a schedule").gives_nothing(204, "It is gone.");
    })
    .post(
        "/business-hours/{id}/duplicate",
        "business_hours.duplicate",
        Access::ADMINS,
        duplicate,
        |operation| {
            operation.about(TAG, "Copy a schedule").gives::<Written>(201, "The copy.");
        },
    )
    .put(
        "/business-hours/{id}/override",
        "business_hours.override",
        Access::ADMINS,
        set_override,
        |operation| {
            operation
                .about(TAG, "Open or close by hand, until an instant or until it is taken back")
                .gives::<Said>(200, "It counts from the next call on.");
        },
    );
    bulk::declare::<PbxHours>(api, "/business-hours", "business_hours.bulk", TAG, NAMES);
}

fn problem(error: resources::ResourceError) -> Problem {
    Problem::of(error, NAMES)
}

async fn shown(web: &Web, asker: &Signed, id: opbx_kernel::RecordId) -> Result<(i64, ScheduleView), Problem> {
    let stored = business_hours::get(&web.app, &asker.scope, id).await?;
    Ok((stored.record.hours.version, ScheduleView::of(asker.tenant, stored)))
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<ScheduleView>>, Problem> {
    let mut domain = Domain::All;
    if let Some(status) = filters.status {
        domain = domain.and(Domain::eq("active", status.is_active()));
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = business_hours::list(&web.app, &asker.scope, &listing).await?;
    Ok(Json(Page::of(&listing, listed, |schedule| ScheduleView::of(asker.tenant, schedule))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = shown(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewSchedule>,
) -> Result<Versioned<Written>, Problem> {
    destinations::require_assistants(&web, &asker, new.assistants()).await?;
    let (draft, times) = new.into_parts()?;
    let id = business_hours::create(&web.app, &asker.scope, draft, times).await.map_err(problem)?;
    let (version, data) = shown(&web, &asker, id).await?;
    Ok(Versioned::created(
        version,
        Written { message: "Business hours schedule created successfully.", data },
    ))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
    Input(changed): Input<ChangedSchedule>,
) -> Result<Versioned<Written>, Problem> {
    destinations::require_assistants(&web, &asker, changed.assistants()).await?;
    let (draft, times) = changed.into_parts()?;
    business_hours::update(&web.app, &asker.scope, id, draft, times, expected).await.map_err(problem)?;
    let (version, data) = shown(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Business hours schedule updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxHours>(&web.app, &asker.scope, id, expected).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn duplicate(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Written>, Problem> {
    let copy = business_hours::duplicate(&web.app, &asker.scope, id).await.map_err(problem)?;
    let (version, data) = shown(&web, &asker, copy).await?;
    Ok(Versioned::created(
        version,
        Written { message: "Business hours schedule duplicated successfully.", data },
    ))
}

async fn set_override(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(expected): Expected,
    Input(wanted): Input<Override>,
) -> Result<Json<Said>, Problem> {
    let draft = PbxHoursDraft {
        r#override: Some(PbxHoursOverride::from(wanted.state)),
        override_until: Some(wanted.until),
        ..PbxHoursDraft::default()
    };
    business_hours::update(&web.app, &asker.scope, id, draft, Times::default(), expected)
        .await
        .map_err(problem)?;
    Ok(Json(Said { message: "Override set." }))
}
