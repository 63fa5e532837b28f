use super::super::shopping::Kind;
use super::*;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

/// A dispatcher whose one item has a history of three pages, with the event "last" on the last.
fn dispatcher() -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let line = request.next().unwrap_or_default();
            while request.next().is_some_and(|header| !header.is_empty()) {}
            let (link, body) = match line.split(' ').nth(1).unwrap_or_default() {
                event if event.starts_with("/event/") => ("", r#"{"outcome":"applied"}"#),
                "/item/fetch/ring" => (
                    "",
                    r#"{"item":{"id":"ring"},"buys":[{"eventId":"first"}],"truncated":{"buys":"/item/fetch/ring/buys?after=1"}}"#,
                ),
                "/item/fetch/ring/buys?after=1" => {
                    ("Link: </item/fetch/ring/buys?after=2>; rel=\"next\"\r\n", r#"[{"eventId":"second"}]"#)
                }
                "/item/fetch/ring/buys?after=2" => ("", r#"[{"eventId":"last"}]"#),
                other => panic!("asked for {other}"),
            };
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n{link}\r\n{body}"
            )
            .unwrap();
        }
    });
    url
}

fn bought(event: &str) -> Acknowledged {
    Acknowledged { event_id: event.to_owned(), item_id: "ring".to_owned(), kind: Kind::Buy }
}

#[tokio::test]
async fn a_long_history_is_read_to_its_end_before_an_action_counts_as_missing() {
    let events = ["first", "second", "last", "lost"].map(bought).to_vec();
    let limit = Duration::from_secs(10);
    let verified = verify(&dispatcher(), events, limit, CancellationToken::new()).await.unwrap();
    assert_eq!((verified.readable, verified.faults), (3, 1), "{:?}", verified.told);
    assert_eq!(verified.told, ["buy-actions lost: it is applied, but missing from the buys of item ring"]);
}
