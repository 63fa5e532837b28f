//! The guard that every write passes (decision K2): a layer of the client, so that no code can forget it.

use crate::leader::{Leadership, NotLeading};
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tower::{BoxError, Layer, Service};

/// How long after the end of the right to write one may still be under way: less than what lies between the renew
/// deadline and the end of the lease.
const GRACE: Duration = Duration::from_secs(2);

/// Puts [`Guard`] around a client's service.
#[derive(Clone)]
pub(super) struct GuardLayer {
    leadership: Leadership,
    answer: Duration,
}

impl GuardLayer {
    /// `answer`: how long the head of an answer may take.
    pub(super) fn new(leadership: &Leadership, answer: Duration) -> Self {
        Self { leadership: leadership.clone(), answer }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard { inner, leadership: self.leadership.clone(), answer: self.answer }
    }
}

/// Lets reads through, and writes only while this process leads; bounds and counts both.
#[derive(Clone)]
pub(super) struct Guard<S> {
    inner: S,
    leadership: Leadership,
    answer: Duration,
}

impl<S, A, B> Service<Request<A>> for Guard<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<B>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let latest = Instant::now() + self.answer;
        let deadline = match (is_write(request.method()), self.leadership.until()) {
            (false, _) => latest,
            (true, Ok(until)) => latest.min(until + GRACE),
            (true, Err(not_leading)) => return Box::pin(async move { Err(not_leading.into()) }),
        };
        crate::metrics::requested(kind(&request));
        let answer = self.inner.call(request);
        Box::pin(async move {
            match timeout_at(deadline, answer).await {
                Ok(answer) => answer.map_err(Into::into),
                Err(_) => Err(LateAnswer.into()),
            }
        })
    }
}

/// The API server took a request and did not answer it in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the API server did not answer in time")]
struct LateAnswer;

/// What kind of request it is, for metrics.
fn kind<B>(request: &Request<B>) -> &'static str {
    let is_watch = || request.uri().query().is_some_and(|query| query.contains("watch=true"));
    match is_write(request.method()) {
        true => "write",
        false if is_watch() => "watch",
        false => "read",
    }
}

fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request failed only because this process does not lead.
pub fn is_not_leading(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Service(cause) if cause.is::<NotLeading>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
    use kube::client::Body;
    use kube::{Api, Client};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tower::ServiceBuilder;

    const ANSWER: Duration = Duration::from_secs(30);

    /// An API server that counts what reaches it, behind a guard.
    fn guarded(leadership: &Leadership) -> (Client, Arc<AtomicU32>) {
        let reached = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&reached);
        let server = tower::service_fn(move |_: Request<Body>| {
            counted.fetch_add(1, Ordering::Relaxed);
            let body = br#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}"#;
            async move { Ok::<_, BoxError>(Response::new(Body::from(body.to_vec()))) }
        });
        let service = ServiceBuilder::new().layer(GuardLayer::new(leadership, ANSWER)).service(server);
        (Client::new(service, "default"), reached)
    }

    #[tokio::test(start_paused = true)]
    async fn reads_always_pass_and_writes_of_any_verb_only_while_leading() {
        let (keeper, leadership) = Leadership::new();
        let (client, reached) = guarded(&leadership);
        let api = Api::<ConfigMap>::default_namespaced(client);
        api.get("c").await.unwrap();
        let refused = [
            api.create(&PostParams::default(), &ConfigMap::default()).await.unwrap_err(),
            api.replace("c", &PostParams::default(), &ConfigMap::default()).await.unwrap_err(),
            api.patch("c", &PatchParams::default(), &Patch::Merge(())).await.unwrap_err(),
            api.delete("c", &DeleteParams::default()).await.unwrap_err(),
        ];
        assert!(refused.iter().all(is_not_leading), "{refused:?}");
        assert_eq!(reached.load(Ordering::Relaxed), 1);

        keeper.hold_until(Instant::now() + Duration::from_secs(7));
        api.delete("c", &DeleteParams::default()).await.unwrap();
        tokio::time::advance(Duration::from_secs(7)).await;
        let late = api.delete("c", &DeleteParams::default()).await.unwrap_err();
        assert!(is_not_leading(&late), "{late:?}");
        assert_eq!(reached.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_goes_unanswered_ends_before_the_lease_does() {
        let (keeper, leadership) = Leadership::new();
        let silent =
            tower::service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, BoxError>>());
        let service = ServiceBuilder::new().layer(GuardLayer::new(&leadership, ANSWER)).service(silent);
        let api = Api::<ConfigMap>::default_namespaced(Client::new(service, "default"));
        let begun = Instant::now();
        keeper.hold_until(begun + Duration::from_secs(7));
        api.delete("c", &DeleteParams::default()).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
}
