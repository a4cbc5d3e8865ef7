//! Traces for a collector: what a request, a job or a question to others takes, told on as W3C Trace Context.
//!
//! Off until the program turns it on; then a span is a few hundred nanoseconds, and nobody waits for the collector.
//! No span holds a path, an address, a number or anything else of a tenant's.

use futures::future::Either;
use opentelemetry::trace::{FutureExt as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// The name under which our spans are made.
const SCOPE: &str = "opbx";
/// The headers that tell of a trace (W3C Trace Context).
const HEADERS: [&str; 2] = ["traceparent", "tracestate"];

static IS_ON: AtomicBool = AtomicBool::new(false);

/// Lets spans be made from now on. The program has said where they go before.
pub fn turn_on() {
    IS_ON.store(true, Ordering::Relaxed);
}

/// A span that ends when this is dropped; nothing where traces are off.
#[derive(Debug)]
pub struct Trace(Option<Context>);

impl Trace {
    /// A request that came in, as a part of the trace that its headers name.
    pub fn of_request<'a>(
        method: &'static str,
        route: &str,
        request_id: &str,
        header: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        if !is_on() {
            return Self(None);
        }
        let told = HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), header(name)?.to_owned())));
        let told: HashMap<String, String> = told.collect();
        let parent = global::get_text_map_propagator(|propagator| propagator.extract(&told));
        let attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route.to_owned()),
            KeyValue::new("opbx.request_id", request_id.to_owned()),
        ];
        Self::begin(format!("{method} {route}"), SpanKind::Server, attributes, &parent)
    }

    /// A job, as a trace of its own: whoever caused it is long answered.
    pub fn of_job(kind: &'static str) -> Self {
        if !is_on() {
            return Self(None);
        }
        let attributes = vec![KeyValue::new("opbx.job.kind", kind)];
        Self::begin(format!("job {kind}"), SpanKind::Consumer, attributes, &Context::new())
    }

    /// A question to somebody else, as a part of what is under way.
    pub fn of_question(name: &'static str) -> Self {
        if !is_on() {
            return Self(None);
        }
        Self::begin(name, SpanKind::Client, Vec::new(), &Context::current())
    }

    fn begin(
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
        attributes: Vec<KeyValue>,
        parent: &Context,
    ) -> Self {
        let tracer = global::tracer(SCOPE);
        let builder = tracer.span_builder(name).with_kind(kind).with_attributes(attributes);
        let span = builder.start_with_context(&tracer, parent);
        Self(Some(parent.with_span(span)))
    }

    /// Runs something as a part of this.
    pub fn within<F: Future>(&self, doing: F) -> impl Future<Output = F::Output> + use<F> {
        match &self.0 {
            Some(context) => Either::Left(doing.with_context(context.clone())),
            None => Either::Right(doing),
        }
    }

    /// Notes the status of an answer; one of 500 and above is a failure.
    pub fn answered(&self, status: u16) {
        let Some(context) = &self.0 else { return };
        context.span().set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            context.span().set_status(Status::error(""));
        }
    }

    /// Notes that it came to nothing; the reason is a word of ours.
    pub fn failed(&self, reason: &'static str) {
        let Some(context) = &self.0 else { return };
        context.span().set_attribute(KeyValue::new("error.type", reason));
        context.span().set_status(Status::error(reason));
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// Runs something elsewhere as a part of what is under way here.
pub fn along<F: Future>(doing: F) -> impl Future<Output = F::Output> + use<F> {
    if is_on() { Either::Left(doing.with_current_context()) } else { Either::Right(doing) }
}

/// The headers by which whoever is asked goes on with the trace; none where traces are off.
pub fn headers() -> HashMap<String, String> {
    let mut headers = HashMap::new();
    if is_on() {
        global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
    }
    headers
}

fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}
