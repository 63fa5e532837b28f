//! What the YAML's `spec` and `status` hold, a file for each part.

mod autoscaling;
mod broker;
mod dispatcher;
mod monitoring;
mod network;
mod pool;
mod references;
mod scaling;
mod schema;
mod shop;
mod status;
mod store;
mod workload;

pub use autoscaling::{Autoscaling, Schedule, Surge};
pub use broker::{Broker, ClientTls};
pub use dispatcher::{CpuAutoscaling, Dispatcher, HttpRoute, Ingress, ParentRef, ServiceSpec, ServiceType};
pub use monitoring::{Monitoring, ServiceMonitor};
pub use network::NetworkPolicySpec;
pub use pool::Pool;
pub use references::{LocalRef, SecretKeyRef, SecretValue};
pub use scaling::{Scaling, ScalingBackend};
pub use schema::Opaque;
pub use shop::{PawnShop, PawnShopSpec, PullPolicy};
pub use status::{PawnShopStatus, PoolScaling, PoolStatus, ReplicaStatus, ScaleChange};
pub use store::Store;
pub use workload::{Quantity, Resources, Workload};
