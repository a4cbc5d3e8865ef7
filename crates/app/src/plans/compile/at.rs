//! A record being compiled: reads its fields into the core's types, and names it where that fails.

use super::{CompileError, typed};
use opbx_kernel::RecordId;
use opbx_platform::{DestinationRef, Record};
use opbx_routing::Destination;
use std::sync::Arc;

#[derive(Clone, Copy)]
pub(super) struct At {
    model: &'static str,
    id: RecordId,
}

impl At {
    pub(super) fn of<R: Record>(id: RecordId) -> Self {
        Self { model: R::MODEL, id }
    }

    pub(super) fn refuse(self, field: &'static str, reason: impl Into<String>) -> CompileError {
        CompileError::Record { model: self.model, id: self.id, field, reason: reason.into() }
    }

    /// An unset destination hangs up.
    pub(super) fn destination(
        self,
        field: &'static str,
        points_at: Option<DestinationRef>,
    ) -> Result<Destination, CompileError> {
        let (kind, to) = match points_at {
            None | Some(DestinationRef::Hangup) => return Ok(Destination::Hangup),
            Some(DestinationRef::Forward(target)) => return Ok(Destination::Forward(target.into())),
            Some(DestinationRef::Record { kind, id }) => (kind, id),
        };
        Ok(match kind.as_str() {
            "extension" => Destination::Extension(typed(to)),
            "ring_group" => Destination::RingGroup(typed(to)),
            "menu" => Destination::Menu(typed(to)),
            "hours" => Destination::Hours(typed(to)),
            "conference" => Destination::Conference(typed(to)),
            "assistant" => Destination::Assistant(typed(to)),
            "voicemail" => Destination::Voicemail(typed(to)),
            "queue" => Destination::Queue(typed(to)),
            _ => return Err(self.refuse(field, format!("{kind:?} is no kind of destination"))),
        })
    }

    /// A number in the narrower type that the core keeps it in.
    pub(super) fn small<T: TryFrom<i64>>(self, field: &'static str, value: i64) -> Result<T, CompileError> {
        T::try_from(value).map_err(|_| self.refuse(field, format!("{value} is out of range")))
    }

    /// Like [`At::small`], where unset stays unset.
    pub(super) fn optional<T: TryFrom<i64>>(
        self,
        field: &'static str,
        value: Option<i64>,
    ) -> Result<Option<T>, CompileError> {
        value.map(|value| self.small(field, value)).transpose()
    }

    /// A text that must be there.
    pub(super) fn needed(
        self,
        field: &'static str,
        value: Option<String>,
        by: &str,
    ) -> Result<Arc<str>, CompileError> {
        let missing = || self.refuse(field, format!("is unset, and {by} needs it"));
        filled(value).ok_or_else(missing)
    }
}

/// An empty text is as good as unset.
pub(super) fn filled(text: Option<String>) -> Option<Arc<str>> {
    text.filter(|text| !text.trim().is_empty()).map(Into::into)
}
