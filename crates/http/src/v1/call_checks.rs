//! Call checks: calls that are thought through again when the configuration changes.

use super::bulk;
use super::passed::{EndView, PassedView};
use super::simulations::{self, Answer, From, Pressed, Seconds};
use super::words::{Status, instant};
use crate::Web;
use crate::api::{
    Access, Api, Expected, Id, Input, Names, Page, Paging, Params, Patch, Problem, Signed, Sorts, Versioned,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use opbx_app::call_checks::{self, CheckError, Course, Ran};
use opbx_app::models::{
    PbxCallCheck, PbxCallCheckDirection, PbxCallCheckDraft, PbxCallCheckResult, PbxCallCheckResultOutcome,
    PbxCallCheckWeekday,
};
use opbx_app::resources::{self, Stored};
use opbx_app::simulation::{End, MESSAGE_S};
use opbx_app::ways::Passed;
use opbx_kernel::RecordId;
use opbx_platform::Domain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

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
/// Stops of an expected way at most.
const WAY_MAX: usize = 500;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Passed,
    Failed,
    /// It never ran, expects nothing, or cannot be played.
    Unknown,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filters {
    #[serde(flatten)]
    paging: Paging,
    status: Option<Status>,
    outcome: Option<Outcome>,
    /// Part of the name, or of what is called.
    search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct NewCheck {
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Who calls: a number, or an extension.
    #[schemars(length(max = 128))]
    from: String,
    /// What is called.
    #[schemars(length(min = 1, max = 128))]
    to: String,
    #[serde(flatten)]
    rest: CheckPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ChangedCheck {
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[schemars(length(max = 128))]
    #[schemars(extend("x-may-be-empty" = true))]
    from: Option<String>,
    #[schemars(length(min = 1, max = 128))]
    to: Option<String>,
    #[serde(flatten)]
    rest: CheckPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct CheckPatch {
    /// From a phone where `from` is an extension, else from outside.
    direction: Patch<From>,
    /// A moment in the company's time zone, or with an offset. Setting it takes `weekly` away.
    #[schemars(with = "Patch<Moment>")]
    at: Patch<String>,
    /// A weekday and a time of day: its next one after the day of each run. Setting it takes `at` away.
    weekly: Patch<WeeklyInput>,
    /// What the caller presses at each question, in order.
    #[schemars(length(max = 50))]
    keys: Option<Vec<Pressed>>,
    /// What becomes of each telephone that rings, by number; the others are not answered.
    answers: Option<BTreeMap<String, Answer>>,
    /// Seconds of the message that the caller leaves, 10 where nothing is said; null leaves none.
    message: Patch<Seconds>,
    /// What is expected. Null expects nothing; left out, a new check expects what happens now.
    expected: Patch<CourseInput>,
    status: Option<Status>,
}

#[derive(JsonSchema)]
#[schemars(transparent)]
#[expect(dead_code, reason = "only its schema is used")]
struct Moment(#[schemars(length(min = 1, max = 64))] String);

#[derive(Debug, Deserialize, JsonSchema)]
struct WeeklyInput {
    weekday: Weekday,
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    time: String,
    /// The company's where it is left out.
    #[serde(default)]
    #[schemars(length(max = 64))]
    time_zone: Option<String>,
}

/// As `/simulate` tells it.
#[derive(Debug, Deserialize, JsonSchema)]
struct CourseInput {
    /// In order.
    #[schemars(length(max = 500))]
    way: Vec<PassedInput>,
    end: EndInput,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct PassedInput {
    /// As `/plan/flow` calls it; this alone is compared.
    #[schemars(length(min = 1, max = 300))]
    node: String,
    #[serde(default)]
    #[schemars(length(max = 40))]
    kind: Option<String>,
    #[serde(default)]
    id: Option<i64>,
    /// How sentences name it.
    #[serde(default)]
    #[schemars(length(max = 300))]
    label: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct EndInput {
    #[schemars(length(min = 1, max = 40))]
    reason: String,
    /// None expects that nobody takes the call.
    #[serde(default)]
    #[schemars(length(max = 128))]
    answered_by: Option<String>,
    /// Not compared: the way's last stop says it.
    #[serde(default)]
    #[schemars(length(max = 300))]
    node: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CheckView {
    id: i64,
    organization_id: i64,
    name: String,
    from: String,
    to: String,
    direction: Option<From>,
    at: Option<String>,
    weekly: Option<WeeklyView>,
    keys: Vec<String>,
    answers: serde_json::Value,
    message: Option<i64>,
    expected: Option<CourseView>,
    outcome: Outcome,
    /// When it last ran.
    ran_at: Option<String>,
    /// In what the call differs from what was expected, in sentences; or why the outcome is unknown.
    differences: Vec<String>,
    /// What happened when it last ran.
    found: Option<CourseView>,
    /// Of the configuration that it last ran on.
    plan_version: Option<i64>,
    status: Status,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct WeeklyView {
    weekday: Weekday,
    time: String,
    time_zone: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CourseView {
    way: Vec<PassedView>,
    end: EndView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    data: CheckView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Written {
    message: &'static str,
    data: CheckView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RanAll {
    data: RanView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RanView {
    total: usize,
    passed: usize,
    failed: usize,
    unknown: usize,
    /// Checks that fail since this run.
    newly_failed: Vec<i64>,
    /// None where the configuration makes no plan.
    plan_version: Option<i64>,
    at: String,
}

impl std::convert::From<Course> for CourseView {
    fn from(course: Course) -> Self {
        Self { way: course.way.into_iter().map(Into::into).collect(), end: course.end.into() }
    }
}

impl std::convert::From<CourseInput> for Course {
    fn from(course: CourseInput) -> Self {
        let EndInput { reason, answered_by, node } = course.end;
        let way = course.way.into_iter().take(WAY_MAX).map(|passed| Passed {
            kind: passed.kind.unwrap_or_default(),
            id: passed.id,
            label: passed.label.unwrap_or_default(),
            node: passed.node,
        });
        Self { way: way.collect(), end: End { reason, answered_by, node } }
    }
}

impl std::convert::From<Ran> for RanView {
    fn from(ran: Ran) -> Self {
        Self {
            total: ran.passed + ran.failed + ran.unknown,
            passed: ran.passed,
            failed: ran.failed,
            unknown: ran.unknown,
            newly_failed: ran.newly_failed.into_iter().map(RecordId::get).collect(),
            plan_version: ran.plan_version,
            at: ran.at.to_string(),
        }
    }
}

impl CheckPatch {
    fn into_draft(self) -> Result<PbxCallCheckDraft, Problem> {
        if matches!((&self.at, &self.weekly), (Patch::Set(_), Patch::Set(_))) {
            return Err(Problem::field("at", "The at field cannot stand beside the weekly field."));
        }
        if self.answers.as_ref().is_some_and(|answers| answers.len() > simulations::ANSWERS_MAX) {
            return Err(Problem::field("answers", "The answers field holds too many telephones."));
        }
        let answers = self.answers.map(|answers| {
            let words: BTreeMap<String, &str> =
                answers.into_iter().map(|(number, answer)| (number, answer.word())).collect();
            Some(json!(words))
        });
        let keys =
            self.keys.map(|keys| Some(json!(keys.into_iter().map(|pressed| pressed.0).collect::<Vec<_>>())));
        let takes_at = matches!(self.weekly, Patch::Set(_));
        let takes_weekly = matches!(self.at, Patch::Set(_));
        let (weekday, time, zone) = match self.weekly {
            Patch::Keep if takes_weekly => (Some(None), Some(None), Some(None)),
            Patch::Keep => (None, None, None),
            Patch::Clear => (Some(None), Some(None), Some(None)),
            Patch::Set(weekly) => {
                (Some(Some(weekly.weekday.into())), Some(Some(weekly.time)), Some(weekly.time_zone))
            }
        };
        Ok(PbxCallCheckDraft {
            direction: self.direction.map(Into::into).into_draft(),
            at: if takes_at { Some(None) } else { self.at.into_draft() },
            weekday,
            time_of_day: time,
            time_zone: zone,
            keys,
            answers,
            message_s: self.message.map(|length| i64::from(length.0)).into_draft(),
            expected: self.expected.map(|expected| Course::from(expected).in_json()).into_draft(),
            active: self.status.map(Status::is_active),
            ..PbxCallCheckDraft::default()
        })
    }
}

impl std::convert::From<From> for PbxCallCheckDirection {
    fn from(direction: From) -> Self {
        match direction {
            From::Inbound => Self::Inbound,
            From::Subscriber => Self::Subscriber,
            From::Application => Self::Application,
            From::Outbound => Self::Outbound,
        }
    }
}

impl std::convert::From<PbxCallCheckDirection> for From {
    fn from(direction: PbxCallCheckDirection) -> Self {
        match direction {
            PbxCallCheckDirection::Inbound => Self::Inbound,
            PbxCallCheckDirection::Subscriber => Self::Subscriber,
            PbxCallCheckDirection::Application => Self::Application,
            PbxCallCheckDirection::Outbound => Self::Outbound,
        }
    }
}

macro_rules! weekdays {
    ($($day:ident),+) => {
        impl std::convert::From<Weekday> for PbxCallCheckWeekday {
            fn from(day: Weekday) -> Self {
                match day { $(Weekday::$day => Self::$day),+ }
            }
        }
        impl std::convert::From<PbxCallCheckWeekday> for Weekday {
            fn from(day: PbxCallCheckWeekday) -> Self {
                match day { $(PbxCallCheckWeekday::$day => Self::$day),+ }
            }
        }
    };
}

weekdays!(Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday);

macro_rules! outcomes {
    ($($outcome:ident),+) => {
        impl std::convert::From<Outcome> for PbxCallCheckResultOutcome {
            fn from(outcome: Outcome) -> Self {
                match outcome { $(Outcome::$outcome => Self::$outcome),+ }
            }
        }
        impl std::convert::From<PbxCallCheckResultOutcome> for Outcome {
            fn from(outcome: PbxCallCheckResultOutcome) -> Self {
                match outcome { $(PbxCallCheckResultOutcome::$outcome => Self::$outcome),+ }
            }
        }
    };
}

outcomes!(Passed, Failed, Unknown);

fn strings(json: Option<&serde_json::Value>) -> Vec<String> {
    let list = json.and_then(serde_json::Value::as_array).into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn view(asker: &Signed, stored: Stored<PbxCallCheck>, result: Option<PbxCallCheckResult>) -> CheckView {
    let Stored { record: check, created_at, updated_at } = stored;
    let differs = result.as_ref().map(|result| call_checks::differences(&asker.scope, &check, result));
    let weekly = check.weekday.zip(check.time_of_day).map(|(weekday, time)| WeeklyView {
        weekday: weekday.into(),
        time,
        time_zone: check.time_zone,
    });
    let course = |json: Option<&serde_json::Value>| Course::read(json).map(CourseView::from);
    CheckView {
        id: check.id.get(),
        organization_id: asker.tenant.get(),
        name: check.name,
        from: check.from_number.unwrap_or_default(),
        to: check.to_number,
        direction: check.direction.map(Into::into),
        at: check.at,
        weekly,
        keys: strings(check.keys.as_ref()),
        answers: check.answers.unwrap_or_else(|| json!({})),
        message: check.message_s,
        expected: course(check.expected.as_ref()),
        outcome: result.as_ref().map_or(Outcome::Unknown, |result| result.outcome.into()),
        ran_at: instant(result.as_ref().and_then(|result| result.at)),
        differences: differs.unwrap_or_default(),
        found: course(result.as_ref().and_then(|result| result.found.as_ref())),
        plan_version: result.and_then(|result| result.plan_version),
        status: Status::of(check.active),
        created_at: instant(created_at),
        updated_at: instant(updated_at),
    }
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
    Input(mut new): Input<NewCheck>,
) -> Result<Versioned<Written>, Problem> {
    if matches!(new.rest.message, Patch::Keep) {
        new.rest.message = Patch::Set(Seconds(MESSAGE_S));
    }
    let draft = PbxCallCheckDraft {
        name: Some(new.name),
        from_number: Some(Some(new.from)),
        to_number: Some(new.to),
        ..new.rest.into_draft()?
    };
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
    let draft = PbxCallCheckDraft {
        name: changed.name,
        from_number: changed.from.map(Some),
        to_number: changed.to,
        ..changed.rest.into_draft()?
    };
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
