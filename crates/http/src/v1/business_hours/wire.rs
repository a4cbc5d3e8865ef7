//! Schedules as the API writes them: a day for each weekday, actions with prefixed targets.

use super::instant;
use crate::api::{Errors, Paging, Patch, Problem};
use crate::v1::destinations::Assistants;
use crate::v1::words::{Status, TargetKind};
use jiff::civil::Date;
use opbx_app::business_hours::{NewException, Now, Schedule, Stretch, Times};
use opbx_app::models::{PbxHoursDraft, PbxHoursExceptionKind, PbxHoursOverride, PbxHoursRangeWeekday};
use opbx_app::resources::Stored;
use opbx_kernel::{RecordId, TenantId, Timestamp};
use opbx_platform::DestinationRef;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Filters {
    #[serde(flatten)]
    pub(super) paging: Paging,
    pub(super) status: Option<Status>,
    /// Part of the name.
    pub(super) search: Option<String>,
}

/// Where calls go. A target is the record's id behind the prefix of its kind: `ext-12`, `rg-5`, `ivr-3`, `conf-7`,
/// `bh-2`, `vm-9`, `assistant-4`; a forward's is the number or SIP address. An `ai_assistant` is the extension that
/// stands for it, as `ai-12` or `ext-12`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Action {
    r#type: TargetKind,
    #[serde(default)]
    #[schemars(length(max = 255))]
    target_id: Option<String>,
}

const PREFIXES: &[(TargetKind, &str)] = &[
    (TargetKind::Extension, "ext-"),
    (TargetKind::RingGroup, "rg-"),
    (TargetKind::IvrMenu, "ivr-"),
    (TargetKind::ConferenceRoom, "conf-"),
    (TargetKind::BusinessHours, "bh-"),
    (TargetKind::AiAssistant, "ai-"),
    (TargetKind::Assistant, "assistant-"),
    (TargetKind::Voicemail, "vm-"),
];

fn prefix(kind: TargetKind) -> &'static str {
    PREFIXES.iter().find(|(known, _)| *known == kind).map_or("", |(_, prefix)| prefix)
}

impl Action {
    /// The id behind the prefix.
    fn id(kind: TargetKind, target: &str) -> Option<i64> {
        let of_extension = (kind == TargetKind::AiAssistant).then(|| prefix(TargetKind::Extension));
        let prefixes = std::iter::once(prefix(kind)).chain(of_extension);
        prefixes.filter_map(|prefix| target.strip_prefix(prefix)).find_map(|id| id.parse().ok())
    }

    /// The extension that is named as an AI assistant, if one is.
    fn assistant(&self, field: &str) -> Option<(String, i64)> {
        let kind = self.r#type;
        let id = Self::id(kind, self.target_id.as_deref()?).filter(|_| kind == TargetKind::AiAssistant)?;
        Some((format!("{field}.target_id"), id))
    }

    fn destination(self, field: &str) -> Result<DestinationRef, Problem> {
        let place = format!("{field}.target_id");
        let target = self.target_id.filter(|target| !target.is_empty());
        match (self.r#type, target) {
            (TargetKind::Hangup, _) => Ok(DestinationRef::Hangup),
            (_, None) => Err(Problem::field(&place, "The target id field is required.")),
            (TargetKind::Forward, Some(to)) => Ok(DestinationRef::Forward(to)),
            (kind, Some(target)) => {
                let prefix = prefix(kind);
                let id = Self::id(kind, &target);
                let wrong =
                    || Problem::field(&place, format!("The target id field must be {prefix} and an id."));
                kind.destination(Some(id.ok_or_else(wrong)?), &place)
            }
        }
    }

