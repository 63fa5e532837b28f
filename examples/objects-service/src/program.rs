use crate::files::raise_file_limit;
use crate::listen::{listen, serve};
use crate::routes::router;
use crate::settings::{PROGRAM, ServiceSettings};
use axum::Router;
use pawnshop_runtime::process::{Process, announce};
use pawnshop_runtime::telemetry::LogFormat;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A running service.
pub(crate) struct Program {
    listener: TcpListener,
    router: Router,
}

/// Why it does not start, or ends by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot serve: {0}")]
    Serve(io::Error),
}

impl Process for Program {
    const NAME: &'static str = PROGRAM.name;
    type Settings = ServiceSettings;
    type Error = ProgramError;

    /// One, since it only waits.
    fn threads(_cores: usize) -> usize {
        1
    }

    fn log_format(settings: &ServiceSettings) -> LogFormat {
        settings.log_format
    }

    async fn start(settings: ServiceSettings) -> Result<Self, ProgramError> {
        raise_file_limit();
        let failed = |source| ProgramError::Listen { address: settings.listen, source };
        let listener = listen(settings.listen).map_err(failed)?;
        announce(&format!("objects http://{}\n", listener.local_addr().map_err(failed)?));
        Ok(Self { listener, router: router(settings.behaviour, Arc::default()) })
    }

    async fn serve(self, stop: CancellationToken) -> Result<(), ProgramError> {
        tokio::select! {
            served = serve(self.listener, self.router) => served.map_err(ProgramError::Serve),
            () = stop.cancelled() => Ok(()),
        }
    }
}
