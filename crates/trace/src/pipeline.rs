use crate::export::{self, ExportError};
use crate::{TARGET, TraceOptions, losses};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing_subscriber::filter::{FilterFn, LevelFilter};
use tracing_subscriber::{Layer, Registry};

/// How long the last spans may take to leave at the end of a process.
const END_DEADLINE: Duration = Duration::from_secs(2);

/// Links of a span: a batch has one for each of its sampled events.
const MOST_LINKS: u32 = 1024;

/// What takes the spans of [`TARGET`], and nothing else.
pub type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Why tracing does not start.
#[derive(Debug, thiserror::Error)]
#[error("spans cannot be exported: {0}")]
pub struct StartError(#[from] ExportError);

/// The way of the spans out of the process.
#[derive(Debug)]
pub struct Pipeline(SdkTracerProvider);

/// Begins to export spans, once the layer is part of the process's subscriber. The collector need not be there: what it does
/// not take is dropped and counted (`pawnshop_trace_spans_dropped_total`). Must be called within a tokio runtime.
///
/// # Errors
/// When the system's certificate authorities are needed and cannot be read.
pub fn start(options: &TraceOptions) -> Result<(SpanLayer, Pipeline), StartError> {
    losses::describe();
    let resource = Resource::builder()
        .with_service_name(options.service.clone())
        .with_attribute(KeyValue::new("service.version", options.version))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(options.sampler.to_sdk())
        .with_max_links_per_span(MOST_LINKS)
        .with_span_processor(export::processor(options)?)
        .build();
    Ok((layer(&provider), Pipeline(provider)))
}

pub(crate) fn layer(provider: &SdkTracerProvider) -> SpanLayer {
    let spans = FilterFn::new(|metadata| metadata.target() == TARGET);
    tracing_opentelemetry::layer::<Registry>()
        .with_tracer(provider.tracer("pawnshop"))
        .with_context_activation(false)
        .with_tracked_inactivity(false)
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_target(false)
        .with_filter(spans.with_max_level_hint(LevelFilter::INFO))
        .boxed()
}

impl Pipeline {
    /// Lets the last spans leave, for two seconds at most. Spans that end later are lost.
    pub async fn end(self) {
        // The provider blocks while its thread exports.
        let ending = spawn_blocking(move || self.0.shutdown_with_timeout(END_DEADLINE));
        match timeout(END_DEADLINE * 2, ending).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the last spans may be lost"),
            Ok(Err(_)) | Err(_) => tracing::warn!("the last spans may be lost"),
        }
    }
}

#[cfg(test)]
mod tests;
