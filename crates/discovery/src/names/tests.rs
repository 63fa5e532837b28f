use super::*;
use futures::StreamExt;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

fn hosts(texts: &[&str]) -> Vec<HostPort> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn endpoints(texts: &[&str]) -> BTreeSet<Endpoint> {
    texts.iter().map(|text| untold(&text.parse().unwrap())).collect()
}

fn not_found() -> io::Result<Vec<SocketAddr>> {
    Err(io::Error::other("no such name"))
}

fn found(texts: &[&str]) -> io::Result<Vec<SocketAddr>> {
    Ok(texts.iter().map(|text| text.parse().unwrap()).collect())
}

/// A resolver that gives these answers in turn; after the last, none ever.
fn resolver(
    answers: Vec<io::Result<Vec<SocketAddr>>>,
) -> impl Fn(HostPort) -> futures::future::BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync {
    let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
    move |_| {
        let answer = answers.lock().unwrap().pop_front();
        Box::pin(async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}

#[tokio::test]
async fn addresses_need_no_look_up_and_do_not_change() {
    let list = hosts(&["127.0.0.1:7070", "[::1]:7071"]);
    let mut followed = pin!(followed(list, resolver(Vec::new())));
    assert_eq!(followed.next().await, Some(endpoints(&["127.0.0.1:7070", "[::1]:7071"])));
    assert_eq!(futures::poll!(followed.next()), std::task::Poll::Pending);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_looked_up_keeps_its_addresses_until_it_can() {
    let answers = vec![
        not_found(),
        found(&["10.0.0.1:7070", "10.0.0.2:7070"]),
        not_found(),
        found(&[]),
        found(&["10.0.0.2:7070", "10.0.0.1:7070"]),
        found(&["10.0.0.3:7070"]),
    ];
    let begun = Instant::now();
    let mut followed = pin!(followed(hosts(&["workers:7070"]), resolver(answers)));
    assert_eq!(followed.next().await, Some(endpoints(&["10.0.0.1:7070", "10.0.0.2:7070"])));
    assert_eq!(followed.next().await, Some(endpoints(&["10.0.0.3:7070"])));
    // Five pauses lie between six answers.
    let paused = begun.elapsed().as_secs_f64() / 5.0;
    assert!((4.0..6.0).contains(&paused), "{paused} s");
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_hangs_holds_up_no_other_host() {
    let mut followed =
        pin!(followed(hosts(&["workers:7070", "127.0.0.1:7071"]), resolver(vec![found(&["10.0.0.1:7070"])])));
    let both = endpoints(&["10.0.0.1:7070", "127.0.0.1:7071"]);
    assert_eq!(followed.next().await, Some(both));

    let mut hangs = pin!(super::followed(hosts(&["workers:7070", "127.0.0.1:7071"]), resolver(Vec::new())));
    assert_eq!(hangs.next().await, Some(endpoints(&["127.0.0.1:7071"])));
}

#[tokio::test]
async fn the_system_knows_localhost() {
    let mut followed = pin!(followed(hosts(&["localhost:7070"]), look_up));
    let found = followed.next().await.unwrap();
    assert!(found.contains(&untold(&"127.0.0.1:7070".parse().unwrap())), "{found:?}");
}
