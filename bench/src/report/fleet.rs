use super::tables::{count, micros, millis, table, with_range};
use crate::fleet::contestants::Contestant;
use crate::fleet::gateway::{self, RAW_IN_FLIGHT, Sample};
use crate::fleet::half_load::{Case, HalfLoad};
use crate::fleet::reads::{self, Answers, Way};
use crate::fleet::{Figures, drain};
use crate::plan::CONCURRENCIES;
use crate::statistics::median_of;

/// A table for each part that was measured.
pub(crate) fn sections(figures: &Figures, markdown: bool) -> Vec<String> {
    let gateway = figures
        .gateway
        .iter()
        .flat_map(|gateway| [self::gateway(gateway, markdown), half_load(&gateway.half_load, markdown)]);
    let drain = (!figures.drain.is_empty()).then(|| self::drain(&figures.drain, markdown));
    let reads = (!figures.reads.is_empty()).then(|| self::reads(&figures.reads, markdown));
    gateway.chain(drain).chain(reads).collect()
}

fn gateway(figures: &gateway::Figures, markdown: bool) -> String {
    let at = CONCURRENCIES
        .into_iter()
        .flat_map(|connections| Contestant::ALL.into_iter().map(move |contestant| (contestant, connections)));
    let rows = at.chain([(Contestant::Raw, RAW_IN_FLIGHT)]).map(|(contestant, connections)| {
        let own = of(&figures.samples, contestant, connections);
        let median = |figure: fn(&Sample) -> f64| median_of(&own, |sample| figure(sample));
        vec![
            contestant.title().to_owned(),
            connections.to_string(),
            count(median(|sample| sample.per_second)),
            millis(median(|sample| sample.p50_ms)),
            millis(median(|sample| sample.p99_ms)),
            micros(median(|sample| sample.cpu_micros)),
            micros(median(|sample| sample.broker_cpu_micros)),
            match contestant {
                Contestant::Raw => "-".to_owned(),
                _ => micros(median(|sample| sample.generator_cpu_micros)),
            },
            format!("{:.0}", median(|sample| sample.events_per_message)),
            with_range(&by_raw(&figures.samples, contestant, connections), |ratio| *ratio),
        ]
    });
    let title = format!(
        "Gateway: durable requests, RabbitMQ {}, one quorum queue, no workers; {} rounds, medians; a message of \
         one event is {:.0} bytes",
        figures.broker,
        rounds(&figures.samples),
        figures.event_bytes,
    );
    let raw = format!("ratio to raw at {RAW_IN_FLIGHT} (range)");
    let head = [
        "contestant",
        "connections",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "own CPU us",
        "broker CPU us",
        "load CPU us",
        "events/message",
        &raw,
    ];
    table(&title, &head, rows, markdown)
}

fn half_load(measured: &[HalfLoad], markdown: bool) -> String {
    let rows = Case::ALL.into_iter().map(|case| {
        let own: Vec<_> = measured.iter().filter(|half| half.case == case).collect();
        let median = |figure: fn(&HalfLoad) -> f64| median_of(&own, |half| figure(half));
        vec![
            case.title().to_owned(),
            count(median(|half| half.due_per_second)),
            count(median(|half| half.per_second)),
            millis(median(|half| half.p50_ms)),
            millis(median(|half| half.p99_ms)),
            with_range(&p99_by_raw(measured, case), |ratio| *ratio),
        ]
    });
    let head = ["at half load", "due/s", "requests/s", "p50 ms", "p99 ms", "p99 to raw's (range)"];
    table("Half load: an open loop, requests due each millisecond", &head, rows, markdown)
}

