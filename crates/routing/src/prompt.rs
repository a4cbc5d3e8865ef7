//! Prompts: what a caller hears that is the company's own and not one of our sentences.

use crate::listening::MessageId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

opbx_kernel::id_types! {
    /// An uploaded recording of the company.
    RecordingId,
}

/// Something to play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// A recording that OPBX keeps; the engine fetches it from an address the adapter makes.
    Recording(RecordingId),
    /// A voicemail message that OPBX keeps; the engine fetches it like a recording.
    Message(MessageId),
    /// Audio at an http or https address.
    Audio(Arc<str>),
    /// Text to speak; without a voice or a language, the engine's own.
    Text { text: Arc<str>, voice: Option<Arc<str>>, language: Option<Arc<str>> },
}

impl Prompt {
    /// Text in the engine's own voice.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text { text: text.into(), voice: None, language: None }
    }
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recording(id) => write!(f, "recording #{id}"),
            Self::Message(id) => write!(f, "message #{id}"),
            Self::Audio(url) => f.write_str(url),
            Self::Text { text, .. } => write!(f, "\"{text}\""),
        }
    }
}
