//! IVR menus with their keys.

use super::at::At;
use super::prompts::Prompts;
use super::{CompileError, everything, grouped, typed};
use crate::models::{PbxMenu, PbxMenuKey};
use opbx_platform::Domain;
use opbx_platform::field::Format;
use opbx_routing::{Menu, MenuKey};
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx, prompts: &Prompts) -> Result<Vec<Menu>, CompileError> {
    let menus = tx.all::<PbxMenu>(&everything()).await?;
    let mut keys = grouped(tx.all::<PbxMenuKey>(&Domain::All).await?, |key| key.menu);
    menus
        .into_iter()
        .map(|record| {
            let keys = keys.remove(&record.id).unwrap_or_default();
            menu(record, keys, prompts)
        })
        .collect()
}

fn menu(record: PbxMenu, keys: Vec<PbxMenuKey>, prompts: &Prompts) -> Result<Menu, CompileError> {
    let at = At::of::<PbxMenu>(record.id);
    Ok(Menu {
        id: typed(record.id),
        name: record.name.into(),
        active: record.active,
        prompt: prompts.named(at, "prompt", record.prompt)?,
        no_input: prompts.named(at, "no_input_prompt", record.no_input_prompt)?,
        wrong_key: prompts.named(at, "wrong_key_prompt", record.wrong_key_prompt)?,
        inter_digit_timeout_s: at.small("inter_digit_timeout_s", record.inter_digit_timeout_s)?,
        timeout_s: at.small("timeout_s", record.timeout_s)?,
        turns: at.small("turns", record.turns)?,
        direct_dial: record.direct_dial,
        keys: keys.into_iter().map(key).collect::<Result<_, _>>()?,
        failover: at.destination("failover", record.failover)?,
    })
}

fn key(record: PbxMenuKey) -> Result<MenuKey, CompileError> {
    let at = At::of::<PbxMenuKey>(record.id);
    Format::MenuKeys.check(&record.keys).map_err(|error| at.refuse("keys", error.to_string()))?;
    Ok(MenuKey { keys: record.keys.into(), to: at.destination("destination", Some(record.destination))? })
}
