use crate::{Endpoint, Readiness};
use k8s_openapi::api::discovery::v1::{Endpoint as SliceEndpoint, EndpointSlice};
use kube::ResourceExt;
use kube::runtime::watcher::Event;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// The slices of one service as a watch tells them.
pub(super) struct Slices {
    port: String,
    known: BTreeMap<String, EndpointSlice>,
    /// Those of a list that is not complete yet: until it is, the last known ones stay.
    listed: BTreeMap<String, EndpointSlice>,
    told: Option<BTreeSet<Endpoint>>,
}

impl Slices {
    pub(super) fn new(port: String) -> Self {
        Self { port, known: BTreeMap::new(), listed: BTreeMap::new(), told: None }
    }

    /// The endpoints, when the event changed them.
    pub(super) fn apply(&mut self, event: Event<EndpointSlice>) -> Option<BTreeSet<Endpoint>> {
        match event {
            Event::Init => {
                self.listed.clear();
                return None;
            }
            Event::InitApply(slice) => {
                self.listed.insert(slice.name_any(), slice);
                return None;
            }
            Event::InitDone => self.known = std::mem::take(&mut self.listed),
            Event::Apply(slice) => {
                self.known.insert(slice.name_any(), slice);
            }
            Event::Delete(slice) => {
                self.known.remove(&slice.name_any());
            }
        }
        let endpoints = merge(self.known.values(), &self.port);
        if self.told.as_ref() == Some(&endpoints) {
            return None;
        }
        self.told = Some(endpoints.clone());
        Some(endpoints)
    }
}

/// The endpoints of several slices, those that cannot serve left out. While an endpoint moves from one slice to
/// another it may be in both: the better of the two readinesses counts.
pub(super) fn merge<'s>(slices: impl Iterator<Item = &'s EndpointSlice>, port: &str) -> BTreeSet<Endpoint> {
    let mut merged = BTreeMap::<SocketAddr, Readiness>::new();
    for slice in slices {
        let Some(port) = port_named(slice, port) else { continue };
        for endpoint in &slice.endpoints {
            let Some(readiness) = readiness(endpoint) else { continue };
            // Addresses that are names belong to slices of type FQDN, which no controller makes.
            for address in endpoint.addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok()) {
                let known = merged.entry(SocketAddr::new(address, port)).or_insert(readiness);
                *known = readiness.min(*known);
            }
        }
    }
    merged.into_iter().map(|(address, readiness)| Endpoint { address, readiness }).collect()
}

fn port_named(slice: &EndpointSlice, name: &str) -> Option<u16> {
    let mut ports = slice.ports.iter().flatten();
    let port = ports.find(|port| {
        port.name.as_deref() == Some(name)
            && port.protocol.as_deref().is_none_or(|protocol| protocol == "TCP")
    })?;
    u16::try_from(port.port?).ok()
}

/// What the conditions mean (discovery.k8s.io/v1 EndpointConditions): absent `ready` and `serving` are true,
/// absent `terminating` is false. `None` for one that serves nobody.
fn readiness(endpoint: &SliceEndpoint) -> Option<Readiness> {
    let conditions = endpoint.conditions.as_ref();
    let condition = |of: fn(&k8s_openapi::api::discovery::v1::EndpointConditions) -> Option<bool>| {
        conditions.and_then(of)
    };
    let ready = condition(|conditions| conditions.ready).unwrap_or(true);
    let serving = condition(|conditions| conditions.serving).unwrap_or(true);
    let terminating = condition(|conditions| conditions.terminating).unwrap_or(false);
    if ready {
        return Some(Readiness::Ready);
    }
    (serving && terminating).then_some(Readiness::Draining)
}
