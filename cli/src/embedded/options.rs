use super::DEFAULT_DATA_FOLDER;
use pawnshop_resource::PawnShop;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use pawnshop_sqlite::Synchronous;

/// What shop to run, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is made of.
    pub shop: PawnShop,
    /// Where its data is; made when it is not there.
    pub data: PathBuf,
    /// Where the public listener binds; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the admin listener binds; a loopback address.
    pub admin_listen: SocketAddr,
    /// How often documents whose time has passed are deleted; they are gone from reads at once.
    pub sweep_every: Duration,
    /// Accept events and apply none.
    pub paused: bool,
    /// Whether a commit waits for the disk; anything but `Full` breaks the promise of a durable accept.
    pub synchronous: Synchronous,
}

impl Default for Options {
    /// The built-in shop on 127.0.0.1:8080, its data in `./pawnshop-data`.
    fn default() -> Self {
        Self {
            shop: PawnShop::built_in(),
            data: PathBuf::from(DEFAULT_DATA_FOLDER),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            sweep_every: Duration::from_secs(3),
            paused: false,
            synchronous: Synchronous::Full,
        }
    }
}
