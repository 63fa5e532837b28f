//! Connections: bounds of number and time, and an end in good order.

use crate::played::{Answer, ITEM, KNOWN, ask, dispatcher, open, parse, post, send};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(20);

/// Waits until `condition` holds.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let met = timeout(LONG, async {
        while !condition().await {
            sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(met.await.is_ok(), "never: {what}");
}

/// Reads one answer off a connection that stays open.
async fn answer(stream: &mut TcpStream) -> Answer {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    loop {
        let read = timeout(LONG, stream.read(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(read, 0, "closed after {text:?}");
        text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return parse(&text);
            }
        }
    }
}

/// Whether the other end closes the connection.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    timeout(LONG, stream.read_to_end(&mut rest)).await.is_ok()
}

fn add() -> String {
    let length = ITEM.len();
    format!(
        "POST /item/add HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{ITEM}"
    )
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let mut stream = TcpStream::connect(dispatcher.addr()).await.unwrap();
    for status in [202, 202, 404, 202] {
        let request = if status == 404 { "GET /x HTTP/1.1\r\nHost: x\r\n\r\n".to_owned() } else { add() };
        stream.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(answer(&mut stream).await.status, status);
    }
}

#[tokio::test]
async fn one_request_too_many_is_429_at_once_while_probes_still_answer() {
    let gate = Arc::new(Semaphore::new(0));
    let dispatcher = dispatcher(&gate, |options| options.limits.max_concurrent_requests = 2).await;
    let address = dispatcher.addr();
    let waiting: Vec<_> = (0..2).map(|_| tokio::spawn(post(address, "/item/add", ITEM))).collect();
    until("two under way", async || ask(address, "GET", "/item/fetch", "").await.status == 429).await;
    let refused = post(address, "/item/add", ITEM).await;
    refused.is_problem(429, "too_many_requests");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(ask(address, "GET", "/healthz", "").await.status, 200);
    gate.add_permits(1);
    for request in waiting {
        assert_eq!(request.await.unwrap().status, 202);
    }
    assert_eq!(post(address, "/item/add", ITEM).await.status, 202);
}

