use crate::support::{Shop, eventually};
use pawnshop_rpc::v1::outcomes_server::{Outcomes, OutcomesServer};
use pawnshop_rpc::v1::{EventOutcome, GetOutcomeRequest, OutcomeKind};
use pawnshop_servers::free_ports;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

const EVENT: &str = "/event/01890dd5-ea3f-7746-8d3e-6a1a8f3d2c10";

struct Answering;

#[tonic::async_trait]
impl Outcomes for Answering {
    async fn get_outcome(
        &self,
        request: Request<GetOutcomeRequest>,
    ) -> Result<Response<EventOutcome>, Status> {
        Ok(Response::new(EventOutcome {
            event_id: request.into_inner().event_id,
            flow: "item".to_owned(),
            kind: OutcomeKind::Applied.into(),
            ..Default::default()
        }))
    }
}

/// A worker's gRPC that listens from now on, and dies with its runtime.
fn worker(address: SocketAddr) -> Runtime {
    let listener = std::net::TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    let runtime = Runtime::new().unwrap();
    runtime.spawn(async move {
        let listener = TcpListener::from_std(listener).unwrap();
        let (_, health) = tonic_health::server::health_reporter();
        let server = Server::builder().add_service(OutcomesServer::new(Answering)).add_service(health);
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap();
    });
    runtime
}

#[tokio::test]
async fn reads_are_503_without_a_worker_and_answered_by_whichever_there_is() {
    let Some(shop) = Shop::find("reads_are_503_without_a_worker").await else { return };
    let addresses = free_ports::<2>().unwrap().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let source = format!("static:{},{}", addresses[0], addresses[1]);
    let dispatcher = shop.dispatcher(&["--workers", &source]).await;
    let none = dispatcher.get(EVENT).await;
    assert_eq!((none.status, &none.json()["code"]), (503, &"workers_unavailable".into()));
    assert!(none.json()["detail"].as_str().unwrap().contains("no worker could answer"), "{none:?}");
    assert!(none.retry_after.is_some());

    let mut alive = worker(addresses[0]);
    for next in [addresses[1], addresses[0]] {
        eventually("a read by the only worker", async || dispatcher.get(EVENT).await.status == 200).await;
        let other = worker(next);
        alive.shutdown_background();
        // The other may not be known to serve yet: a retry finds it all the same.
        for _ in 0..50 {
            let answer = dispatcher.get(EVENT).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.json()["outcome"], "applied");
        }
        alive = other;
    }
    alive.shutdown_background();
    shop.close().await;
}
