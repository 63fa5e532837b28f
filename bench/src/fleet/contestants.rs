use super::Fleet;
use crate::http;
use crate::load::BUY;
use crate::spawned::{START, Spawned};
use anyhow::{Context, Result};
use serde::Serialize;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::Command;

/// Where the sources of the peers are.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
/// The flow that is written to.
pub(crate) const FLOW: &str = "buy-actions";

/// Who takes durable writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contestant {
    /// The dispatcher.
    Pawnshop,
    /// The dispatcher with one event in every message.
    OneEventPerMessage,
    /// Node: Fastify and amqplib.
    Fastify,
    /// Python: FastAPI and aio-pika.
    FastApi,
    /// A loop that publishes the dispatcher's own messages of one event, without HTTP.
    Raw,
}

impl Contestant {
    pub(crate) const SERVERS: [Self; 4] =
        [Self::Pawnshop, Self::OneEventPerMessage, Self::Fastify, Self::FastApi];
    pub(crate) const ALL: [Self; 5] =
        [Self::Pawnshop, Self::OneEventPerMessage, Self::Fastify, Self::FastApi, Self::Raw];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Pawnshop => "pawnshop-dispatcher",
            Self::OneEventPerMessage => "the same, one event a message",
            Self::Fastify => "Fastify + amqplib",
            Self::FastApi => "FastAPI + aio-pika",
            Self::Raw => "raw lapin loop, no HTTP",
        }
    }

    /// Whether its messages hold events of Pawnshop, to be counted one by one.
    pub(crate) fn has_batches(self) -> bool {
        matches!(self, Self::Pawnshop | Self::OneEventPerMessage)
    }
}

/// A contestant's server, which accepts writes.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) contestant: Contestant,
    pub(crate) process: Spawned,
    pub(crate) address: SocketAddr,
}

/// Starts a contestant on this shop's exchange. The dispatcher declares what the others use.
pub(crate) fn start(fleet: &Fleet<'_>, contestant: Contestant, shop: &Shop) -> Result<Server> {
    let dispatcher = |arguments| {
        let broker = &fleet.broker.uri;
        // No worker is there: nothing is read.
        let none = "static:127.0.0.1:9";
        let started =
            fleet.programs.dispatcher(contestant.title(), &shop.reference, broker, none, arguments)?;
        Ok::<_, anyhow::Error>((started.process, started.address))
    };
    let (mut process, address) = match contestant {
        Contestant::Pawnshop => dispatcher(&[])?,
        Contestant::OneEventPerMessage => dispatcher(&["--max-events-per-message", "1"])?,
        Contestant::Fastify => {
            let mut command = Command::new("node");
            command.arg(format!("{PEERS}/fastify/server.js")).env("NODE_ENV", "production");
            command.env("NODE_PATH", installed("PAWNSHOP_BENCH_NODE_MODULES")?);
            peer(fleet, contestant, shop, command)?
        }
        Contestant::FastApi => {
            let mut command = Command::new(installed("PAWNSHOP_BENCH_PYTHON")?);
            command.arg("-B").arg(format!("{PEERS}/fastapi/server.py"));
            peer(fleet, contestant, shop, command)?
        }
        Contestant::Raw => anyhow::bail!("the raw loop is no server"),
    };
    process.wait_until(START, &format!("{} accepts a write", contestant.title()), || {
        Ok(http::post(address, "/item/action/buy", BUY).is_ok_and(|(status, _)| status == 202))
    })?;
    Ok(Server { contestant, process, address })
}

/// A shop's names.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// As the programs are told.
    pub(crate) reference: String,
    /// Its exchange.
    pub(crate) exchange: String,
    /// The queue of [`FLOW`].
    pub(crate) queue: String,
}

impl Shop {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            reference: format!("bench/{name}"),
            exchange: format!("bench.{name}"),
            queue: format!("bench.{name}.{FLOW}"),
        }
    }
}

fn peer(
    fleet: &Fleet<'_>,
    contestant: Contestant,
    shop: &Shop,
    mut command: Command,
) -> Result<(Spawned, SocketAddr)> {
    command
        .env("BROKER_URI", &fleet.broker.uri)
        .env("EXCHANGE", &shop.exchange)
        .env("ROUTING_KEY", FLOW)
        .current_dir(fleet.world.scratch());
    let mut process = Spawned::start(contestant.title(), command)?;
    let address = process.announced("API")?;
    Ok((process, address))
}

fn installed(variable: &str) -> Result<OsString> {
    std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set; `make bench` installs the peers and sets it"))
}
