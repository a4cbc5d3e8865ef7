//! Traces: a request's goes on in what is asked of others, and a job's begins anew.

use bytes::Bytes;
use opbx_app::fetch::Limits;
use opbx_app::traces::{self, Trace};
use opbx_testkit::{Receiver, fetcher};
use opentelemetry::global;
use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const LIMITS: Limits = Limits { total: Duration::from_secs(20), bytes_max: 1_000 };

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().expect("no panic").extend(batch);
        Ok(())
    }
}

#[tokio::test]
async fn what_is_asked_of_others_is_a_part_of_the_trace_that_the_request_named() {
    let receiver = Receiver::start().await;
    let post = async || fetcher().post(receiver.url(), &[], Bytes::from_static(b"{}"), LIMITS).await;
    post().await.expect("an answer");
    assert_eq!(receiver.received()[0].header("traceparent"), "", "nothing is told while traces are off");

    let kept = Kept::default();
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build());
    traces::turn_on();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let header = |name: &str| (name == "traceparent").then_some(parent.as_str());
    let trace = Trace::of_request("POST", "/api/v1/things/{id}", "req-1", header);
    receiver.answer(&[503]);
    trace.within(async { post().await.expect("an answer") }).await;
    trace.answered(200);
    drop(trace);
    Trace::of_job("webhooks.deliver").within(async { post().await.expect("an answer") }).await;

    let received = receiver.received();
    let told: Vec<&str> = received.iter().map(|received| received.header("traceparent")).collect();
    assert!(
        told[1].starts_with(&format!("00-{TRACE}-")) && !told[1].contains("00f067aa0ba902b7"),
        "{told:?}"
    );
    assert!(told[2].starts_with("00-") && !told[2].contains(TRACE), "a job's trace is its own: {told:?}");

    let spans = kept.0.lock().expect("no panic");
    let of_trace: Vec<&SpanData> =
        spans.iter().filter(|span| span.span_context.trace_id().to_string() == TRACE).collect();
    let [question, request] = of_trace[..] else { panic!("{of_trace:?}") };
    assert_eq!((&request.span_kind, request.name.as_ref()), (&SpanKind::Server, "POST /api/v1/things/{id}"));
    assert_eq!(request.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert_eq!(
        (&question.span_kind, question.parent_span_id),
        (&SpanKind::Client, request.span_context.span_id())
    );
    assert!(told[1].contains(&question.span_context.span_id().to_string()));
    let attributes = format!("{:?}", question.attributes);
    assert!(attributes.contains("503") && !attributes.contains("127.0.0.1"), "no address: {attributes}");
}
