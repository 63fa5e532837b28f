use http::{Request, Response};
use tonic::body::Body;
use tonic::service::Routes;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service};

/// The way to the workers: a balanced connection to many, or the workers of this very process.
/// Generated clients take it as it is: `OutcomesClient::new(channel)`.
pub type Channel = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// A channel straight into the services of this process: the same contract, no socket.
pub fn in_process(routes: Routes) -> Channel {
    let service = tower::service_fn(move |request: Request<Body>| {
        let mut routes = routes.clone();
        async move { Ok::<_, BoxError>(routes.call(request).await?) }
    });
    BoxCloneSyncService::new(service)
}
