//! Forwards of an extension: outside only where it may call outside itself, so that no forward makes what a call may not.

use super::{Broken, Candidate};
use crate::models::ResCountry;
use crate::records::{Deed, RecordError};
use crate::tenants;
use opbx_kernel::{Country, E164};
use opbx_platform::{DestinationRef, Domain, Value, access};
use opbx_store::Tx;

const FORWARDS: [&str; 4] = ["forward_always", "forward_busy", "forward_no_answer", "forward_unreachable"];

pub(super) async fn check(tx: &mut Tx, candidate: &mut Candidate<'_>) -> Result<(), RecordError> {
    let target = |field: &str| match candidate.given.get(field) {
        Some(Value::Destination(DestinationRef::Forward(target))) => Some(target.clone()),
        _ => None,
    };
    let targets: Vec<(&str, String)> =
        FORWARDS.into_iter().filter_map(|field| Some((field, target(field)?))).collect();
    if targets.is_empty() {
        return Ok(());
    }
    candidate.learn(tx, &["dials_out"]).await?;
    if candidate.flag("dials_out") {
        return Ok(());
    }
    for (field, target) in targets {
        if leads_outside(tx, candidate, target.trim()).await? {
            return Err(candidate.refuse(field, Broken::MayNotDialOut));
        }
    }
    Ok(())
}

/// A SIP address may lie anywhere: who configures extensions may name one, whoever only changes the own may not.
async fn leads_outside(tx: &mut Tx, candidate: &Candidate<'_>, target: &str) -> Result<bool, RecordError> {
    if target.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("sip")) {
        return Ok(!access::may(tx.scope(), candidate.model, Deed::Create));
    }
    let mut tx = tx.as_system("tell the company's own numbers from others");
    let country = match tenants::company(&mut tx, None).await? {
        Some(company) => tx.get::<ResCountry>(company.country).await?.and_then(|it| Country::new(&it.code)),
        None => None,
    };
    let Some(number) = E164::normalise(target, country) else { return Ok(false) };
    Ok(tx.count("pbx.number", &Domain::eq("number", String::from(number))).await? == 0)
}
