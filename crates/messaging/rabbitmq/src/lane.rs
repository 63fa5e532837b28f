//! A lane: a task that publishes what an outbox holds over a confirm channel of its own, a few messages at a time.

mod confirms;
mod meters;
mod outbox;
mod prepare;
mod room;
mod waiting;

use crate::Deadlines;
use crate::link::{Link, Status, blocked_because};
use crate::shared::{Flow, Shared};
use confirms::{Confirms, Fate, Outstanding};
use meters::Meters;
pub(crate) use outbox::{Batch, Job, Outbox, Pack};
use pawnshop_messaging::PublishError;
use prepare::Preparation;
pub(crate) use room::{Amount, Room};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
pub(crate) use waiting::{Answer, Waiting};

/// A confirm that has not come after so many publish deadlines, on a connection that answers, never will.
const STALE: u32 = 3;
/// When a lane looks up from waiting although nothing is due.
const IDLE: Duration = Duration::from_secs(60);

/// Publishes what comes into an outbox, until that is closed and empty.
pub(crate) struct Lane<P: Pack> {
    outbox: Arc<Outbox<P>>,
    link: Arc<Link>,
    shared: Arc<Shared>,
    /// The flow that it serves; all of them if `None`.
    flow: Option<Arc<Flow>>,
    /// Messages that may be outstanding at a time.
    width: usize,
    /// How long messages may wait while the broker takes none.
    patience: Duration,
    deadlines: Deadlines,
    meters: Meters,
    /// Since when the link is up, while it is.
    up_since: Option<Instant>,
    confirms: Option<Confirms<Batch>>,
    preparation: Preparation,
    /// Messages that go out before the outbox's: they could not be sent, or came back once.
    again: VecDeque<Batch>,
}

impl<P: Pack> Lane<P> {
    pub(crate) fn new(
        outbox: Arc<Outbox<P>>,
        link: Arc<Link>,
        shared: Arc<Shared>,
        flow: Option<Arc<Flow>>,
        width: usize,
    ) -> Self {
        let meters = Meters::new(flow.as_ref().map_or("single messages", |flow| flow.name.as_str()));
        let preparation = Preparation::default();
        let again = VecDeque::new();
        let deadlines = shared.options.deadlines.clone();
        let (up_since, confirms) = (None, None);
        Self {
            outbox,
            link,
            shared,
            flow,
            width,
            patience: Duration::ZERO,
            deadlines,
            meters,
            up_since,
            confirms,
            preparation,
            again,
        }
    }

    /// The same lane, with messages that wait so long while the broker takes none, instead of being refused.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Never waits for one thing only: whatever the broker does, everybody is answered in time.
    pub(crate) async fn run(mut self) {
        let mut status = self.link.status();
        loop {
            let now = Instant::now();
            let current = status.borrow_and_update().clone();
            self.up_since = matches!(current, Status::Up(_)).then(|| self.up_since.unwrap_or(now));
            self.expire(now, &current);
            self.prepare(now, &current);
            self.send(&current);
            if self.outbox.is_done() && self.again.is_empty() && self.in_flight() == 0 {
                return;
            }
            let full = self.in_flight() >= self.width && matches!(current, Status::Up(_));
            let due = self.due(now, &current);
            tokio::select! {
                fates = fates(&mut self.confirms) => self.settle(fates),
                () = self.outbox.changed(), if !full => {}
                prepared = self.preparation.done() => self.prepared(prepared),
                changed = status.changed() => if changed.is_err() { return },
                () = sleep_until(due) => {}
            }
        }
    }

    fn in_flight(&self) -> usize {
        self.confirms.as_ref().map_or(0, Confirms::len)
    }

    /// Sends as much as may be outstanding.
    fn send(&mut self, status: &Status) {
        if self.preparation.is_needed() || matches!(status, Status::Blocked { .. }) {
            return;
        }
        let Some(confirms) = &mut self.confirms else { return };
        while confirms.len() < self.width {
            let Some(batch) = self.again.pop_front().or_else(|| self.outbox.next()) else { return };
            let message = batch.message.clone();
            if let Err(batch) = confirms.publish(message, batch) {
                // The channel has ended; what it has outstanding is read first, then another one is opened.
                self.again.push_front(batch);
                self.preparation.need_channel();
                return;
            }
        }
    }

    fn settle(&mut self, fates: Vec<(Outstanding<Batch>, Fate)>) {
        for (Outstanding { sent, token: mut batch, .. }, fate) in fates {
            self.meters.ended(&fate, batch.events, sent.elapsed());
            match fate {
                Fate::Confirmed => {
                    if let Some(flow) = &self.flow {
                        flow.bytes.record(batch.events, batch.message.body.len());
                    }
                    batch.answer(&Ok(()));
                }
                Fate::Returned if batch.returned_once => {
                    let why = format!("no queue takes \"{}\"", batch.message.routing_key);
                    batch.answer(&Err(PublishError::Unavailable(why)));
                }
                Fate::Returned => {
                    batch.returned_once = true;
                    self.again.push_back(batch);
                    self.preparation.need_declaration();
                }
                Fate::Refused => {
                    let why = "the broker refused the message".to_owned();
                    batch.answer(&Err(PublishError::Unconfirmed(why)));
                }
                Fate::Lost(why) => batch.answer(&Err(PublishError::Unconfirmed(why))),
            }
        }
        if self.confirms.as_ref().is_some_and(|confirms| !confirms.is_alive() && confirms.len() == 0) {
            self.confirms = None;
            // The channel may have ended because the exchange is gone.
            self.preparation.need_declaration();
        }
    }

