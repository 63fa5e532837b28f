use crate::spawned::START;
use crate::world::World;
use crate::{http, interrupt, process};
use anyhow::{Context, Result, bail};
use pawnshop_servers::Rabbit;
use std::net::ToSocketAddrs;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Between two looks at the management API.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A RabbitMQ of its own, with its data in the scratch folder. It ends with this value, and with this process.
#[derive(Debug)]
pub(crate) struct Broker {
    pub(crate) uri: String,
    /// The process that does its work.
    pub(crate) pid: u32,
    /// What it calls itself.
    pub(crate) version: String,
    group: u32,
    _server: Rabbit,
}

impl Broker {
    pub(crate) fn start(world: &World, runtime: &Runtime) -> Result<Self> {
        let server = runtime.block_on(Rabbit::start_in(&world.path("rabbitmq")))?;
        let management = server.management_uri().context("the broker has no management API")?;
        let (pid, version) = known_node(management)?;
        // With its name server, killed by a signal before the folder goes that it writes to.
        let group = process::group(pid)?;
        interrupt::started(group);
        Ok(Self { group, uri: server.uri().to_owned(), pid, version, _server: server })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        interrupt::ended(self.group);
    }
}

/// The same as [`node`], once the management API has its first statistics.
fn known_node(management: &str) -> Result<(u32, String)> {
    let end = Instant::now() + START;
    loop {
        match node(management) {
            Err(_) if Instant::now() < end => std::thread::sleep(LOOK_EVERY),
            known => return known,
        }
    }
}

/// Process id and version of the only node, from the management API (`http://user:password@host:port`).
fn node(management: &str) -> Result<(u32, String)> {
    let rest = management.strip_prefix("http://").context("the management API is not http")?;
    let (credentials, host) = rest.rsplit_once('@').context("the management API has no user")?;
    let address = host.trim_end_matches('/').to_socket_addrs()?.next().context("no address")?;
    let ask = |path: &str| -> Result<serde_json::Value> {
        match http::get_as(address, path, credentials)? {
            (200, body) => Ok(serde_json::from_str(&body)?),
            (status, body) => bail!("the management API answered {status}: {body}"),
        }
    };
    let (nodes, overview) = (ask("/api/nodes")?, ask("/api/overview")?);
    let pid = nodes[0]["os_pid"].as_str().and_then(|pid| pid.parse().ok());
    let version = overview["rabbitmq_version"].as_str().unwrap_or("of unknown version").to_owned();
    Ok((pid.context("the management API does not tell the broker's process")?, version))
}
