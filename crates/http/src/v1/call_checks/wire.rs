//! Call checks as the API says them.

use crate::api::{Paging, Patch, Problem, Signed};
use crate::v1::passed::{EndView, PassedView};
use crate::v1::simulations::{self, Answer, From, Pressed, Seconds};
use crate::v1::words::{Status, instant};
use opbx_app::call_checks::{self, Course, Ran};
use opbx_app::models::{
    PbxCallCheck, PbxCallCheckDirection, PbxCallCheckDraft, PbxCallCheckResult, PbxCallCheckResultOutcome,
    PbxCallCheckWeekday,
};
use opbx_app::resources::Stored;
use opbx_app::simulation::{End, MESSAGE_S};
use opbx_app::ways::Passed;
use opbx_kernel::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Stops of an expected way at most.
const WAY_MAX: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
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
pub(super) struct Filters {
    #[serde(flatten)]
    pub(super) paging: Paging,
    pub(super) status: Option<Status>,
    pub(super) outcome: Option<Outcome>,
    /// Part of the name, or of what is called.
    pub(super) search: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewCheck {
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
pub(super) struct ChangedCheck {
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
pub(super) struct CheckView {
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
pub(super) struct Shown {
    pub(super) data: CheckView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Written {
    pub(super) message: &'static str,
    pub(super) data: CheckView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RanAll {
    pub(super) data: RanView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RanView {
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

impl NewCheck {
    pub(super) fn into_draft(self) -> Result<PbxCallCheckDraft, Problem> {
        let mut rest = self.rest;
        if matches!(rest.message, Patch::Keep) {
            rest.message = Patch::Set(Seconds(MESSAGE_S));
        }
        Ok(PbxCallCheckDraft {
            name: Some(self.name),
            from_number: Some(Some(self.from)),
            to_number: Some(self.to),
            ..rest.into_draft()?
        })
    }
}

impl ChangedCheck {
    pub(super) fn into_draft(self) -> Result<PbxCallCheckDraft, Problem> {
        Ok(PbxCallCheckDraft {
            name: self.name,
            from_number: self.from.map(Some),
            to_number: self.to,
            ..self.rest.into_draft()?
        })
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

pub(super) fn view(
    asker: &Signed,
    stored: Stored<PbxCallCheck>,
    result: Option<PbxCallCheckResult>,
) -> CheckView {
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
