use std::sync::atomic::{AtomicUsize, Ordering};

/// How many events a worker takes at once: as many as it may, fewer after the store has failed a batch. A slow store
/// may fail a large batch each time and manage smaller ones; without this the same batch would come again for ever.
pub(crate) struct Pace {
    most: usize,
    now: AtomicUsize,
}

impl Pace {
    /// At most so many.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, now: AtomicUsize::new(most) }
    }

    /// The most events to take now.
    pub(crate) fn batch(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// A batch failed: the next one is a quarter of that.
    pub(crate) fn slower(&self) {
        self.change(|now| (now / 4).max(1));
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
}
