use super::duration;
use crate::client::Target;
use crate::load::End;
use crate::load::presence::Plan;
use std::time::Duration;

/// What callbacks are like.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Callbacks, with --presence")]
pub(super) struct Callbacks {
    /// The time from one callback to the next; --rate has many in a second.
    #[arg(long, default_value = "5s", value_parser = duration, value_name = "DURATION", requires = "presence", conflicts_with = "rate")]
    every: Duration,
    /// The ids in a callback.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000), value_name = "N", requires = "presence")]
    ids_per_callback: u16,
    /// Draw the ids from so many objects, 1 to N; without it, no id comes twice.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..), value_name = "N", requires = "presence")]
    objects: Option<u32>,
    /// How long to send a callback again that is refused for now (503 or 429) or has no answer.
    #[arg(long, default_value = "60s", value_parser = duration, value_name = "DURATION", requires = "presence")]
    retry_for: Duration,
}

impl Callbacks {
    /// `rate` is in callbacks per second.
    pub(super) fn plan(self, url: Target, concurrency: u16, rate: Option<u32>, end: End, seed: u64) -> Plan {
        Plan {
            url,
            concurrency,
            rate: rate.map_or_else(|| self.every.as_secs_f64().recip(), f64::from),
            end,
            seed,
            ids_per_callback: self.ids_per_callback,
            objects: self.objects,
            retry_for: self.retry_for,
        }
    }
}
