use crate::plan::Lengths;
use crate::presence::{self, Shape};
use crate::programs::Programs;
use crate::report::Bars;
use crate::run::{Options, run};
use anyhow::{Context, Result};
use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// Lets a fleet on RabbitMQ and MongoDB suffer for long, and counts every event.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pawnshop-soak",
    version,
    after_help = "Examples:
  make soak                                                  a million events over a hundred faults, about 30 minutes
  make soak ARGS='--events 50000 --faults 35'                a shorter one
  make soak ARGS='--only \"store stopped\" --outage 30m'       one long outage
  make soak ARGS='--presence 200000'                          callbacks of so many objects, while workers and the service that
                                                             they ask are killed
  make soak ARGS='--presence-pace 60s'                       how many look-ups one worker and five make
  make soak FAIL_POINTS=1 ARGS='--rate 200 --events 40000 --faults 31'
                                                             with the faults that need fail points"
)]
pub struct Soak {
    /// Acknowledged events, at least.
    #[arg(long, default_value_t = 1_000_000)]
    pub events: u64,
    /// Faults, at least every one once.
    #[arg(long, default_value_t = 100)]
    pub faults: usize,
    /// What it is all drawn from.
    #[arg(long, default_value_t = 20_261_121)]
    pub seed: u64,
    /// How long each server stays away once.
    #[arg(long, default_value = "60s", value_parser = duration)]
    pub outage: Duration,
    /// Events a second, at most.
    #[arg(long, default_value_t = 1_500.0)]
    pub rate: f64,
    /// Writers at once.
    #[arg(long, default_value_t = 64)]
    pub writers: u32,
    /// Only faults whose name contains this.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Instead: callbacks of so many objects, each of which must be looked up in the end.
    #[arg(long, value_name = "IDS")]
    pub presence: Option<u64>,
    /// Instead: look-ups a second over this time, 100 under way in each worker, 2 s each on average,
    /// half of the objects online.
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "presence")]
    pub presence_pace: Option<Duration>,
    /// A `pawnshop-worker` program in the place of the one that is built in, for its own memory.
    #[arg(long, value_name = "FILE")]
    pub worker: Option<PathBuf>,
    /// Write the table to this file as well, as Markdown.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
}

/// Runs it, prints what came of it, and says whether all held.
///
/// # Errors
/// When the run could not be ended.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
pub fn soak(options: &Soak) -> Result<bool> {
    pawnshop_runtime::tls::install_provider();
    let mut programs = Programs::of_this_program().context("name the fleet's programs")?;
    if let Some(worker) = &options.worker {
        programs.take_worker(worker.canonicalize().context("--worker")?);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(ids) = options.presence {
        let latency = Duration::from_millis(5)..=Duration::from_millis(95);
        let shape = Shape { workers: 3, concurrency: 100, latency, online: 1.0 };
        let options = presence::Options { ids, shape, seed: options.seed };
        let report = runtime.block_on(presence::run(&options, &programs))?;
        println!("{report}");
        return Ok(report.held());
    }
    if let Some(over) = options.presence_pace {
        let mut held = true;
        for workers in [1, 5] {
            let latency = Duration::from_millis(300)..=Duration::from_millis(3_700);
            let shape = Shape { workers, concurrency: 100, latency, online: 0.5 };
            let pace = runtime.block_on(presence::pace(&shape, over, &programs))?;
            println!("{pace}");
            held &= pace.held();
        }
        return Ok(held);
    }
    let run_options = Options {
        seed: options.seed,
        faults: options.faults,
        lengths: Lengths { short: 1_000..=6_000, outage: Some(options.outage), calm: 1_000..=6_000 },
        events: options.events,
        writers: options.writers,
        per_second: options.rate,
        sample: 2_000,
        only: options.only.clone(),
        tell: |line| eprintln!("{line}"),
    };
    let (report, skips) = runtime.block_on(run(&run_options, &programs))?;
    let text = format!(
        "{}\n{}\n",
        report.totals().iter().map(|line| format!("- {line}\n")).collect::<String>(),
        report.table()
    );
    println!("{text}");
    for (fault, why) in skips {
        println!("skipped: {fault}: {why}");
    }
    if let Some(path) = &options.markdown {
        std::fs::write(path, &text).with_context(|| format!("write {}", path.display()))?;
    }
    let broken = report.broken(&Bars::default());
    for bar in &broken {
        println!("BROKEN: {bar}");
    }
    Ok(broken.is_empty())
}

/// `90s`, `30m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err("must be a number and s, m or h".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "must be a number and s, m or h".to_owned())?;
    Ok(Duration::from_secs(number * factor))
}
