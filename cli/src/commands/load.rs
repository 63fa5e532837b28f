mod presence;

use crate::args::Dispatcher;
use crate::load::{self, End, Plan};
use crate::terminal::print;
use anyhow::{anyhow, bail};
use presence::Callbacks;
use std::process::ExitCode;
use std::time::Duration;

/// Load a dispatcher with items and actions, measure it, then check that everything acknowledged is readable.
///
/// With --concurrency, so many clients each send their next request when they have the answer to the last
/// (closed loop). With --rate, requests are due at fixed times whatever the answers do (open loop), and
/// latency counts from when a request was due, so that a stall shows in the percentiles.
///
/// With --presence, callbacks to a presence service are sent instead, as its partner does: POST /callback with
/// the ids of objects, at fixed times too. One that is refused for now, or has no answer, is sent again with the same
/// Idempotency-Key, and its latency counts all the while. Nothing is read back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pawnshop load
  pawnshop load --concurrency 256 --duration 10s
  pawnshop load --rate 5000 --duration 1m --read-share 0.5
  pawnshop load --url http://shop.example:8080 --seed 7
  pawnshop load --presence --duration 10m                          # 200 ids every 5 s
  pawnshop load --presence --rate 20 --count 1000 --objects 50000

Exit codes: 0 every request was answered well and all that was checked is readable; 1 not so; 2 bad usage.")]
pub(crate) struct Args {
    /// Requests per second; without it, as many as --concurrency clients get answered, or callbacks at --every.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000), value_name = "N")]
    rate: Option<u32>,
    /// Connections, each with one request on its way; 64, or with --rate or --presence at most 256.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=4096), value_name = "N")]
    concurrency: Option<u16>,
    /// How long to send, as in 500ms, 30s, 5m.
    #[arg(long, default_value = "30s", value_parser = duration)]
    duration: Duration,
    /// How many requests to send, however long that takes.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), value_name = "N", conflicts_with = "duration")]
    count: Option<u32>,
    /// The share of requests that fetch an item, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE", conflicts_with = "presence")]
    read_share: f64,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many acknowledged events to read back, drawn at random from all of them.
    #[arg(long, default_value_t = 10_000, value_name = "N", conflicts_with = "presence")]
    verify: u32,
    /// How long to wait for the backlog to drain while reading back.
    #[arg(long, default_value = "60s", value_parser = duration, value_name = "DURATION", conflicts_with = "presence")]
    verify_timeout: Duration,
    #[command(flatten)]
    dispatcher: Dispatcher,
    /// Send callbacks to a presence service instead of items and actions.
    #[arg(long)]
    presence: bool,
    #[command(flatten)]
    callbacks: Callbacks,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let url = args.dispatcher.url;
    let open = args.rate.is_some() || args.presence;
    let concurrency = args.concurrency.unwrap_or(if open { 256 } else { 64 });
    let end = args.count.map_or(End::After(args.duration), |count| End::Count(count.into()));
    let (report, is_good) = if args.presence {
        let plan = args.callbacks.plan(url, concurrency, args.rate, end, args.seed);
        let report = load::presence::load(plan).await?;
        (report.to_string(), report.is_good())
    } else {
        let plan = Plan {
            url,
            concurrency,
            rate: args.rate.map(f64::from),
            end,
            read_share: args.read_share,
            seed: args.seed,
            verify: usize::try_from(args.verify)?,
            verify_timeout: args.verify_timeout,
        };
        let report = load::load(plan).await?;
        (report.to_string(), report.is_good())
    };
    print(&report)?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes a time with its unit.
pub(crate) fn duration(text: &str) -> anyhow::Result<Duration> {
    let wanted = || anyhow!("must be a duration such as 500ms, 30s or 5m");
    let unit = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wanted)?;
    let number: u64 = text[..unit].parse().map_err(|_| wanted())?;
    let millis = match &text[unit..] {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        _ => return Err(wanted()),
    };
    match millis {
        Some(millis @ 1..=86_400_000) => Ok(Duration::from_millis(millis)),
        _ => bail!("must be 1ms to 24h"),
    }
}

fn share(text: &str) -> anyhow::Result<f64> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => bail!("must be a number from 0 to 1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let cases = [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("24h", 86_400_000)];
        for (text, millis) in cases {
            assert_eq!(duration(text).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["", "30", "s", "1.5s", "0s", "25h", "99999999999999999999s", "-1s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
