//! The export of traces: to a collector that takes OTLP over HTTP. Bounded, beside the work, and silent when it fails.

use crate::config::Config;
use anyhow::Context as _;
use opentelemetry::{KeyValue, global};
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// Spans that wait for the collector; what comes beyond is dropped.
const QUEUE_MAX: usize = 4_096;
/// Spans of one request to the collector.
const BATCH_MAX: usize = 512;
/// How long spans wait for others to go with them.
const GATHER_MAX: Duration = Duration::from_secs(1);
/// How long the collector may take.
const EXPORT_MAX: Duration = Duration::from_secs(10);
/// Where collectors take traces over HTTP.
const PATH: &str = "/v1/traces";

/// Where traces go, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collector {
    /// The base of the collector's address, or the whole of it.
    pub(crate) endpoint: String,
    /// Of traces that begin here; of those that others began, they decide.
    pub(crate) percent: u8,
}

impl Collector {
    fn url(&self) -> String {
        let base = self.endpoint.trim_end_matches('/');
        if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") }
    }
}

/// The export, until it is stopped.
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Begins to export where a collector is named.
    pub(crate) fn start(config: &Config) -> anyhow::Result<Self> {
        let Some(collector) = &config.collector else { return Ok(Self(None)) };
        let builder = opentelemetry_otlp::SpanExporter::builder().with_http();
        let builder = builder.with_protocol(Protocol::HttpBinary).with_timeout(EXPORT_MAX);
        let exporter =
            builder.with_endpoint(collector.url()).build().context("`otlp_endpoint` cannot be used")?;
        let exporter = OnRuntime {
            exporter: Arc::new(exporter),
            runtime: Handle::current(),
            is_failing: AtomicBool::new(false),
        };
        let bounds = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_MAX)
            .with_max_export_batch_size(BATCH_MAX)
            .with_scheduled_delay(GATHER_MAX)
            .build();
        let sampler = Sampler::TraceIdRatioBased(f64::from(collector.percent) / 100.0);
        let instance = opbx_app::entropy::bytes::<8>().map(|byte| format!("{byte:02x}")).concat();
        let resource = Resource::builder().with_service_name("opbx").with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance),
        ]);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(bounds).build())
            .with_sampler(Sampler::ParentBased(Box::new(sampler)))
            .with_resource(resource.build())
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        global::set_tracer_provider(provider.clone());
        opbx_app::traces::turn_on();
        tracing::info!(percent = collector.percent, "traces are exported");
        Ok(Self(Some(provider)))
    }

    /// Exports what is left. A collector that does not answer holds a stop up for a few seconds at most.
    pub(crate) async fn stop(self) {
        let Some(provider) = self.0 else { return };
        // It waits for its own thread, whose requests need this runtime.
        let stopping = tokio::task::spawn_blocking(move || provider.shutdown());
        match stopping.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not exported"),
            Err(error) => tracing::warn!(%error, "the export of traces ended badly"),
        }
    }
}

/// Sends on the program's own runtime: batches are made by a thread that has none.
#[derive(Debug)]
struct OnRuntime {
    exporter: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
    is_failing: AtomicBool,
}

impl SpanExporter for OnRuntime {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let (exporter, count) = (self.exporter.clone(), batch.len());
        let sending = self.runtime.spawn(async move { exporter.export(batch).await });
        let sent =
            sending.await.unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())));
        let was_failing = self.is_failing.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Ok(()) if was_failing => tracing::info!("the collector takes traces again"),
            // Once, and not for each batch.
            Err(error) if !was_failing => {
                tracing::warn!(%error, spans = count, "the collector does not take traces; they are dropped until it does");
            }
            Ok(()) | Err(_) => {}
        }
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Nobody else has it before the first batch.
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_named_by_its_base_or_its_whole_address() {
        for (endpoint, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://otel.example.com/opbx/", "https://otel.example.com/opbx/v1/traces"),
            ("http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318/v1/traces"),
        ] {
            let collector = Collector { endpoint: endpoint.to_owned(), percent: 100 };
            assert_eq!(collector.url(), url);
        }
    }
}
