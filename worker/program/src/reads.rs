//! The gRPC listener: the fleet's reads, health and reflection.

use crate::connections;
use pawnshop_runtime::operations::{ReadinessCheck, ReadinessState};
use pawnshop_worker::Service;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, health_reporter};

/// How often health follows readiness.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

/// Every service, in the terms of the health protocol.
const OVERALL: &str = "";

/// Longer than any query takes, its wait for a turn included; callers have shorter deadlines of their own.
const REQUEST_DEADLINE: Duration = Duration::from_secs(20);

/// Requests of one connection at a time; a dispatcher has one connection.
const MAX_STREAMS: u32 = 256;

/// Enough for any metadata that a caller has reason to send.
const MAX_METADATA_BYTES: u32 = 16 << 10;

/// How often a silent connection is asked for a sign of life, and how long it may take to give one.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

/// How long requests under way may take once the listener is to end. Whoever watches health never ends by itself.
const END_DEADLINE: Duration = Duration::from_secs(5);

/// The running listener.
pub(crate) struct Reads {
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    health: JoinHandle<()>,
    stop: CancellationToken,
}

/// The contract cannot be described: a fault of the program.
#[derive(Debug, thiserror::Error)]
#[error("gRPC reflection cannot describe the services: {0}")]
pub(crate) struct DescribeError(#[from] tonic_reflection::server::Error);

impl Reads {
    /// Serves `routes`. Health says `SERVING` while the process is ready.
    pub(crate) fn start(
        listener: TcpListener,
        routes: Routes,
        services: &[Service],
        readiness: ReadinessCheck,
        draining: CancellationToken,
    ) -> Result<Self, DescribeError> {
        let mut reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(pawnshop_rpc::FILE_DESCRIPTOR_SET);
        for service in services {
            reflection = reflection.register_encoded_file_descriptor_set(service.descriptors);
        }
        let reflection = reflection.build_v1()?;
        let (reporter, health) = health_reporter();
        let stop = CancellationToken::new();
        let server = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE.0))
            .http2_keepalive_timeout(Some(KEEPALIVE.1))
            .max_concurrent_streams(MAX_STREAMS)
            .concurrency_limit_per_connection(MAX_STREAMS as usize)
            .http2_max_header_list_size(MAX_METADATA_BYTES)
            .timeout(REQUEST_DEADLINE)
            .add_routes(routes)
            .add_service(health)
            .add_service(reflection)
            .serve_with_incoming_shutdown(connections::of(listener), stop.clone().cancelled_owned());
        Ok(Self {
            health: tokio::spawn(follow(readiness, reporter, draining)),
            server: tokio::spawn(server),
            stop,
        })
    }

    /// Takes nothing more, and ends when what is under way has.
    pub(crate) async fn shutdown(self) {
        let Self { mut server, health, stop } = self;
        stop.cancel();
        match timeout(END_DEADLINE, &mut server).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the gRPC listener failed"),
            Ok(Err(error)) => tracing::warn!(%error, "the gRPC listener died"),
            Err(_) => {
                tracing::debug!("requests that do not end are cut off");
                server.abort();
            }
        }
        health.abort();
    }
}

/// Keeps health at what readiness says; once the process drains, it says so at once.
async fn follow(readiness: ReadinessCheck, reporter: HealthReporter, draining: CancellationToken) {
    // The reporter begins with SERVING.
    reporter.set_service_status(OVERALL, ServingStatus::NotServing).await;
    let mut serving = false;
    let following = async {
        loop {
            let now = readiness.now().await.status == ReadinessState::Ready;
            if now != serving {
                serving = now;
                let status = if now { ServingStatus::Serving } else { ServingStatus::NotServing };
                reporter.set_service_status(OVERALL, status).await;
            }
            sleep(HEALTH_EVERY).await;
        }
    };
    tokio::select! {
        biased;
        () = draining.cancelled() => {}
        () = following => {}
    }
    reporter.set_service_status(OVERALL, ServingStatus::NotServing).await;
}
