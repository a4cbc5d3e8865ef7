//! What a node tells Prometheus: counters where things happen, and gauges that are read when somebody asks.
//!
//! No label holds anything of a tenant's: the values of all labels are words of ours, few of each.

mod calls;
mod catalogue;
mod gauges;
mod process;
mod pulse;

pub(crate) use calls::{Before, CallTally};
pub use catalogue::{Kind, METRICS, Metric};
pub(crate) use pulse::{OutboxReader, Pulse};

use crate::App;
use ::metrics::{Histogram, counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

/// The upper ends of the buckets of all durations, in seconds: what is spoken to a caller lies among the first, what is
/// asked of others among the last.
const BUCKETS_S: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// How often what was recorded is folded into buckets, whether or not anybody asks: until then each value is kept.
pub(crate) const FOLD: Duration = Duration::from_secs(5);

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count, once in a process; what happened before is counted nowhere.
pub fn begin() {
    recorder();
}

fn recorder() -> Option<&'static PrometheusHandle> {
    let begun = RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS_S);
        match builder.map(PrometheusBuilder::install_recorder) {
            Ok(Ok(handle)) => {
                catalogue::describe();
                Some(handle)
            }
            Ok(Err(error)) | Err(error) => {
                tracing::error!(%error, "nothing is counted");
                None
            }
        }
    });
    begun.as_ref()
}

/// Everything that was counted, and how things stand now, as Prometheus reads it. None where nothing is counted.
pub async fn told(app: &App) -> Option<String> {
    let recorder = recorder()?;
    gauges::read(app).await;
    Some(recorder.render())
}

/// Folds what was recorded into buckets.
pub(crate) fn fold() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

/// How an answer to an engine came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// A decision was made.
    First,
    /// The bytes of an earlier answer were given again.
    Repeat,
    Failed,
}

/// Notes how long an engine waited for an answer.
pub(crate) fn voice_answered(how: Answered, took: Duration) {
    static TIMES: LazyLock<[Histogram; 3]> = LazyLock::new(|| {
        ["first", "repeat", "failed"]
            .map(|origin| histogram!("opbx_voice_answer_seconds", "origin" => origin))
    });
    TIMES[how as usize].record(took);
}

/// Notes that somebody asked more often than they may; `key` is what they are counted under.
pub(crate) fn rate_limited(key: &str) {
    let what = match key.split(':').next() {
        Some("voice") => "voice",
        Some("hooks") => "hooks",
        Some("api") => "api",
        Some("public") => "public",
        Some("login") => "login",
        _ => "other",
    };
    counter!("opbx_rate_limited_total", "what" => what).increment(1);
}

/// Notes how a job ended.
pub(crate) fn job_ended(kind: &'static str, outcome: &'static str, took: Duration) {
    counter!("opbx_jobs_ended_total", "kind" => kind, "outcome" => outcome).increment(1);
    histogram!("opbx_job_duration_seconds", "kind" => kind).record(took);
}

/// Notes how a question to the carrier ended.
pub(crate) fn carrier_asked(outcome: &'static str, took: Duration) {
    counter!("opbx_carrier_requests_total", "outcome" => outcome).increment(1);
    histogram!("opbx_carrier_request_duration_seconds").record(took);
}

/// Notes what became of a webhook that came in.
pub(crate) fn hook_told(hook: &'static str, outcome: &'static str) {
    counter!("opbx_hooks_total", "hook" => hook, "outcome" => outcome).increment(1);
}

/// Notes that a tenant's records made no plan.
pub(crate) fn plan_failed() {
    counter!("opbx_plan_errors_total").increment(1);
}
