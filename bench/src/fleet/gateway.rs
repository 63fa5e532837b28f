use super::contestants::{self, Contestant, Server, Shop};
use super::half_load::HalfLoad;
use super::queue::Queue;
use super::raw::{Publishing, Raw};
use super::{Fleet, half_load, micros_each};
use crate::load::{self, Load, Until, Work};
use crate::options::Writes;
use crate::plan::{CONCURRENCIES, PATIENCE, WRITERS};
use crate::world::progress;
use anyhow::{Context, Result};
use pawnshop_bench_machine::process;
use serde::Serialize;
use std::time::Duration;

/// Messages that the raw loop has in flight at most: more make it no faster.
pub(crate) const RAW_IN_FLIGHT: usize = 1_000;
/// Messages of the dispatcher that the raw loop repeats.
const CAPTURED: u64 = 2_000;

/// Durable requests a second: every contestant on the same exchange and queue, no workers.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    /// Bytes of a message that holds one event of the dispatcher: what the raw loop publishes.
    pub(crate) event_bytes: f64,
    /// As the broker says.
    pub(crate) broker: String,
    pub(crate) samples: Vec<Sample>,
    pub(crate) half_load: Vec<HalfLoad>,
}

/// What one contestant did over so many connections in one round; the raw loop with so many messages in flight.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) round: usize,
    pub(crate) contestant: Contestant,
    pub(crate) connections: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Per request: of the contestant's own process, of the broker, and of the load generator. The raw loop is
    /// its own generator.
    pub(crate) cpu_micros: f64,
    pub(crate) broker_cpu_micros: f64,
    pub(crate) generator_cpu_micros: f64,
    /// Requests whose events shared a message, on average.
    pub(crate) events_per_message: f64,
}

/// Processor time so far: of the contestant, of the broker, and of this process.
pub(crate) type Cpu = (Duration, Duration, Duration);

/// All contestants, on one queue, which each finds empty.
pub(crate) struct Field<'a> {
    pub(crate) fleet: &'a Fleet<'a>,
    servers: Vec<Server>,
    queue: Queue,
    raw: Raw,
}

/// All rounds; contestants take turns, and another one begins each round.
pub(crate) fn measure(fleet: &Fleet<'_>) -> Result<Figures> {
    let field = Field::open(fleet)?;
    let (mut samples, mut half_load) = (Vec::new(), Vec::new());
    for round in 0..fleet.world.plan.rounds {
        let mut order = Contestant::ALL;
        order.rotate_left(round % Contestant::ALL.len());
        for connections in CONCURRENCIES {
            for contestant in order {
                samples.push(field.sample(round, contestant, connections)?);
            }
        }
        samples.push(field.sample(round, Contestant::Raw, RAW_IN_FLIGHT)?);
        half_load.extend(half_load::measure(&field, round, &samples)?);
    }
    let event_bytes = field.raw.bytes_per_message();
    Ok(Figures { event_bytes, broker: fleet.broker.version.clone(), samples, half_load })
}

impl<'a> Field<'a> {
    fn open(fleet: &'a Fleet<'a>) -> Result<Self> {
        let shop = Shop::new("gateway");
        let servers = Contestant::SERVERS
            .into_iter()
            .map(|contestant| contestants::start(fleet, contestant, &shop))
            .collect::<Result<Vec<_>>>()?;
        let queue = Queue::open(fleet, &shop.queue)?;
        queue.purge()?;
        let single = server(&servers, Contestant::OneEventPerMessage)?;
        let work = Work::Write(Writes::Buys, 0);
        let until = Until::Requests(CAPTURED, PATIENCE);
        let sent = load::run(single.address, work, WRITERS, until, || Ok(()))?.sent;
        let mut messages = Vec::new();
        queue.take_events(sent, |delivery| messages.push(delivery))?;
        let raw = Raw::open(fleet, &shop, messages)?;
        Ok(Self { fleet, servers, queue, raw })
    }

    fn sample(&self, round: usize, contestant: Contestant, connections: usize) -> Result<Sample> {
        let (load, events_per_message) = self.load(contestant, connections, None)?;
        let ((own, broker, bench), (own_after, broker_after, bench_after)) = load.samples;
        let sample = Sample {
            round,
            contestant,
            connections,
            per_second: load.per_second(),
            p50_ms: load.millis(0.5),
            p99_ms: load.millis(0.99),
            cpu_micros: micros_each(own, own_after, load.requests),
            broker_cpu_micros: micros_each(broker, broker_after, load.requests),
            generator_cpu_micros: micros_each(bench, bench_after, load.requests),
            events_per_message,
        };
        progress(format_args!(
            "gateway {}/{}: {connections:>4} connections, {:<30} {:>6.0}/s, p99 {:.1} ms, CPU {:.0} us",
            round + 1,
            self.fleet.world.plan.rounds,
            contestant.title(),
            sample.per_second,
            sample.p99_ms,
            sample.cpu_micros
        ));
        Ok(sample)
    }

    /// Has a contestant work for a window, at a pace if there is one, and counts what it left in the queue: as many
    /// events as it acknowledged, else the run fails. Also how many events shared a message.
    pub(crate) fn load(
        &self,
        contestant: Contestant,
        connections: usize,
        pace: Option<f64>,
    ) -> Result<(Load<Cpu>, f64)> {
        let (warm_up, window) = (self.fleet.world.plan.warm_up, self.fleet.world.plan.window);
        let load = if contestant == Contestant::Raw {
            let publishing = Publishing { in_flight: connections, warm_up, window, per_second: pace };
            let pid = std::process::id();
            self.raw.run(publishing, || self.cpu(pid))?
        } else {
            let server = server(&self.servers, contestant)?;
            let until = match pace {
                Some(per_second) => Until::Paced { warm_up, window, per_second },
                None => Until::Window { warm_up, window },
            };
            let work = Work::Write(Writes::Buys, 0);
            load::run(server.address, work, connections, until, || self.cpu(server.process.pid()))
                .with_context(|| contestant.title())?
        };
        let events_per_message = self
            .count(contestant, load.sent)
            .with_context(|| format!("{} acknowledged {} events, but", contestant.title(), load.sent))?;
        Ok((load, events_per_message))
    }

    /// Empties the queue, which must hold so many events.
    fn count(&self, contestant: Contestant, events: u64) -> Result<f64> {
        if contestant.has_batches() {
            return Ok(events as f64 / self.queue.take_events(events, drop)?.max(1) as f64);
        }
        self.queue.expect(events)?;
        self.queue.purge()?;
        Ok(1.0)
    }

    fn cpu(&self, pid: u32) -> Result<Cpu> {
        Ok((process::cpu(pid)?, process::cpu(self.fleet.broker.pid)?, process::cpu(std::process::id())?))
    }
}

fn server(servers: &[Server], contestant: Contestant) -> Result<&Server> {
    servers.iter().find(|server| server.contestant == contestant).context("a contestant does not run")
}