    fn of(destination: &DestinationRef) -> Self {
        let (r#type, id) = TargetKind::of(destination);
        let prefix = prefix(r#type);
        let target_id = match destination {
            DestinationRef::Forward(to) => Some(to.clone()),
            _ => id.map(|id| format!("{prefix}{id}")),
        };
        Self { r#type, target_id }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub(super) struct Day {
    enabled: bool,
    #[serde(default)]
    #[schemars(length(max = 20))]
    time_ranges: TimeRanges,
}

/// Told as a list; null is taken for none.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
struct TimeRanges(Vec<TimeRange>);

impl<'de> Deserialize<'de> for TimeRanges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Option::deserialize(deserializer)?.unwrap_or_default()))
    }
}

impl JsonSchema for TimeRanges {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TimeRanges".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_deserialize() {
            <Option<Vec<TimeRange>>>::json_schema(generator)
        } else {
            <Vec<TimeRange>>::json_schema(generator)
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct TimeRange {
    /// Given by the server; what a client sends is not looked at.
    #[serde(default, skip_deserializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    id: Option<i64>,
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    start_time: String,
    #[schemars(regex(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    end_time: String,
}

/// Days that are left out are closed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Week {
    monday: Day,
    tuesday: Day,
    wednesday: Day,
    thursday: Day,
    friday: Day,
    saturday: Day,
    sunday: Day,
}

