use super::management::MOST_OF_A_SHOP;
use super::*;
use crate::children::ShopKey;
use crate::dereference::BrokerTls;
use pawnshop_servers::{Certificates, Rabbit};
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

fn access(uri: &str) -> Result<Access, AccessError> {
    Access::new(&SecretString::from(uri), "/", BrokerTls::default())
}

fn shop(name: &str) -> ShopKey {
    ("default".to_owned(), name.to_owned())
}

/// A management API that gives the same answer to each request, and counts them.
async fn server(status: &'static str, headers: &'static str, body: &'static str) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://user:pass-word@{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while stream.read(&mut request).await.is_ok_and(|length| length > 0) {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let length = body.len();
                    let answer =
                        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (uri, asked)
}

fn brokers(interval: Duration) -> (Brokers, mpsc::Receiver<ShopKey>) {
    pawnshop_runtime::tls::install_provider();
    let (changed, changes) = mpsc::channel(64);
    (Brokers::new(interval, changed), changes)
}

/// What a shop sees once its broker was asked.
async fn reading(uri: &str) -> Reading {
    let (brokers, mut changes) = brokers(PATIENCE);
    let access = access(uri).unwrap();
    assert_eq!(told(&brokers, "a", &access), Reading::None);
    assert_eq!(timeout(PATIENCE, changes.recv()).await.unwrap(), Some(shop("a")));
    told(&brokers, "a", &access)
}

fn told(brokers: &Brokers, of: &str, access: &Access) -> Reading {
    brokers.observe(&shop(of), access).borrow().reading.clone()
}

const ANSWER: &str = r#"{"page_count":1,"items":[
    {"name":"default.a.item","messages":0,"message_bytes_ready":0,"message_bytes_unacknowledged":0,"state":"running"},
    {"name":"default.a.buys","messages":7,"message_bytes_ready":700,"message_bytes_unacknowledged":70,"state":"running",
     "message_stats":{"ack":9}},
    {"name":"default.a.new"},{"name":"default.ab.item","messages":3,"state":"down"}]}"#;

#[tokio::test]
async fn an_answer_tells_what_is_in_each_queue_as_far_as_it_was_counted() {
    let (uri, _) = server("200 OK", "", ANSWER).await;
    let Reading::Queues(queues) = reading(&uri).await else { panic!("it answers") };
    let queue = |name: &str| {
        let Queue { messages, bytes, acknowledged, running } = queues[name];
        (messages, bytes, acknowledged, running)
    };
    assert_eq!(queue("default.a.item"), (Some(0), Some(0), 0, true));
    assert_eq!(queue("default.a.buys"), (Some(7), Some(770), 9, true));
    assert_eq!(queue("default.a.new"), (None, None, 0, false));
    assert!(!queues.contains_key("default.ab.item"), "another shop's");
}

