//! Telephone numbers.

use super::at::At;
use super::{CompileError, everything};
use crate::models::PbxNumber;
use opbx_kernel::E164;
use opbx_routing::Number;
use opbx_store::Tx;

pub(super) async fn compile(tx: &mut Tx) -> Result<Vec<Number>, CompileError> {
    tx.all::<PbxNumber>(&everything()).await?.into_iter().map(number).collect()
}

fn number(record: PbxNumber) -> Result<Number, CompileError> {
    let at = At::of::<PbxNumber>(record.id);
    Ok(Number {
        number: E164::new(&record.number).ok_or_else(|| at.refuse("number", "is not in E.164"))?,
        name: record.name.unwrap_or_default().into(),
        destination: at.destination("destination", Some(record.destination))?,
        active: record.active,
    })
}
