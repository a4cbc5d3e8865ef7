//! Calls that are only thought through: where one would go and why, and all the ways one can take.

use super::passed::{EndView, PassedView, SentenceView};
use crate::Web;
use crate::api::{Access, Api, Input, Params, Patch, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::flow::{self, Edge, Flow, Node, Spot, When};
use opbx_app::simulation::{self, Asked, MESSAGE_S, SimulateError};
use opbx_app::ways::node_id;
use opbx_kernel::RecordId;
use opbx_routing::{Direction, Keys, Place, PlaceKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const TAG: &str = "Test a call";

pub(super) fn declare(api: &mut Api) {
    api.post("/simulate", "simulations.simulate", Access::READERS, simulate, |operation| {
        operation
            .about(TAG, "Tell where a call would go and why; nothing rings and nothing is kept")
            .gives::<Simulated>(200, "What would happen, in sentences and in full.");
    })
    .get("/plan/flow", "plan.flow", Access::READERS, show_flow, |operation| {
        operation
            .about(TAG, "Draw all the ways that calls to a number, or to any number, can take")
            .gives::<FlowShown>(200, "What calls meet, and what leads from one to the next.");
    });
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum From {
    Inbound,
    Subscriber,
    Application,
    Outbound,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Yes,
    No,
    Busy,
    Fails,
}

impl Answer {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Busy => "busy",
            Self::Fails => "fails",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// Who calls: a number, or an extension.
    #[schemars(length(max = 128))]
    from: String,
    /// What is called.
    #[schemars(length(min = 1, max = 128))]
    to: String,
    /// From a phone where `from` is an extension, else from outside.
    #[serde(default)]
    direction: Option<From>,
    /// In the company's time zone, or with an offset; now where it is left out.
    #[serde(default)]
    #[schemars(length(max = 64))]
    at: Option<String>,
    /// What the caller presses at each question, in order.
    #[serde(default)]
    #[schemars(length(max = 50))]
    keys: Vec<Pressed>,
    /// What becomes of each telephone that rings, by number; the others are not answered.
    #[serde(default)]
    answers: BTreeMap<String, Answer>,
    /// Seconds of the message that the caller leaves, 10 where nothing is said; null leaves none.
    #[serde(default)]
    message: Patch<Seconds>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Pressed(#[schemars(regex(pattern = r"^[0-9*#]{0,16}$"))] pub(super) String);

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(super) struct Seconds(#[schemars(range(min = 1, max = 3600))] pub(super) u32);

/// Telephones whose answers are told at most.
pub(super) const ANSWERS_MAX: usize = 200;

#[derive(Debug, Serialize, JsonSchema)]
struct Simulated {
    data: SimulationView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SimulationView {
    sentences: Vec<Sentence>,
    summary: Option<String>,
    /// What the call passes, in order, as `/plan/flow` calls it; what it passes twice stands twice.
    way: Vec<PassedView>,
    end: EndView,
    /// Each step with its event, actions and reasons, and what would be kept of the call.
    call: serde_json::Value,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Sentence {
    /// Seconds since the call came in.
    after: i64,
    #[serde(flatten)]
    said: SentenceView,
}

pub(super) fn problem(error: SimulateError) -> Problem {
    match error {
        SimulateError::BadTime(_) => Problem::field(
            "at",
            "The at field must be a time such as 2026-12-24 18:05, or an instant with its offset.",
        ),
        SimulateError::Record(error) => error.into(),
        SimulateError::Compile(error) => {
            let mut shown = Problem::new(
                axum::http::StatusCode::CONFLICT,
                format!("The configuration makes no plan: {error}."),
            );
            if matches!(error.code().kind, opbx_kernel::Kind::Unavailable) {
                shown = Problem::coded(error.code(), &error);
            }
            shown.with("code", error.code().name)
        }
        other => Problem::coded(other.code(), &other),
    }
}

impl Wanted {
    fn into_asked(self) -> Result<Asked, Problem> {
        if self.answers.len() > ANSWERS_MAX {
            return Err(Problem::field("answers", "The answers field holds too many telephones."));
        }
        let told: Vec<String> =
            self.answers.iter().map(|(number, answer)| format!("{number}={}", answer.word())).collect();
        let answers = told.join(",").parse().map_err(|_| {
            Problem::field("answers", "The answers field must hold a word for each telephone's number.")
        })?;
        Ok(Asked {
            from: self.from,
            to: self.to,
            direction: self.direction.map(|direction| match direction {
                From::Inbound => Direction::Inbound,
                From::Subscriber => Direction::Subscriber,
                From::Application => Direction::Application,
                From::Outbound => Direction::Outbound,
            }),
            at: self.at.filter(|at| !at.trim().is_empty()),
            answers,
            keys: self.keys.iter().map(|pressed| Keys::new(&pressed.0)).collect(),
            message_s: match self.message {
                Patch::Keep => Some(MESSAGE_S),
                Patch::Clear => None,
                Patch::Set(length) => Some(length.0),
            },
        })
    }
}

async fn simulate(
    State(web): State<Web>,
    asker: Signed,
    Input(wanted): Input<Wanted>,
) -> Result<Json<Simulated>, Problem> {
    let asked = wanted.into_asked()?;
    let outcome = simulation::simulate(&web.app, &asker.scope, &asked).await.map_err(problem)?;
    let sentences = outcome.sentences.into_iter().map(|(after, said)| Sentence { after, said: said.into() });
    let data = SimulationView {
        sentences: sentences.collect(),
        summary: outcome.summary,
        way: outcome.way.into_iter().map(Into::into).collect(),
        end: outcome.end.into(),
        call: outcome.whole,
    };
    Ok(Json(Simulated { data }))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Drawn {
    /// One of the organisation's numbers; left out, all of them are drawn.
    #[schemars(length(max = 32))]
    number: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FlowShown {
    data: FlowView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FlowView {
    nodes: Vec<NodeView>,
    edges: Vec<EdgeView>,
    /// Whether there is more than fits into a drawing.
    truncated: bool,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum NodeKind {
    PhoneNumber,
    Extension,
    RingGroup,
    IvrMenu,
    BusinessHours,
    ConferenceRoom,
    Assistant,
    Voicemail,
    Forward,
    Hangup,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NodeView {
    /// Names it in the edges.
    id: String,
    kind: NodeKind,
    /// Of the record behind it, in the resource of its kind.
    record_id: Option<i64>,
    label: String,
    /// What is inactive, or gone, sends calls to the company's fallback.
    active: bool,
    /// Whether its record is gone.
    missing: bool,
    /// Whom it rings.
    rings: Vec<RungView>,
    /// Whether one of the organisation's numbers leads here.
    reachable: bool,
    /// Of a schedule: whether it is open now, and why.
    time: Option<String>,
    /// What somebody should look at, in sentences; empty where all is well.
    problems: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RungView {
    extension_id: i64,
    extension_number: String,
    name: String,
    active: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EdgeView {
    from: String,
    to: String,
    /// `always`, `open`, `closed`, `keys`, `no_choice`, `busy`, `no_answer`, `unreachable` or `inactive`.
    when: &'static str,
    /// The keys that are pressed.
    keys: Option<String>,
    /// The same in words.
    says: String,
}

fn kind(spot: &Spot) -> NodeKind {
    match spot {
        Spot::Number(_) => NodeKind::PhoneNumber,
        Spot::Forward(_) => NodeKind::Forward,
        Spot::Hangup => NodeKind::Hangup,
        Spot::Place(Place { kind, .. }) => match kind {
            PlaceKind::Extension => NodeKind::Extension,
            PlaceKind::RingGroup => NodeKind::RingGroup,
            PlaceKind::Menu => NodeKind::IvrMenu,
            PlaceKind::Hours => NodeKind::BusinessHours,
            PlaceKind::Conference => NodeKind::ConferenceRoom,
            PlaceKind::Assistant => NodeKind::Assistant,
            PlaceKind::Voicemail => NodeKind::Voicemail,
            _ => NodeKind::Hangup,
        },
    }
}

fn node(node: Node) -> NodeView {
    let record_id = match &node.spot {
        Spot::Number(_) => node.record.map(RecordId::get),
        Spot::Place(place) => Some(place.id),
        Spot::Forward(_) | Spot::Hangup => None,
    };
    let name = node.name.as_deref().filter(|name| !name.is_empty());
    let label = match &node.spot {
        Spot::Number(number) => name.unwrap_or(number.as_str()).to_owned(),
        Spot::Forward(to) => to.to_string(),
        Spot::Hangup => "Hang up".to_owned(),
        Spot::Place(place) => name.map_or_else(|| place.kind.word().to_owned(), str::to_owned),
    };
    let rings = node.rings.into_iter().map(|rung| RungView {
        extension_id: rung.id,
        extension_number: rung.number.to_string(),
        name: rung.name.to_string(),
        active: rung.active,
    });
    NodeView {
        id: node_id(&node.spot),
        kind: kind(&node.spot),
        record_id,
        label,
        active: node.active,
        missing: node.name.is_none() && matches!(node.spot, Spot::Place(_) | Spot::Number(_)),
        rings: rings.collect(),
        reachable: node.reachable,
        time: node.time,
        problems: node.problems,
    }
}

fn edge(edge: Edge) -> EdgeView {
    let (when, keys) = match edge.when {
        When::Always => ("always", None),
        When::Open => ("open", None),
        When::Closed => ("closed", None),
        When::Keys(keys) => ("keys", Some(keys.to_string())),
        When::NoChoice => ("no_choice", None),
        When::Busy => ("busy", None),
        When::NoAnswer => ("no_answer", None),
        When::Unreachable => ("unreachable", None),
        When::Inactive => ("inactive", None),
    };
    EdgeView { from: node_id(&edge.from), to: node_id(&edge.to), when, keys, says: edge.says }
}

async fn show_flow(
    State(web): State<Web>,
    asker: Signed,
    Params(drawn): Params<Drawn>,
) -> Result<Json<FlowShown>, Problem> {
    let number = match &drawn.number {
        None => None,
        Some(text) => Some(flow::number(text).ok_or_else(|| {
            Problem::field("number", "The number field must be a number such as +12125550100.")
        })?),
    };
    let Flow { nodes, edges, truncated } =
        flow::flow(&web.app, &asker.scope, number.as_ref()).await.map_err(problem)?;
    if number.is_some() && nodes.is_empty() {
        return Err(Problem::absent("Phone number"));
    }
    let data = FlowView {
        nodes: nodes.into_iter().map(node).collect(),
        edges: edges.into_iter().map(edge).collect(),
        truncated,
    };
    Ok(Json(FlowShown { data }))
}
