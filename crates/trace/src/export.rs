//! How spans leave: through a bounded queue, in batches, by a client that runs where the process's other I/O does.

use crate::TraceOptions;
use crate::losses::{self, Losses};
use async_trait::async_trait;
use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry::Context;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};
use secrecy::ExposeSecret;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// How long the collector may take for a batch, repetitions included.
const EXPORT_DEADLINE: Duration = Duration::from_secs(10);

/// Spans that wait to be exported; one more is dropped. About a kilobyte each.
const MOST_WAITING: usize = 8192;

/// Why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The certificates of the system cannot be read, and without them nobody is trusted.
    #[error("the system's certificate authorities cannot be read: {0}")]
    ReadAuthorities(#[from] io::Error),
    /// The options cannot be used.
    #[error("{0}")]
    Build(#[from] ExporterBuildError),
    /// The headers are none.
    #[error("the headers {0}")]
    Headers(#[from] crate::HeadersError),
}

/// A processor that sends spans where the options say. Must be called within a tokio runtime, in which it sends.
pub(crate) fn processor(options: &TraceOptions) -> Result<Bounded, ExportError> {
    let authority = options.endpoint.authority().map(ToString::to_string).unwrap_or_default();
    let losses = Arc::new(Losses::of(authority));
    let client =
        OnRuntime { client: client(options)?, runtime: Handle::current(), losses: Arc::clone(&losses) };
    let headers = options.headers.as_ref().map(|headers| crate::headers(headers.expose_secret()));
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(options.endpoint.to_string())
        .with_headers(headers.transpose()?.unwrap_or_default())
        .with_timeout(EXPORT_DEADLINE)
        .build()?;
    Ok(Bounded::over(exporter, MOST_WAITING, losses))
}

fn client(options: &TraceOptions) -> io::Result<Arc<dyn HttpClient>> {
    if options.endpoint.scheme_str() == Some("http") {
        return Ok(Arc::new(HyperClient::with_default_connector(EXPORT_DEADLINE, None)));
    }
    let connector = HttpsConnectorBuilder::new().with_native_roots()?.https_only().enable_http1().build();
    Ok(Arc::new(HyperClient::new(connector, EXPORT_DEADLINE, None)))
}

/// A client whose requests run in this runtime: the batches' own thread has none.
#[derive(Debug)]
struct OnRuntime {
    client: Arc<dyn HttpClient>,
    runtime: Handle,
    losses: Arc<Losses>,
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = Arc::clone(&self.client);
        let answer = self.runtime.spawn(async move { client.send_bytes(request).await }).await?;
        answer.inspect_err(|error| self.losses.no_answer(error.as_ref()))
    }
}

/// Batches spans for an exporter, and counts those that find no place among the waiting.
#[derive(Debug)]
pub(crate) struct Bounded {
    batches: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    most: usize,
    losses: Arc<Losses>,
}

impl Bounded {
    fn over<E: SpanExporter + 'static>(exporter: E, most: usize, losses: Arc<Losses>) -> Self {
        let waiting = Arc::<AtomicUsize>::default();
        let counted = Counted { exporter, waiting: Arc::clone(&waiting), losses: Arc::clone(&losses) };
        // Roomier than what is let in, so that nothing is dropped uncounted.
        let config = BatchConfigBuilder::default().with_max_queue_size(most * 2).build();
        let batches = BatchSpanProcessor::builder(counted).with_batch_config(config).build();
        Self { batches, waiting, most, losses }
    }
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.batches.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.most {
            self.batches.on_end(span);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.losses.no_place();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// An exporter whose successes and failures are counted.
#[derive(Debug)]
struct Counted<E> {
    exporter: E,
    waiting: Arc<AtomicUsize>,
    losses: Arc<Losses>,
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.exporter.export(batch).await;
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        match &exported {
            Ok(()) => losses::taken(spans),
            Err(error) => self.losses.not_taken(spans, error),
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests;
