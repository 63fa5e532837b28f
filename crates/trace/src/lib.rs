//! OpenTelemetry tracing: the spans of a request on its way through the shop, how they follow it from process to
//! process (W3C Trace Context), and how they leave for a collector (OTLP over HTTP).
//!
//! Spans are [`tracing`] spans of one target, [`TARGET`], which nothing but the layer of [`start`] enables: while tracing
//! is off, a span is a branch that is not taken, and log lines never show any. It is the only crate that knows OpenTelemetry's.
//!
//! A trace is begun, or continued from another process, by [`root!`], where a request or a batch of events comes in. All
//! else is a [`child!`] of the span it runs in, and there only where that is sampled. Names and attributes are those of
//! OpenTelemetry's semantic conventions. To add a span: one `child!` around the future, by
//! [`Instrument`](tracing::Instrument), and its row in `docs/TRACING.md`.

mod export;
mod headers;
mod losses;
mod options;
mod pipeline;
mod remote;
mod sampler;
mod span;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use headers::HeadersError;
pub use options::{EndpointError, TraceOptions, endpoint};
pub use pipeline::{Pipeline, SpanLayer, StartError, start};
pub use remote::Remote;
pub use sampler::{Sampler, SamplerError};
pub use span::{SpanExt, TARGET, is_on, is_sampled};

pub use headers::parse as headers;

#[doc(hidden)]
pub use tracing as __tracing;
