use anyhow::Result;
use std::time::Duration;

/// A client that gives up soon: everything is on this machine.
pub(crate) fn client() -> Result<reqwest::Client> {
    pawnshop_runtime::tls::install_provider();
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?)
}
