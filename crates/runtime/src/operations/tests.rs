use super::*;
use async_trait::async_trait;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Fake {
    name: &'static str,
    works: AtomicBool,
}

#[async_trait]
impl Probe for Fake {
    fn name(&self) -> &str {
        self.name
    }

    async fn check(&self) -> Result<(), String> {
        if self.works.load(Ordering::SeqCst) { Ok(()) } else { Err("switched off".to_owned()) }
    }
}

fn fake(name: &'static str, works: bool) -> Arc<Fake> {
    Arc::new(Fake { name, works: AtomicBool::new(works) })
}

/// Serves a process that cannot do without its first dependency.
async fn serving(
    handlers: bool,
    store: bool,
    queue: bool,
    draining: &CancellationToken,
) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<std::io::Result<()>>) {
    let (router, _) = router(Operations {
        liveness: vec![fake("handlers", handlers)],
        readiness: vec![fake("store", store), fake("queue", queue)],
        required: |found| found.first().is_some_and(|store| store.state == DependencyState::Ok),
        draining: draining.clone(),
        probe_deadline: Duration::from_secs(1),
        metrics: metrics::install().unwrap(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let served = tokio::spawn(serve(listener, router, stop.clone()));
    (address, stop, served)
}

async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn a_dependency_that_is_not_required_is_listed_and_leaves_the_process_ready() {
    let (address, ..) = serving(true, true, false, &CancellationToken::new()).await;
    assert_eq!(
        get(address, "/readyz").await,
        (
            200,
            r#"{"status":"ready","dependencies":[{"name":"store","state":"ok"},{"name":"queue","state":"unavailable","reason":"switched off"}]}"#
                .to_owned()
        )
    );
    assert_eq!(get(address, "/healthz").await, (200, r#"{"status":"ok"}"#.to_owned()));
}

#[tokio::test]
async fn a_required_dependency_that_fails_makes_the_process_unready_and_no_restart_is_asked_for() {
    let (address, ..) = serving(true, false, true, &CancellationToken::new()).await;
    let (status, body) = get(address, "/readyz").await;
    assert_eq!(status, 503);
    assert!(body.starts_with(r#"{"status":"unready""#), "{body}");
    assert_eq!(get(address, "/healthz").await.0, 200);
}

#[tokio::test]
async fn a_draining_process_is_not_ready() {
    let draining = CancellationToken::new();
    let (address, ..) = serving(true, true, true, &draining).await;
    draining.cancel();
    let (status, body) = get(address, "/readyz").await;
    assert_eq!(status, 503);
    assert!(body.starts_with(r#"{"status":"draining""#), "{body}");
}

#[tokio::test]
async fn a_fault_that_only_a_restart_mends_fails_liveness() {
    let (address, ..) = serving(false, true, true, &CancellationToken::new()).await;
    let failing = r#"{"status":"failing","reason":"handlers: switched off"}"#;
    assert_eq!(get(address, "/healthz").await, (503, failing.to_owned()));
}

#[tokio::test]
async fn metrics_are_rendered_and_the_listener_ends_although_a_connection_stays_silent() {
    let (address, stop, served) = serving(true, true, true, &CancellationToken::new()).await;
    ::metrics::counter!("pawnshop_operations_test_total").increment(1);
    let (status, text) = get(address, "/metrics").await;
    assert_eq!(status, 200);
    assert!(text.contains("pawnshop_operations_test_total 1"), "{text}");
    let _silent = TcpStream::connect(address).await.unwrap();
    stop.cancel();
    tokio::time::timeout(DRAIN_DEADLINE * 4, served).await.unwrap().unwrap().unwrap();
}
