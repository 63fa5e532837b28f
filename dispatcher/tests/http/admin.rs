//! The admin listener: dead letters, and who may reach them.

use crate::played::{KNOWN, LATE, UNKNOWN, UNREADABLE, ask, dispatcher, open, options, send};
use pawnshop_dispatcher::{Dispatcher, StartError};
use serde_json::json;

const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test]
async fn letters_are_listed_shown_replayed_and_dropped() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let address = dispatcher.admin_addr();
    let listed = json!({"id": KNOWN, "flow": "item", "outcome": "dead-lettered", "reason": "it failed",
        "attempts": 5, "time": "1970-01-01T00:00:01Z", "attributes": {"subject": "car-1"}});
    let list = ask(address, "GET", "/dead-letters", "").await.json();
    assert_eq!(list, json!({"letters": [listed]}));
    let list =
        ask(address, "GET", &format!("/dead-letters?flow=item&limit=1&after={UNKNOWN}"), "").await.json();
    assert_eq!(list["next"], KNOWN);
    let list = ask(address, "GET", "/dead-letters?flow=buy-actions", "").await.json();
    assert_eq!(list, json!({"letters": []}));

    let mut whole = listed.clone();
    whole["envelope"] = json!("Ynl0ZXM=");
    let letter = format!("/dead-letters/{KNOWN}");
    assert_eq!(ask(address, "GET", &letter, "").await.json(), whole);
    assert_eq!(ask(address, "DELETE", &letter, JSON).await.json(), whole);
    let replayed = ask(address, "POST", &format!("{letter}/replay"), JSON).await;
    assert_eq!((replayed.status, &replayed.json()["replayed"]), (200, &json!("1970-01-01T00:00:02Z")));
}

#[tokio::test]
async fn every_fault_is_a_problem() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for (method, path, status, code) in [
        ("GET", format!("/dead-letters/{UNKNOWN}"), 404, "dead_letter_not_found"),
        ("DELETE", format!("/dead-letters/{UNKNOWN}"), 404, "dead_letter_not_found"),
        ("POST", format!("/dead-letters/{UNKNOWN}/replay"), 404, "dead_letter_not_found"),
        ("POST", format!("/dead-letters/{UNREADABLE}/replay"), 409, "conflict"),
        ("GET", "/dead-letters/7".into(), 400, "invalid_parameter"),
        ("GET", "/dead-letters?limit=101".into(), 400, "invalid_parameter"),
        ("GET", "/dead-letters?limit=0".into(), 400, "invalid_parameter"),
        ("GET", "/dead-letters?flow=A".into(), 400, "invalid_parameter"),
        ("GET", "/dead-letters?after=x".into(), 400, "invalid_parameter"),
        ("POST", "/dead-letters".into(), 405, "method_not_allowed"),
        ("GET", "/nothing".into(), 404, "not_found"),
        ("DELETE", "/item/add".into(), 405, "method_not_allowed"),
    ] {
        ask(dispatcher.admin_addr(), method, &path, JSON).await.is_problem(status, code);
    }
}

#[tokio::test]
async fn a_change_that_nobody_confirms_may_have_been_done() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for (method, path) in
        [("POST", format!("/dead-letters/{LATE}/replay")), ("DELETE", format!("/dead-letters/{LATE}"))]
    {
        let answer = ask(dispatcher.admin_addr(), method, &path, JSON).await;
        answer.is_problem(503, "workers_unavailable");
        assert!(answer.body.contains("it may have been done"), "{}", answer.body);
    }
}

#[tokio::test]
async fn only_a_name_of_this_machine_is_answered() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let with = async |host: &str| {
        send(
            dispatcher.admin_addr(),
            &format!("GET /dead-letters HTTP/1.1\r\n{host}Connection: close\r\n\r\n"),
        )
        .await
    };
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:9", "127.1.2.3", "[::1]:80"] {
        assert_eq!(with(&format!("Host: {host}\r\n")).await.status, 200, "{host}");
    }
    for host in [
        "Host: evil.example\r\n",
        "Host: localhost.evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Host: 10.0.0.1\r\n",
        "Host: evil@localhost:x\r\n",
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host:\r\n",
        "",
    ] {
        let answer = with(host).await;
        assert!(answer.status == 403 || answer.status == 400, "{host:?}: {answer:?}");
    }
}

#[tokio::test]
async fn no_other_origin_and_no_form_gets_through() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let address = dispatcher.admin_addr();
    let letter = format!("/dead-letters/{KNOWN}");
    for origin in ["http://evil.example", "null", "https://localhost", "http://localhost:1"] {
        let answer = ask(address, "DELETE", &letter, &format!("{JSON}Origin: {origin}\r\n")).await;
        answer.is_problem(403, "forbidden");
    }
    let own = format!("{JSON}Origin: http://localhost\r\n");
    assert_eq!(ask(address, "DELETE", &letter, &own).await.status, 200);
    for kind in ["", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"] {
        ask(address, "DELETE", &letter, kind).await.is_problem(415, "unsupported_media_type");
        ask(address, "POST", &format!("{letter}/replay"), kind)
            .await
            .is_problem(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn an_address_that_others_could_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let mut options = options(&open());
        options.admin_listen = address.parse().unwrap();
        let Err(error) = Dispatcher::start(options).await else { panic!("{address} was taken") };
        assert!(matches!(error, StartError::AdminNotLoopback(_)), "{error}");
        assert!(error.to_string().contains("is not a loopback address"));
    }
}
