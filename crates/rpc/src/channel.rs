use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;
use tower::util::BoxCloneSyncService;

/// The way to the workers: a balanced connection to many, or the workers of this very process.
/// Generated clients take it as it is: `OutcomesClient::new(channel)`.
///
/// Its error is a status, and not a boxed error, so that the compiler sees that clients' futures are `Send`.
pub type Channel = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// A channel straight into the services of this process: the same contract, no socket.
pub fn in_process(routes: Routes) -> Channel {
    let service = tower::service_fn(move |request: Request<Body>| {
        let mut routes = routes.clone();
        async move { routes.call(request).await.map_err(|never| match never {}) }
    });
    BoxCloneSyncService::new(service)
}
