use super::Waiting;
use crate::send::Message;
use pawnshop_messaging::PublishError;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What waits to be published, first in, first out, and how it becomes messages.
#[derive(Debug)]
pub(crate) struct Outbox<P: Pack> {
    pack: P,
    jobs: Mutex<Jobs<P::Job>>,
    changed: Notify,
}

#[derive(Debug)]
struct Jobs<J> {
    waiting: VecDeque<J>,
    closed: bool,
}

/// How jobs become messages.
pub(crate) trait Pack: Send + Sync + 'static {
    /// What one caller wants published.
    type Job: Job;

    /// Takes the next message's jobs from the front; jobs that nobody waits for are left out.
    fn pack(&self, jobs: &mut VecDeque<Self::Job>) -> Option<Batch>;
}

/// One caller's part of a message.
pub(crate) trait Job: Send + 'static {
    fn waiting(&self) -> &Waiting;
    fn into_waiting(self) -> Waiting;
}

/// One message and all who wait for it.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) message: Message,
    /// The events in it.
    pub(crate) events: usize,
    pub(crate) waiting: Vec<Waiting>,
    /// Whether it came back once because no queue took it.
    pub(crate) returned_once: bool,
}

impl<P: Pack> Outbox<P> {
    pub(crate) fn new(pack: P) -> Self {
        let jobs = Jobs { waiting: VecDeque::new(), closed: false };
        Self { pack, jobs: Mutex::new(jobs), changed: Notify::new() }
    }

    pub(crate) fn push(&self, job: P::Job) {
        self.jobs().waiting.push_back(job);
        self.changed.notify_one();
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.jobs().closed = true;
        self.changed.notify_one();
    }

    /// Whether nothing is there and nothing more will come.
    pub(super) fn is_done(&self) -> bool {
        let jobs = self.jobs();
        jobs.closed && jobs.waiting.is_empty()
    }

    /// Something came, or the outbox was closed.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The next message.
    pub(super) fn next(&self) -> Option<Batch> {
        self.pack.pack(&mut self.jobs().waiting)
    }

    /// Since when the first one waits.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.jobs().waiting.front().map(|job| job.waiting().since)
    }

    /// Answers those who have waited since `before` or longer.
    pub(super) fn refuse(&self, before: Instant, error: &PublishError) {
        loop {
            let mut jobs = self.jobs();
            if jobs.waiting.front().is_none_or(|job| job.waiting().since > before) {
                return;
            }
            let job = jobs.waiting.pop_front();
            drop(jobs);
            if let Some(job) = job {
                job.into_waiting().answer(Err(error.clone()));
            }
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs<P::Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    /// Since when the first one waits for it; `None` when everybody was answered.
    pub(super) fn oldest(&self) -> Option<Instant> {
        // First in, first packed.
        self.waiting.first().map(|waiting| waiting.since)
    }

    /// Answers everybody who waits for it.
    pub(super) fn answer(&mut self, answer: &Result<(), PublishError>) {
        for waiting in self.waiting.drain(..) {
            waiting.answer(answer.clone());
        }
    }
}
