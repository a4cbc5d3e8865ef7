//! What extensions, numbers and trunks say of recording calls.

use super::words::record_id;
use crate::api::{Patch, Problem};
use opbx_kernel::RecordId;
use opbx_platform::{Value, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Rule {
    /// As the company says.
    Inherit,
    Never,
    Always,
}

/// Flatten it into what is written to a resource.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct RecordingPatch {
    /// Whether calls are recorded.
    recording: Option<Rule>,
    /// The prompt that callers hear first; none plays the company's.
    recording_announcement_id: Patch<i64>,
    /// None keeps recordings as long as the company says.
    recording_retention_days: Patch<i64>,
}

/// Flatten it into what is shown of a resource.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RecordingView {
    /// `inherit`, `never` or `always`.
    recording: &'static str,
    recording_announcement_id: Option<i64>,
    recording_retention_days: Option<i64>,
}

impl RecordingPatch {
    /// As the models call it.
    pub(super) fn into_values(self) -> Result<Values, Problem> {
        let mut values = Values::new();
        if let Some(rule) = self.recording {
            let word = match rule {
                Rule::Inherit => "inherit",
                Rule::Never => "never",
                Rule::Always => "always",
            };
            values.insert("recording".to_owned(), word.into());
        }
        if let Some(announcement) = self.recording_announcement_id.into_draft() {
            let id = announcement.map(|id| record_id(id, "recording_announcement_id")).transpose()?;
            values.insert("recording_announcement".to_owned(), id.map_or(Value::Null, Value::Record));
        }
        if let Some(days) = self.recording_retention_days.into_draft() {
            values.insert("recording_retention_days".to_owned(), days.into());
        }
        Ok(values)
    }
}

impl RecordingView {
    pub(super) fn of(
        rule: &'static str,
        announcement: Option<RecordId>,
        retention_days: Option<i64>,
    ) -> Self {
        Self {
            recording: rule,
            recording_announcement_id: announcement.map(RecordId::get),
            recording_retention_days: retention_days,
        }
    }
}
