//! A telephone number as it is shown, with what its calls lead to.

use crate::api::Signed;
use crate::v1::destinations::DestinationView;
use crate::v1::recording_policy::RecordingView;
use crate::v1::words::{Status, TargetKind, instant};
use opbx_app::models::PbxNumber;
use opbx_app::resources::Stored;
use opbx_app::targets::{Target, Targets};
use opbx_kernel::RecordId;
use opbx_platform::DestinationRef;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    pub(super) data: NumberView,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct NumberView {
    id: i64,
    organization_id: i64,
    phone_number: String,
    friendly_name: Option<String>,
    routing_type: Option<TargetKind>,
    routing_config: Map<String, Value>,
    status: Status,
    /// Always empty: nothing of a number is kept at the engine.
    cloudonix_config: Map<String, Value>,
    destination: DestinationView,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<Embedded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ring_group: Option<Embedded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ivr_menu: Option<Embedded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_hours_schedule: Option<Embedded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conference_room: Option<Embedded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_assistant: Option<Embedded>,
    /// Of a number that leads to an AI assistant itself, and to no extension that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    assistant: Option<Embedded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voicemail: Option<Embedded>,
    #[serde(flatten)]
    recording: RecordingView,
    created_at: Option<String>,
    updated_at: Option<String>,
}

/// The record that a number's calls lead to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Embedded {
    /// None of an `ai_assistant` that no extension stands for.
    id: Option<i64>,
    name: String,
    status: Status,
    /// Of an extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_number: Option<String>,
    /// Of an AI assistant.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
}

impl Embedded {
    fn of(target: &Target) -> Self {
        let (provider, phone_number) = target.provider.clone().unzip();
        Self {
            id: Some(target.id.get()),
            name: target.name.clone(),
            status: Status::of(target.active),
            extension_number: target.number.clone(),
            provider,
            phone_number,
        }
    }
}

impl NumberView {
    pub(super) fn of(asker: &Signed, stored: Stored<PbxNumber>, targets: &Targets) -> Self {
        let Stored { record: number, created_at, updated_at } = stored;
        let kind = TargetKind::kind_of(&number.destination);
        let target = targets.get(&number.destination);
        let embedded = |wanted| target.filter(|_| kind == Some(wanted)).map(Embedded::of);
        // What is called an AI assistant's id anywhere is its extension's.
        let itself = |assistant| Embedded { id: None, ..assistant };
        let ai_assistant = match TargetKind::said(&number.destination, targets) {
            Some(TargetKind::AiAssistant) => embedded(TargetKind::Extension),
            _ => embedded(TargetKind::Assistant).map(itself),
        };
        Self {
            id: number.id.get(),
            organization_id: asker.tenant.get(),
            phone_number: number.number,
            friendly_name: number.name,
            routing_type: routing_type(&number.destination, targets),
            routing_config: config(&number.destination, targets),
            status: Status::of(number.active),
            cloudonix_config: Map::new(),
            destination: DestinationView::of(&number.destination, targets),
            extension: embedded(TargetKind::Extension),
            ring_group: embedded(TargetKind::RingGroup),
            ivr_menu: embedded(TargetKind::IvrMenu),
            business_hours_schedule: embedded(TargetKind::BusinessHours),
            conference_room: embedded(TargetKind::ConferenceRoom),
            ai_assistant,
            assistant: embedded(TargetKind::Assistant),
            voicemail: embedded(TargetKind::Voicemail),
            recording: RecordingView::of(
                number.recording.as_str(),
                number.recording_announcement,
                number.recording_retention_days,
            ),
            created_at: instant(created_at),
            updated_at: instant(updated_at),
        }
    }
}

/// As the original says it: whoever leads to an AI assistant, by its extension or itself, is of one type.
pub(super) fn routing_type(destination: &DestinationRef, targets: &Targets) -> Option<TargetKind> {
    TargetKind::said(destination, targets).map(|kind| match kind {
        TargetKind::Assistant => TargetKind::AiAssistant,
        kind => kind,
    })
}

fn config(destination: &DestinationRef, targets: &Targets) -> Map<String, Value> {
    let kind = TargetKind::said(destination, targets);
    let mut config = Map::new();
    match (destination, kind.and_then(TargetKind::record)) {
        (DestinationRef::Record { id, .. }, Some((_, key))) => {
            config.insert(key.to_owned(), json!(id.get()));
            if kind == Some(TargetKind::AiAssistant) {
                config.insert("extension_id".to_owned(), json!(id.get()));
                let behind = targets.get(destination).and_then(|target| target.assistant);
                config.insert("assistant_id".to_owned(), json!(behind.map(RecordId::get)));
            }
        }
        (DestinationRef::Forward(to), _) => {
            config.insert("forward_to".to_owned(), json!(to));
        }
        _ => {}
    }
    config
}
