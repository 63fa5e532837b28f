use super::sustained;
use crate::collector::Collector;
use crate::world::{World, progress};
use anyhow::Result;
use serde::Serialize;

/// How much is traced, or logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Traced {
    /// No tracing.
    Off,
    /// Tracing is on, and samples nothing.
    Nothing,
    /// One request of ten: the default.
    Tenth,
    /// Every request.
    All,
    /// No tracing, but a line for each request and batch.
    Logged,
    /// There is no such thing in the program.
    BuiltWithout,
}

/// Writes accepted and applied by a shop that is traced so much.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Shop {
    pub(crate) traced: Traced,
    pub(crate) per_second: f64,
    pub(crate) p99_ms: f64,
    pub(crate) shop_cpu_micros: f64,
    /// Spans that the collector took, and that found no place on their way to it.
    pub(crate) spans: f64,
    pub(crate) dropped: f64,
}

/// One shop for each way that is measured, in turn; the first is off.
pub(crate) type Round = Vec<Shop>;

impl Traced {
    /// All that can be measured.
    fn measured(world: &World) -> Vec<Self> {
        let mut ways = vec![Self::Off, Self::Nothing, Self::Tenth, Self::All, Self::Logged];
        ways.extend(world.options.untraced.as_ref().map(|_| Self::BuiltWithout));
        ways
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Nothing => "on, no request",
            Self::Tenth => "one request of ten",
            Self::All => "every request",
            Self::Logged => "off, but logged",
            Self::BuiltWithout => "built without",
        }
    }

    fn arguments(self, collector: &Collector) -> Vec<String> {
        let ratio = match self {
            Self::Off | Self::Logged | Self::BuiltWithout => return Vec::new(),
            Self::Nothing => "0",
            Self::Tenth => "0.1",
            Self::All => "1",
        };
        vec![format!("--otlp-endpoint={}", collector.endpoint()), format!("--traces-sampler-arg={ratio}")]
    }
}

/// All rounds; another one begins each of them.
pub(crate) fn measure(world: &World) -> Result<Vec<Round>> {
    let collector = Collector::start()?;
    let ways = Traced::measured(world);
    let round = |number: usize| {
        let mut order = ways.clone();
        order.rotate_left(number % ways.len());
        let mut shops = order
            .into_iter()
            .map(|traced| shop(world, &collector, traced, number))
            .collect::<Result<Round>>()?;
        shops.sort_by_key(|shop| ways.iter().position(|traced| *traced == shop.traced));
        Ok(shops)
    };
    (0..world.plan.rounds).map(round).collect()
}

fn shop(world: &World, collector: &Collector, traced: Traced, number: usize) -> Result<Shop> {
    let arguments = traced.arguments(collector);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut shop = match traced {
        Traced::Logged => world.shop_logging("traced", &arguments)?,
        Traced::BuiltWithout => world.shop_untraced("traced", &arguments)?,
        _ => world.shop("traced", &arguments)?,
    };
    let round = sustained::write(world, &mut shop, world.plan.sustained)?;
    let metrics = shop.metrics()?;
    shop.stop()?;
    world.discard("traced")?;
    progress(format_args!(
        "tracing {}/{}: {:<18} {:>6.0}/s, CPU {:.1} us",
        number + 1,
        world.plan.rounds,
        traced.title(),
        round.per_second,
        round.shop_cpu_micros
    ));
    Ok(Shop {
        traced,
        per_second: round.per_second,
        p99_ms: round.p99_ms,
        shop_cpu_micros: round.shop_cpu_micros,
        spans: metrics.sum("pawnshop_trace_spans_exported_total", &[]),
        dropped: metrics.sum("pawnshop_trace_spans_dropped_total", &[]),
    })
}
