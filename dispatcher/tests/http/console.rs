//! The console's files, and what each listener lets the page do.

use crate::played::{ask, dispatcher, open, send};
use serde_json::{Value, json};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn the_page_and_its_files_come_from_the_binary_and_are_kept_by_their_tags() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/console/style.css", "text/css; charset=utf-8"),
        ("/console/main.js", "text/javascript; charset=utf-8"),
        ("/console/icon.svg", "image/svg+xml"),
    ] {
        let answer = ask(dispatcher.addr(), "GET", path, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
        for (name, value) in [
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let known = format!("If-None-Match: {}\r\n", answer.header("etag").unwrap());
        let again = ask(dispatcher.addr(), "GET", path, &known).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn the_listener_tells_the_page_what_it_may_do() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for (address, administration) in [(dispatcher.addr(), false), (dispatcher.admin_addr(), true)] {
        let told = ask(address, "GET", "/console/listener.json", "").await.json();
        assert_eq!(
            (&told["shop"], &told["administration"]),
            (&json!("default/downtown"), &json!(administration))
        );
    }
    ask(dispatcher.addr(), "GET", "/dead-letters", "").await.is_problem(404, "not_found");
}

/// As `kubectl port-forward` brings a browser to a pod: another port than the pod's, and a page that says so.
#[tokio::test]
async fn the_whole_console_works_through_a_forwarded_port() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for host in ["localhost:18081", "127.0.0.1:18081"] {
        let browser = async |method: &str, path: &str, more: &str| {
            let own = format!("Host: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n{more}");
            send(dispatcher.admin_addr(), &format!("{method} {path} HTTP/1.1\r\n{own}\r\n")).await
        };
        for path in ["/", "/console/main.js", "/console/listener.json", "/overview", "/dead-letters"] {
            assert_eq!(browser("GET", path, "").await.status, 200, "{path}");
        }
        let body = "Content-Type: application/json\r\nContent-Length: 0\r\n";
        assert_eq!(
            browser("POST", "/item/add", body).await.status,
            400,
            "the API judges it, and not the guard"
        );
    }
}

#[tokio::test]
async fn no_other_page_reaches_the_public_api_through_the_admin_listener() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for path in ["/", "/overview", "/item/fetch/car-1", "/nothing"] {
        let foreign = "Origin: http://evil.example\r\n";
        ask(dispatcher.admin_addr(), "GET", path, foreign).await.is_problem(403, "forbidden");
    }
}

/// The forms offer what the API takes.
#[tokio::test]
async fn every_choice_of_the_api_is_in_the_forms() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let forms = ask(dispatcher.addr(), "GET", "/console/write.js", "").await.body;
    let description = ask(dispatcher.addr(), "GET", "/openapi.json", "").await.json();
    let parameters = description["paths"]["/item/fetch"]["get"]["parameters"].as_array().unwrap();
    for (parameter, constant) in [("category", "CATEGORIES"), ("state", "STATES")] {
        let found = parameters.iter().find(|found| found["name"] == parameter).unwrap();
        let names = found["schema"]["enum"].as_array().unwrap();
        let names: Vec<_> =
            names.iter().filter_map(Value::as_str).map(|name| format!("\"{name}\"")).collect();
        let line = format!("export const {constant} = [{}];", names.join(", "));
        assert!(forms.contains(&line), "{line}");
    }
}
