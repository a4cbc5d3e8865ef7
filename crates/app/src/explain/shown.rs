//! One record of a plan as a person reads it: what it leads to by name, times as clocks show them.

use crate::ways;
use opbx_kernel::Language;
use opbx_routing::hours::Range;
use opbx_routing::trace::{DestinationName, PlaceName, Tell as _};
use opbx_routing::way::{Spot, Stop};
use opbx_routing::{Destination, Extension, ExtensionKind, Hours, Menu, Place, PlaceKind, Plan, RingGroup};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What a plan says of something that a call passed; none where the plan has no such record.
pub(super) fn shown(language: Language, plan: &Plan, stop: &Stop) -> Option<Map<String, Json>> {
    match stop {
        Stop::Spot(Spot::Number(number)) => {
            let number = plan.number(number)?;
            Some(told(number, &[("destination", words(language, plan, &number.destination))]))
        }
        Stop::Spot(Spot::Place(place)) => of_place(language, plan, *place),
        Stop::Spot(Spot::Forward(_) | Spot::Hangup) => None,
        Stop::OutboundRule(id) => {
            let rule = plan.outbound_rule(*id)?;
            let trunks = rule.trunks.iter().filter_map(|id| plan.trunk(*id)).map(|trunk| &*trunk.name);
            let trunks: Vec<&str> = trunks.collect();
            Some(told(rule, &[("trunks", json!(trunks))]))
        }
        Stop::Trunk(id) => Some(told(plan.trunk(*id)?, &[])),
    }
}

/// The members in which two accounts of a record differ. What is not known of both differs in nothing.
pub(super) fn differing(then: Option<&Map<String, Json>>, today: Option<&Map<String, Json>>) -> Vec<String> {
    let (Some(then), Some(today)) = (then, today) else { return Vec::new() };
    let names = then.keys().chain(today.keys().filter(|name| !then.contains_key(*name)));
    names.filter(|name| then.get(*name) != today.get(*name)).cloned().collect()
}

fn of_place(language: Language, plan: &Plan, place: Place) -> Option<Map<String, Json>> {
    match place.kind {
        PlaceKind::Extension => Some(extension(language, plan, plan.extension(place.id.try_into().ok()?)?)),
        PlaceKind::RingGroup => Some(ring_group(language, plan, plan.ring_group(place.id.try_into().ok()?)?)),
        PlaceKind::Menu => Some(menu(language, plan, plan.menu(place.id.try_into().ok()?)?)),
        PlaceKind::Hours => Some(hours(language, plan, plan.hours(place.id.try_into().ok()?)?)),
        PlaceKind::Conference => Some(told(plan.conference(place.id.try_into().ok()?)?, &[])),
        PlaceKind::Assistant => {
            let assistant = plan.assistant(place.id.try_into().ok()?)?;
            Some(told(assistant, &[("fallback", words(language, plan, &assistant.fallback))]))
        }
        PlaceKind::Voicemail => Some(told(plan.voicemail(place.id.try_into().ok()?)?, &[])),
        _ => None,
    }
}

/// A record's own members without its id, some of them in other words.
fn told(record: &impl Serialize, instead: &[(&str, Json)]) -> Map<String, Json> {
    let Ok(Json::Object(mut told)) = serde_json::to_value(record) else { return Map::new() };
    told.remove("id");
    told.extend(instead.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    told
}

fn extension(language: Language, plan: &Plan, extension: &Extension) -> Map<String, Json> {
    let mut shown = told(extension, &[]);
    shown.remove("kind");
    match &extension.kind {
        ExtensionKind::Points(to) => drop(shown.insert("destination".to_owned(), words(language, plan, to))),
        ExtensionKind::User(person) => {
            let to =
                |to: &Option<Destination>| to.as_ref().map_or(Json::Null, |to| words(language, plan, to));
            let forward = json!({
                "always": to(&person.forward.always),
                "busy": to(&person.forward.busy),
                "no_answer": to(&person.forward.no_answer),
                "unreachable": to(&person.forward.unreachable),
            });
            let mailbox = to(&person.voicemail.map(Destination::Voicemail));
            shown.extend(told(person, &[("forward", forward), ("voicemail", mailbox)]));
        }
    }
    shown
}

fn ring_group(language: Language, plan: &Plan, group: &RingGroup) -> Map<String, Json> {
    let members: Vec<String> = group
        .members
        .iter()
        .map(|id| match plan.extension(*id) {
            Some(member) => format!("{} {}", member.number, member.name),
            None => format!("extension #{id}"),
        })
        .collect();
    told(group, &[("members", json!(members)), ("fallback", words(language, plan, &group.fallback))])
}

fn menu(language: Language, plan: &Plan, menu: &Menu) -> Map<String, Json> {
    let keys: Map<String, Json> =
        menu.keys.iter().map(|key| (key.keys.to_string(), words(language, plan, &key.to))).collect();
    told(menu, &[("keys", Json::Object(keys)), ("failover", words(language, plan, &menu.failover))])
}

fn hours(language: Language, plan: &Plan, hours: &Hours) -> Map<String, Json> {
    let clock = |ranges: &[Range]| json!(ranges.iter().map(ToString::to_string).collect::<Vec<_>>());
    let days = WEEKDAYS.iter().zip(&hours.week);
    let week: Map<String, Json> = days.map(|(day, ranges)| ((*day).to_owned(), clock(ranges))).collect();
    let exceptions = hours.exceptions.iter().map(|exception| {
        json!({ "date": exception.date, "name": exception.name, "open": clock(&exception.ranges) })
    });
    let exceptions = Json::Array(exceptions.collect());
    let instead = [
        ("week", Json::Object(week)),
        ("exceptions", exceptions),
        ("open", words(language, plan, &hours.open)),
        ("closed", words(language, plan, &hours.closed)),
    ];
    told(hours, &instead)
}

/// A destination as the sentences name it, with its node.
fn words(language: Language, plan: &Plan, destination: &Destination) -> Json {
    let name = match (destination, destination.place()) {
        (_, Some(Place { kind, id })) => {
            let name = plan.name_of(Place { kind, id });
            DestinationName::Place(PlaceName { kind, id, name })
        }
        (Destination::Forward(to), None) => DestinationName::Forward(to.clone()),
        (_, None) => DestinationName::Hangup,
    };
    json!({ "says": name.told_in(language), "node": ways::node_id(&Spot::of(plan, destination)) })
}
