//! A plan as it is stored with the calls it routed: JSON, deflated.

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use opbx_platform::source::plain;
use opbx_routing::Plan;
use std::io::{self, Read as _, Write as _};

/// The longest plan that is unpacked, in bytes; one of ten thousand extensions is far below it.
const PLAN_BYTES_MAX: u64 = 256 << 20;

/// How much is told of what stands in the place of a plan, in characters.
const REASON_LEN_MAX: usize = 300;

/// Why what is stored is no plan.
#[derive(Debug, thiserror::Error)]
pub enum StoredPlanError {
    #[error("the stored plan is damaged: {0}")]
    Damaged(#[source] io::Error),
    #[error("the stored plan is longer than {PLAN_BYTES_MAX} bytes")]
    TooLong,
    #[error("the stored plan is none that this version understands: {0}")]
    NoPlan(String),
}

/// Packs a plan; nothing secret is part of one.
pub fn packed(plan: &Plan) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, plan).expect("a plan serialises into memory");
    encoder.flush().and_then(|()| encoder.finish()).expect("writing into memory does not fail")
}

/// Reads what [`packed`] wrote. Bytes that were damaged are an error, or another plan that routes all the same.
pub fn read(body: &[u8]) -> Result<Plan, StoredPlanError> {
    let mut text = Vec::new();
    let mut decoder = DeflateDecoder::new(body).take(PLAN_BYTES_MAX + 1);
    decoder.read_to_end(&mut text).map_err(StoredPlanError::Damaged)?;
    if text.len() as u64 > PLAN_BYTES_MAX {
        return Err(StoredPlanError::TooLong);
    }
    serde_json::from_slice(&text)
        .map_err(|error| StoredPlanError::NoPlan(plain(&error.to_string(), REASON_LEN_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opbx_kernel::TenantId;
    use opbx_routing::{Company, PlanParts};

    #[test]
    fn a_plan_is_read_as_it_was_packed_and_a_damaged_one_is_refused() {
        let tenant = TenantId::new(1).expect("positive");
        let plan = Plan::from(PlanParts::empty(tenant, 7, Company::named("Acme")));
        let body = packed(&plan);
        assert_eq!(read(&body).expect("as it was"), plan);
        let cut = read(&body[..body.len() / 2]).expect_err("cut off");
        assert!(matches!(cut, StoredPlanError::Damaged(_) | StoredPlanError::NoPlan(_)), "{cut}");
        assert!(read(b"").is_err());
    }
}
