//! Every metric that there is, with what it means: told to Prometheus, and compared with `docs/operations.md` by a test.

use ::metrics::{describe_counter, describe_gauge, describe_histogram};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric as Prometheus knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// In the order in which they are documented.
    pub labels: &'static [&'static str],
    pub about: &'static str,
}

const fn counter(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, about }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, about }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, about }
}

pub const METRICS: &[Metric] = &[
    counter("opbx_http_requests_total", &["method", "route", "status"], "Requests answered, by route"),
    histogram("opbx_http_request_duration_seconds", &["method", "route"], "Time to the head of an answer"),
    gauge("opbx_http_requests_under_way", &["class"], "Requests that are being answered"),
    counter(
        "opbx_http_refused_total",
        &["class", "reason"],
        "Requests turned away before their handler, or given up",
    ),
    counter("opbx_rate_limited_total", &["what"], "Requests refused because there were too many"),
    gauge("opbx_live_sockets", &["state"], "Open sockets of live updates"),
    counter("opbx_calls_started_total", &["direction"], "Calls that began"),
    counter("opbx_calls_answered_total", &["direction"], "Calls that somebody answered"),
    counter("opbx_calls_ended_total", &["reason"], "Calls that ended"),
    histogram("opbx_voice_answer_seconds", &["origin"], "Time in which an engine was told what to do"),
    counter("opbx_hooks_total", &["hook", "outcome"], "Webhooks that came in"),
    gauge("opbx_hooks_waiting", &[], "Webhooks that wait for their commit"),
    gauge("opbx_hooks_unfolded_tenants", &[], "Tenants with webhooks that their calls were not told of yet"),
    gauge("opbx_journal_backlog", &[], "Records of the journal that are not in the database yet"),
    gauge("opbx_jobs", &["state"], "Jobs of the installation that wait or run"),
    gauge("opbx_jobs_overdue_seconds", &[], "For how long the first job that is due has waited"),
    counter("opbx_jobs_ended_total", &["kind", "outcome"], "Jobs that this node saw to their end"),
    histogram("opbx_job_duration_seconds", &["kind"], "Time that jobs took"),
    gauge("opbx_outbox_unplaced", &[], "Outbox entries without a place in their tenant's order"),
    gauge("opbx_outbox_lag", &["consumer"], "Outbox entries that a reader has not seen yet"),
    gauge("opbx_outbox_read_age_seconds", &["consumer"], "Time since a reader last looked at all outboxes"),
    gauge("opbx_plan_poll_age_seconds", &[], "Time since plan versions were last polled"),
    gauge("opbx_plans_in_service", &[], "Tenants whose plan is loaded"),
    gauge("opbx_plans_lagging", &[], "Tenants whose plan in service is older than their records"),
    gauge("opbx_plan_version_lag_max", &[], "Versions that the plan that is most behind is behind"),
    counter("opbx_plan_errors_total", &[], "Plans that could not be made of their tenant's records"),
    gauge("opbx_database_up", &[], "Whether the database answers"),
    gauge("opbx_database_connections", &["state"], "Connections to the database"),
    gauge("opbx_cluster_up", &["backend"], "Whether what nodes share answers"),
    counter("opbx_carrier_requests_total", &["outcome"], "Questions to the carrier"),
    histogram("opbx_carrier_request_duration_seconds", &[], "Time in which the carrier answered"),
    gauge("opbx_carrier_circuits", &["state"], "Domains whose carrier is left alone, or tried again"),
    gauge("opbx_tls_certificate_expires_timestamp_seconds", &[], "When the certificate in use ends"),
    counter("opbx_tls_reloads_total", &["outcome"], "Times the certificate was looked at and differed"),
    gauge("opbx_build_info", &["version"], "Always 1; the label says which version runs"),
    gauge("process_resident_memory_bytes", &[], "Memory of the process"),
    gauge("process_open_fds", &[], "Open files and sockets"),
    gauge("process_max_fds", &[], "Files and sockets that may be open"),
    gauge("process_threads", &[], "Threads of the process"),
    counter("process_cpu_seconds_total", &[], "Processor time that the process spent, in whole seconds"),
];

pub(super) fn describe() {
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.about),
            Kind::Gauge => describe_gauge!(metric.name, metric.about),
            Kind::Histogram => describe_histogram!(metric.name, metric.about),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_metric_is_documented_with_its_kind_and_labels_and_no_other_is() {
        let page = include_str!("../../../../docs/operations.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let documented: BTreeSet<(String, String)> = rows
            .filter(|(name, _)| name.starts_with("opbx_") || name.starts_with("process_"))
            .map(|(name, rest)| {
                let cells: Vec<&str> = rest.split(" | ").take(2).collect();
                (name.to_owned(), cells.join(" | "))
            })
            .collect();
        let expected = METRICS.iter().map(|metric| {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            (metric.name.to_owned(), format!("{} | {}", metric.kind.as_str(), labels.join(", ")))
        });
        assert_eq!(documented, expected.collect());
    }

    #[test]
    fn alerts_ask_for_metrics_that_there_are() {
        let rules = include_str!("../../../../packaging/prometheus.rules.yml");
        let words = rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let asked: BTreeSet<&str> = words.filter(|word| word.starts_with("opbx_")).collect();
        assert!(asked.len() > 10, "{asked:?}");
        for word in asked {
            let is_known = |metric: &Metric| {
                let rest = word.strip_prefix(metric.name);
                rest.is_some_and(|rest| matches!(rest, "" | "_bucket" | "_count" | "_sum"))
            };
            assert!(METRICS.iter().any(is_known), "{word}");
        }
    }

    #[test]
    fn names_say_their_unit_as_prometheus_wants_it() {
        for metric in METRICS {
            let is_counter = metric.kind == Kind::Counter;
            assert_eq!(metric.name.ends_with("_total"), is_counter, "{}", metric.name);
            if metric.kind == Kind::Histogram {
                assert!(metric.name.ends_with("_seconds"), "{}", metric.name);
            }
        }
    }
}
