//! Names that are looked up again and again.

use crate::host::HostPort;
use crate::{Endpoint, Readiness};
use futures::future::join_all;
use futures::{Stream, stream};
use rand::RngExt;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How often names are looked up, give or take a fifth, so that dispatchers that began together do not ask together.
const PERIOD: Duration = Duration::from_secs(5);

/// How long a look-up may take. The system's resolver goes on in its own thread until its own time-outs.
const PATIENCE: Duration = Duration::from_secs(4);

/// Every address of these hosts, whenever they differ. A host whose look-up fails keeps the addresses that it had:
/// a resolver that is down must not empty a shop. Where none is a name there is nothing to look up twice.
pub(crate) fn followed<L, F>(
    hosts: Vec<HostPort>,
    look_up: L,
) -> impl Stream<Item = BTreeSet<Endpoint>> + Send
where
    L: Fn(HostPort) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<Vec<SocketAddr>>> + Send,
{
    let names =
        Names { known: hosts.into_iter().map(|host| (host, Vec::new())).collect(), told: None, rounds: 0 };
    stream::unfold((names, look_up), |(mut names, look_up)| async move {
        let endpoints = names.next(&look_up).await;
        Some((endpoints, (names, look_up)))
    })
}

/// Asks the system, in the order of its configuration (hosts file, DNS).
pub(crate) async fn look_up(host: HostPort) -> io::Result<Vec<SocketAddr>> {
    tokio::net::lookup_host((host.host(), host.port())).await.map(Iterator::collect)
}

struct Names {
    /// The addresses that each host had when it was last found.
    known: Vec<(HostPort, Vec<SocketAddr>)>,
    told: Option<BTreeSet<Endpoint>>,
    rounds: u64,
}

impl Names {
    async fn next<L, F>(&mut self, look_up: &L) -> BTreeSet<Endpoint>
    where
        L: Fn(HostPort) -> F,
        F: Future<Output = io::Result<Vec<SocketAddr>>>,
    {
        loop {
            if self.rounds > 0 {
                self.rest().await;
            }
            self.rounds += 1;
            let found = join_all(self.known.iter().map(|(host, _)| addresses(host, look_up))).await;
            let any = found.iter().any(Option::is_some);
            for ((_, known), found) in self.known.iter_mut().zip(found) {
                if let Some(found) = found {
                    *known = found;
                }
            }
            let endpoints: BTreeSet<_> = self.known.iter().flat_map(|(_, known)| known).map(untold).collect();
            if any && self.told.as_ref() != Some(&endpoints) {
                self.told = Some(endpoints.clone());
                return endpoints;
            }
        }
    }

    async fn rest(&self) {
        if self.known.iter().all(|(host, _)| host.address().is_some()) {
            std::future::pending::<()>().await;
        }
        let pause = PERIOD.mul_f64(rand::rng().random_range(0.8..1.2));
        sleep(pause).await;
    }
}

/// The host's addresses; `None` when it is not known what they are.
async fn addresses<L, F>(host: &HostPort, look_up: &L) -> Option<Vec<SocketAddr>>
where
    L: Fn(HostPort) -> F,
    F: Future<Output = io::Result<Vec<SocketAddr>>>,
{
    if let Some(address) = host.address() {
        return Some(vec![address]);
    }
    match timeout(PATIENCE, look_up(host.clone())).await {
        Ok(Ok(found)) if !found.is_empty() => return Some(found),
        Ok(Ok(_)) => tracing::warn!(%host, "the name has no addresses; the last known ones stay"),
        Ok(Err(error)) => tracing::warn!(%host, %error, "the name was not found; its last addresses stay"),
        Err(_) => tracing::warn!(%host, "the name's look-up took too long; its last addresses stay"),
    }
    None
}

fn untold(address: &SocketAddr) -> Endpoint {
    Endpoint { address: *address, readiness: Readiness::Untold }
}

#[cfg(test)]
mod tests;
