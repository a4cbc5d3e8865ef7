//! Destinations as the API says them: a kind, and what names the one that is meant.

use super::words::{Status, TargetKind};
use crate::Web;
use crate::api::{Errors, Problem, Signed};
use opbx_app::targets::{self, Target, Targets, Unfit};
use opbx_kernel::RecordId;
use opbx_platform::domain::{Op, Operand, Term};
use opbx_platform::{DestinationRef, Domain, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

impl TargetKind {
    /// The kind of record, and what its id is called beside the kind.
    pub(super) fn record(self) -> Option<(&'static str, &'static str)> {
        let key = match self {
            Self::Extension => "extension_id",
            Self::RingGroup => "ring_group_id",
            Self::IvrMenu => "ivr_menu_id",
            Self::BusinessHours => "business_hours_schedule_id",
            Self::ConferenceRoom => "conference_room_id",
            Self::AiAssistant => "ai_assistant_id",
            Self::Assistant => "assistant_id",
            Self::Voicemail => "voicemail_id",
            Self::Forward | Self::Hangup => return None,
        };
        Some((self.kind()?, key))
    }

    /// For sentences.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::RingGroup => "ring group",
            Self::IvrMenu => "IVR menu",
            Self::BusinessHours => "business hours schedule",
            Self::ConferenceRoom => "conference room",
            Self::AiAssistant | Self::Assistant => "AI assistant",
            Self::Voicemail => "voicemail box",
            Self::Forward => "forward",
            Self::Hangup => "hangup",
        }
    }

    /// None for a kind that nothing can be of yet.
    pub(super) fn kind_of(destination: &DestinationRef) -> Option<Self> {
        match destination {
            DestinationRef::Hangup => Some(Self::Hangup),
            DestinationRef::Forward(_) => Some(Self::Forward),
            DestinationRef::Record { kind, .. } => {
                Self::OF_RECORDS.into_iter().find(|known| known.kind() == Some(kind.as_str()))
            }
        }
    }

    /// The same as the original says it: an extension that stands for an AI assistant is one.
    pub(super) fn said(destination: &DestinationRef, targets: &Targets) -> Option<Self> {
        let stands = |target: &Target| target.assistant.is_some();
        match Self::kind_of(destination) {
            Some(Self::Extension) if targets.get(destination).is_some_and(stands) => Some(Self::AiAssistant),
            kind => kind,
        }
    }

    /// The records whose field points at something of this kind. Extensions are extensions here, whatever they stand for.
    pub(super) fn domain(self, field: &str) -> Domain {
        let pattern = match (self, self.record()) {
            (Self::Hangup, _) => "hangup".to_owned(),
            (_, Some((kind, _))) => format!("{kind}:%"),
            (_, None) => "forward:%".to_owned(),
        };
        let operand = Operand::One(Value::Text(pattern));
        Domain::Term(Term { field: field.to_owned(), op: Op::EqLike, operand })
    }

    /// The record of this kind.
    pub(super) fn to(self, id: i64) -> Option<DestinationRef> {
        let (kind, _) = self.record()?;
        Some(DestinationRef::Record { kind: kind.to_owned(), id: RecordId::new(id).ok()? })
    }

    /// What is wrong with the record that was chosen.
    pub(super) fn refuse(self, field: &str, unfit: &Unfit) -> Problem {
        Problem::field(field, format!("The selected {} {unfit}.", self.word()))
    }
}

/// Where a call goes.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct DestinationInput {
    r#type: TargetKind,
    /// Of the record meant, with `ai_assistant` of the extension that stands for it; none for a forward and a hang-up.
    #[serde(default)]
    id: Option<i64>,
    /// Of a forward: what would be dialled.
    #[serde(default)]
    #[schemars(length(max = 255))]
    to: Option<String>,
}

/// Extensions that are named as AI assistants, each with the field that names it.
pub(super) type Assistants = Vec<(String, i64)>;

/// Refuses what is named as an AI assistant and is no extension that stands for one, each at its field.
pub(super) async fn require_assistants(web: &Web, asker: &Signed, named: Assistants) -> Result<(), Problem> {
    let mut errors = Errors::default();
    for (field, id) in named {
        let unfit = match RecordId::new(id) {
            Ok(id) => targets::require_assistant(&web.app, &asker.scope, id).await?.err(),
            Err(_) => Some(Unfit::Absent),
        };
        if let Some(unfit) = unfit {
            errors.add(&field, format!("The selected {} {unfit}.", TargetKind::AiAssistant.word()));
        }
    }
    errors.into_result()
}

impl DestinationInput {
    /// The extension that is named as an AI assistant, if one is; see [`require_assistants`].
    pub(super) fn assistant(&self, field: &str) -> Option<(String, i64)> {
        let id = self.id.filter(|_| self.r#type == TargetKind::AiAssistant)?;
        Some((format!("{field}.id"), id))
    }

    pub(super) fn read(self, field: &str) -> Result<DestinationRef, Problem> {
        match (self.r#type, self.id, self.to) {
            (TargetKind::Hangup, ..) => Ok(DestinationRef::Hangup),
            (TargetKind::Forward, _, Some(to)) if !to.trim().is_empty() => {
                Ok(DestinationRef::Forward(to.trim().to_owned()))
            }
            (TargetKind::Forward, ..) => Err(required(&format!("{field}.to"))),
            (kind, Some(id), _) => {
                kind.to(id).ok_or_else(|| kind.refuse(&format!("{field}.id"), &Unfit::Absent))
            }
            (_, None, _) => Err(required(&format!("{field}.id"))),
        }
    }
}

fn required(field: &str) -> Problem {
    Problem::field(field, format!("The {} field is required.", field.rsplit('.').next().unwrap_or(field)))
}

/// Where a call goes, with what is called so there. An extension is called one, also where it stands for an AI assistant.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DestinationView {
    r#type: Option<TargetKind>,
    id: Option<i64>,
    to: Option<String>,
    name: Option<String>,
    /// Of an extension.
    number: Option<String>,
    /// None where the record is gone.
    status: Option<Status>,
}

impl DestinationView {
    pub(super) fn of(destination: &DestinationRef, targets: &Targets) -> Self {
        let target: Option<&Target> = targets.get(destination);
        Self {
            r#type: TargetKind::kind_of(destination),
            id: match destination {
                DestinationRef::Record { id, .. } => Some(id.get()),
                DestinationRef::Forward(_) | DestinationRef::Hangup => None,
            },
            to: match destination {
                DestinationRef::Forward(to) => Some(to.clone()),
                _ => None,
            },
            name: target.map(|target| target.name.clone()),
            number: target.and_then(|target| target.number.clone()),
            status: target.map(|target| Status::of(target.active)),
        }
    }
}
