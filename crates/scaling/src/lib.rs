//! The scaling rule: a pool's backlog in, its worker count out. Pure: no clock, no I/O.
//!
//! The same rule sizes the tasks of an embedded shop and the Deployments of the operator. It is the one of
//! Kubernetes' HorizontalPodAutoscaler for an `AverageValue` metric,
//! `desiredReplicas = ceil(sum of the metric / target)`, held within `min..max`
//! (<https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details>), with
//! HPA's stabilisation window for scaling in ([`Stabiliser`]) and one thing that HPA leaves to its metric: a
//! backlog that cannot be read never scales anything in (G7).
//!
//! [`decide`] is the whole rule in one call: the same wish ([`value`]: backlog or busy workers), stabilised, within a
//! budget of new workers ([`Surge`]), held by a pause, and with [`Sleep`] between 0 and 1. [`Decision`] tells why, and
//! what would change it. What a queue holds in events is told by [`events`],
//! and which workers keep the pace of a load that leaves no backlog by [`at_pace`].
//!
//! What acts on the number (starting tasks, writing `/scale`) lives with whoever owns the workers. A new kind of limit
//! is a field of [`Rule`], a line in [`decide`] and a [`Reason`] of its own.

mod backlog;
mod decide;
mod decision;
mod desired;
mod events;
mod pace;
mod reason;
mod sleep;
mod stabiliser;
mod surge;
mod work;

pub use backlog::Backlog;
pub use decide::{Memory, Rule, decide};
pub use decision::Decision;
pub use desired::{Limits, desired};
pub use events::{Queued, events};
pub use pace::at_pace;
pub use reason::Reason;
pub use sleep::{Patience, Seen, Sleep, Step};
pub use stabiliser::Stabiliser;
pub use surge::{Additions, Surge};
pub use work::{Work, value};
