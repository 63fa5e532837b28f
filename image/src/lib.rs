//! The container image, made without a container runtime: an OCI image layout in a tar file, for
//! `docker load`, `ctr images import`, `skopeo copy oci-archive:` and the tests.
//!
//! It holds what the `Dockerfile`'s holds: the programs without their debug information, the shared libraries
//! that they name (the machine's own glibc: an image is as new as the machine that made it), Mozilla's
//! certificate authorities from a crate, and the few files of `/etc` that a C library reads. Equal inputs give
//! equal bytes.
//!
//! What goes in is a [`Tree`] ([`contents`] fills it); [`layout`] writes it down.

mod contents;
mod elf;
mod layer;
mod layout;
mod tree;

pub use contents::{Error as ContentsError, contents};
pub use layout::{Error as LayoutError, Name, layout};
pub use tree::{Node, Tree};

/// The user that the image's programs run as: `nonroot`, as in the distroless images.
pub const USER: u32 = 65532;

/// Where the programs are; the image's `PATH`.
pub const PROGRAMS: &str = "usr/local/bin";
