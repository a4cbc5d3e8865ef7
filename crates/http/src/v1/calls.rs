//! One call: its legs, its timeline, why it went where it did; and what can be done with a live one.

use super::call_logs::{self, CallView};
use super::passed::{PassedView, SentenceView};
use super::words::instant;
use crate::Web;
use crate::api::{Access, Api, Id, Input, Params, Problem, Signed};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::carrier::{self, CarrierError, NewCall};
use opbx_app::explain::{self, Compared, Decided, Replayed};
use opbx_app::models::{PbxCallEvent, PbxCallLeg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const TAG: &str = "Calls";

pub(super) fn declare(api: &mut Api) {
    api.get("/calls/{id}", "calls.show", Access::READERS, show, |operation| {
        operation.about(TAG, "Show a call with its legs and timeline").gives::<Shown>(200, "The call.");
    })
    .get("/calls/{id}/legs", "calls.legs", Access::READERS, legs, |operation| {
        operation.about(TAG, "List who was rung").gives::<Legs>(200, "In the order of ringing.");
    })
    .get("/calls/{id}/timeline", "calls.timeline", Access::READERS, timeline, |operation| {
        operation.about(TAG, "List what happened").gives::<Timeline>(200, "In its order.");
    })
    .get("/calls/{id}/explain", "calls.explain", Access::READERS, explained, |operation| {
        operation
            .about(TAG, "Tell why a call went where it did, and what would be decided today")
            .gives::<Explanation>(200, "The decisions, in sentences.");
    })
    .post("/calls/{id}/hangup", "calls.hangup", Access::USERS, hang_up, |operation| {
        operation
            .about(TAG, "End a live call; users end their own")
            .gives::<Done>(200, "The engine was told; the call's end follows as an event.");
    })
    .post("/calls/{id}/transfer", "calls.transfer", Access::USERS, transfer, |operation| {
        operation
            .about(TAG, "Send a live call to a person or an outside number; users send their own")
            .gives::<Done>(200, "The engine was told.");
    })
    .post("/calls/originate", "calls.originate", Access::USERS, originate, |operation| {
        operation
            .about(TAG, "Start a call: the extension rings first; users start calls from their own")
            .gives::<Started>(202, "The extension rings.");
    });
}

#[derive(Debug, Serialize, JsonSchema)]
struct LegView {
    sequence: i64,
    target: String,
    target_name: Option<String>,
    status: &'static str,
    started_at: Option<String>,
    answered_at: Option<String>,
    ended_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MomentView {
    sequence: i64,
    at: String,
    /// `started`, `ringing`, `dial_ended`, `said`, `played`, `asked`, `keys_pressed`, `answered`, `ended` and so on.
    kind: String,
    /// The numbers rung, or the code of a result.
    detail: Option<Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Whole {
    #[serde(flatten)]
    call: CallView,
    legs: Vec<LegView>,
    timeline: Vec<MomentView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: Whole,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Legs {
    data: Vec<LegView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Timeline {
    data: Vec<MomentView>,
}

impl From<PbxCallLeg> for LegView {
    fn from(leg: PbxCallLeg) -> Self {
        Self {
            sequence: leg.sequence,
            target: leg.target,
            target_name: leg.target_name,
            status: leg.status.as_str(),
            started_at: instant(leg.started_at),
            answered_at: instant(leg.answered_at),
            ended_at: instant(leg.ended_at),
        }
    }
}

impl From<PbxCallEvent> for MomentView {
    fn from(moment: PbxCallEvent) -> Self {
        let PbxCallEvent { sequence, at, kind, detail, .. } = moment;
        Self { sequence, at: at.to_string(), kind, detail }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Include {
    /// `configuration` adds the whole configuration that the call began with, for those who may see it.
    include: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Explanation {
    data: ExplanationView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExplanationView {
    id: i64,
    call_id: String,
    plan_version: Option<i64>,
    core_version: Option<String>,
    /// All steps' sentences, in their order.
    sentences: Vec<String>,
    /// Empty for a call of which only the engine told.
    steps: Vec<StepView>,
    /// What the call passed, in order, as `/plan/flow` calls it; what it passed twice stands twice.
    way: Vec<PassedView>,
    /// With the configuration of then; none where it is not kept any more, or not for you to see.
    then: Option<ReplayView>,
    /// With the configuration of today.
    today: Option<ReplayView>,
    /// The configuration that the call began with, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<Value>,
    /// With `configuration`: each record that the call passed, as it was then and as it is today.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<Vec<ComparedView>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ComparedView {
    #[serde(flatten)]
    record: PassedView,
    /// As the call met it; none where the configuration of then is not kept any more.
    then: Option<Value>,
    /// As it is today; none where it is gone.
    today: Option<Value>,
    /// The members in which the two differ.
    differs: Vec<String>,
}

impl From<Compared> for ComparedView {
    fn from(compared: Compared) -> Self {
        let Compared { record, then, today, differs } = compared;
        Self { record: record.into(), then, today, differs }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
struct StepView {
    step: u32,
    at: String,
    /// What happened.
    event: Value,
    sentences: Vec<String>,
    /// The same sentences, each with where the call was and the records that it names.
    passed: Vec<SentenceView>,
    /// The same as codes with their facts.
    reasons: Vec<Value>,
    plan_version: i64,
    core_version: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ReplayView {
    plan_version: i64,
    core_version: &'static str,
    /// Every step comes out as it was.
    same: bool,
    /// The first step that comes out otherwise, which is the last that is told.
    differs_at_step: Option<u32>,
    /// It would want to know what nobody asked then.
    lacks_facts: bool,
    /// The sentences of each step.
    steps: Vec<Vec<String>>,
}

impl From<Decided> for StepView {
    fn from(decided: Decided) -> Self {
        Self {
            step: decided.step,
            at: decided.at.to_string(),
            event: decided.event,
            sentences: decided.sentences,
            passed: decided.told.into_iter().map(Into::into).collect(),
            reasons: decided.reasons,
            plan_version: decided.plan_version,
            core_version: decided.core_version,
        }
    }
}

impl From<Replayed> for ReplayView {
    fn from(replayed: Replayed) -> Self {
        Self {
            plan_version: replayed.plan_version,
            core_version: explain::REPLAYED_BY,
            same: replayed.is_same,
            differs_at_step: replayed.differs_at,
            lacks_facts: replayed.lacks_facts,
            steps: replayed.steps,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Transfer {
    /// An extension or an outside number, as one would dial it.
    #[schemars(length(min = 1, max = 128))]
    destination: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Originate {
    /// The number of the extension that rings first.
    #[schemars(length(min = 1, max = 20))]
    from_extension: String,
    /// What its user would dial.
    #[schemars(length(min = 1, max = 128))]
    to: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Done {
    message: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Started {
    message: &'static str,
    data: StartedView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct StartedView {
    /// The engine's name for the call; it is in `/call-logs` once it rings.
    call_id: String,
}

/// A refusal of the carrier's, with the field at fault where it is what was asked for.
pub(super) fn refused(error: CarrierError, field: &str) -> Problem {
    match error {
        CarrierError::Record(error) => error.into(),
        CarrierError::NoRecord => Problem::absent("Record"),
        CarrierError::NotDialable(_) => {
            Problem::field(field, format!("The {field} field is wrong: {error}."))
        }
        CarrierError::NoPerson => {
            Problem::field("from_extension", format!("The from extension field is wrong: {error}."))
        }
        other => told(&other),
    }
}

/// What the carrier or the way to it did not do, in words: people can act on it.
pub(super) fn told(error: &CarrierError) -> Problem {
    let problem = Problem::coded(error.code(), error);
    match error {
        CarrierError::Backend(_) | CarrierError::Resting(_) | CarrierError::Busy(_) => {
            Problem { message: format!("The carrier did not do it: {error}."), ..problem }
                .with("code", error.code().name)
        }
        _ => problem,
    }
}

async fn show(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Shown>, Problem> {
    let call = call_logs::read(&web, &asker, id).await?;
    let legs = opbx_app::call_logs::legs(&web.app, &asker.scope, id).await?;
    let timeline = opbx_app::call_logs::timeline(&web.app, &asker.scope, id).await?;
    let (legs, timeline) =
        (legs.into_iter().map(Into::into).collect(), timeline.into_iter().map(Into::into).collect());
    Ok(Json(Shown { data: Whole { call, legs, timeline } }))
}

async fn legs(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Legs>, Problem> {
    let legs = opbx_app::call_logs::legs(&web.app, &asker.scope, id).await?;
    Ok(Json(Legs { data: legs.into_iter().map(Into::into).collect() }))
}

async fn timeline(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Timeline>, Problem> {
    let timeline = opbx_app::call_logs::timeline(&web.app, &asker.scope, id).await?;
    Ok(Json(Timeline { data: timeline.into_iter().map(Into::into).collect() }))
}

async fn explained(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Params(include): Params<Include>,
) -> Result<Json<Explanation>, Problem> {
    let whole =
        include.include.is_some_and(|include| include.split(',').any(|part| part.trim() == "configuration"));
    let explained = explain::explain(&web.app, &asker.scope, id, whole).await;
    let explained = explained.map_err(|error| match error {
        explain::ExplainError::Resource(error) => error.into(),
        other => Problem::coded(other.code(), &other),
    })?;
    let steps: Vec<StepView> = explained.steps.into_iter().map(Into::into).collect();
    Ok(Json(Explanation {
        data: ExplanationView {
            id: explained.call.id.get(),
            call_id: explained.call.call_id,
            plan_version: explained.call.plan_version,
            core_version: explained.call.core_version,
            sentences: steps.iter().flat_map(|step| step.sentences.clone()).collect(),
            steps,
            way: explained.way.into_iter().map(Into::into).collect(),
            then: explained.then.map(Into::into),
            today: explained.today.map(Into::into),
            configuration: explained.configuration,
            passed: explained.compared.map(|passed| passed.into_iter().map(Into::into).collect()),
        },
    }))
}

async fn hang_up(State(web): State<Web>, asker: Signed, Id(id): Id) -> Result<Json<Done>, Problem> {
    carrier::hang_up(&web.app, &asker.scope, id).await.map_err(|error| refused(error, "id"))?;
    Ok(Json(Done { message: "The call is being ended." }))
}

async fn transfer(
    State(web): State<Web>,
    asker: Signed,
    Id(id): Id,
    Input(transfer): Input<Transfer>,
) -> Result<Json<Done>, Problem> {
    let sent = carrier::transfer(&web.app, &asker.scope, id, &transfer.destination).await;
    sent.map_err(|error| refused(error, "destination"))?;
    Ok(Json(Done { message: "The call is being transferred." }))
}

async fn originate(
    State(web): State<Web>,
    asker: Signed,
    Input(call): Input<Originate>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let extension = carrier::extension_with(&web.app, &asker.scope, call.from_extension.trim()).await;
    let extension = extension
        .map_err(|error| refused(error, "from_extension"))?
        .ok_or_else(|| Problem::field("from_extension", "The selected from extension is invalid."))?;
    let call = NewCall { extension, to: call.to };
    let started = carrier::originate(&web.app, &asker.scope, &call).await;
    let call_id = started.map_err(|error| refused(error, "to"))?;
    let message = "The extension is being rung.";
    Ok((StatusCode::ACCEPTED, Json(Started { message, data: StartedView { call_id } })))
}
