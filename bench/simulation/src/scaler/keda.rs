use super::hpa::{Behaviour, Hpa};
use super::{Protocol, Scaler, Sight, Target};
use crate::clock::steps;
use crate::load::Pool;

/// Seconds without activity before KEDA removes all workers (`defaultCooldownPeriod`).
const COOLDOWN: u32 = 300;

/// KEDA's scaler for RabbitMQ in mode QueueLength, with `minReplicaCount: 0` and its other defaults, from its source at
/// commit 8b4f083: pkg/scalers/rabbitmq_scaler.go (`getQueueStatus`: http counts ready and unacknowledged messages,
/// amqp what a passive declaration tells, which is ready ones; `GetMetricsAndActivity`: active means more than none)
/// and pkg/scaling/executor/scale_scaledobjects.go (`RequestScale`: at each poll 0 to 1 where active, and any number to
/// 0 where not active since `cooldownPeriod`). Between 1 and the maximum it is an HPA without `behavior`, whose reads of
/// the metric reach the broker.
pub(super) struct Keda {
    hpa: Hpa,
    protocol: Protocol,
    events_per_message: u64,
    poll: u32,
    phase: u32,
    active: Option<u32>,
}

impl Keda {
    pub(super) fn new(pool: &Pool, protocol: Protocol, target: Target, poll: u32) -> Self {
        let events = pool.backlog_per_worker;
        let target = match target {
            Target::AsEvents => events,
            Target::AsMessages => (events / pool.events_per_message).max(1),
        };
        Self {
            hpa: Hpa::new(Behaviour::Absent, f64::from(target), pool.max, pool.phase),
            protocol,
            events_per_message: u64::from(pool.events_per_message),
            poll: steps(poll),
            phase: pool.phase,
            active: None,
        }
    }
}

impl Scaler for Keda {
    fn workers(&mut self, step: u32, sight: &Sight) -> u32 {
        let events = match self.protocol {
            Protocol::Http => sight.counted,
            Protocol::Amqp => sight.ready,
        };
        let mut workers = sight.workers;
        if (step + self.phase).is_multiple_of(self.poll) {
            if events > 0 {
                self.active = Some(step);
                workers = workers.max(1);
            } else if self.active.is_none_or(|active| step - active > steps(COOLDOWN)) {
                return 0;
            }
        }
        self.hpa.workers(step, || events.div_ceil(self.events_per_message), workers)
    }
}
