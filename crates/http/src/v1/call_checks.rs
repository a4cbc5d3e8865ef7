//! Call checks: calls that are thought through again when the configuration changes.

mod wire;

use super::words::Status;
use super::{bulk, simulations};
use crate::Web;
use crate::api::{Access, Api, Expected, Id, Input, Names, Page, Params, Problem, Signed, Sorts, Versioned};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::call_checks::{self, CheckError};
use opbx_app::models::PbxCallCheck;
use opbx_app::resources;
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use wire::{ChangedCheck, CheckView, Filters, NewCheck, RanAll, Shown, Written, view};

const TAG: &str = "Call checks";
const NAMES: Names = &[
    ("from_number", "from"),
    ("to_number", "to"),
    ("time_of_day", "weekly.time"),
    ("time_zone", "weekly.time_zone"),
    ("message_s", "message"),
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
    api.get("/call-checks", "call_checks.list", Access::READERS, list, |operation| {
        operation.about(TAG, "List call checks").gives::<Page<CheckView>>(200, "A page of checks.");
    })
    .post("/call-checks", "call_checks.create", Access::ADMINS, create, |operation| {
        operation
            .about(
                TAG,
                "Create a call check and run it; what happens now is expected, unless it says what is",
            )
            .gives::<Written>(201, "The new check with its outcome.")
            .refuses(409);
    })
    .post("/call-checks/run", "call_checks.run_all", Access::READERS, run_all, |operation| {
        operation.about(TAG, "Run all active call checks now").gives::<RanAll>(200, "How they stand.");
    })
    .get("/call-checks/{id}", "call_checks.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a call check").gives::<Shown>(200, "The check with its last outcome.");
    })
    .put("/call-checks/{id}", "call_checks.update", Access::ADMINS, update, |operation| {
        operation
            .about(TAG, "Change a call check and run it")
            .gives::<Written>(200, "The changed check with its outcome.");
    })
    .delete("/call-checks/{id}", "call_checks.delete", Access::ADMINS, delete, |operation| {
        operation.about(TAG, "Delete a call check").gives_nothing(204, "It is gone.");
    })
    .post("/call-checks/{id}/run", "call_checks.run", Access::READERS, run, |operation| {
        operation.about(TAG, "Run a call check now").gives::<Written>(200, "The check with its outcome.");
    })
    .post("/call-checks/{id}/accept", "call_checks.accept", Access::ADMINS, accept, |operation| {
        operation
            .about(TAG, "Expect of a call check what happens now")
            .gives::<Written>(200, "The check, which passes now.")
            .refuses(409);
    });
    bulk::declare::<PbxCallCheck>(api, "/call-checks", "call_checks.bulk", TAG, NAMES);
}

fn problem(error: CheckError) -> Problem {
    match error {
        CheckError::Resource(error) => Problem::of(error, NAMES),
        CheckError::Moment(error) => {
            let field =
                if matches!(error, call_checks::BadMoment::NoZone(_)) { "weekly.time_zone" } else { "at" };
            Problem::field(field, format!("The {field} field is wrong: {error}."))
        }
        CheckError::TooMany => Problem::new(StatusCode::CONFLICT, format!("{}.", CheckError::TooMany))
            .with("code", CheckError::TooMany.code().name),
        CheckError::Compile(error) => simulations::problem(error.into()),
        other => Problem::coded(other.code(), &other),
    }
}

async fn list(
    State(web): State<Web>,
    asker: Signed,
    Params(filters): Params<Filters>,
) -> Result<Json<Page<CheckView>>, Problem> {
    let mut domain = Status::domain(filters.status);
    if let Some(outcome) = filters.outcome {
        let having = call_checks::of_outcome(&web.app, &asker.scope, outcome.into()).await;
        domain = domain.and(having.map_err(problem)?);
    }
    if let Some(text) = &filters.search {
        domain = domain.and(Domain::contains_folded("name", text).or(Domain::contains("to_number", text)));
    }
    let listing = filters.paging.listing(domain, &SORTS);
    let listed = resources::list::<PbxCallCheck>(&web.app, &asker.scope, &listing).await?;
    let ids: Vec<RecordId> = listed.rows.iter().map(|check| check.record.id).collect();
    let mut results = call_checks::results(&web.app, &asker.scope, &ids).await.map_err(problem)?;
    Ok(Json(Page::of(&listing, listed, |check| {
        let result = results.remove(&check.record.id);
        view(&asker, check, result)
    })))
}

async fn read(web: &Web, asker: &Signed, id: RecordId) -> Result<(i64, CheckView), Problem> {
    let check = resources::get::<PbxCallCheck>(&web.app, &asker.scope, id).await?;
    let mut results = call_checks::results(&web.app, &asker.scope, &[id]).await.map_err(problem)?;
    Ok((check.record.version, view(asker, check, results.remove(&id))))
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Shown>, Problem> {
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Shown { data }))
}

async fn create(
    State(web): State<Web>,
    asker: Signed,
    Input(new): Input<NewCheck>,
) -> Result<Versioned<Written>, Problem> {
    let draft = new.into_draft()?;
    let id = call_checks::create(&web.app, &asker.scope, draft).await.map_err(problem)?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::created(version, Written { message: "Call check created successfully.", data }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
    Input(changed): Input<ChangedCheck>,
) -> Result<Versioned<Written>, Problem> {
    let draft = changed.into_draft()?;
    call_checks::update(&web.app, &asker.scope, id, draft, version).await.map_err(problem)?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Call check updated successfully.", data }))
}

async fn delete(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<StatusCode, Problem> {
    resources::delete::<PbxCallCheck>(&web.app, &asker.scope, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn run(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Versioned<Written>, Problem> {
    call_checks::run(&web.app, &asker.scope, Some(id)).await.map_err(problem)?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "Call check run.", data }))
}

async fn run_all(State(web): State<Web>, asker: Signed) -> Result<Json<RanAll>, Problem> {
    let ran = call_checks::run(&web.app, &asker.scope, None).await.map_err(problem)?;
    Ok(Json(RanAll { data: ran.into() }))
}

async fn accept(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Expected(version): Expected,
) -> Result<Versioned<Written>, Problem> {
    call_checks::accept(&web.app, &asker.scope, id, version).await.map_err(problem)?;
    let (version, data) = read(&web, &asker, id).await?;
    Ok(Versioned::ok(version, Written { message: "What happens now is expected from here on.", data }))
}
