use crate::ledger::Ledger;
use crate::listen::{listen, serve};
use crate::routes::router;
use crate::{Behaviour, Stats};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// The service in this process, on a thread of its own, until it is dropped. It is gone then, with every connection.
#[derive(Debug)]
pub struct ObjectsService {
    address: SocketAddr,
    ledger: Arc<Ledger>,
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
}

impl ObjectsService {
    /// Starts it on a free port of this machine. It listens when this returns.
    ///
    /// # Errors
    /// When there is no port or no thread.
    pub fn start(behaviour: Behaviour) -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), behaviour)
    }

    /// Starts it at an address, such as that of one that was dropped.
    ///
    /// # Errors
    /// When the address cannot be had, or no thread.
    pub fn start_at(address: SocketAddr, behaviour: Behaviour) -> io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("objects").enable_all().build()?;
        // So that a failure on the way out of here ends it where that may wait.
        let mut service = Self { address, ledger: Arc::default(), runtime: None };
        let listener = {
            let _within = runtime.enter();
            listen(address)
        };
        let serving = listener.and_then(|listener| {
            service.address = listener.local_addr()?;
            Ok(runtime.spawn(serve(listener, router(behaviour, Arc::clone(&service.ledger)))))
        });
        service.runtime = Some(runtime);
        serving.map(|_| service)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URI, without a slash at the end.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has counted so far: what `GET /stats` tells.
    pub fn stats(&self) -> Stats {
        self.ledger.stats()
    }
}

impl Drop for ObjectsService {
    fn drop(&mut self) {
        let runtime = self.runtime.take();
        // A runtime may not be waited for on a thread of another one, which a test's is.
        let ended = thread::spawn(move || drop(runtime)).join();
        if ended.is_err() {
            tracing::error!("the objects service did not end in good order");
        }
    }
}
