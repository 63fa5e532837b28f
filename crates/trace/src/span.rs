use crate::Remote;
use opentelemetry::Value;
use opentelemetry::trace::{Status, TraceContextExt};
use std::borrow::Cow;
use std::fmt::Display;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The target of every span: what the layer of spans takes, and what log lines leave out.
pub const TARGET: &str = "pawnshop::trace";

/// A span that is nobody's child in this process; the name and fields are written as for [`tracing::info_span!`].
///
/// Fields `otel.kind` (`server`, `client`, `producer`, `consumer`) and `otel.name` (a name that is only known at run time) are
/// OpenTelemetry's own.
#[macro_export]
macro_rules! root {
    ($($span:tt)*) => {
        $crate::__tracing::info_span!(target: $crate::TARGET, parent: None, $($span)*)
    };
}

/// A span within the one that this code runs in, written as [`root!`]; none where that is not there or not sampled,
/// so that background work never begins a trace of its own.
#[macro_export]
macro_rules! child {
    ($($span:tt)*) => {
        if $crate::is_sampled() {
            $crate::__tracing::info_span!(target: $crate::TARGET, $($span)*)
        } else {
            $crate::__tracing::Span::none()
        }
    };
}

/// Whether spans go anywhere. A branch on what is cached, while they do not.
pub fn is_on() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

/// Whether this code runs in a span that is exported.
pub fn is_sampled() -> bool {
    is_on() && Remote::current().is_some_and(|remote| remote.is_sampled())
}

/// What a span of this crate's macros can be told. Each costs next to nothing where the span is disabled.
pub trait SpanExt {
    /// Makes the span a child of one in another process, or in another trace of this one. To be called before anything
    /// else is made of the span.
    fn continues(&self, parent: &Remote);

    /// Links the span to another one that it has to do with and is no child of.
    fn link(&self, other: &Remote);

    /// Gives the span a name that was not known when it began.
    fn rename(&self, name: impl Into<Cow<'static, str>>);

    /// Sets an attribute. No payload, no secret, and no id of a client may be among them.
    fn set(&self, name: &'static str, value: impl Into<Value>);

    /// Says that what the span stands for has failed. The kind goes into `error.type`: one of few words. The reason is
    /// for people.
    fn fail(&self, kind: impl Into<Value>, reason: &dyn Display);
}

impl SpanExt for Span {
    fn continues(&self, parent: &Remote) {
        // It fails for a span that is disabled, which has no parent to be told of.
        let _ = self.set_parent(parent.to_context());
    }

    fn link(&self, other: &Remote) {
        if !self.is_disabled() {
            self.add_link(other.span_context());
        }
    }

    fn rename(&self, name: impl Into<Cow<'static, str>>) {
        if !self.is_disabled() {
            self.context().span().update_name(name);
        }
    }

    fn set(&self, name: &'static str, value: impl Into<Value>) {
        if !self.is_disabled() {
            self.set_attribute(name, value);
        }
    }

    fn fail(&self, kind: impl Into<Value>, reason: &dyn Display) {
        if !self.is_disabled() {
            self.set_attribute("error.type", kind);
            self.set_status(Status::error(reason.to_string()));
        }
    }
}
