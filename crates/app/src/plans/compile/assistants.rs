//! AI assistants and the ways to them. The tokens of their services go to the secrets.

use super::at::At;
use super::{CompileError, everything, typed};
use crate::models::{PbxAssistant, PbxAssistantHow};
use crate::plans::secrets::PlanSecrets;
use opbx_kernel::RecordId;
use opbx_platform::Record as _;
use opbx_routing::{Assistant, AssistantId, Reach};
use opbx_store::Tx;
use serde_json::Value as Json;
use std::sync::Arc;

pub(super) async fn compile(tx: &mut Tx, secrets: &mut PlanSecrets) -> Result<Vec<Assistant>, CompileError> {
    let records = tx.all::<PbxAssistant>(&everything()).await?;
    let ids: Vec<RecordId> = records.iter().map(|record| record.id).collect();
    for (id, token) in tx.reveal_many(PbxAssistant::MODEL, &ids, "service_token").await? {
        let not_text = || At::of::<PbxAssistant>(id).refuse("service_token", "is not text");
        let token = String::from_utf8(token).map_err(|_| not_text())?;
        secrets.keep_token(typed::<AssistantId>(id), token);
    }
    records.into_iter().map(assistant).collect()
}

fn assistant(mut record: PbxAssistant) -> Result<Assistant, CompileError> {
    let at = At::of::<PbxAssistant>(record.id);
    Ok(Assistant {
        id: typed(record.id),
        active: record.active,
        reach: Some(reach(at, &mut record)?),
        timeout_s: at.small("timeout_s", record.timeout_s)?,
        fallback: at.destination("fallback", record.fallback)?,
        name: record.name.into(),
    })
}

fn reach(at: At, record: &mut PbxAssistant) -> Result<Reach, CompileError> {
    Ok(match record.how {
        PbxAssistantHow::Provider => Reach::Provider {
            provider: at.needed("provider", record.provider.take(), "the way by a provider")?,
            number: at.needed("number", record.number.take(), "the way by a provider")?,
        },
        PbxAssistantHow::Service => Reach::Service {
            url: at.needed("url", record.url.take(), "a service")?,
            parameters: parameters(at, record.parameters.take())?,
        },
        PbxAssistantHow::Sip => {
            Reach::Sip { address: at.needed("url", record.url.take(), "the way by SIP")? }
        }
        PbxAssistantHow::Stream => Reach::Stream { url: at.needed("url", record.url.take(), "a stream")? },
    })
}

/// Names with their values.
type Parameters = Vec<(Arc<str>, Arc<str>)>;

/// Names and values in the order of names, so that the same record always gives the same plan.
fn parameters(at: At, parameters: Option<Json>) -> Result<Parameters, CompileError> {
    let table = match parameters {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Object(table)) => table,
        Some(_) => return Err(at.refuse("parameters", "are no table of names and values")),
    };
    let mut pairs = Vec::with_capacity(table.len());
    for (name, value) in table {
        let text: Arc<str> = match value {
            Json::String(text) => text.into(),
            Json::Number(number) => number.to_string().into(),
            Json::Bool(flag) => flag.to_string().into(),
            Json::Null | Json::Array(_) | Json::Object(_) => {
                return Err(at.refuse("parameters", format!("{name:?} is no text, number or true and false")));
            }
        };
        pairs.push((name.into(), text));
    }
    pairs.sort();
    Ok(pairs)
}
