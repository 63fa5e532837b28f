//! From signals to an orderly end.

use tokio_util::sync::CancellationToken;

/// The exit status after a second signal: 128 + SIGINT, as shells have it.
const HARD_EXIT: i32 = 130;

/// A token that is cancelled by the first Ctrl-C (SIGINT) or SIGTERM. A second signal ends the process at
/// once, with status 130: whoever sends it no longer wants to wait for the drain.
///
/// Must be called within a tokio runtime.
///
/// # Errors
/// When the process may not listen for signals.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut signals = Signals::listen()?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!("{name} received: draining; a second signal ends the process at once");
        stop.cancel();
        let name = signals.next().await;
        tracing::warn!("{name} received again: leaving without draining");
        crate::telemetry::close();
        std::process::exit(HARD_EXIT);
    });
    Ok(token)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
