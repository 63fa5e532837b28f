//! A real Kubernetes for tests: etcd, API server, controller manager and scheduler, and with a node also
//! containerd, kubelet, kube-proxy and CoreDNS. No stand-ins, and nothing to install but packages.
//!
//! A [`Cluster`] lives in namespaces of its own and leaves nothing behind, however the process ends that
//! started it. API server, pods and services are reached from the machine by their addresses, and the machine
//! from pods through a [`Relay`]. How it is run stands in `run/`, what runs in the Go modules beside;
//! `scripts/setup.sh` builds those. `make cluster-up` gives the same cluster to people.
//!
//! A test says first what it needs, and shares the cluster with the other tests of its program:
//!
//! ```no_run
//! # use pawnshop_cluster::{Cluster, Level};
//! # async fn test() -> anyhow::Result<()> {
//! if let Err(why) = Cluster::available(Level::ControlPlane) {
//!     pawnshop_servers::skip("the_name_of_the_test", &why);
//!     return Ok(());
//! }
//! let cluster = Cluster::control_plane().await?;
//! let client = cluster.client().await?;
//! let namespace = cluster.namespace("orders").await?;
//! # Ok(())
//! # }
//! ```

mod access;
mod audit;
mod cluster;
mod image;
mod keda;
mod logs;
mod parts;
mod relay;

pub use audit::{Audited, Write};
pub use cluster::{Cluster, Level};
pub use keda::Keda;
pub use parts::Part;
pub use relay::Relay;
