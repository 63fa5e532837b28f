//! Each event is handled alone and settled once it has ended, however long others take.
//!
//! As many are in hand as may be, and for each that ends another is received. What has ended while the broker was told of
//! others is told together.

use super::{Consuming, Lost};
use crate::batch::{Batch, Group};
use crate::decided::Decided;
use crate::held::Holding;
use crate::trace::BatchTrace;
use crate::verdict::Verdict;
use futures::stream::{FuturesUnordered, StreamExt};
use pawnshop_flow::outcomes::OutcomeRecord;
use pawnshop_messaging::{Consumer, Receipt, Received};
use std::iter::once;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::slice;
use tokio::time::Instant as Time;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

/// An event in hand.
struct InHand {
    group: Group,
    trace: BatchTrace,
    begun: Time,
    _holding: Holding,
}

/// What has ended and is to be settled.
#[derive(Default)]
struct Ended {
    events: Vec<(InHand, Verdict)>,
    letters: Vec<(Receipt, OutcomeRecord)>,
}

impl Consuming {
    /// Works until it is `enough`; then until what is in hand has ended and is settled.
    pub(super) async fn each_alone(
        &self,
        consumer: &dyn Consumer,
        enough: impl Future<Output = ()>,
        most: NonZeroUsize,
        stop: &CancellationToken,
    ) {
        let (mut enough, mut is_enough) = (pin!(enough), false);
        let (mut in_hand, mut ended) = (FuturesUnordered::new(), Ended::default());
        let (mut receiving, mut settling) = (None, None);
        loop {
            let room = self.pace.batch().saturating_sub(in_hand.len());
            if !is_enough && receiving.is_none() && room > 0 {
                receiving = Some(Box::pin(consumer.receive(room)));
            }
            if settling.is_none() && !(ended.events.is_empty() && ended.letters.is_empty()) {
                settling = Some(Box::pin(self.settle_ended(consumer, std::mem::take(&mut ended))));
            }
            if is_enough && in_hand.is_empty() && settling.is_none() {
                return;
            }
            tokio::select! {
                () = &mut enough, if !is_enough => (is_enough, receiving) = (true, None),
                Some(event) = in_hand.next() => ended.events.extend(event),
                settled = answer(&mut settling) => match settled {
                    Ok(()) => settling = None,
                    Err(Lost) => return,
                },
                received = answer(&mut receiving) => match received {
                    Ok(received) => {
                        receiving = None;
                        for event in received {
                            let (group, letter) = self.take(event, most);
                            ended.letters.extend(letter);
                            in_hand.extend(group.map(|event| self.handle_alone(event, stop)));
                        }
                    }
                    Err(error) => return self.broker_failed(error.to_string()),
                },
            }
        }
    }

    /// Takes an event in hand, or a letter as it came.
    fn take(&self, event: Received, most: NonZeroUsize) -> (Option<InHand>, Vec<(Receipt, OutcomeRecord)>) {
        let trace = BatchTrace::begin(self.shop.world.publisher.system(), slice::from_ref(&event));
        let Batch { groups, letters } = Batch::sort(vec![event]);
        let in_hand = |(group, trace)| InHand {
            group,
            trace,
            begun: Time::now(),
            _holding: self.shop.held.take(1.0 / most.get() as f64),
        };
        (groups.into_iter().zip(once(trace)).map(in_hand).next(), letters)
    }

    async fn handle_alone(&self, event: InHand, stop: &CancellationToken) -> Option<(InHand, Verdict)> {
        let decided = self.decide(&event.group, stop).instrument(event.trace.span().clone()).await;
        let verdict = decided.into_iter().next()?.verdict;
        Some((event, verdict))
    }

    /// Settles what has ended, in the span of the first trace of it.
    async fn settle_ended(
        &self,
        consumer: &dyn Consumer,
        Ended { events, letters }: Ended,
    ) -> Result<(), Lost> {
        let (events, verdicts): (Vec<InHand>, Vec<Verdict>) = events.into_iter().unzip();
        let decided = events.iter().zip(verdicts).filter_map(|(InHand { group, .. }, verdict)| {
            let handling = self.handlings.get(&group.flow)?;
            Some(Decided {
                receipt: *group.receipts.first()?,
                handling,
                event: group.events.first(),
                verdict,
            })
        });
        let letters = letters.into_iter().filter_map(|(receipt, record)| self.letter(receipt, record));
        let traces: Vec<&BatchTrace> = events.iter().map(|event| &event.trace).collect();
        let begun = events.iter().map(|event| event.begun).min().unwrap_or_else(Time::now);
        let span = traces.first().map_or_else(Span::none, |trace| trace.span().clone());
        self.settle(consumer, decided.chain(letters).collect(), &traces, begun).instrument(span).await
    }
}

/// What it answers; nothing where it is not there.
async fn answer<F: Future + Unpin>(awaited: &mut Option<F>) -> F::Output {
    match awaited {
        Some(awaited) => awaited.await,
        None => std::future::pending().await,
    }
}
