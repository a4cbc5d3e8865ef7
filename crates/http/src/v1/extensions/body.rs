//! What is written to an extension: the original's types and their configuration, as what our extensions ring.

use crate::api::{Patch, Problem};
use crate::v1::destinations::{Assistants, DestinationInput};
use crate::v1::recording_policy::RecordingPatch;
use crate::v1::words::{Status, TargetKind};
use opbx_app::extensions::{Rings, Wish};
use opbx_app::models::{PbxExtension, PbxExtensionDraft};
use opbx_app::targets::{self, Unfit};
use opbx_kernel::RecordId;
use opbx_platform::{DestinationRef, Domain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an extension rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExtensionType {
    /// A person's telephones.
    User,
    Conference,
    RingGroup,
    Ivr,
    AiAssistant,
    /// What would be dialled instead.
    Forward,
    BusinessHours,
    Voicemail,
    /// Another extension.
    Extension,
    Hangup,
}

impl ExtensionType {
    /// None for a person's.
    fn destination(self) -> Option<TargetKind> {
        Some(match self {
            Self::User => return None,
            Self::Conference => TargetKind::ConferenceRoom,
            Self::RingGroup => TargetKind::RingGroup,
            Self::Ivr => TargetKind::IvrMenu,
            Self::AiAssistant => TargetKind::Assistant,
            Self::Forward => TargetKind::Forward,
            Self::BusinessHours => TargetKind::BusinessHours,
            Self::Voicemail => TargetKind::Voicemail,
            Self::Extension => TargetKind::Extension,
            Self::Hangup => TargetKind::Hangup,
        })
    }

    /// What a configuration calls that which is rung.
    pub(super) fn key(self) -> Option<&'static str> {
        match self {
            Self::User | Self::Hangup => None,
            Self::Conference => Some("conference_room_id"),
            Self::RingGroup => Some("ring_group_id"),
            Self::Ivr => Some("ivr_id"),
            Self::AiAssistant => Some("assistant_id"),
            Self::Forward => Some("forward_to"),
            Self::BusinessHours => Some("business_hours_id"),
            Self::Voicemail => Some("voicemail_id"),
            Self::Extension => Some("extension_id"),
        }
    }

    /// None of a kind that nothing can be of yet.
    pub(super) fn of(destination: Option<&DestinationRef>) -> Option<Self> {
        let Some(destination) = destination else { return Some(Self::User) };
        Some(match TargetKind::kind_of(destination)? {
            TargetKind::ConferenceRoom => Self::Conference,
            TargetKind::RingGroup => Self::RingGroup,
            TargetKind::IvrMenu => Self::Ivr,
            TargetKind::AiAssistant | TargetKind::Assistant => Self::AiAssistant,
            TargetKind::Forward => Self::Forward,
            TargetKind::BusinessHours => Self::BusinessHours,
            TargetKind::Voicemail => Self::Voicemail,
            TargetKind::Extension => Self::Extension,
            TargetKind::Hangup => Self::Hangup,
        })
    }

    pub(super) fn domain(self) -> Domain {
        match self.destination() {
            None => Domain::is_unset("destination"),
            Some(kind) => kind.domain("destination"),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewExtension {
    #[schemars(regex(pattern = "^[0-9]{3,5}$"))]
    extension_number: String,
    pub(super) r#type: ExtensionType,
    #[serde(flatten)]
    rest: ExtensionPatch,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ChangedExtension {
    /// Never changes: another number is another extension.
    extension_number: Option<String>,
    r#type: Option<ExtensionType>,
    #[serde(flatten)]
    rest: ExtensionPatch,
}

/// What may be left out.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ExtensionPatch {
    /// The user's name, where it is not given.
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    /// Whose it is. Of people's extensions only.
    user_id: Patch<i64>,
    status: Option<Status>,
    /// Whether a box takes messages; one is made where there is none. Of people's extensions only.
    voicemail_enabled: Option<bool>,
    /// Which box takes messages.
    voicemail_id: Patch<i64>,
    /// What the type needs. An empty one leaves everything as it is.
    #[schemars(extend("x-may-be-empty" = true))]
    configuration: Option<Configuration>,
    /// Seconds.
    #[schemars(range(min = 5, max = 300))]
    ring_timeout: Option<i64>,
    do_not_disturb: Option<bool>,
    forward_always: Patch<DestinationInput>,
    forward_busy: Patch<DestinationInput>,
    forward_no_answer: Patch<DestinationInput>,
    forward_unreachable: Patch<DestinationInput>,
    /// Whether its person may call outside.
    dials_out: Option<bool>,
    caller_id: Patch<String>,
    outbound_calls_max: Patch<i64>,
    outbound_minutes_per_day_max: Patch<i64>,
    #[serde(flatten)]
    recording: RecordingPatch,
}

/// Of these, what belongs to the type.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Configuration {
    conference_room_id: Option<i64>,
    ring_group_id: Option<i64>,
    ivr_id: Option<i64>,
    /// Of an AI assistant, as `/ai-assistants` lists it.
    assistant_id: Option<i64>,
    /// Of an AI assistant, together with its number there: instead of an id. Beside the id that is held already, they change
    /// what it stands for.
    #[schemars(length(max = 100))]
    provider: Option<String>,
    /// In E.164.
    #[schemars(regex(pattern = r"^\+[1-9][0-9]{6,14}$"))]
    phone_number: Option<String>,
    /// Of a forward. Of a person's extension: where all its calls go; an empty one lets them ring there again.
    #[schemars(length(max = 50))]
    forward_to: Patch<String>,
    business_hours_id: Option<i64>,
    voicemail_id: Option<i64>,
    extension_id: Option<i64>,
}

impl Configuration {
    fn id(&self, kind: ExtensionType) -> Option<i64> {
        match kind {
            ExtensionType::User | ExtensionType::Forward | ExtensionType::Hangup => None,
            ExtensionType::Conference => self.conference_room_id,
            ExtensionType::RingGroup => self.ring_group_id,
            ExtensionType::Ivr => self.ivr_id,
            ExtensionType::AiAssistant => self.assistant_id,
            ExtensionType::BusinessHours => self.business_hours_id,
            ExtensionType::Voicemail => self.voicemail_id,
            ExtensionType::Extension => self.extension_id,
        }
    }

    /// Where calls are forwarded to; an empty text is none.
    fn forward(&self) -> Patch<DestinationRef> {
        match self.forward_to.clone().map(|to| to.trim().to_owned()) {
            Patch::Set(to) if to.is_empty() => Patch::Clear,
            to => to.map(DestinationRef::Forward),
        }
    }

    /// What is rung; `None` where nothing is said of it.
    fn rings(&self, kind: ExtensionType) -> Result<Option<Rings>, Problem> {
        let Some(destination) = kind.destination() else { return Ok(Some(Rings::Person)) };
        match (destination, self.id(kind)) {
            (TargetKind::Hangup, _) => Ok(Some(Rings::To(DestinationRef::Hangup))),
            (TargetKind::Forward, _) => match self.forward() {
                Patch::Keep => Ok(None),
                Patch::Clear => Err(required("forward_to")),
                Patch::Set(to) => Ok(Some(Rings::To(to))),
            },
            (TargetKind::Assistant, _) => self.assistant(),
            (_, Some(id)) => {
                let key = kind.key().unwrap_or_default();
                let absent = || destination.refuse(&format!("configuration.{key}"), &Unfit::Absent);
                destination.to(id).map(Rings::To).map(Some).ok_or_else(absent)
            }
            (_, None) => Ok(None),
        }
    }

    fn assistant(&self) -> Result<Option<Rings>, Problem> {
        let absent = |_| TargetKind::Assistant.refuse("configuration.assistant_id", &Unfit::Absent);
        let id = self.assistant_id.map(RecordId::new).transpose().map_err(absent)?;
        match (self.provider.clone(), self.phone_number.clone()) {
            (Some(provider), Some(number)) => Ok(Some(Rings::Provider { provider, number, beside: id })),
            (None, None) => Ok(id.map(targets::assistant).map(Rings::To)),
            // Half of a provider says nothing beside an id.
            _ if id.is_some() => Ok(id.map(targets::assistant).map(Rings::To)),
            (None, Some(_)) => Err(required("provider")),
            (Some(_), None) => Err(required("phone_number")),
        }
    }
}

fn required(key: &str) -> Problem {
    let sentence = format!("The {} field is required for this type of extension.", key.replace('_', " "));
    Problem::field(&format!("configuration.{key}"), sentence)
}

/// What the type needs and nothing was said of.
fn missing(kind: ExtensionType) -> Problem {
    match kind {
        ExtensionType::AiAssistant => {
            let mut errors = crate::api::Errors::default();
            for key in ["provider", "phone_number"] {
                let spoken = key.replace('_', " ");
                errors.add(
                    &format!("configuration.{key}"),
                    format!("The {spoken} field is required for this type of extension."),
                );
            }
            Problem::invalid(errors)
        }
        other => required(other.key().unwrap_or_default()),
    }
}

fn forward(patch: Patch<DestinationInput>, field: &str) -> Result<Option<Option<DestinationRef>>, Problem> {
    match patch.into_draft() {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(input)) => input.read(field).map(Some).map(Some),
    }
}

fn record(patch: Patch<i64>, field: &str) -> Result<Option<Option<RecordId>>, Problem> {
    let invalid = || Problem::field(field, format!("The selected {} is invalid.", field.replace('_', " ")));
    match patch.into_draft() {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(id)) => RecordId::new(id).map(Some).map(Some).map_err(|_| invalid()),
    }
}