/// An answer that tells of so many queues of a shop.
fn of_one_shop(queues: usize) -> String {
    let queues: Vec<_> = (0..queues).map(|number| format!(r#"{{"name":"default.a.{number}"}}"#)).collect();
    format!(r#"{{"page_count":1,"items":[{}]}}"#, queues.join(","))
}

#[tokio::test]
async fn what_goes_wrong_is_told_by_what_is_to_be_done_and_without_secrets() {
    let (refusing, _) = server("401 Unauthorized", "", "pass-word").await;
    let (broken, _) = server("500 Internal Server Error", "", "").await;
    let (other, _) = server("200 OK", "", "<html>pass-word</html>").await;
    // A redirect is not followed: it could lead anywhere.
    let (moved, _) = server("302 Found", "location: http://169.254.169.254/\r\n", "").await;
    let (endless, _) = server("200 OK", "", r#"{"page_count":101,"items":[]}"#).await;
    let (crowded, _) = server("200 OK", "", of_one_shop(MOST_OF_A_SHOP + 1).leak()).await;
    for (uri, expected) in [
        (refusing.as_str(), ReadingError::Refused(401)),
        (broken.as_str(), ReadingError::Status(500)),
        (other.as_str(), ReadingError::Answer),
        (moved.as_str(), ReadingError::Status(302)),
        (endless.as_str(), ReadingError::TooMany),
        (crowded.as_str(), ReadingError::TooMany),
    ] {
        assert_eq!(reading(uri).await, Reading::Failed(expected), "{uri}");
    }
    let told = format!("{:?}", reading("http://user:pass-word@127.0.0.1:1").await);
    assert!(told.contains("no connection") && !told.contains("pass-word"), "{told}");
}

#[tokio::test]
async fn a_broker_that_asks_for_a_certificate_is_shown_the_shops_and_refuses_whoever_has_none() {
    let test = "a_broker_that_asks_for_a_certificate_is_shown_the_shops_and_refuses_whoever_has_none";
    if let Err(why) = Rabbit::installed().and_then(|()| Certificates::available()) {
        return pawnshop_servers::skip(test, &why);
    }
    let files = Certificates::make().unwrap();
    let rabbit = Rabbit::start_with_tls(&files).await.unwrap();
    let uri = SecretString::from(rabbit.tls_management_uri().unwrap());
    let pem = |path: &Path| Some(SecretString::from(std::fs::read_to_string(path).unwrap()));
    let all = BrokerTls {
        ca: pem(files.ca()),
        certificate: pem(files.client_certificate()),
        key: pem(files.client_key()),
    };
    let without = BrokerTls { certificate: None, key: None, ..all.clone() };
    let mismatched = BrokerTls { key: pem(files.server_key()), ..all.clone() };
    let (brokers, mut changes) = brokers(PATIENCE);
    for (tls, is_told) in [(without, "connection"), (mismatched, "certificate and key"), (all, "Queues")] {
        let access = Access::new(&uri, "/", tls).unwrap();
        assert_eq!(told(&brokers, "a", &access), Reading::None, "shared with another certificate");
        timeout(PATIENCE, changes.recv()).await.unwrap();
        let reading = format!("{:?}", told(&brokers, "a", &access));
        assert!(reading.contains(is_told) && !reading.contains("PRIVATE"), "{is_told}: {reading}");
    }
}

#[tokio::test]
async fn shops_with_the_same_access_share_a_poll_and_the_last_to_leave_ends_it() {
    let (uri, asked) = server("200 OK", "", ANSWER).await;
    let (brokers, mut changes) = brokers(PATIENCE);
    let same = access(&uri).unwrap();
    brokers.observe(&shop("a"), &same);
    timeout(PATIENCE, changes.recv()).await.unwrap();
    assert_eq!(told(&brokers, "b", &same), Reading::None, "its queues were not asked for then");
    assert!(timeout(Duration::from_millis(100), changes.recv()).await.is_err());
    assert_eq!(asked.load(Ordering::Relaxed), 1, "the broker is not asked for each shop");

    let another = access(&uri.replace("pass-word", "another")).unwrap();
    brokers.observe(&shop("b"), &another);
    timeout(PATIENCE, changes.recv()).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2, "not shared with other credentials");
    brokers.forget(&shop("a"));
    brokers.forget(&shop("b"));
    assert_eq!(told(&brokers, "a", &same), Reading::None, "begun anew");
}

#[tokio::test]
async fn a_shop_that_comes_later_hears_when_the_broker_is_asked_again_and_of_its_own_queues() {
    let (uri, _) = server("200 OK", "", ANSWER).await;
    let (brokers, mut changes) = brokers(Duration::from_millis(20));
    let same = access(&uri).unwrap();
    for (name, queues) in [("a", 3), ("ab", 1), ("b", 0)] {
        assert_eq!(told(&brokers, name, &same), Reading::None);
        assert_eq!(timeout(PATIENCE, changes.recv()).await.unwrap(), Some(shop(name)));
        let Reading::Queues(told) = told(&brokers, name, &same) else { panic!("it answers") };
        assert_eq!(told.len(), queues, "{name}");
    }
}

#[test]
fn a_shop_hears_of_whether_something_is_in_its_queues_and_not_of_how_much() {
    let outline = |messages: u64| {
        let queue = Queue {
            messages: Some(messages),
            bytes: Some(messages * 400),
            running: true,
            ..Queue::default()
        };
        Reading::Queues([("default.a.item".to_owned(), queue)].into()).outline()
    };
    assert_eq!(outline(3), outline(7));
    assert_ne!(outline(0), outline(5));
}

/// A cluster in which these are the addresses behind a Service.
fn cluster(addresses: &'static [&'static str]) -> kube::Client {
    let service = tower::service_fn(move |request: http::Request<kube::client::Body>| async move {
        let uri = request.uri().to_string();
        assert!(uri.contains("endpointslices?") && uri.contains("service-name%3Dtown-fleet"), "{uri}");
        let endpoints: Vec<_> =
            addresses.iter().map(|address| serde_json::json!({"addresses": [address]})).collect();
        let list = serde_json::json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSliceList", "metadata": {},
            "items": [{"addressType": "IPv4", "metadata": {}, "endpoints": endpoints}],
        });
        Ok::<_, tower::BoxError>(http::Response::new(kube::client::Body::from(list.to_string().into_bytes())))
    });
    kube::Client::new(service, "shops")
}

