//! Looks at the queues of sleeping pools over AMQP (decision K4): exact where nobody consumes, and seconds ahead of the
//! broker's statistics.

use crate::dereference::{AmqpAccess, BrokerTls};
use pawnshop_messaging_rabbitmq::{Inspector, TlsParts};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How the operator's connections are called in the broker's lists.
const CONNECTION: &str = "pawnshop-operator";

/// A connection for each distinct broker with a sleeping pool, shared by the shops that have it.
#[derive(Default)]
pub struct AmqpDoorbells(Mutex<HashMap<[u8; 32], Weak<Inspector>>>);

impl AmqpDoorbells {
    /// The one for this access.
    ///
    /// # Errors
    /// Why it is no good, in words without secrets.
    pub(super) fn of(&self, access: &AmqpAccess) -> Result<Arc<Inspector>, String> {
        let mut doorbells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doorbells.retain(|_, doorbell| doorbell.strong_count() > 0);
        let key = key(access);
        if let Some(doorbell) = doorbells.get(&key).and_then(Weak::upgrade) {
            return Ok(doorbell);
        }
        let BrokerTls { ca, certificate, key: secret } = access.tls.clone();
        let tls = TlsParts { ca, identity: certificate.zip(secret) };
        let made = Inspector::new(&access.uri, &tls, CONNECTION).map_err(|error| error.to_string())?;
        let made = Arc::new(made);
        doorbells.insert(key, Arc::downgrade(&made));
        Ok(made)
    }
}

fn key(access: &AmqpAccess) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [access.uri.expose_secret()].into_iter().chain(access.tls.exposed()) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
