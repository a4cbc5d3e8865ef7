//! Prompts, which menus and voicemail boxes name.

use super::at::{At, filled};
use super::{CompileError, everything, typed};
use crate::models::{PbxPrompt, PbxPromptKind};
use opbx_kernel::RecordId;
use opbx_routing::Prompt;
use opbx_store::Tx;
use std::collections::HashMap;

pub(super) struct Prompts(HashMap<RecordId, Prompt>);

impl Prompts {
    /// The prompt that a record's field names; an archived one is played as long as it is named.
    pub(super) fn named(
        &self,
        at: At,
        field: &'static str,
        id: Option<RecordId>,
    ) -> Result<Option<Prompt>, CompileError> {
        let Some(id) = id else { return Ok(None) };
        let prompt = self.0.get(&id).cloned();
        prompt.map(Some).ok_or_else(|| at.refuse(field, format!("there is no prompt {id}")))
    }
}

pub(super) async fn compile(tx: &mut Tx) -> Result<Prompts, CompileError> {
    let prompts = tx.all::<PbxPrompt>(&everything()).await?.into_iter();
    Ok(Prompts(prompts.map(|record| Ok((record.id, prompt(record)?))).collect::<Result<_, CompileError>>()?))
}

fn prompt(record: PbxPrompt) -> Result<Prompt, CompileError> {
    let at = At::of::<PbxPrompt>(record.id);
    Ok(match record.kind {
        PbxPromptKind::Text => Prompt::Text {
            text: at.needed("text", record.text, "a spoken prompt")?,
            voice: filled(record.voice),
            language: filled(record.language),
        },
        PbxPromptKind::Url => Prompt::Audio(at.needed("url", record.url, "a prompt at an address")?),
        PbxPromptKind::Recording => Prompt::Recording(typed(record.id)),
    })
}
