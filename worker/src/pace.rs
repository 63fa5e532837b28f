use std::sync::atomic::{AtomicUsize, Ordering};

/// How many events a worker takes at once: as many as it may, fewer after the store has failed a batch. A slow store
/// may fail a large batch each time and manage smaller ones; without this the same batch would come again for ever.
pub(crate) struct Pace {
    least: usize,
    most: usize,
    now: AtomicUsize,
}

impl Pace {
    /// At most so many, and down to one.
    pub(crate) fn new(most: usize) -> Self {
        Self { least: 1, most, now: AtomicUsize::new(most) }
    }

    /// For events that are handled alone: never down to one, which might be the only one that fails.
    pub(crate) fn of_each(most: usize) -> Self {
        Self { least: (most / 8).max(1), ..Self::new(most) }
    }

    /// The most events to take now.
    pub(crate) fn batch(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// A batch failed: the next one is a quarter of that.
    pub(crate) fn slower(&self) {
        self.change(|now| (now / 4).max(self.least));
    }

    /// A batch was handled: the next one may be twice that.
    pub(crate) fn faster(&self) {
        if self.batch() < self.most {
            self.change(|now| now.saturating_mul(2).min(self.most));
        }
    }

    /// Another worker's change in between may be lost, which costs one step.
    fn change(&self, step: impl Fn(usize) -> usize) {
        self.now.store(step(self.batch()), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_shrink_to_a_few_while_they_fail_and_grow_back_as_they_succeed() {
        let pace = Pace::new(500);
        let failing: Vec<_> = (0..6).map(|_| (pace.slower(), pace.batch()).1).collect();
        assert_eq!(failing, [125, 31, 7, 1, 1, 1]);
        let succeeding: Vec<_> = (0..10).map(|_| (pace.faster(), pace.batch()).1).collect();
        assert_eq!(succeeding, [2, 4, 8, 16, 32, 64, 128, 256, 500, 500]);
    }

    #[test]
    fn of_events_that_are_handled_alone_a_few_are_always_in_hand() {
        for (most, failing) in [(100, [25, 12, 12]), (8, [2, 1, 1]), (1, [1, 1, 1])] {
            let pace = Pace::of_each(most);
            assert_eq!([(); 3].map(|()| (pace.slower(), pace.batch()).1), failing, "{most}");
        }
    }
}
