//! The load generator: a closed loop, or an open one at a given rate, over HTTP/1.1 keep-alive, requests made in place, answers parsed no further than
//! their end. It shares the machine's cores with the shop, so it does as little as can be done; all of it runs
//! on the thread that calls.

mod pace;
mod requests;
mod wire;

pub(crate) use pace::Pace;
pub(crate) use requests::{BUY, Reads, Requests, item_id};

use crate::options::Writes;
use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until, timeout_at};
use wire::Connection;

/// Past a window's end, how long the last answers may take.
const LAST_ANSWERS: Duration = Duration::from_secs(30);

/// The longest latency that is told apart from longer ones: a minute, in nanoseconds.
pub(crate) const LONGEST: u64 = 60_000_000_000;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Writes, each of another item or action, counted from here.
    Write(Writes, u64),
    /// Reads.
    Read(Reads),
}

/// How long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// A window after a warm-up.
    Window { warm_up: Duration, window: Duration },
    /// The same at so many requests a second, whether or not they are answered as fast. Latencies count from when
    /// a request was due, also where no connection was free then.
    Paced { warm_up: Duration, window: Duration, per_second: f64 },
    /// So many requests, all of them measured, within a time.
    Requests(u64, Duration),
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Load<S> {
    /// Requests that were answered within what was measured.
    pub(crate) requests: u64,
    /// When the measurement began, with every connection open.
    pub(crate) began: Instant,
    /// How long was measured.
    pub(crate) elapsed: Duration,
    /// Requests sent in all, warm-up included.
    pub(crate) sent: u64,
    /// Nanoseconds from the first byte sent, or from when it was due, to the last one received.
    pub(crate) latencies: Histogram<u64>,
    /// What `sample` said when the measurement began and when it ended.
    pub(crate) samples: (S, S),
}

impl<S> Load<S> {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// A quantile of the latencies, in milliseconds.
    pub(crate) fn millis(&self, quantile: f64) -> f64 {
        millis(&self.latencies, quantile)
    }
}

/// A quantile of latencies in nanoseconds, in milliseconds; infinite where nothing was answered.
pub(crate) fn millis(latencies: &Histogram<u64>, quantile: f64) -> f64 {
    if latencies.is_empty() { f64::INFINITY } else { latencies.value_at_quantile(quantile) as f64 / 1e6 }
}

/// Asks over so many connections at once, each one waiting for its answer before it asks again. Any other
/// answer than the one expected ends the run.
pub(crate) fn run<S>(
    address: SocketAddr,
    work: Work,
    concurrency: usize,
    until: Until,
    sample: impl Fn() -> Result<S>,
) -> Result<Load<S>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, drive(address, work, concurrency, until, sample))
}

/// What the connections of one run share.
struct Shared {
    next: Cell<u64>,
    end: u64,
    window: (Instant, Instant),
    measured: Cell<u64>,
    latencies: RefCell<Histogram<u64>>,
    /// What is due, where there is a pace.
    due: Option<Due>,
}

/// Requests that are due: since when, and a permit for each.
struct Due {
    since: RefCell<VecDeque<Instant>>,
    permits: Semaphore,
}

async fn drive<S>(
    address: SocketAddr,
    work: Work,
    concurrency: usize,
    until: Until,
    sample: impl Fn() -> Result<S>,
) -> Result<Load<S>> {
    let mut connections = Vec::with_capacity(concurrency);
    for _ in 0..concurrency {
        connections.push(Connection::open(address).await.context("cannot connect to the shop")?);
    }
    let first = if let Work::Write(_, first) = work { first } else { 0 };
    let now = Instant::now();
    let (end, window) = match until {
        Until::Window { warm_up, window } | Until::Paced { warm_up, window, .. } => {
            (u64::MAX, (now + warm_up, now + warm_up + window))
        }
        Until::Requests(requests, limit) => (first + requests, (now, now + limit)),
    };
    let pace = if let Until::Paced { per_second, .. } = until { Some(Pace::new(per_second)) } else { None };
    let shared = Rc::new(Shared {
        next: Cell::new(first),
        end,
        window,
        measured: Cell::new(0),
        latencies: RefCell::new(Histogram::new_with_max(LONGEST, 3)?),
        due: pace.as_ref().map(|_| Due { since: RefCell::default(), permits: Semaphore::new(0) }),
    });
    if let Some(pace) = pace {
        tokio::task::spawn_local(release(pace, Rc::clone(&shared)));
    }
    let tasks: Vec<_> = connections
        .into_iter()
        .map(|connection| {
            let requests = Requests::new(work, address);
            tokio::task::spawn_local(ask(connection, requests, Rc::clone(&shared)))
        })
        .collect();
    sleep_until(window.0).await;
    // From when answers are counted, however late this task woke.
    let (before, began) = (sample()?, shared.window.0);
    let measured = if let Until::Window { .. } | Until::Paced { .. } = until {
        sleep_until(window.1).await;
        // Taken here and not after the last answers, which belong to no window.
        Some((shared.measured.get(), sample()?, Instant::now()))
    } else {
        None
    };
    for task in tasks {
        match timeout_at(window.1 + LAST_ANSWERS, task).await {
            Ok(done) => done.context("a connection's task failed")??,
            Err(_) => bail!("the shop left requests without an answer"),
        }
    }
    let (requests, after, ended) = match measured {
        Some(measured) => measured,
        None => (shared.measured.get(), sample()?, Instant::now()),
    };
    let latencies = shared.latencies.borrow().clone();
    Ok(Load {
        requests,
        began,
        elapsed: ended - began,
        sent: shared.next.get() - first,
        latencies,
        samples: (before, after),
    })
}

async fn ask(mut connection: Connection, mut requests: Requests, shared: Rc<Shared>) -> Result<()> {
    let (begin, end) = shared.window;
    loop {
        let started = match &shared.due {
            None => Instant::now(),
            Some(due) => match due.next().await {
                Some(since) => since,
                None => return Ok(()),
            },
        };
        let number = shared.next.get();
        if number >= shared.end || started >= end {
            return Ok(());
        }
        shared.next.set(number + 1);
        let (request, expected) = requests.number(number);
        let status = connection.exchange(request).await?;
        if status != expected {
            bail!("the shop answered {status} instead of {expected}: {}", connection.last_answer());
        }
        let ended = Instant::now();
        if started >= begin && ended <= end {
            shared.measured.set(shared.measured.get() + 1);
            let nanos = u64::try_from((ended - started).as_nanos()).unwrap_or(u64::MAX);
            shared.latencies.borrow_mut().saturating_record(nanos);
        }
    }
}

/// Lets requests become due until the window ends.
async fn release(mut pace: Pace, shared: Rc<Shared>) {
    let Some(due) = &shared.due else { return };
    loop {
        let (requests, now) = (pace.tick().await, Instant::now());
        if now >= shared.window.1 {
            return due.permits.close();
        }
        due.since.borrow_mut().extend(std::iter::repeat_n(now, requests));
        due.permits.add_permits(requests);
    }
}

impl Due {
    /// Since when the next request is due; `None` at the end.
    async fn next(&self) -> Option<Instant> {
        self.permits.acquire().await.ok()?.forget();
        self.since.borrow_mut().pop_front()
    }
}

#[cfg(test)]
#[path = "load/tests.rs"]
mod tests;
