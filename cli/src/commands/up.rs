mod traces;

use crate::commands::load::duration;
use crate::embedded::{self, DEFAULT_DATA_FOLDER, Options, Shop, StartError, known_flows};
use crate::resource_file;
use crate::terminal::print;
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use pawnshop_resource::{PawnShop, ResolvedPool};
use pawnshop_runtime::{metrics, shutdown, telemetry};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use traces::TracingArgs;

/// Run a whole shop in this process: HTTP API, workers, and a durable queue and store in one folder.
///
/// Ctrl-C or SIGTERM stops it in good order: requests under way are answered, workers finish what they hold; a
/// second one ends it at once. Nothing that was accepted is lost either way.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pawnshop up
  pawnshop up -f shop.yaml --data /var/lib/pawnshop
  pawnshop up --listen 0.0.0.0:8080
  RUST_LOG=debug pawnshop up

Exit codes: 0 stopped in good order; 1 could not start; 2 bad usage; 130 stopped by a second signal.")]
pub(crate) struct Args {
    /// The shop: a PawnShop resource, as kubectl takes it, or `-` for standard input; without it, one with
    /// every flow that needs no config.
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where its data is; made when it is not there.
    #[arg(long, default_value = DEFAULT_DATA_FOLDER, value_name = "DIR")]
    data: PathBuf,
    /// Where the API listens.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where the admin API listens, on this machine only; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    admin_listen: SocketAddr,
    /// How often what has expired is deleted from the store; it is gone from reads at once.
    #[arg(long, default_value = "3s", value_parser = duration, value_name = "DURATION")]
    sweep_every: Duration,
    /// Accept events and apply none, until it is started without this.
    #[arg(long)]
    paused: bool,
    /// Whether a commit waits for the disk.
    #[arg(long, value_enum, default_value_t, hide = true)]
    synchronous: Synchronous,
    #[command(flatten)]
    tracing: TracingArgs,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Synchronous {
    #[default]
    Full,
    Off,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let shop = match &args.file {
        Some(path) => resource_file::read(path, Some(&known_flows()))?,
        None => PawnShop::built_in(),
    };
    let tracing = args.tracing.options()?;
    // Before anything counts: what is counted earlier is lost.
    metrics::install()?;
    let telemetry = telemetry::init(telemetry::LogFormat::Text, tracing.as_ref())?;
    let stop = shutdown::on_signal().context("cannot listen for signals")?;
    let shop = Shop::start(Options {
        shop,
        data: args.data,
        listen: args.listen,
        admin_listen: args.admin_listen,
        sweep_every: args.sweep_every,
        paused: args.paused,
        synchronous: match args.synchronous {
            Synchronous::Full => embedded::Synchronous::Full,
            Synchronous::Off => embedded::Synchronous::Off,
        },
    })
    .await
    .map_err(explain)?;
    announce(&shop, args.paused)?;
    stop.cancelled().await;
    shop.shutdown().await;
    telemetry.end().await;
    Ok(ExitCode::SUCCESS)
}

/// Adds what to do about it.
fn explain(error: StartError) -> anyhow::Error {
    let advice = match &error {
        StartError::Dispatcher(pawnshop_dispatcher::StartError::Listen { source, .. })
            if source.kind() == std::io::ErrorKind::AddrInUse =>
        {
            Some("something else listens there; give another --listen ADDRESS, such as 127.0.0.1:8081")
        }
        StartError::Open(pawnshop_sqlite::OpenError::InUse { .. }) => {
            Some("stop that one, or give another --data DIR")
        }
        _ => None,
    };
    match advice {
        Some(advice) => anyhow!("{error}; {advice}"),
        None => error.into(),
    }
}

fn announce(shop: &Shop, paused: bool) -> anyhow::Result<()> {
    let data = std::path::absolute(shop.data())?;
    print(&format!(
        "shop {} is open{}",
        shop.name().name(),
        if paused { ", its workers paused" } else { "" }
    ))?;
    print(&format!("  API    http://{}  (documentation: http://{}/docs)", shop.addr(), shop.addr()))?;
    print(&format!("  admin  http://{}  (the console; pawnshop dlq)", shop.admin_addr()))?;
    print(&format!("  data   {}", data.display()))?;
    for pool in shop.pools() {
        print(&format!("  pool   {}", describe(pool)))?;
    }
    Ok(print("Ctrl-C stops it.")?)
}

fn describe(pool: &ResolvedPool) -> String {
    let flows = pool.flows.iter().map(|flow| flow.as_str()).collect::<Vec<_>>().join(", ");
    format!(
        "{}: {flows}; {} to {} workers, one for every {} events",
        pool.name, pool.min, pool.max, pool.backlog_per_worker
    )
}
