//! The first steps of a company: what is still to be done, and the example that an empty one can be filled with.

use super::configuration;
use crate::Web;
use crate::api::{Access, Api, Input, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::example::{self, ExampleError};
use opbx_app::resources::ResourceError;
use opbx_app::setup::{self, Carrier, Said, Steps};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const TAG: &str = "First steps";

pub(super) fn declare(api: &mut Api) {
    api.get("/setup", "setup.show", Access::ADMINS, show, |operation| {
        operation
            .about(TAG, "Show what is still to be set up")
            .gives::<Shown>(200, "How far the company is.");
    })
    .put("/setup", "setup.update", Access::ADMINS, update, |operation| {
        operation
            .about(
                TAG,
                "Say that the company's name, country and time zone are right, or end the first steps",
            )
            .gives::<Shown>(200, "How far the company is.");
    })
    .post("/setup/example", "setup.example", Access::OWNERS, fill, |operation| {
        operation
            .about(TAG, "Fill an empty company with an example to look at")
            .gives::<Filled>(201, "What was made. A company with records of its own is left alone: 409.");
    });
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Changed {
    /// Whether the company's name, country and time zone are right. Saving them says so, too.
    company: Option<bool>,
    /// Whether nobody wants to see the first steps any more.
    dismissed: Option<bool>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum CarrierWord {
    None,
    Pending,
    Connected,
    Failed,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: StepsView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepsView {
    /// You chose your password yourself.
    password: bool,
    company: bool,
    carrier: CarrierWord,
    /// In service.
    numbers: u64,
    /// In service.
    extensions: u64,
    /// Nothing is configured yet: the example would fit in.
    empty: bool,
    done: bool,
    dismissed: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Filled {
    message: &'static str,
    data: FilledView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FilledView {
    /// Records that were made.
    created: usize,
    setup: StepsView,
}

impl From<Steps> for StepsView {
    fn from(steps: Steps) -> Self {
        Self {
            done: steps.is_done(),
            password: steps.password,
            company: steps.company,
            carrier: match steps.carrier {
                Carrier::None => CarrierWord::None,
                Carrier::Pending => CarrierWord::Pending,
                Carrier::Connected => CarrierWord::Connected,
                Carrier::Failed => CarrierWord::Failed,
            },
            numbers: steps.numbers,
            extensions: steps.extensions,
            empty: steps.is_empty,
            dismissed: steps.is_dismissed,
        }
    }
}

async fn steps(web: &Web, asker: &Signed) -> Result<StepsView, ResourceError> {
    Ok(setup::get(&web.app, &asker.scope, asker.user).await?.into())
}

async fn show(State(web): State<Web>, asker: Signed) -> Result<Json<Shown>, Problem> {
    Ok(Json(Shown { data: steps(&web, &asker).await? }))
}

async fn update(
    State(web): State<Web>,
    asker: Signed,
    Input(changed): Input<Changed>,
) -> Result<Json<Shown>, Problem> {
    let said = Said { company: changed.company, dismissed: changed.dismissed };
    setup::say(&web.app, &asker.scope, said).await?;
    show(State(web), asker).await
}

async fn fill(
    State(web): State<Web>,
    asker: Signed,
) -> Result<(axum::http::StatusCode, Json<Filled>), Problem> {
    let applied = example::fill(&web.app, &asker.scope).await.map_err(|error| match error {
        ExampleError::Own(error) => configuration::problem(error),
        other => Problem::coded(other.code(), &other),
    })?;
    let data = FilledView { created: applied.created, setup: steps(&web, &asker).await? };
    let message = "The example is in place. Call one of its numbers, or test a call to see where it goes.";
    Ok((axum::http::StatusCode::CREATED, Json(Filled { message, data })))
}