    /// Answers those for whom it is too late.
    fn expire(&mut self, now: Instant, status: &Status) {
        let wait = self.deadlines.wait;
        match status {
            Status::Up(_) => {}
            Status::Blocked { since, why } if *since + self.patience <= now => {
                self.refuse_unsent(now, blocked_because(why));
            }
            Status::Blocked { .. } => {}
            Status::Closed => self.refuse_unsent(now, "it is closed".to_owned()),
            Status::Down { since, why } if *since + wait <= now => {
                self.refuse_unsent(now, why.clone());
            }
            Status::Down { .. } => {}
        }
        if let Some(before) = self.late(now, status) {
            let slow = PublishError::Unavailable("the broker is too slow".to_owned());
            self.outbox.refuse(before, &slow);
            let late = |batch: &Batch| batch.oldest().is_none_or(|since| since <= before);
            for batch in self.again.iter_mut().filter(|batch| late(batch)) {
                batch.answer(&Err(slow.clone()));
            }
            self.again.retain(|batch| !batch.waiting.is_empty());
            self.expire_sent(before);
        }
        let stale_at = self.stale_at();
        let Some(confirms) = &self.confirms else { return };
        if confirms.outstanding().any(|message| stale_at(message.sent).is_some_and(|at| at <= now)) {
            tracing::warn!("a message was never confirmed: its channel is given up");
            self.give_up_channel();
        }
    }

    /// Since when those have waited for whom it is too late; `None` when it is for nobody.
    fn late(&self, now: Instant, status: &Status) -> Option<Instant> {
        let before = now.checked_sub(self.deadlines.publish)?;
        (self.deadline(before, status) <= now).then_some(before)
    }

    /// When it is too late for somebody who has waited since then. In a patient lane the time in which the broker took
    /// nothing does not count.
    fn deadline(&self, since: Instant, status: &Status) -> Instant {
        let begun = match (self.patience, self.up_since) {
            (Duration::ZERO, _) | (_, None) => since,
            (_, Some(up)) => since.max(up),
        };
        let deadline = begun + self.deadlines.publish;
        match status {
            Status::Blocked { since, .. } => deadline.max(*since + self.patience),
            _ => deadline,
        }
    }

    /// Messages stay outstanding when their callers have been answered: the broker still has them.
    fn expire_sent(&mut self, before: Instant) {
        let Some(confirms) = &mut self.confirms else { return };
        let late =
            |message: &&mut Outstanding<Batch>| message.token.oldest().is_some_and(|since| since <= before);
        let mut any = false;
        for message in confirms.outstanding_mut().filter(late) {
            message.token.answer(&Err(PublishError::Unconfirmed("no answer in time".to_owned())));
            any = true;
        }
        if any {
            self.link.suspect();
        }
    }

    /// When a message sent then is stale; never, while the broker may be reading nothing and confirming nothing.
    fn stale_at(&self) -> impl Fn(Instant) -> Option<Instant> + use<P> {
        let (up_since, after) = (self.up_since, self.deadlines.publish * STALE);
        move |sent| up_since.map(|up| sent.max(up) + after)
    }

    fn give_up_channel(&mut self) {
        if let Some(mut confirms) = self.confirms.take() {
            for message in confirms.outstanding_mut() {
                let why = "no answer in time".to_owned();
                message.token.answer(&Err(PublishError::Unconfirmed(why)));
            }
        }
        self.preparation.need_channel();
    }

    fn refuse_unsent(&mut self, now: Instant, why: String) {
        let error = PublishError::Unavailable(why);
        self.outbox.refuse(now, &error);
        for mut batch in self.again.drain(..) {
            batch.answer(&Err(error.clone()));
        }
    }

    /// When to look again at the latest.
    fn due(&self, now: Instant, status: &Status) -> Instant {
        let deadlines = &self.deadlines;
        let unsent = self.outbox.oldest().into_iter().chain(self.again.iter().filter_map(Batch::oldest));
        let mut due: Vec<_> = unsent.map(|since| self.deadline(since, status)).collect();
        match status {
            Status::Down { since, .. } if !due.is_empty() => due.push(*since + deadlines.wait),
            Status::Blocked { since, .. } if !due.is_empty() => due.push(*since + self.patience),
            _ => {}
        }
        let stale_at = self.stale_at();
        let sent = self.confirms.iter().flat_map(|confirms| confirms.outstanding());
        due.extend(sent.filter_map(|message| match message.token.oldest() {
            Some(since) => Some(self.deadline(since, status)),
            None => stale_at(message.sent),
        }));
        due.extend(self.preparation.due());
        // Never at once: what is due already and still there waits for something else.
        due.into_iter().min().unwrap_or(now + IDLE).max(now + Duration::from_millis(1))
    }
}

/// The next fates; never, without a channel.
async fn fates(confirms: &mut Option<Confirms<Batch>>) -> Vec<(Outstanding<Batch>, Fate)> {
    match confirms {
        Some(confirms) => confirms.fates().await,
        None => std::future::pending().await,
    }
}