fn drain(rounds: &[drain::Round], markdown: bool) -> String {
    let median = |figure: fn(&drain::Round) -> f64| median_of(rounds, figure);
    let row = vec![
        count(median(|round| round.events as f64)),
        count(median(|round| round.accepted_per_second)),
        count(median(|round| round.drained_per_second)),
        micros(median(|round| round.worker_cpu_micros)),
        micros(median(|round| round.store_cpu_micros)),
        micros(median(|round| round.broker_cpu_micros)),
        format!("{:.0}", median(|round| round.worker_peak_mib)),
        count(median(|round| round.raw_per_second)),
        format!("{:.0}", median(|round| round.raw_in_flight as f64)),
        with_range(rounds, drain::Round::ratio),
    ];
    let title = format!("Drain: a backlog, one worker; {} rounds, medians", rounds.len());
    let head = [
        "events",
        "accepted/s",
        "drained/s",
        "worker CPU us",
        "store CPU us",
        "broker CPU us",
        "worker peak MiB",
        "raw inserts/s",
        "at a time",
        "ratio (range)",
    ];
    table(&title, &head, [row], markdown)
}

fn reads(answers: &[Answers], markdown: bool) -> String {
    let at = reads::CONCURRENCIES
        .into_iter()
        .flat_map(|concurrency| Way::ALL.into_iter().map(move |way| (way, concurrency)));
    let rows = at.map(|(way, concurrency)| {
        let own: Vec<_> =
            answers.iter().filter(|own| (own.way, own.concurrency) == (way, concurrency)).collect();
        let median = |figure: fn(&Answers) -> f64| median_of(&own, |answers| figure(answers));
        vec![
            way.title().to_owned(),
            concurrency.to_string(),
            count(median(|answers| answers.per_second)),
            millis(median(|answers| answers.p50_ms)),
            millis(median(|answers| answers.p99_ms)),
            with_range(&p50_by_direct(answers, way, concurrency), |ratio| *ratio),
        ]
    });
    let head = ["read", "at once", "reads/s", "p50 ms", "p99 ms", "p50 to direct's (range)"];
    table("Reads: by id, in random order; medians of the rounds", &head, rows, markdown)
}

/// What a contestant did over so many connections, in each round.
pub(crate) fn of(samples: &[Sample], contestant: Contestant, connections: usize) -> Vec<&Sample> {
    let own = |sample: &&Sample| sample.contestant == contestant && sample.connections == connections;
    samples.iter().filter(own).collect()
}

/// Each round's ratio of a figure of two contestants over so many connections.
pub(crate) fn ratios(
    samples: &[Sample],
    one: (Contestant, usize),
    other: (Contestant, usize),
    figure: impl Fn(&Sample) -> f64,
) -> Vec<f64> {
    let (one, other) = (of(samples, one.0, one.1), of(samples, other.0, other.1));
    one.iter().zip(&other).map(|(one, other)| figure(one) / figure(other)).collect()
}

fn by_raw(samples: &[Sample], contestant: Contestant, connections: usize) -> Vec<f64> {
    let raw = (Contestant::Raw, RAW_IN_FLIGHT);
    ratios(samples, (contestant, connections), raw, |sample| sample.per_second)
}

/// Each round's p99 at half load by that of the raw loop.
pub(crate) fn p99_by_raw(measured: &[HalfLoad], case: Case) -> Vec<f64> {
    let of = |case| measured.iter().filter(move |half: &&HalfLoad| half.case == case);
    of(case).zip(of(Case::Raw)).map(|(own, raw)| own.p99_ms / raw.p99_ms).collect()
}

/// Each round's p50 by that of the same documents found by the driver alone.
pub(crate) fn p50_by_direct(answers: &[Answers], way: Way, concurrency: usize) -> Vec<f64> {
    let of = |way| {
        let own = move |own: &&Answers| own.way == way && own.concurrency == concurrency;
        answers.iter().filter(own)
    };
    of(way).zip(of(Way::Direct)).map(|(own, direct)| own.p50_ms / direct.p50_ms).collect()
}

fn rounds(samples: &[Sample]) -> usize {
    samples.iter().map(|sample| sample.round + 1).max().unwrap_or(0)
}
