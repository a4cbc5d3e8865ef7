//! What the store holds of calls, read as a person would who explains them.

use super::TestApp;
use flate2::read::DeflateDecoder;
use opbx_app::ingest::stored_ledger;
use opbx_app::models::{PbxCall, PbxCallEvent, PbxCallLeg, PbxPlanSnapshot};
use opbx_kernel::TenantId;
use opbx_platform::{Domain, Value};
use opbx_routing::{Plan, Reason};
use opbx_telephony::Entry;
use std::io::Read as _;

/// A call's row with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCall {
    pub call: PbxCall,
    pub legs: Vec<PbxCallLeg>,
    pub timeline: Vec<PbxCallEvent>,
    /// The inputs of the call's decisions, unpacked.
    pub entries: Vec<Entry>,
}

impl StoredCall {
    /// The stored reasons, over all steps.
    pub fn trace(&self) -> Vec<Reason> {
        let trace = self.call.trace.clone().expect("a call has a trace");
        serde_json::from_value(trace).expect("a stored trace is one")
    }

    /// Who was rung, in order, each with what became of it.
    pub fn rung(&self) -> Vec<(&str, &'static str)> {
        self.legs.iter().map(|leg| (leg.target.as_str(), leg.status.as_str())).collect()
    }

    /// The kinds of the timeline's lines, in order.
    pub fn moments(&self) -> Vec<&str> {
        self.timeline.iter().map(|moment| moment.kind.as_str()).collect()
    }

    /// Everything that is stored of the call but ids and versions, to be compared with another telling of it.
    pub fn content(&self) -> String {
        let mut call = self.clone();
        call.call.version = 0;
        call.call.inputs = None;
        let ids = opbx_kernel::RecordId::new(1).expect("positive");
        call.call.id = ids;
        for leg in &mut call.legs {
            (leg.id, leg.call, leg.version) = (ids, ids, 0);
        }
        for moment in &mut call.timeline {
            (moment.id, moment.call, moment.version) = (ids, ids, 0);
        }
        format!("{call:#?}")
    }
}

impl TestApp {
    /// Every call of a tenant, in the order of their engine's names for them.
    pub async fn calls(&self, tenant: TenantId) -> Vec<StoredCall> {
        let mut tx = self.read(tenant).await;
        let mut rows = tx.all::<PbxCall>(&Domain::All).await.expect("calls");
        rows.sort_by(|a, b| a.call_id.cmp(&b.call_id));
        let mut calls = Vec::with_capacity(rows.len());
        for call in rows {
            let own = Domain::eq("call", Value::Record(call.id));
            let legs = tx.all::<PbxCallLeg>(&own).await.expect("legs");
            let timeline = tx.all::<PbxCallEvent>(&own).await.expect("a timeline");
            let inputs = call.inputs.as_deref().expect("a call keeps its inputs");
            let entries = stored_ledger(inputs).expect("a ledger").entries().to_vec();
            calls.push(StoredCall { call, legs, timeline, entries });
        }
        calls
    }

    /// The one call of a tenant.
    pub async fn only_call(&self, tenant: TenantId) -> StoredCall {
        let mut calls = self.calls(tenant).await;
        assert_eq!(calls.len(), 1, "{calls:#?}");
        calls.remove(0)
    }

    /// The plans that routed a tenant's calls, by rising version.
    pub async fn plan_snapshots(&self, tenant: TenantId) -> Vec<Plan> {
        let mut tx = self.read(tenant).await;
        let mut rows = tx.all::<PbxPlanSnapshot>(&Domain::All).await.expect("snapshots");
        rows.sort_by_key(|row| row.plan_version);
        rows.iter().map(|row| unpacked(&row.body)).collect()
    }
}

/// Reads JSON that was deflated.
fn unpacked<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    let mut text = Vec::new();
    DeflateDecoder::new(bytes).read_to_end(&mut text).expect("what is stored can be inflated");
    serde_json::from_slice(&text).expect("what is stored is the JSON it should be")
}