impl ExtensionPatch {
    /// Where its forwards name AI assistants.
    fn assistants(&self) -> Assistants {
        let forwards = [
            ("forward_always", &self.forward_always),
            ("forward_busy", &self.forward_busy),
            ("forward_no_answer", &self.forward_no_answer),
            ("forward_unreachable", &self.forward_unreachable),
        ];
        forwards.into_iter().filter_map(|(field, patch)| patch.as_set()?.assistant(field)).collect()
    }

    fn into_wish(self, kind: ExtensionType, rings: Option<Rings>) -> Result<Wish, Problem> {
        let configured = self.configuration.filter(|_| kind == ExtensionType::User);
        let forward_always = match configured.map(|configuration| configuration.forward()).unwrap_or_default()
        {
            // What is said of a forward outweighs that there is none in the configuration.
            Patch::Clear if self.forward_always.as_set().is_none() => Some(None),
            Patch::Set(to) => Some(Some(to)),
            Patch::Keep | Patch::Clear => forward(self.forward_always, "forward_always")?,
        };
        let draft = PbxExtensionDraft {
            name: self.name,
            user: record(self.user_id, "user_id")?,
            voicemail: record(self.voicemail_id, "voicemail_id")?,
            ring_timeout_s: self.ring_timeout,
            do_not_disturb: self.do_not_disturb,
            forward_always,
            forward_busy: forward(self.forward_busy, "forward_busy")?,
            forward_no_answer: forward(self.forward_no_answer, "forward_no_answer")?,
            forward_unreachable: forward(self.forward_unreachable, "forward_unreachable")?,
            dials_out: self.dials_out,
            caller_id: self.caller_id.into_draft(),
            outbound_calls_max: self.outbound_calls_max.into_draft(),
            outbound_minutes_per_day_max: self.outbound_minutes_per_day_max.into_draft(),
            active: self.status.map(Status::is_active),
            ..PbxExtensionDraft::default()
        };
        let more = self.recording.into_values()?;
        Ok(Wish { draft, rings, voicemail: self.voicemail_enabled, more })
    }
}

