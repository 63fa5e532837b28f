//! Looks at the queues of sleeping pools over AMQP (decision K4): exact where nobody consumes, and seconds ahead of the
//! broker's statistics.

use super::measure::{FlowQueue, Queues};
use crate::dereference::{AmqpAccess, BrokerTls};
use crate::observe::Backlog;
use pawnshop_messaging_rabbitmq::{Inspector, TlsParts};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How the operator's connections are called in the broker's lists.
const CONNECTION: &str = "pawnshop-operator";

/// How long all queues of a shop may take, waiting for other shops on the same connection included.
const PATIENCE: Duration = Duration::from_secs(3);

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

/// What is ready in the queues of each of these pools. A broker that did not answer once is asked nothing more.
pub(super) async fn ring(doorbell: &Inspector, pools: &[&[FlowQueue]], queues: &mut Queues) -> Vec<Backlog> {
    let until = Instant::now() + PATIENCE;
    let mut rung = Vec::with_capacity(pools.len());
    for pool in pools {
        let answer = timeout_at(until, ready(doorbell, pool, queues)).await;
        let silence = format!("the broker does not answer within {} s", PATIENCE.as_secs());
        match answer.unwrap_or(Err(silence)) {
            Ok(ready) => rung.push(ready),
            Err(why) => {
                rung.resize(pools.len(), Backlog::Unknown(why));
                break;
            }
        }
    }
    rung
}

async fn ready(doorbell: &Inspector, pool: &[FlowQueue], queues: &mut Queues) -> Result<Backlog, String> {
    let mut sum = Backlog::Known(0);
    for FlowQueue { queue, .. } in pool {
        match doorbell.ready(queue).await.map_err(|error| error.to_string())? {
            // One event is enough to wake a pool, whatever is not known of its other queues.
            Some(ready @ 1..) => {
                queues.holds_something(queue, Instant::now());
                return Ok(Backlog::Known(ready));
            }
            Some(0) => {}
            None => sum = sum + Backlog::Unknown(format!("the queue {queue} is not declared")),
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test(start_paused = true)]
    async fn a_broker_that_never_answers_is_waited_for_once_for_all_pools() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("amqp://user:password@{}", silent.local_addr().unwrap());
        let doorbell = Inspector::new(&uri.into(), &TlsParts::default(), "a test").unwrap();
        let queue = |name: &str| FlowQueue {
            flow: name.to_owned(),
            queue: format!("shops.town.{name}"),
            most_per_message: 1,
        };
        let (items, sales) = ([queue("item"), queue("view")], [queue("sale")]);
        let begun = Instant::now();
        let pools = [items.as_slice(), sales.as_slice(), items.as_slice()];
        let rung = ring(&doorbell, &pools, &mut Queues::default()).await;
        assert!(begun.elapsed() < PATIENCE * 2, "{:?}", begun.elapsed());
        assert_eq!(rung.len(), 3);
        assert!(rung.iter().all(|ready| matches!(ready, Backlog::Unknown(_))), "{rung:?}");
    }
}
