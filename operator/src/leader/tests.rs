use super::*;
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

const SECOND: Duration = Duration::from_secs(1);

/// An API server with one lease, which may be cut off.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lease: Option<Lease>,
    version: u64,
    /// Identities whose requests go unanswered.
    cut_off: Vec<String>,
}

/// The server as one candidate reaches it.
struct Reached {
    server: Server,
    by: String,
}

impl Server {
    fn reached_by(&self, by: &str) -> Reached {
        Reached { server: self.clone(), by: by.to_owned() }
    }

    fn cut_off(&self, identity: &str) {
        self.0.lock().unwrap().cut_off.push(identity.to_owned());
    }

    fn reach_again(&self) {
        self.0.lock().unwrap().cut_off.clear();
    }

    fn holder(&self) -> Option<String> {
        self.0.lock().unwrap().lease.as_ref().and_then(|lease| holder(lease).map(str::to_owned))
    }

    fn write(&self, change: impl FnOnce(&mut Lease)) {
        let mut state = self.0.lock().unwrap();
        state.version += 1;
        let version = state.version.to_string();
        let lease = state.lease.as_mut().unwrap();
        lease.metadata.resource_version = Some(version);
        change(lease);
    }
}

impl Reached {
    async fn answered(&self) {
        let silent = self.server.0.lock().unwrap().cut_off.contains(&self.by);
        if silent {
            std::future::pending::<()>().await;
        }
    }

    fn store(&self, lease: &Lease, expected: Option<&str>) -> Result<Lease, LeaseError> {
        let mut state = self.server.0.lock().unwrap();
        let current = state.lease.as_ref().and_then(|lease| lease.metadata.resource_version.as_deref());
        if current != expected {
            return Err(LeaseError::Conflict);
        }
        state.version += 1;
        let mut stored = lease.clone();
        stored.metadata.resource_version = Some(state.version.to_string());
        state.lease = Some(stored.clone());
        Ok(stored)
    }
}

#[async_trait]
impl LeaseApi for Reached {
    async fn get(&self, _: &str) -> Result<Option<Lease>, LeaseError> {
        self.answered().await;
        Ok(self.server.0.lock().unwrap().lease.clone())
    }

    async fn create(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        self.answered().await;
        self.store(lease, None)
    }

    async fn replace(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        self.answered().await;
        self.store(lease, lease.metadata.resource_version.as_deref())
    }
}

struct Replica {
    leadership: Leadership,
    stop: CancellationToken,
    campaign: JoinHandle<Ended>,
}

fn replica(server: &Server, identity: &str) -> Replica {
    let api = server.reached_by(identity);
    let candidate = Candidate {
        lease_namespace: "operators".to_owned(),
        lease_name: "operator".to_owned(),
        identity: identity.to_owned(),
        timing: Timing::default(),
    };
    let (keeper, leadership) = Leadership::new();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let campaign = tokio::spawn(async move { campaign(&api, &candidate, keeper, &stopped).await });
    Replica { leadership, stop, campaign }
}

async fn leading(server: &Server, identity: &str) -> Replica {
    let mut replica = replica(server, identity);
    replica.leadership.held().await;
    replica
}

#[tokio::test(start_paused = true)]
async fn the_first_takes_the_lease_and_keeps_it_while_another_waits() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    let second = replica(&server, "second");
    for _ in 0..120 {
        sleep(SECOND).await;
        assert!(first.leadership.is_held() && !second.leadership.is_held());
    }
    assert_eq!(server.holder().as_deref(), Some("first"));
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_dies_is_followed_within_fifteen_seconds_and_not_before_its_lease_has_ended() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    let mut second = replica(&server, "second");
    sleep(37 * SECOND).await;
    first.campaign.abort();
    let died = Instant::now();
    second.leadership.held().await;
    let took = died.elapsed();
    // The last renewal was at most a retry before the death.
    assert!(took >= 8 * SECOND && took <= 15 * SECOND, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_stops_writing_and_ends_before_its_lease_can_be_another_s() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    let mut second = replica(&server, "second");
    sleep(20 * SECOND).await;
    server.cut_off("first");
    let cut_off = Instant::now();
    let ended = async {
        assert_eq!(first.campaign.await.unwrap(), Ended::Lost);
        Instant::now()
    };
    let followed = async {
        second.leadership.held().await;
        Instant::now()
    };
    let (ended, followed) = tokio::join!(ended, followed);
    assert!(!first.leadership.is_held());
    assert!(ended - cut_off <= Timing::default().renew_deadline, "{:?}", ended - cut_off);
    assert!(followed > ended, "the second led {:?} before the first had ended", ended - followed);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_cut_off_for_less_than_the_deadline_stays() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    sleep(10 * SECOND).await;
    server.cut_off("first");
    sleep(3 * SECOND).await;
    server.reach_again();
    sleep(30 * SECOND).await;
    assert!(first.leadership.is_held() && !first.campaign.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_process_stood_still_does_not_write_when_it_goes_on() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    let until = first.leadership.until().unwrap();
    // The clock goes on while nothing here runs.
    tokio::time::advance(until - Instant::now()).await;
    assert_eq!(first.leadership.until(), Err(NotLeading));
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_another_took_is_lost_at_once() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    server.write(|lease| {
        lease.spec.as_mut().unwrap().holder_identity = Some("thief".to_owned());
    });
    assert_eq!(first.campaign.await.unwrap(), Ended::Lost);
    assert!(!first.leadership.is_held());
    assert_eq!(server.holder().as_deref(), Some("thief"));
}

#[tokio::test(start_paused = true)]
async fn an_annotation_on_the_lease_costs_nobody_the_leadership() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    server.write(|lease| {
        lease.metadata.annotations = Some([("note".to_owned(), "seen".to_owned())].into());
    });
    sleep(60 * SECOND).await;
    assert!(first.leadership.is_held() && !first.campaign.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_stops_gives_the_lease_up_and_the_next_takes_it_at_once() {
    let server = Server::default();
    let first = leading(&server, "first").await;
    let mut second = replica(&server, "second");
    sleep(11 * SECOND).await;
    first.stop.cancel();
    assert_eq!(first.campaign.await.unwrap(), Ended::Stopped);
    assert!(!first.leadership.is_held());
    let stopped = Instant::now();
    second.leadership.held().await;
    assert!(stopped.elapsed() <= Timing::default().retry, "{:?}", stopped.elapsed());
}
