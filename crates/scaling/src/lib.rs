//! The scaling rule: a pool's backlog in, its worker count out. Pure: no clock, no I/O.
//!
//! The same rule sizes the tasks of an embedded shop and the Deployments of the operator. It is the one of
//! Kubernetes' HorizontalPodAutoscaler for an `AverageValue` metric,
//! `desiredReplicas = ceil(sum of the metric / target)`, held within `min..max`
//! (<https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details>), with
//! HPA's stabilisation window for scaling in ([`Stabiliser`]) and one thing that HPA leaves to its metric: a
//! backlog that cannot be read never scales anything in (G7).
//!
//! What acts on the number (starting tasks, writing `/scale`) lives with whoever owns the workers; a new
//! kind of limit is a field of [`Limits`] and a line in [`desired`].

mod backlog;
mod desired;
mod stabiliser;

pub use backlog::Backlog;
pub use desired::{Limits, desired};
pub use stabiliser::Stabiliser;
