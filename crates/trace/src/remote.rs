use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, TraceFlags};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::fmt::{self, Display};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// A span as others know it: by its trace, its id, and whether it is sampled. Written, it is a `traceparent` (W3C Trace
/// Context, section 3.2). A `tracestate` is not passed on, which that leaves to whoever writes a new parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Remote(SpanContext);

impl Remote {
    /// The span that a `traceparent` names, if it is well-formed.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Text(traceparent));
        Self::of_context(&context)
    }

    /// The span that the one `traceparent` of a request's headers names.
    pub fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(TRACEPARENT).iter();
        let first = given.next()?;
        if given.next().is_some() {
            return None;
        }
        Self::parse(first.to_str().ok()?)
    }

    /// This span; `None` where it is disabled.
    pub fn of(span: &Span) -> Option<Self> {
        if span.is_disabled() { None } else { Self::of_context(&span.context()) }
    }

    /// The span that this code runs in; `None` where there is none.
    pub fn current() -> Option<Self> {
        Self::of(&Span::current())
    }

    /// Whether it is exported, and so is what continues it.
    pub fn is_sampled(&self) -> bool {
        self.0.is_sampled()
    }

    /// The trace's id, as 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.0.trace_id().to_string()
    }

    /// Whether both are of one trace.
    pub fn shares_trace_with(&self, other: &Self) -> bool {
        self.0.trace_id() == other.0.trace_id()
    }

    /// Puts it into a request's headers, as their only `traceparent`.
    pub fn inject(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(self.to_string()) {
            headers.insert(HeaderName::from_static(TRACEPARENT), value);
        }
    }

    pub(crate) fn span_context(&self) -> SpanContext {
        self.0.clone()
    }

    pub(crate) fn to_context(&self) -> Context {
        Context::new().with_remote_span_context(self.0.clone())
    }

    fn of_context(context: &Context) -> Option<Self> {
        let context = context.span().span_context().clone();
        context.is_valid().then_some(Self(context))
    }
}

impl Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.0.trace_flags() & TraceFlags::SAMPLED;
        write!(f, "00-{}-{}-{:02x}", self.0.trace_id(), self.0.span_id(), flags)
    }
}

/// The carrier of one `traceparent`.
struct Text<'a>(&'a str);

impl Extractor for Text<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_traceparent_is_read_and_written_alike() {
        for text in [SAMPLED, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"] {
            let remote = Remote::parse(text).unwrap();
            assert_eq!(remote.to_string(), text);
            assert_eq!(remote.is_sampled(), text == SAMPLED);
        }
    }

    #[test]
    fn what_is_no_traceparent_names_no_span() {
        for text in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(Remote::parse(text), None, "{text}");
        }
    }

    #[test]
    fn two_traceparents_in_one_request_name_no_span() {
        let mut headers = HeaderMap::new();
        Remote::parse(SAMPLED).unwrap().inject(&mut headers);
        assert_eq!(Remote::of_headers(&headers).unwrap().to_string(), SAMPLED);
        headers.append(TRACEPARENT, HeaderValue::from_static(SAMPLED));
        assert_eq!(Remote::of_headers(&headers), None);
    }

    proptest! {
        #[test]
        fn whatever_text_is_given_is_read_or_refused(text in "\\PC*") {
            if let Some(remote) = Remote::parse(&text) {
                prop_assert_eq!(Remote::parse(&remote.to_string()), Some(remote));
            }
        }
    }
}
