use crate::host::HostPort;
use crate::names;
use crate::{Discovery, Endpoint};
use futures::StreamExt;
use futures::stream::BoxStream;
use std::collections::BTreeSet;

/// Workers at known places: addresses, or names that are looked up at the start and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticList(Vec<HostPort>);

impl StaticList {
    /// These workers.
    pub fn new(hosts: Vec<HostPort>) -> Self {
        Self(hosts)
    }
}

impl Discovery for StaticList {
    fn target(&self) -> String {
        let hosts: Vec<_> = self.0.iter().map(HostPort::to_string).collect();
        format!("static:{}", hosts.join(","))
    }

    fn endpoints(self: Box<Self>) -> BoxStream<'static, BTreeSet<Endpoint>> {
        names::followed(self.0, names::look_up).boxed()
    }
}
