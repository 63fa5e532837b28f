use anyhow::Result;
use std::time::Duration;

/// A client that gives up soon: everything is on this machine.
pub(crate) fn client() -> Result<reqwest::Client> {
    pawnshop_runtime::tls::install_provider();
    // A connection for each request: one that is kept can be closed by the server just as a request is on it.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).timeout(Duration::from_secs(5));
    Ok(client.build()?)
}
