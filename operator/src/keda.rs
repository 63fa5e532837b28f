//! KEDA's side of scaling (decision K7): where a pool's backend is KEDA, KEDA asks here for the pool's backlog, writes
//! its number of workers, and lets it sleep.
//!
//! Every replica of the operator answers, from memory ([`Board`]): neither a broker nor the lease matters. What is not
//! known is an error, upon which KEDA holds what is there, and never a value. Nothing can be changed here, and what
//! can be read are numbers of events; who may ask is a matter of the network (ADR 11). The objects by which KEDA is told
//! to ask are built in [`crate::build::scaled_object`].

mod question;
mod scaler;
#[cfg(test)]
mod tests;

use crate::scaling::board::Board;
use contract::external_scaler_server::ExternalScalerServer;
use pawnshop_runtime::operations;
use scaler::Scaler;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// KEDA's contract with external scalers, generated.
#[allow(missing_docs, clippy::all, unreachable_pub)]
mod contract {
    tonic::include_proto!("externalscaler");
}

/// Answers KEDA until `stop` is cancelled and what is under way has ended.
///
/// # Errors
/// When the listener itself fails.
pub async fn serve(listener: TcpListener, board: Arc<Board>, stop: CancellationToken) -> io::Result<()> {
    let routes = Routes::new(ExternalScalerServer::new(Scaler::new(board)));
    operations::serve(listener, routes.into_axum_router(), stop).await
}
