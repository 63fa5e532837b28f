//! Who scales a pool: the contestants.

mod hpa;
mod keda;
mod ours;

use crate::load::{Pool, Trace};
use crate::queue::{Pods, Queue};
use crate::tally::{Tally, Turns};

/// What can be seen of a pool at the end of a step; counts are of events.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sight {
    /// As ordered.
    pub(crate) workers: u32,
    /// Events that no worker holds, now.
    pub(crate) ready: u64,
    /// Events that workers hold unacknowledged, now.
    pub(crate) held: u64,
    /// Both together, as the management API tells: one tick of its statistics ago.
    pub(crate) counted: u64,
    /// Workers that have held the same events for longer than 10 s.
    pub(crate) busy: u32,
    /// Whether events were handled, by the same statistics.
    pub(crate) handled: bool,
    /// Workers that keep the pace.
    pub(crate) at_pace: u32,
    /// Events in the retry tiers.
    pub(crate) delayed: u32,
}

/// Decides how many workers a pool is to have.
trait Scaler {
    fn workers(&mut self, step: u32, sight: &Sight) -> u32;
}

/// A way to scale pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// The external metric behind an HPA, 0 <-> 1 by the operator.
    Hpa(Growth, Busy),
    /// The operator alone.
    Builtin(Busy),
    /// KEDA's scaler for RabbitMQ.
    Keda(Protocol, Target, u32),
}

/// How `spec.behavior` lets an HPA of ours grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    /// By its defaults: 4 more or twice as many per 15 s.
    Default,
    /// To the maximum at once.
    Fast,
}

/// Which workers of ours count as busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// Those that have held the same events for longer than 10 s.
    Held,
    /// As many as keep the pace besides, by the share of time that workers are at work. A proposal: not built.
    Paced,
}

/// How KEDA asks RabbitMQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The management API: ready and unacknowledged messages.
    Http,
    /// A passive declaration: ready messages.
    Amqp,
}

/// What KEDA's `value`, which is in messages, is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The events per worker, as if each message were one event.
    AsEvents,
    /// The events per worker over the mean events of a message, which somebody has measured.
    AsMessages,
}

impl Contestant {
    pub(crate) const ALL: [Self; 11] = [
        Self::Builtin(Busy::Held),
        Self::Hpa(Growth::Fast, Busy::Held),
        Self::Hpa(Growth::Default, Busy::Held),
        Self::Builtin(Busy::Paced),
        Self::Hpa(Growth::Fast, Busy::Paced),
        Self::Keda(Protocol::Http, Target::AsMessages, 5),
        Self::Keda(Protocol::Http, Target::AsMessages, 30),
        Self::Keda(Protocol::Http, Target::AsEvents, 30),
        Self::Keda(Protocol::Amqp, Target::AsMessages, 5),
        Self::Keda(Protocol::Amqp, Target::AsMessages, 30),
        Self::Keda(Protocol::Amqp, Target::AsEvents, 30),
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Builtin(busy) => format!("Pawnshop, Builtin{}", busy.suffix()),
            Self::Hpa(Growth::Fast, busy) => format!("Pawnshop, HPA, fast up{}", busy.suffix()),
            Self::Hpa(Growth::Default, busy) => format!("Pawnshop, HPA{}", busy.suffix()),
            Self::Keda(protocol, target, poll) => {
                let protocol = if protocol == Protocol::Http { "http" } else { "amqp" };
                let target = if target == Target::AsEvents { "events" } else { "messages" };
                format!("KEDA {protocol}, poll {poll} s, target as {target}")
            }
        }
    }

    /// Scales a pool under a load, and tells what came of it. `watch` is told of every step that was not slept through.
    pub(crate) fn scale(
        self,
        pool: &Pool,
        trace: &Trace,
        pods: Pods,
        watch: impl FnMut(u32, &Sight),
    ) -> Tally {
        match self {
            Self::Hpa(growth, busy) => {
                drive(&mut ours::Hpa::new(pool, growth, busy), pool, trace, pods, watch)
            }
            Self::Builtin(busy) => drive(&mut ours::Builtin::new(pool, busy), pool, trace, pods, watch),
            Self::Keda(protocol, target, poll) => {
                drive(&mut keda::Keda::new(pool, protocol, target, poll), pool, trace, pods, watch)
            }
        }
    }
}

impl Busy {
    fn suffix(self) -> &'static str {
        match self {
            Self::Held => "",
            Self::Paced => ", paced (proposed)",
        }
    }
}

fn drive<S: Scaler>(
    scaler: &mut S,
    pool: &Pool,
    trace: &Trace,
    pods: Pods,
    mut watch: impl FnMut(u32, &Sight),
) -> Tally {
    let mut queue = Queue::new(pool, trace, pods);
    let (mut tally, mut turns) = (Tally::default(), Turns::default());
    let mut step = 0;
    while step < trace.steps() {
        let sight = queue.pass(step, &mut tally);
        watch(step, &sight);
        let workers = scaler.workers(step, &sight);
        if workers != sight.workers {
            turns.count(step, sight.workers, workers, &mut tally);
            queue.scale(step, workers, &mut tally);
        }
        step = if queue.is_asleep() { trace.next_arrival(step) } else { step + 1 };
    }
    tally.events = trace.arrived(trace.steps() - 1);
    tally
}

#[cfg(test)]
mod tests;
