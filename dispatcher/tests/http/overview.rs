//! The shop at a glance: as JSON, and as a stream.

use crate::played::{ASKED, Answer, ITEM, ask, dispatcher, open, parse, post};
use pawnshop_rpc::{Channel, Roster};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(20);

/// A stream of events that stays open.
struct Events(BufReader<TcpStream>);

impl Events {
    async fn open(at: SocketAddr) -> (Answer, Self) {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let request = "GET /overview HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(timeout(LONG, stream.read_line(&mut head)).await.unwrap().unwrap(), 0, "{head}");
        }
        (parse(&head), Self(stream))
    }

    /// The data of the next event; nothing at the stream's end.
    async fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        while timeout(LONG, self.0.read_line(&mut line)).await.unwrap().unwrap_or(0) > 0 {
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
            // The last chunk (RFC 9112, section 7.1): the connection stays open.
            if line == "0\r\n" {
                return None;
            }
            line.clear();
        }
        None
    }
}

#[tokio::test]
async fn what_the_dispatcher_accepts_and_the_workers_tell_is_one_document_on_both_listeners() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    post(dispatcher.addr(), "/item/add", ITEM).await;
    for address in [dispatcher.addr(), dispatcher.admin_addr()] {
        let answer = ask(address, "GET", "/overview", "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let told = answer.json();
        assert_eq!(told["shop"], "default/downtown");
        assert_eq!(
            (&told["accepted"]["total"], &told["accepted"]["by"]),
            (&json!(1), &json!("this dispatcher"))
        );
        assert_eq!(told["workers"], json!({"known": 1, "told": 1}));
        assert_eq!(told["unavailable"], json!(["store"]));
        let pool = &told["pools"][0];
        assert_eq!(
            (&pool["name"], &pool["workers"], &pool["processes"]),
            (&json!("items"), &json!(3), &json!(1))
        );
        assert_eq!(pool["backlog"], json!({"known": 7}));
        assert_eq!(told["untold"], json!(["buy-actions"]));
    }
}

#[tokio::test]
async fn a_worker_that_does_not_answer_leaves_the_overview_without_its_figures_and_in_time() {
    struct Hangs;

    impl Roster for Hangs {
        fn each(&self) -> Vec<Channel> {
            let never = tower::service_fn(|_| std::future::pending());
            vec![tower::util::BoxCloneSyncService::new(never)]
        }
    }

    let dispatcher = dispatcher(&open(), |options| options.roster = Arc::new(Hangs)).await;
    let begun = Instant::now();
    let told = ask(dispatcher.addr(), "GET", "/overview", "").await.json();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(told["workers"], json!({"known": 1, "told": 0}));
    assert_eq!((&told["pools"], &told["untold"]), (&json!([]), &json!(["buy-actions", "item"])));
}

#[tokio::test]
async fn a_stream_brings_a_new_overview_again_and_again() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let (head, mut events) = Events::open(dispatcher.addr()).await;
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    let first = events.next().await.unwrap();
    assert_eq!(first["accepted"]["total"], 0);
    post(dispatcher.addr(), "/item/add", ITEM).await;
    let (second, third) = (events.next().await.unwrap(), events.next().await.unwrap());
    assert_eq!(third["accepted"]["total"], 1);
    let times: Vec<_> = [&first, &second, &third].iter().map(|told| told["at"].as_str().unwrap()).collect();
    assert!(times[0] < times[1] && times[1] < times[2], "{times:?}");
}

#[tokio::test]
async fn one_stream_too_many_is_refused_until_another_ends() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        let (head, events) = Events::open(dispatcher.addr()).await;
        assert_eq!(head.status, 200);
        streams.push(events);
    }
    let asked = || ask(dispatcher.addr(), "GET", "/overview", "Accept: text/event-stream\r\n");
    let refused = asked().await;
    refused.is_problem(503, "stream_refused");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(ask(dispatcher.addr(), "GET", "/overview", "").await.status, 200, "JSON is told all the same");
    let before = ASKED.load(Ordering::Relaxed);
    for events in &mut streams {
        events.next().await.unwrap();
    }
    assert!(ASKED.load(Ordering::Relaxed) - before < 64, "whoever looks shares what the workers tell");
    drop(streams);
    let opened = timeout(LONG, async {
        while Events::open(dispatcher.addr()).await.0.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(opened.await.is_ok(), "the places are free again");
}

#[tokio::test]
async fn a_drain_ends_streams_in_good_order_and_opens_none() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let (_, mut events) = Events::open(dispatcher.addr()).await;
    events.next().await.unwrap();
    dispatcher.drain();
    let ended = timeout(LONG, async { while events.next().await.is_some() {} });
    assert!(ended.await.is_ok(), "the stream ends");
    let (head, _) = Events::open(dispatcher.addr()).await;
    assert_eq!(head.status, 503);
    let begun = Instant::now();
    timeout(LONG, dispatcher.shutdown()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "the shutdown waited for no stream");
}
