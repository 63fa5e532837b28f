use super::{Fleet, FleetOptions};
use crate::{Mongo, Rabbit};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the fleet is looked after.
const ROUND: Duration = Duration::from_millis(200);

/// Runs a fleet on this machine: RabbitMQ, a MongoDB-wire server, a dispatcher and workers. BROKER_URI and
/// STORE_URI put servers of your own in place.
#[derive(Debug, clap::Parser)]
#[command(name = "make fleet", version)]
pub struct Arguments {
    /// Where the servers keep their data, and all their logs
    #[arg(long, value_name = "DIR", default_value = "pawnshop-fleet-data")]
    data: PathBuf,
    /// Where the API listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// How many workers
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// The folder with the programs, by default that of this one
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Flags for the programs, after --
    #[arg(last = true)]
    more: Vec<String>,
}

/// Runs a fleet until a signal, and ends it in good order. A second signal ends all of it at once.
///
/// # Errors
/// What could not be started, or ended by itself.
pub async fn run(arguments: Arguments) -> Result<()> {
    let stop = pawnshop_runtime::shutdown::on_signal().context("listen for signals")?;
    let programs = match arguments.programs {
        Some(programs) => programs,
        None => std::env::current_exe()?.parent().context("this program is in no folder")?.to_owned(),
    };
    let _lock = lock(&arguments.data)?;
    let options = FleetOptions {
        programs,
        data: std::path::absolute(&arguments.data)?,
        listen: arguments.listen,
        workers: arguments.workers,
        more: arguments.more,
    };
    println!("starting a fleet in {} ...", options.data.display());
    let mut fleet = tokio::select! {
        fleet = Fleet::start(&options) => fleet?,
        () = stop.cancelled() => bail!("stopped before it was ready"),
    };
    print!("{}", told(&fleet, &options.data)?);
    let died = watch(&mut fleet, &stop).await;
    println!("stopping: the dispatcher, the workers once they have settled what they hold, the servers ...");
    let stopped = fleet.stop().await;
    died.and(stopped)?;
    println!("stopped; the data is in {}", options.data.display());
    Ok(())
}

async fn watch(fleet: &mut Fleet, stop: &CancellationToken) -> Result<()> {
    while stop.run_until_cancelled(tokio::time::sleep(ROUND)).await.is_some() {
        for name in fleet.tend()? {
            println!("{name} was killed, and is started again");
        }
    }
    Ok(())
}

/// Held for as long as the fleet runs: two brokers on the same data would spoil it.
fn lock(data: &Path) -> Result<File> {
    std::fs::create_dir_all(data).with_context(|| format!("make {}", data.display()))?;
    let path = data.join("fleet.lock");
    let file = File::create(&path).with_context(|| format!("make {}", path.display()))?;
    file.try_lock().with_context(|| format!("another fleet runs in {}", data.display()))?;
    Ok(file)
}

fn told(fleet: &Fleet, data: &Path) -> Result<String> {
    let api = fleet.api()?;
    let mut text = String::from("the fleet is ready\n");
    writeln!(text, "  API         {api}  (documentation: {api}/docs)")?;
    writeln!(text, "  admin       {}  (the console; pawnshop dlq --admin ...)", fleet.admin()?)?;
    for member in fleet.workers.iter().chain([&fleet.dispatcher]) {
        writeln!(text, "  {:<11} {}  (healthz, readyz, metrics)", member.name(), member.url("operations")?)?;
    }
    match (Rabbit::given(), fleet.broker.management_uri()) {
        (None, Some(management)) => {
            writeln!(text, "  RabbitMQ    {}  (guest, guest)", without_user(management))?
        }
        _ => writeln!(text, "  RabbitMQ    where BROKER_URI says")?,
    }
    match Mongo::given() {
        None => writeln!(text, "  MongoDB     {}  (SecantusDB)", fleet.store.uri())?,
        Some(_) => writeln!(text, "  MongoDB     where STORE_URI says")?,
    }
    writeln!(text, "  data, logs  {}\nCtrl-C stops it; twice, at once.", data.display())?;
    Ok(text)
}

fn without_user(uri: &str) -> String {
    uri.replacen("guest:guest@", "", 1)
}
