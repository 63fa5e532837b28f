use crate::host::HostPort;
use crate::names;
use crate::{Discovery, Endpoint};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::BTreeSet;

/// Every address (A and AAAA) of one name, such as a headless service's, asked for about every 5 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns(HostPort);

impl Dns {
    /// The addresses of this name, each with this port.
    pub fn new(host: HostPort) -> Self {
        Self(host)
    }
}

impl Discovery for Dns {
    fn target(&self) -> String {
        format!("dns:{}", self.0)
    }

    fn endpoints(self: Box<Self>) -> BoxStream<'static, BTreeSet<Endpoint>> {
        names::followed(vec![self.0], names::look_up).boxed()
    }
}
