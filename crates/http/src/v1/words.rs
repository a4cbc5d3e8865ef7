//! The API's words for what all its resources share: states, destinations, instants.

use crate::api::Problem;
use opbx_kernel::{RecordId, Timestamp};
use opbx_platform::{DestinationRef, Domain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a record is in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Inactive,
}

impl Status {
    pub(crate) fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }

    pub(crate) fn is_active(self) -> bool {
        self == Self::Active
    }

    /// The records of this state; all of them, where none is asked for.
    pub(crate) fn domain(status: Option<Self>) -> Domain {
        status.map_or(Domain::All, |status| Domain::eq("active", status.is_active()))
    }
}

/// Stands for a secret that is there. Sent back, it leaves that secret as it is.
pub(crate) const MASK: &str = "********";

/// What is told of a secret: that it is there.
pub(crate) fn masked(is_there: bool) -> Option<&'static str> {
    is_there.then_some(MASK)
}

/// What a finished deed says.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Said {
    pub(crate) message: &'static str,
}

/// An instant as answers carry it: RFC 3339, in UTC.
pub(crate) fn instant(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// Where a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetKind {
    Extension,
    RingGroup,
    IvrMenu,
    ConferenceRoom,
    BusinessHours,
    /// An AI assistant by the extension that stands for it: its id is the extension's.
    AiAssistant,
    /// An AI assistant itself, by the id that `/ai-assistants` knows it by.
    Assistant,
    Voicemail,
    Forward,
    Hangup,
}

impl TargetKind {
    /// The last part of the model's name, where it is a record.
    pub(crate) fn kind(self) -> Option<&'static str> {
        Some(match self {
            Self::Extension | Self::AiAssistant => "extension",
            Self::RingGroup => "ring_group",
            Self::IvrMenu => "menu",
            Self::ConferenceRoom => "conference",
            Self::BusinessHours => "hours",
            Self::Assistant => "assistant",
            Self::Voicemail => "voicemail",
            Self::Forward | Self::Hangup => return None,
        })
    }

    /// What stored destinations are of: one to an extension says no more than that.
    pub(crate) const OF_RECORDS: [Self; 7] = [
        Self::Extension,
        Self::RingGroup,
        Self::IvrMenu,
        Self::ConferenceRoom,
        Self::BusinessHours,
        Self::Assistant,
        Self::Voicemail,
    ];

    /// The record of this kind with an id; `field` is at fault where there is none.
    pub(crate) fn destination(self, id: Option<i64>, field: &str) -> Result<DestinationRef, Problem> {
        let Some(kind) = self.kind() else { return Ok(DestinationRef::Hangup) };
        let id = id.ok_or_else(|| {
            Problem::field(field, format!("The {} field is required.", field.replace('_', " ")))
        })?;
        Ok(DestinationRef::Record { kind: kind.to_owned(), id: record_id(id, field)? })
    }

    /// What a destination is, and which record.
    pub(crate) fn of(destination: &DestinationRef) -> (Self, Option<RecordId>) {
        match destination {
            DestinationRef::Hangup => (Self::Hangup, None),
            DestinationRef::Forward(_) => (Self::Forward, None),
            DestinationRef::Record { kind, id } => {
                let known = Self::OF_RECORDS.into_iter().find(|target| target.kind() == Some(kind.as_str()));
                (known.unwrap_or(Self::Hangup), Some(*id))
            }
        }
    }
}

/// An id as the API takes it: what cannot be one is no record's.
pub(crate) fn record_id(id: i64, field: &str) -> Result<RecordId, Problem> {
    RecordId::new(id)
        .map_err(|_| Problem::field(field, format!("The selected {} is invalid.", field.replace('_', " "))))
}