impl NewExtension {
    pub(super) fn assistants(&self) -> Assistants {
        self.rest.assistants()
    }

    pub(super) fn into_wish(self) -> Result<Wish, Problem> {
        let nothing = Configuration::default();
        let rings = self.rest.configuration.as_ref().unwrap_or(&nothing).rings(self.r#type)?;
        let rings = rings.ok_or_else(|| missing(self.r#type))?;
        let mut wish = self.rest.into_wish(self.r#type, Some(rings))?;
        wish.draft.number = Some(self.extension_number);
        Ok(wish)
    }
}

impl ChangedExtension {
    pub(super) fn assistants(&self) -> Assistants {
        self.rest.assistants()
    }

    fn kind(&self, held: &PbxExtension) -> Option<ExtensionType> {
        self.r#type.or_else(|| ExtensionType::of(held.destination.as_ref()))
    }

    /// What its configuration calls that which is to be rung.
    pub(super) fn key(&self, held: &PbxExtension) -> Option<&'static str> {
        self.kind(held).and_then(ExtensionType::key)
    }

    pub(super) fn into_wish(self, held: &PbxExtension) -> Result<Wish, Problem> {
        let kind = self.kind(held).unwrap_or(ExtensionType::Hangup);
        let before = ExtensionType::of(held.destination.as_ref());
        let nothing = Configuration::default();
        let rings = self.rest.configuration.as_ref().unwrap_or(&nothing).rings(kind)?;
        if rings.is_none() && before != Some(kind) {
            return Err(missing(kind));
        }
        // A type that stays needs no saying.
        let rings = rings.filter(|rings| before != Some(kind) || *rings != Rings::Person);
        let mut wish = self.rest.into_wish(kind, rings)?;
        wish.draft.number = self.extension_number;
        Ok(wish)
    }
}
