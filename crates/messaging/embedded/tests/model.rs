//! Whatever is done to it, the queue holds what a plain model of it holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod support;

use pawnshop_domain::EventId;
use pawnshop_messaging::contract::{Backend, event, flow};
use pawnshop_messaging::{Consumer, Receipt, RetrySchedule, Settlement, Tier};
use pawnshop_scaling::Backlog;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use support::Embedded;

/// So long that nothing comes back while a case runs.
const TIER: Tier = Tier { delay: Duration::from_secs(3_600) };

#[derive(Clone, Debug)]
enum Step {
    Publish(usize),
    /// Which consumer, how many at most.
    Receive(usize, usize),
    /// Which consumer, and what becomes of each event that it holds, again and again.
    Settle(usize, Vec<Option<Settlement>>),
    Drop(usize),
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let settlement = prop_oneof![
        4 => Just(Some(Settlement::Done)),
        1 => Just(Some(Settlement::Return)),
        1 => Just(Some(Settlement::Retry(TIER))),
        2 => Just(None),
    ];
    prop_oneof![
        4 => (0..20_usize).prop_map(Step::Publish),
        4 => (0..2_usize, 1..12_usize).prop_map(|(who, max)| Step::Receive(who, max)),
        4 => (0..2_usize, proptest::collection::vec(settlement, 1..8)).prop_map(|(who, what)| Step::Settle(who, what)),
        1 => (0..2_usize).prop_map(Step::Drop),
        1 => Just(Step::Crash),
    ]
}

/// What the queue should hold.
#[derive(Default)]
struct Model {
    ready: Vec<EventId>,
    held: [BTreeMap<u64, EventId>; 2],
    delayed: u64,
}

impl Model {
    fn give_back(&mut self, who: usize) {
        self.ready.extend(std::mem::take(&mut self.held[who]).into_values());
    }

    fn backlog(&self) -> u64 {
        (self.ready.len() + self.held.iter().map(BTreeMap::len).sum::<usize>()) as u64
    }
}

struct Run {
    queue: Embedded,
    consumers: [Box<dyn Consumer>; 2],
    model: Model,
}

impl Run {
    async fn start() -> Self {
        let queue = Embedded::start(RetrySchedule::new(vec![TIER.delay])).await;
        queue.broker().declare(&[flow("a")]).await.unwrap();
        let consumers = consumers(&queue).await;
        Self { queue, consumers, model: Model::default() }
    }

    async fn take(mut self, step: Step) -> Self {
        match step {
            Step::Publish(count) => {
                let events: Vec<_> = (0..count).map(event).collect();
                self.model.ready.extend(events.iter().map(|event| event.id));
                self.queue.broker().publisher().publish(&flow("a"), events).await.unwrap();
            }
            Step::Receive(who, max) => self.receive(who, max).await,
            Step::Settle(who, what) => self.settle(who, &what).await,
            Step::Drop(who) => {
                self.consumers[who] = self.queue.broker().consume(&[flow("a")]).await.unwrap();
                self.model.give_back(who);
            }
            Step::Crash => {
                self.queue = self.queue.crash().await;
                self.consumers = consumers(&self.queue).await;
                (0..2).for_each(|who| self.model.give_back(who));
            }
        }
        self
    }

    async fn receive(&mut self, who: usize, max: usize) {
        if self.model.ready.is_empty() {
            return;
        }
        let receiving = tokio::time::timeout(Duration::from_secs(10), self.consumers[who].receive(max));
        let received = receiving.await.expect("events are ready").unwrap();
        assert_eq!(received.len(), max.min(self.model.ready.len()));
        for received in received {
            let id = received.event.unwrap().id;
            let index = self.model.ready.iter().position(|&ready| ready == id).expect("it was ready");
            self.model.ready.swap_remove(index);
            self.model.held[who].insert(received.receipt.0, id);
        }
    }

    async fn settle(&mut self, who: usize, what: &[Option<Settlement>]) {
        let receipts: Vec<u64> = self.model.held[who].keys().copied().collect();
        let settlements: Vec<_> = receipts
            .into_iter()
            .zip(what.iter().cycle())
            .filter_map(|(receipt, settlement)| Some((Receipt(receipt), (*settlement)?)))
            .collect();
        for (receipt, settlement) in &settlements {
            let id = self.model.held[who].remove(&receipt.0).unwrap();
            match settlement {
                Settlement::Done => {}
                Settlement::Retry(_) => self.model.delayed += 1,
                Settlement::Return => self.model.ready.push(id),
            }
        }
        self.consumers[who].settle(settlements).await.unwrap();
    }

    async fn check(&self) {
        let broker = self.queue.broker();
        assert_eq!(broker.backlog(&flow("a")).await, Backlog::Known(self.model.backlog()));
        assert_eq!(broker.delayed(&flow("a")).await, Backlog::Known(self.model.delayed));
    }
}

async fn consumers(queue: &Embedded) -> [Box<dyn Consumer>; 2] {
    let flows = [flow("a")];
    [queue.broker().consume(&flows).await.unwrap(), queue.broker().consume(&flows).await.unwrap()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_holds_what_the_model_holds(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let mut run = Run::start().await;
            for step in steps {
                run = run.take(step).await;
                run.check().await;
            }
            let left = run.model.ready.len();
            run.receive(0, left.max(1)).await;
            assert!(run.model.ready.is_empty());
        });
    }
}
