use anyhow::{Result, bail};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Below the range that outgoing connections take their ports from: a server that is down gets its port back.
const RANGE: Range<u16> = 15_000..32_000;
const ATTEMPTS: usize = 1000;
/// How long a killed process may hold its ports.
const RELEASED: Duration = Duration::from_secs(10);

/// Ports of the loopback that nobody listens on now, all different.
///
/// # Errors
/// When none can be found.
pub fn free<const N: usize>() -> Result<[u16; N]> {
    // Held until all are found.
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = (0..ATTEMPTS)
            .map(|_| rand::random_range(RANGE))
            .find_map(|port| Some((port, TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?)));
        let Some((free, listener)) = listener else { bail!("no port is free in {RANGE:?}") };
        *port = free;
        held.push(listener);
    }
    Ok(ports)
}

/// Waits until nobody listens on these ports of the loopback any more.
pub(crate) async fn released(ports: &[u16]) -> Result<()> {
    let deadline = Instant::now() + RELEASED;
    while let Some(port) = ports.iter().find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, **port)).is_err())
    {
        if Instant::now() > deadline {
            bail!("port {port} is still taken after {RELEASED:?}");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