#[tokio::test]
async fn a_worker_that_is_not_ready_says_whether_its_store_answers() {
    pawnshop_runtime::tls::install_provider();
    let workers = Workers::new().unwrap();
    let status = " ".repeat(1 << 20);
    let endless: &'static str =
        format!(r#"{{"status":"{status}","dependencies":[{{"name":"store","state":"ok"}}]}}"#).leak();
    for (body, expected) in [
        (
            r#"{"status":"unready","dependencies":[{"name":"store","state":"unavailable","reason":"x"}]}"#,
            Some(false),
        ),
        (
            r#"{"status":"draining","dependencies":[{"name":"queue","state":"unavailable"},{"name":"store","state":"ok"}]}"#,
            Some(true),
        ),
        (r#"{"status":"ready","dependencies":[]}"#, None),
        ("<html>", None),
        (endless, None),
    ] {
        let (uri, _) = server("503 Service Unavailable", "", body).await;
        let port = reqwest::Url::parse(&uri).unwrap().port().unwrap();
        let said = workers.store_answers(&cluster(&["127.0.0.1"]), "shops", "town-fleet", port).await;
        assert_eq!(said, expected, "{}", &body[..body.len().min(80)]);
        let nobody = workers.store_answers(&cluster(&["169.254.169.254"]), "shops", "town-fleet", port).await;
        assert_eq!(nobody, None);
    }
}

#[tokio::test]
async fn nobody_waits_for_what_workers_say_of_a_store_and_the_shop_hears_of_it() {
    pawnshop_runtime::tls::install_provider();
    let body = r#"{"status":"unready","dependencies":[{"name":"store","state":"unavailable"}]}"#;
    let (uri, _) = server("503 Service Unavailable", "", body).await;
    let port = reqwest::Url::parse(&uri).unwrap().port().unwrap();
    let (changed, mut changes) = mpsc::channel(8);
    let stores = Stores::new(cluster(&["127.0.0.1"]), Arc::new(Workers::new().unwrap()), changed);
    let town = ("shops".to_owned(), "town".to_owned());
    let answers = |before| stores.answers(&town, "town-fleet", port, before);
    assert_eq!(answers(Some(true)), Some(true), "as it was");
    assert_eq!(timeout(PATIENCE, changes.recv()).await.unwrap(), Some(town.clone()));
    assert_eq!(answers(Some(true)), Some(false));
    stores.forget(&town);
    assert_eq!(answers(None), None, "begun anew");
}

#[test]
fn a_management_uri_that_leads_to_link_local_addresses_or_nowhere_is_refused() {
    for uri in ["http://169.254.169.254/", "http://[fe80::1]:15672", "http://[::ffff:169.254.1.1]/"] {
        assert_eq!(access(uri).unwrap_err(), AccessError::LinkLocal, "{uri}");
    }
    for uri in ["amqp://host", "nonsense", "mailto:a@b"] {
        assert_eq!(access(uri).unwrap_err(), AccessError::Uri, "{uri}");
    }
    assert!(access("https://u:p@rabbit.shops.svc:15671").is_ok());
}
