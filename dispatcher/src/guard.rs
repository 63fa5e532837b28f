//! What every request passes through, in one layer to keep the way short: admission, panics, metrics, traces.

use crate::line::Line;
use crate::{errors, traced};
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Method, StatusCode};
use metrics::Histogram;
use pawnshop_edge::Admission;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;
use tower::{Layer, Service};
use tracing::{Instrument, Span};

const DURATION: &str = "pawnshop_http_request_duration_seconds";
pub(crate) const PANICS: &str = "pawnshop_http_panics_total";

/// Bounds, guards and measures a router's requests.
#[derive(Clone)]
pub(crate) struct Guard {
    admission: Option<Admission>,
}

impl Guard {
    /// For the API: bounded by the admission.
    pub(crate) fn bounded(admission: Admission) -> Self {
        Self { admission: Some(admission) }
    }

    /// For probes, metrics and documentation, which must answer under any load.
    pub(crate) fn unbounded() -> Self {
        Self { admission: None }
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    /// Called once per route, which is what lets a route keep its own histograms.
    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, admission: self.admission.clone(), durations: Arc::default() }
    }
}

/// A route behind a [`Guard`].
#[derive(Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    admission: Option<Admission>,
    durations: Arc<Durations>,
}

impl<S> Service<Request> for Guarded<S>
where
    S: Service<Request, Error = Infallible>,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let begun = Instant::now();
        let method = method_label(request.method());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let span = match &self.admission {
            Some(_) => traced::server_span(&request, method, route.as_ref()),
            None => Span::none(),
        };
        let line = Line::begin(&request, method, &span, self.admission.is_some());
        let told = span.clone();
        let durations = Arc::clone(&self.durations);
        let enter = |admission: &Admission| {
            let method = request.method().clone();
            admission.enter(&method, request.headers_mut())
        };
        let answer = match self.admission.as_ref().map(enter).transpose() {
            Err(refused) => Err(refused.into_response()),
            Ok(permit) => match catch_unwind(AssertUnwindSafe(|| self.inner.call(request))) {
                Ok(future) => Ok((permit, AssertUnwindSafe(future).catch_unwind())),
                Err(panic) => Err(errors::panicked(panic.as_ref())),
            },
        };
        async move {
            let response = match answer {
                Err(response) => response,
                Ok((_permit, future)) => match future.await {
                    Ok(Ok(response)) => response.into_response(),
                    Ok(Err(never)) => match never {},
                    Err(panic) => errors::panicked(panic.as_ref()),
                },
            };
            let (status, route) = (response.status(), route.as_ref());
            if let Some(line) = line {
                line.end(route, &response, begun);
            }
            durations.record(method, route, status, begun);
            traced::answered(&told, status);
            Ok(response)
        }
        .instrument(span)
        .boxed()
    }
}

/// Says what each metric of requests means, to the recorder that is installed by now.
pub(crate) fn describe() {
    use metrics::{Unit, describe_counter, describe_histogram};
    describe_histogram!(DURATION, Unit::Seconds, "From a request's headers to those of its answer");
    describe_counter!(PANICS, Unit::Count, "Requests whose handling panicked: a fault of ours");
}

/// The histograms of one route, found without building a metric's key for every request.
#[derive(Default)]
struct Durations(Mutex<Vec<(&'static str, StatusCode, Histogram)>>);

impl Durations {
    fn record(&self, method: &'static str, route: Option<&MatchedPath>, status: StatusCode, begun: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(m, s, _)| *m == method && *s == status);
        let histogram = match found {
            Some((_, _, histogram)) => histogram.clone(),
            None => {
                let histogram = metrics::histogram!(
                    DURATION,
                    "method" => method,
                    "route" => route.map_or("unmatched", MatchedPath::as_str).to_owned(),
                    "status" => status.as_str().to_owned(),
                );
                known.push((method, status, histogram.clone()));
                histogram
            }
        };
        drop(known);
        histogram.record(begun.elapsed());
    }
}

/// A method as a label: the standard ones, for clients may send any word.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
