//! What is known of the shop at this moment, and the last two minutes of it.

use super::document::Overview;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The samples that are kept: one a second, two minutes.
const KEPT: usize = 120;

/// After how long figures of an open stream are old; they come once a second.
const OLD: Duration = Duration::from_secs(5);

/// The state of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Live,
    /// It ended, and why; it is being opened again.
    Lost(String),
}

/// What the plots show of one second; `None`: it was not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) writes: Option<f64>,
    pub(super) age: Option<f64>,
    pub(super) backlog: Option<f64>,
}

/// Everything that is drawn.
#[derive(Debug)]
pub(super) struct Model {
    /// The dispatcher's address.
    pub(super) address: String,
    pub(super) link: Link,
    /// The figures that came last, and when.
    pub(super) latest: Option<(Overview, Instant)>,
    pub(super) samples: VecDeque<Sample>,
    /// The lines of the table that are above the page.
    pub(super) scroll: usize,
    pub(super) help: bool,
    /// Whether the terminal may show colours.
    pub(super) colours: bool,
}

impl Model {
    pub(super) fn new(address: String, colours: bool) -> Self {
        let samples = VecDeque::with_capacity(KEPT);
        Self { address, link: Link::Live, latest: None, samples, scroll: 0, help: false, colours }
    }

    /// New figures came.
    pub(super) fn take(&mut self, overview: Overview, now: Instant) {
        self.keep(Sample {
            writes: Some(overview.accepted.per_second),
            age: overview.event_age.map(|age| age.mean_seconds),
            backlog: overview.backlog().map(|events| events as f64),
        });
        self.latest = Some((overview, now));
        self.link = Link::Live;
    }

    /// The stream ended.
    pub(super) fn lose(&mut self, why: String) {
        if self.link == Link::Live {
            self.keep(Sample::default());
        }
        self.link = Link::Lost(why);
    }

    /// A second went by: where no figures come, the plots go on with a gap.
    pub(super) fn second(&mut self, now: Instant) {
        let waits = self.latest.as_ref().is_some_and(|(_, came)| now.duration_since(*came) >= OLD);
        if waits || (self.link != Link::Live && self.latest.is_some()) {
            self.keep(Sample::default());
        }
    }

    /// How old the figures are, where that is more than it should be.
    pub(super) fn old(&self, now: Instant) -> Option<Duration> {
        let (_, came) = self.latest.as_ref()?;
        let age = now.duration_since(*came);
        (self.link != Link::Live || age >= OLD).then_some(age)
    }

    fn keep(&mut self, sample: Sample) {
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::top::samples::{asleep, busy};

    #[test]
    fn two_minutes_are_kept() {
        let mut model = Model::new("http://shop".to_owned(), true);
        (0..500).for_each(|_| model.take(busy(), Instant::now()));
        assert_eq!(model.samples.len(), KEPT);
    }

    #[test]
    fn what_is_not_known_is_a_gap() {
        let mut model = Model::new("http://shop".to_owned(), true);
        model.take(asleep(), Instant::now());
        assert_eq!(model.samples, [Sample { writes: Some(0.0), age: None, backlog: None }]);
    }

    #[test]
    fn figures_are_old_from_when_the_stream_is_lost_until_new_ones_come() {
        let begin = Instant::now();
        let mut model = Model::new("http://shop".to_owned(), true);
        model.take(busy(), begin);
        assert_eq!(model.old(begin), None);
        model.lose("the dispatcher ended the stream".to_owned());
        let later = begin + Duration::from_secs(3);
        model.second(later);
        assert_eq!(model.old(later), Some(Duration::from_secs(3)));
        assert_eq!(model.samples.iter().filter(|sample| **sample == Sample::default()).count(), 2);
        model.take(busy(), later);
        assert_eq!(model.old(later), None);
    }

    #[test]
    fn figures_that_do_not_come_over_an_open_stream_are_old_too() {
        let begin = Instant::now();
        let mut model = Model::new("http://shop".to_owned(), true);
        model.take(busy(), begin);
        let later = begin + OLD;
        model.second(later);
        assert_eq!((model.old(later), model.samples.len()), (Some(OLD), 2));
    }
}