/// So many writes that wait for an outcome which never comes; one more, sent with them, is answered at once.
async fn all_who_may_wait(address: std::net::SocketAddr, waiters: usize) -> Vec<TcpStream> {
    let waiting = add().replacen("Host: x\r\n", "Host: x\r\nPrefer: wait=30\r\n", 1);
    let mut streams = Vec::new();
    for _ in 0..=waiters {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(waiting.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    let answered = futures::future::select_all(streams.iter().map(|stream| Box::pin(stream.readable())));
    let (readable, one, _) = timeout(LONG, answered).await.unwrap();
    readable.unwrap();
    let accepted = answer(&mut streams.remove(one)).await;
    assert_eq!((accepted.status, accepted.header("preference-applied")), (202, None));
    streams
}

#[tokio::test]
async fn writes_that_wait_take_no_place_from_others_and_one_too_many_does_not_wait() {
    let dispatcher = dispatcher(&open(), |options| {
        options.limits.max_concurrent_requests = 1;
        options.limits.max_waiting_requests = 2;
    })
    .await;
    let address = dispatcher.addr();
    let _waiting = all_who_may_wait(address, 2).await;
    assert_eq!(post(address, "/item/add", ITEM).await.status, 202);
    assert_eq!(ask(address, "GET", &format!("/event/{KNOWN}"), "").await.status, 200);
}

#[tokio::test]
async fn a_shutdown_answers_those_who_wait_for_an_outcome() {
    let dispatcher = dispatcher(&open(), |options| options.limits.max_waiting_requests = 1).await;
    let mut waiting = all_who_may_wait(dispatcher.addr(), 1).await;
    let begun = Instant::now();
    timeout(LONG, dispatcher.shutdown()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "the drain did not wait for them");
    assert_eq!(answer(&mut waiting[0]).await.status, 202);
}

#[tokio::test]
async fn a_client_that_never_ends_its_headers_is_cut_off() {
    let short = Duration::from_millis(100);
    let dispatcher = dispatcher(&open(), |options| options.server.header_deadline = short).await;
    let mut stream = TcpStream::connect(dispatcher.addr()).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    assert!(is_closed(&mut stream).await);
}

#[tokio::test]
async fn a_client_that_never_sends_its_body_is_answered_408() {
    let short = Duration::from_millis(100);
    let dispatcher = dispatcher(&open(), |options| options.limits.body_deadline = short).await;
    let mut stream = TcpStream::connect(dispatcher.addr()).await.unwrap();
    stream.write_all(&add().as_bytes()[..add().len() - 5]).await.unwrap();
    answer(&mut stream).await.is_problem(408, "body_timeout");
    assert!(is_closed(&mut stream).await, "what is left of the body must not be taken for a request");
}

#[tokio::test]
async fn a_body_over_the_bound_is_answered_413_although_the_client_sends_it_all() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let bound = 256 * 1024;
    let item_of = |size: usize| ITEM.to_owned() + &" ".repeat(size - ITEM.len());
    assert_eq!(post(dispatcher.addr(), "/item/add", &item_of(bound)).await.status, 202);
    for size in [bound + 1, 3 * 1024 * 1024] {
        let answer = post(dispatcher.addr(), "/item/add", &item_of(size)).await;
        answer.is_problem(413, "body_too_large");
    }
    let chunk = "x".repeat(64 * 1024);
    let chunks = format!("10000\r\n{chunk}\r\n").repeat(5);
    let head =
        "POST /item/add HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let request = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    send(dispatcher.addr(), &request).await.is_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_before_it_sends() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let mut stream = TcpStream::connect(dispatcher.addr()).await.unwrap();
    let head =
        "POST /item/add HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n";
    stream.write_all(format!("{head}Content-Length: 1000000\r\n\r\n").as_bytes()).await.unwrap();
    // Were the body read, or waited for, `100 Continue` would come first, which is no such answer.
    answer(&mut stream).await.is_problem(413, "body_too_large");
}

#[tokio::test]
async fn one_connection_too_many_waits_until_another_ends() {
    let dispatcher = dispatcher(&open(), |options| options.server.max_connections = 1).await;
    let mut first = TcpStream::connect(dispatcher.addr()).await.unwrap();
    first.write_all(add().as_bytes()).await.unwrap();
    assert_eq!(answer(&mut first).await.status, 202);
    let second = tokio::spawn(ask(dispatcher.addr(), "GET", "/healthz", ""));
    assert!(ask_within(dispatcher.addr(), Duration::from_millis(150)).await.is_none());
    drop(first);
    assert_eq!(timeout(LONG, second).await.unwrap().unwrap().status, 200);
}

/// An answer, if it comes in time.
async fn ask_within(address: std::net::SocketAddr, patience: Duration) -> Option<u16> {
    timeout(patience, ask(address, "GET", "/healthz", "")).await.ok().map(|answer| answer.status)
}

#[tokio::test]
async fn a_shutdown_lets_requests_under_way_end_and_takes_no_more() {
    let gate = Arc::new(Semaphore::new(0));
    let dispatcher = dispatcher(&gate, |_| {}).await;
    let address = dispatcher.addr();
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(answer(&mut idle).await.status, 200);
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(add().as_bytes()).await.unwrap();
    until("the write is under way", async || {
        let metrics = ask(address, "GET", "/healthz", "").await;
        metrics.status == 200
    })
    .await;
    let shutdown = tokio::spawn(dispatcher.shutdown());
    assert!(is_closed(&mut idle).await, "an idle connection holds nothing up");
    until("no more connections", async || TcpStream::connect(address).await.is_err()).await;
    assert!(!shutdown.is_finished());
    gate.add_permits(1);
    assert_eq!(answer(&mut busy).await.status, 202);
    timeout(LONG, shutdown).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_shutdown_cuts_off_what_takes_too_long() {
    let gate = Arc::new(Semaphore::new(0));
    let short = Duration::from_millis(100);
    let dispatcher = dispatcher(&gate, |options| options.server.drain_deadline = short).await;
    let mut busy = TcpStream::connect(dispatcher.addr()).await.unwrap();
    busy.write_all(add().as_bytes()).await.unwrap();
    timeout(LONG, dispatcher.shutdown()).await.unwrap();
    assert!(is_closed(&mut busy).await);
}

#[tokio::test]
async fn a_dropped_dispatcher_ends_at_once() {
    let dispatcher = dispatcher(&Arc::new(Semaphore::new(0)), |_| {}).await;
    let address = dispatcher.addr();
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(add().as_bytes()).await.unwrap();
    assert_eq!(ask(address, "GET", "/healthz", "").await.status, 200);
    drop(dispatcher);
    assert!(is_closed(&mut busy).await);
    until("nobody listens", async || TcpStream::connect(address).await.is_err()).await;
}
