use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What workers have in hand, and since when: a worker that holds something for long is busy, however little is left in
/// the queue (decision K1). A batch counts as one; of events that are handled alone, as many as may be at once.
#[derive(Default)]
pub(crate) struct Held(Mutex<Batches>);

#[derive(Default)]
struct Batches {
    next: u64,
    /// And how much of a batch each is.
    since: BTreeMap<u64, (Instant, f64)>,
    /// For how many seconds all batches that have ended were in hand.
    ended: f64,
}

/// How many batches were in hand on average in the last half minute: for a load that workers keep up with, which no
/// backlog shows.
#[derive(Default)]
pub(crate) struct InHand(VecDeque<(Instant, f64)>);

/// Over how long the mean is taken.
const MEAN_OVER: Duration = Duration::from_secs(30);

/// A batch in hand, until this is dropped.
pub(crate) struct Holding {
    held: Arc<Held>,
    batch: u64,
}

impl Held {
    /// A worker has just taken a batch, or so much of one.
    pub(crate) fn take(self: &Arc<Self>, share: f64) -> Holding {
        let batch = self.change(|batches| {
            let batch = batches.next;
            batches.next += 1;
            batches.since.insert(batch, (Instant::now(), share));
            batch
        });
        Holding { held: Arc::clone(self), batch }
    }

    /// How many batches have been in hand for longer than this.
    pub(crate) fn longer_than(&self, time: Duration) -> usize {
        self.change(|batches| {
            let long = batches.since.values().filter(|(since, _)| since.elapsed() > time);
            long.map(|(_, share)| share).sum::<f64>().ceil() as usize
        })
    }

    /// For how many seconds batches were in hand, all together.
    fn time(&self, now: Instant) -> f64 {
        self.change(|batches| {
            let now = batches
                .since
                .values()
                .map(|(since, share)| now.saturating_duration_since(*since).as_secs_f64() * share);
            now.fold(batches.ended, |sum, seconds| sum + seconds)
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Batches) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.held.change(|batches| {
            if let Some((since, share)) = batches.since.remove(&self.batch) {
                batches.ended += since.elapsed().as_secs_f64() * share;
            }
        });
    }
}

impl InHand {
    /// The mean as of now. To be asked at regular times.
    pub(crate) fn mean(&mut self, held: &Held) -> f64 {
        let now = Instant::now();
        let time = held.time(now);
        while self.0.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > MEAN_OVER) {
            self.0.pop_front();
        }
        self.0.push_back((now, time));
        match self.0.front() {
            Some((at, before)) if *at < now => (time - before) / (now - *at).as_secs_f64(),
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn the_mean_is_of_the_last_half_minute() {
        let (held, mut in_hand) = (Arc::new(Held::default()), InHand::default());
        let mut means = Vec::new();
        let (first, mut second) = (held.take(1.0), None);
        let mut first = Some(first);
        for second_of_time in 0..=60 {
            if second_of_time == 15 {
                second = Some(held.take(1.0));
            }
            if second_of_time == 30 {
                (first, second) = (None, None);
            }
            means.push(in_hand.mean(&held));
            advance(Duration::from_secs(1)).await;
        }
        assert!(first.is_none() && second.is_none());
        let near = |mean: f64, expected: f64| (mean - expected).abs() < 0.01;
        assert!(near(means[0], 0.0) && near(means[10], 1.0) && near(means[30], 1.5), "{means:?}");
        assert!(near(means[45], 1.0) && near(means[60], 0.0), "{means:?}");
    }
}
