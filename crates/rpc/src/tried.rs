use crate::{Channel, traced};
use http::{Extensions, Request};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::body::Body;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// The workers that one read has asked in vain. It travels in the requests' extensions, so that a balancer notes
/// who failed and sends the next attempt elsewhere (G6). Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Tried(Arc<Mutex<BTreeSet<SocketAddr>>>);

impl Tried {
    /// The note that a request carries, if any.
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The same channel, whose requests carry this note, and the trace that they are made in.
    pub fn over(&self, channel: Channel) -> Channel {
        let tried = self.clone();
        let service = channel.map_request(move |mut request: Request<Body>| {
            request.extensions_mut().insert(tried.clone());
            traced::leaving(&mut request);
            request
        });
        BoxCloneSyncService::new(service)
    }

    /// Notes that this worker failed.
    pub fn add(&self, worker: SocketAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(worker);
    }

    /// Whether this worker has failed before.
    pub fn contains(&self, worker: &SocketAddr) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(worker)
    }
}
