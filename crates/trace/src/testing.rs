//! For tests: what spans code makes, without a collector.

use crate::Sampler;
use crate::pipeline::layer;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Dispatch;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

/// A span as tests look at it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its name.
    pub name: String,
    /// `server`, `client`, `producer`, `consumer` or `internal`.
    pub kind: String,
    /// As a `traceparent`.
    pub own: String,
    /// The id of its parent; zeroes without one.
    pub parent: String,
    /// As `traceparent`s.
    pub links: Vec<String>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// Its attributes, as `name=value`, in the order in which they were set.
    pub attributes: Vec<String>,
}

/// Runs code in a process that is traced by this sampler (of all requests, where it has a ratio): its spans, in the order in
/// which they ended. Tasks that the code spawns are not part of it.
///
/// # Panics
/// When there is no such sampler.
#[allow(clippy::expect_used, reason = "a test fails loudly")]
pub fn traced(sampler: &str, code: impl FnOnce()) -> Vec<Recorded> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::new(sampler, 1.0).expect("a sampler").to_sdk())
        .with_simple_exporter(exporter.clone())
        .build();
    let subscriber = Registry::default().with(layer(&provider));
    tracing::dispatcher::with_default(&Dispatch::new(subscriber), code);
    exporter.get_finished_spans().expect("spans").iter().map(Recorded::of).collect()
}

impl Recorded {
    fn of(span: &SpanData) -> Self {
        use opentelemetry::trace::{SpanContext, Status};
        let traceparent = |context: &SpanContext| {
            let flags = context.trace_flags();
            format!("00-{}-{}-{flags:02x}", context.trace_id(), context.span_id())
        };
        Self {
            name: span.name.to_string(),
            kind: format!("{:?}", span.span_kind).to_lowercase(),
            own: traceparent(&span.span_context),
            parent: span.parent_span_id.to_string(),
            links: span.links.iter().map(|link| traceparent(&link.span_context)).collect(),
            failure: match &span.status {
                Status::Error { description } => Some(description.to_string()),
                Status::Unset | Status::Ok => None,
            },
            attributes: span
                .attributes
                .iter()
                .map(|pair| format!("{}={}", pair.key.as_str(), pair.value))
                .collect(),
        }
    }

    /// Whether it is the parent of `other`.
    pub fn is_parent_of(&self, other: &Self) -> bool {
        self.own.contains(&other.parent) && self.own.get(..36) == other.own.get(..36)
    }

    /// Whether it has this attribute: `name=value`.
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|has| has == attribute)
    }
}
