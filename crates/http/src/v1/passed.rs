//! What calls pass, as answers carry it: sentences with their records, and how a call ends.

use opbx_app::simulation::End;
use opbx_app::ways::{Passed, Sentence};
use schemars::JsonSchema;
use serde::Serialize;

/// Something that a call passes.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PassedView {
    /// As the nodes of `/plan/flow` have it; besides, `outbound_rule` and `trunk`.
    kind: String,
    /// Of the record behind it, in the resource of its kind.
    id: Option<i64>,
    label: String,
    /// The id that `/plan/flow` gives it. Rules and trunks are on no drawing, and named in the same manner.
    node: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SentenceView {
    text: String,
    /// Where the call is, as `/plan/flow` calls it; none before it met anything.
    node: Option<String>,
    /// The records that the sentence names.
    records: Vec<PassedView>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct EndView {
    /// `completed`, `no_answer`, `message_left` and so on.
    reason: String,
    /// The telephone that took the call.
    answered_by: Option<String>,
    /// Where the call was, as `/plan/flow` calls it.
    node: Option<String>,
}

impl From<Passed> for PassedView {
    fn from(passed: Passed) -> Self {
        let Passed { kind, id, label, node } = passed;
        // What a check expected before says by an older word what is an extension's now.
        let kind = if kind == "ai_assistant" { "assistant".to_owned() } else { kind };
        Self { kind, id, label, node }
    }
}

impl From<Sentence> for SentenceView {
    fn from(sentence: Sentence) -> Self {
        let Sentence { text, node, records } = sentence;
        Self { text, node, records: records.into_iter().map(Into::into).collect() }
    }
}

impl From<End> for EndView {
    fn from(end: End) -> Self {
        let End { reason, answered_by, node } = end;
        Self { reason, answered_by, node }
    }
}