impl Week {
    fn days(self) -> [(PbxHoursRangeWeekday, &'static str, Day); 7] {
        use PbxHoursRangeWeekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
        [
            (Monday, "monday", self.monday),
            (Tuesday, "tuesday", self.tuesday),
            (Wednesday, "wednesday", self.wednesday),
            (Thursday, "thursday", self.thursday),
            (Friday, "friday", self.friday),
            (Saturday, "saturday", self.saturday),
            (Sunday, "sunday", self.sunday),
        ]
    }

    fn day(&mut self, weekday: PbxHoursRangeWeekday) -> &mut Day {
        match weekday {
            PbxHoursRangeWeekday::Monday => &mut self.monday,
            PbxHoursRangeWeekday::Tuesday => &mut self.tuesday,
            PbxHoursRangeWeekday::Wednesday => &mut self.wednesday,
            PbxHoursRangeWeekday::Thursday => &mut self.thursday,
            PbxHoursRangeWeekday::Friday => &mut self.friday,
            PbxHoursRangeWeekday::Saturday => &mut self.saturday,
            PbxHoursRangeWeekday::Sunday => &mut self.sunday,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ExceptionKind {
    Closed,
    SpecialHours,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(super) struct Exception {
    /// Given by the server; what a client sends is not looked at.
    #[serde(default, skip_deserializing)]
    #[schemars(with = "Option<serde_json::Value>")]
    id: Option<i64>,
    #[schemars(extend("format" = "date"))]
    date: String,
    #[schemars(length(min = 1, max = 255))]
    name: String,
    r#type: ExceptionKind,
    #[serde(default)]
    #[schemars(length(max = 20))]
    time_ranges: Option<Vec<TimeRange>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewSchedule {
    #[schemars(length(min = 2, max = 255))]
    name: String,
    open_hours_action: Action,
    closed_hours_action: Action,
    #[serde(default)]
    schedule: Week,
    /// Of several on one date the first counts; null is none.
    #[serde(default)]
    #[schemars(length(max = 100))]
    exceptions: Option<Vec<Exception>>,
    #[serde(flatten)]
    rest: SchedulePatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ChangedSchedule {
    #[schemars(length(min = 2, max = 255))]
    name: Option<String>,
    open_hours_action: Option<Action>,
    closed_hours_action: Option<Action>,
    /// Replaces the whole week.
    schedule: Option<Week>,
    /// Replaces all exceptions; null leaves none.
    #[schemars(length(max = 100))]
    exceptions: Patch<Vec<Exception>>,
    #[serde(flatten)]
    rest: SchedulePatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct SchedulePatch {
    description: Patch<String>,
    /// An IANA name; unset is the company's.
    #[schemars(length(max = 64))]
    timezone: Patch<String>,
    status: Option<Status>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OverrideState {
    None,
    Open,
    Closed,
}

impl From<OverrideState> for PbxHoursOverride {
    fn from(state: OverrideState) -> Self {
        match state {
            OverrideState::None => Self::None,
            OverrideState::Open => Self::Open,
            OverrideState::Closed => Self::Closed,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Override {
    pub(super) state: OverrideState,
    /// Until when; left out, until it is taken back.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    #[schemars(extend("x-may-be-empty" = true))]
    pub(super) until: Option<Timestamp>,
}

/// Where the two actions name AI assistants.
fn assistants(open: Option<&Action>, closed: Option<&Action>) -> Assistants {
    let actions = [("open_hours_action", open), ("closed_hours_action", closed)];
    actions.into_iter().filter_map(|(field, action)| action?.assistant(field)).collect()
}

impl NewSchedule {
    pub(super) fn assistants(&self) -> Assistants {
        assistants(Some(&self.open_hours_action), Some(&self.closed_hours_action))
    }

    pub(super) fn into_parts(self) -> Result<(PbxHoursDraft, Times), Problem> {
        let draft = PbxHoursDraft {
            name: Some(self.name),
            open_destination: Some(self.open_hours_action.destination("open_hours_action")?),
            closed_destination: Some(self.closed_hours_action.destination("closed_hours_action")?),
            ..self.rest.into_draft()
        };
        Ok((draft, times(Some(self.schedule), Some(self.exceptions.unwrap_or_default()))?))
    }
}

impl ChangedSchedule {
    pub(super) fn assistants(&self) -> Assistants {
        assistants(self.open_hours_action.as_ref(), self.closed_hours_action.as_ref())
    }

    pub(super) fn into_parts(self) -> Result<(PbxHoursDraft, Times), Problem> {
        let open =
            self.open_hours_action.map(|action| action.destination("open_hours_action")).transpose()?;
        let closed =
            self.closed_hours_action.map(|action| action.destination("closed_hours_action")).transpose()?;
        let draft = PbxHoursDraft {
            name: self.name,
            open_destination: open,
            closed_destination: closed,
            ..self.rest.into_draft()
        };
        let exceptions = self.exceptions.into_draft().map(Option::unwrap_or_default);
        Ok((draft, times(self.schedule, exceptions)?))
    }
}

impl SchedulePatch {
    fn into_draft(self) -> PbxHoursDraft {
        PbxHoursDraft {
            description: self.description.into_draft(),
            time_zone: self.timezone.into_draft(),
            active: self.status.map(Status::is_active),
            ..PbxHoursDraft::default()
        }
    }
}

fn times(week: Option<Week>, exceptions: Option<Vec<Exception>>) -> Result<Times, Problem> {
    let mut errors = Errors::default();
    let week = week.map(|week| week_times(week, &mut errors));
    let exceptions = exceptions.map(|exceptions| exception_times(exceptions, &mut errors));
    errors.into_result()?;
    Ok(Times { week, exceptions })
}

fn week_times(week: Week, errors: &mut Errors) -> Vec<(PbxHoursRangeWeekday, Stretch)> {
    let mut stretches = Vec::new();
    for (weekday, name, day) in week.days() {
        if !day.enabled {
            continue;
        }
        let TimeRanges(ranges) = day.time_ranges;
        if ranges.is_empty() {
            let field = format!("schedule.{name}.time_ranges");
            errors.add(&field, "The time ranges field must have at least 1 entries.");
        }
        let mut starts = BTreeSet::new();
        for (place, range) in ranges.into_iter().enumerate() {
            if !starts.insert(range.start_time.clone()) {
                let field = format!("schedule.{name}.time_ranges.{place}.start_time");
                errors.add(&field, "The start time field holds a time at which another range begins.");
            }
            require_length(&range, &format!("schedule.{name}.time_ranges.{place}"), errors);
            stretches.push((weekday, range.into()));
        }
    }
    stretches
}

fn require_length(range: &TimeRange, at: &str, errors: &mut Errors) {
    if range.start_time == range.end_time {
        let sentence = "The end time field must differ from the start time; a whole day is 00:00 to 24:00.";
        errors.add(&format!("{at}.end_time"), sentence);
    }
}

/// Of several exceptions on one date the first counts.
fn exception_times(exceptions: Vec<Exception>, errors: &mut Errors) -> Vec<NewException> {
    let mut by_date = BTreeMap::new();
    for (place, exception) in exceptions.into_iter().enumerate() {
        let Ok(date) = exception.date.parse::<Date>() else {
            let field = format!("exceptions.{place}.date");
            errors.add(&field, "The date field must be a valid date such as 2026-03-01.");
            continue;
        };
        let ranges = exception.time_ranges.unwrap_or_default();
        let is_special = exception.r#type == ExceptionKind::SpecialHours;
        if is_special == ranges.is_empty() {
            let said =
                if is_special { "must have at least 1 entries" } else { "must be empty on a closed day" };
            errors.add(&format!("exceptions.{place}.time_ranges"), format!("The time ranges field {said}."));
        }
        for (at, range) in ranges.iter().enumerate() {
            require_length(range, &format!("exceptions.{place}.time_ranges.{at}"), errors);
        }
        let stretches = is_special.then(|| ranges.into_iter().map(Stretch::from).collect());
        by_date.entry(date).or_insert(NewException { date, name: exception.name, stretches });
    }
    by_date.into_values().collect()
}

impl From<TimeRange> for Stretch {
    fn from(range: TimeRange) -> Self {
        Self { start: range.start_time, end: range.end_time }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ScheduleView {
    id: i64,
    organization_id: i64,
    name: String,
    description: Option<String>,
    status: Status,
    timezone: Option<String>,
    schedule: Week,
    exceptions: Vec<Exception>,
    open_hours_action: Action,
    closed_hours_action: Action,
    /// What a call would meet now: `open`, `closed`, or `exception` where the day's exception rules.
    current_status: &'static str,
    r#override: &'static str,
    override_until: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    pub(super) data: ScheduleView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Written {
    pub(super) message: &'static str,
    pub(super) data: ScheduleView,
}

impl ScheduleView {
    pub(super) fn of(tenant: TenantId, stored: Stored<Schedule>) -> Self {
        let Stored { record: Schedule { hours, ranges, exceptions, now }, created_at, updated_at } = stored;
        let mut week = Week::default();
        for range in ranges {
            let day = week.day(range.weekday);
            day.enabled = true;
            day.time_ranges.0.push(time_range(range.id, range.start, range.end));
        }
        let exceptions = exceptions.into_iter().map(|(exception, ranges)| Exception {
            id: Some(exception.id.get()),
            date: exception.date.to_string(),
            name: exception.name,
            r#type: match exception.kind {
                PbxHoursExceptionKind::Closed => ExceptionKind::Closed,
                PbxHoursExceptionKind::SpecialHours => ExceptionKind::SpecialHours,
            },
            time_ranges: Some(
                ranges.into_iter().map(|range| time_range(range.id, range.start, range.end)).collect(),
            ),
        });
        Self {
            id: hours.id.get(),
            organization_id: tenant.get(),
            name: hours.name,
            description: hours.description,
            status: Status::of(hours.active),
            timezone: hours.time_zone,
            schedule: week,
            exceptions: exceptions.collect(),
            open_hours_action: Action::of(&hours.open_destination),
            closed_hours_action: Action::of(&hours.closed_destination),
            current_status: match now {
                Now::Open => "open",
                Now::Closed => "closed",
                Now::Exception => "exception",
            },
            r#override: hours.r#override.as_str(),
            override_until: instant(hours.override_until),
            created_at: instant(created_at),
            updated_at: instant(updated_at),
        }
    }
}

fn time_range(id: RecordId, start_time: String, end_time: String) -> TimeRange {
    TimeRange { id: Some(id.get()), start_time, end_time }
}
