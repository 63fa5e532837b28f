use hdrhistogram::{CreationError, Histogram, RecordError};
use std::collections::BTreeMap;
use std::time::Duration;

/// One minute in microseconds: longer latencies count as this.
const LONGEST: u64 = 60_000_000;

/// What a client, or all of them, have seen.
pub(super) struct Tally {
    /// Latency of acknowledged writes, in microseconds.
    pub(super) writes: Histogram<u32>,
    /// Latency of answered reads, in microseconds.
    pub(super) reads: Histogram<u32>,
    /// Reads of items that were acknowledged and not applied yet.
    pub(super) early_reads: u64,
    /// Everything else.
    pub(super) errors: Count,
}

/// How many there are of each kind.
#[derive(Debug, Default)]
pub(super) struct Count(BTreeMap<String, u64>);

impl Count {
    pub(super) fn one(&mut self, kind: String) {
        *self.0.entry(kind).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (kind, count) in other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(kind, count)| (kind.as_str(), *count))
    }
}

/// Latencies do not add up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TallyError {
    #[error("cannot make a histogram: {0}")]
    Create(#[from] CreationError),
    #[error("cannot add histograms: {0}")]
    Add(#[from] hdrhistogram::AdditionError),
    #[error("cannot record a latency: {0}")]
    Record(#[from] RecordError),
}

impl Tally {
    pub(super) fn new() -> Result<Self, TallyError> {
        Ok(Self {
            writes: Histogram::new_with_bounds(1, LONGEST, 3)?,
            reads: Histogram::new_with_bounds(1, LONGEST, 3)?,
            early_reads: 0,
            errors: Count::default(),
        })
    }

    pub(super) fn write(&mut self, latency: Duration) {
        self.writes.saturating_record(micros(latency));
    }

    pub(super) fn read(&mut self, latency: Duration, found: bool) {
        self.reads.saturating_record(micros(latency));
        self.early_reads += u64::from(!found);
    }

    pub(super) fn error(&mut self, kind: String) {
        self.errors.one(kind);
    }

    pub(super) fn add(&mut self, other: Self) -> Result<(), TallyError> {
        self.writes.add(other.writes)?;
        self.reads.add(other.reads)?;
        self.early_reads += other.early_reads;
        self.errors.add(other.errors);
        Ok(())
    }
}

fn micros(latency: Duration) -> u64 {
    u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).clamp(1, LONGEST)
}
