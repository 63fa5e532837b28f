//! The public listener: every answer that no service gives, events, probes, and the description.

use crate::played::{ITEM, KNOWN, PANICS, UNKNOWN, ask, dispatcher, open, post};
use serde_json::json;

#[tokio::test]
async fn whatever_has_no_route_is_a_404_problem() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let unknown = [
        "/item",
        "/item/add/",
        "/item/fetch/",
        "/healthz/",
        "/docs/",
        "/nothing",
        "/event/",
        "//",
        "/console/x.js",
    ];
    for path in unknown {
        ask(dispatcher.addr(), "GET", path, "").await.is_problem(404, "not_found");
    }
    ask(dispatcher.addr(), "DELETE", "/dead-letters/x", "").await.is_problem(404, "not_found");
    ask(dispatcher.addr(), "GET", "/docs/../Cargo.toml", "").await.is_problem(404, "not_found");
    ask(dispatcher.addr(), "GET", "/docs/nothing.js", "").await.is_problem(404, "not_found");
}

#[tokio::test]
async fn no_other_page_can_have_the_documentation_in_a_frame() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let page = ask(dispatcher.addr(), "GET", "/docs", "").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn a_method_that_a_route_does_not_take_is_405_with_those_it_does() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for (method, path, allowed) in [
        ("GET", "/item/add", "POST"),
        ("PUT", "/item/action/buy", "POST"),
        ("POST", "/item/fetch", "GET,HEAD"),
        ("DELETE", "/item/fetch/car-1", "GET,HEAD"),
        ("OPTIONS", "/item/fetch/car-1/buys", "GET,HEAD"),
        ("POST", "/event/x", "GET,HEAD"),
        ("PATCH", "/healthz", "GET,HEAD"),
        ("BREW", "/metrics", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("POST", "/docs", "GET,HEAD"),
    ] {
        let answer = ask(dispatcher.addr(), method, path, "").await;
        answer.is_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for path in
        ["/healthz", "/openapi.json", &format!("/event/{KNOWN}"), &format!("/event/{UNKNOWN}"), "/nothing"]
    {
        let get = ask(dispatcher.addr(), "GET", path, "").await;
        let head = ask(dispatcher.addr(), "HEAD", path, "").await;
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn a_write_is_accepted_and_points_to_its_outcome() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let answer = post(dispatcher.addr(), "/item/add", ITEM).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let location = format!("/event/{}?flow=item", answer.json()["eventId"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    let outcome = ask(dispatcher.addr(), "GET", &location, "").await;
    outcome.is_problem(404, "event_unknown");
    assert_eq!(outcome.header("retry-after"), Some("1"));
    let unserved = r#"{"clientId":"a","itemId":"b","price":1,"profit":1}"#;
    let answer = post(dispatcher.addr(), "/item/action/sell", unserved).await;
    answer.is_problem(503, "flow_not_served");
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn the_outcome_of_an_event_is_told() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for (query, flow) in [("", "item"), ("?flow=buy-actions", "buy-actions")] {
        let answer = ask(dispatcher.addr(), "GET", &format!("/event/{KNOWN}{query}"), "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({"eventId": KNOWN, "flow": flow, "outcome": "rejected", "code": "item_already_exists",
                   "detail": "it exists", "attempts": 0, "time": "1970-01-01T00:00:01Z"})
        );
    }
    for bad in ["/event/7".to_owned(), "/event/%FF".to_owned(), format!("/event/{KNOWN}?flow=A_B")] {
        ask(dispatcher.addr(), "GET", &bad, "").await.is_problem(400, "invalid_parameter");
    }
}

#[tokio::test]
async fn a_panic_costs_one_request_and_no_more() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    for _ in 0..3 {
        let answer = ask(dispatcher.addr(), "GET", &format!("/event/{PANICS}"), "").await;
        answer.is_problem(500, "internal_error");
        assert!(!answer.body.contains("a bug"), "{}", answer.body);
    }
    assert_eq!(ask(dispatcher.addr(), "GET", "/healthz", "").await.status, 200);
}

#[tokio::test]
async fn probes_tell_of_every_dependency_and_a_dispatcher_without_its_queue_is_still_ready() {
    struct Down;

    #[async_trait::async_trait]
    impl pawnshop_runtime::Probe for Down {
        fn name(&self) -> &str {
            "queue"
        }

        async fn check(&self) -> Result<(), String> {
            Err("connection refused".into())
        }
    }

    let dispatcher = dispatcher(&open(), |options| options.probes = vec![std::sync::Arc::new(Down)]).await;
    for address in [dispatcher.addr(), dispatcher.admin_addr()] {
        assert_eq!(ask(address, "GET", "/healthz", "").await.json(), json!({"status": "ok"}));
        let ready = ask(address, "GET", "/readyz", "").await;
        assert_eq!(ready.status, 200);
        assert_eq!(
            ready.json(),
            json!({"status": "ready", "dependencies": [
                {"name": "queue", "state": "unavailable", "reason": "connection refused"},
                {"name": "workers", "state": "ok"},
            ]})
        );
    }
}

#[tokio::test]
async fn a_process_that_only_a_restart_would_mend_is_told_apart_from_one_whose_dependency_is_down() {
    struct Stuck;

    #[async_trait::async_trait]
    impl pawnshop_runtime::Probe for Stuck {
        fn name(&self) -> &str {
            "handlers"
        }

        async fn check(&self) -> Result<(), String> {
            Err("2 do not end".into())
        }
    }

    let dispatcher = dispatcher(&open(), |options| options.liveness = vec![std::sync::Arc::new(Stuck)]).await;
    for address in [dispatcher.addr(), dispatcher.admin_addr()] {
        let health = ask(address, "GET", "/healthz", "").await;
        assert_eq!(health.status, 503);
        assert_eq!(health.json(), json!({"status": "failing", "reason": "handlers: 2 do not end"}));
        assert_eq!(ask(address, "GET", "/readyz", "").await.status, 200);
    }
}

#[tokio::test]
async fn requests_are_measured_by_route_and_never_by_id() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    post(dispatcher.addr(), "/item/add", ITEM).await;
    ask(dispatcher.addr(), "GET", &format!("/event/{KNOWN}"), "").await;
    ask(dispatcher.addr(), "BREW", "/secret-path", "").await;
    let metrics = ask(dispatcher.addr(), "GET", "/metrics", "").await;
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    for line in [
        "pawnshop_http_request_duration_seconds_count{method=\"POST\",route=\"/item/add\",status=\"202\"}",
        "pawnshop_http_request_duration_seconds_count{method=\"GET\",route=\"/event/{eventId}\",status=\"200\"}",
        "pawnshop_http_request_duration_seconds_count{method=\"other\",route=\"unmatched\",status=\"404\"}",
        "pawnshop_events_accepted_total{flow=\"item\"}",
    ] {
        assert!(metrics.body.contains(line), "{line}\n{}", metrics.body);
    }
    assert!(!metrics.body.contains(KNOWN) && !metrics.body.contains("secret-path"));
}

#[tokio::test]
async fn the_description_names_every_route_and_its_problems() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let description = ask(dispatcher.addr(), "GET", "/openapi.json", "").await.json();
    assert_eq!(description["openapi"], "3.1.0");
    let paths: Vec<_> = description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for path in [
        "/item/add",
        "/item/action/buy",
        "/item/action/sell",
        "/item/action/pawn",
        "/item/fetch",
        "/item/fetch/{id}",
        "/item/fetch/{id}/{history}",
        "/event/{eventId}",
        "/healthz",
        "/readyz",
        "/metrics",
        "/overview",
        "/openapi.json",
        "/docs",
        "/callback",
        "/presence",
        "/presence/{id}",
        "/",
    ] {
        assert!(paths.contains(&path), "{path} is not in {paths:?}");
    }
    let add = &description["paths"]["/item/add"]["post"]["responses"];
    for status in ["201", "202", "400", "408", "409", "413", "415", "422", "429", "500", "503"] {
        assert!(add[status].is_object(), "{status}");
    }
    assert_eq!(
        add["503"]["content"]["application/problem+json"]["schema"]["$ref"],
        "#/components/schemas/Problem"
    );
    assert!(add["503"]["headers"]["Retry-After"].is_object());
    let flow = &description["paths"]["/event/{eventId}"]["get"]["parameters"][1];
    assert_eq!(
        flow["schema"]["enum"],
        json!(["item", "buy-actions", "sell-actions", "pawn-actions", "presence"])
    );
}

#[tokio::test]
async fn every_reference_in_the_description_leads_somewhere() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let text = ask(dispatcher.addr(), "GET", "/openapi.json", "").await.body;
    let description: serde_json::Value = serde_json::from_str(&text).unwrap();
    let references: Vec<_> =
        text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(references.len() > 10);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(description.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_page_and_all_it_needs_come_from_the_binary() {
    let dispatcher = dispatcher(&open(), |_| {}).await;
    let page = ask(dispatcher.addr(), "GET", "/docs", "").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let assets: Vec<_> =
        page.body.split("\"docs/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(assets.len(), 6);
    for asset in assets.into_iter().filter(|asset| !asset.ends_with(".png")) {
        let answer = ask(dispatcher.addr(), "GET", &format!("/docs/{asset}"), "").await;
        assert_eq!(answer.status, 200, "{asset}");
    }
    let start = ask(dispatcher.addr(), "GET", "/docs/swagger-initializer.js", "").await;
    assert!(start.body.contains("/openapi.json"), "{}", start.body);
    assert!(!page.body.contains("//"), "nothing from elsewhere");
}

#[tokio::test]
async fn with_a_listener_of_their_own_probes_and_metrics_are_not_public() {
    let dispatcher =
        dispatcher(&open(), |options| options.operations_listen = Some("127.0.0.1:0".parse().unwrap())).await;
    let operations = dispatcher.operations_addr().unwrap();
    for path in ["/healthz", "/readyz", "/metrics"] {
        ask(dispatcher.addr(), "GET", path, "").await.is_problem(404, "not_found");
        assert_eq!(ask(operations, "GET", path, "").await.status, 200, "{path}");
    }
    ask(operations, "GET", "/item/fetch", "").await.is_problem(404, "not_found");
    ask(operations, "POST", "/readyz", "").await.is_problem(405, "method_not_allowed");
    let description = ask(dispatcher.addr(), "GET", "/openapi.json", "").await.json();
    assert!(description["paths"]["/docs"].is_object() && description["paths"]["/readyz"].is_null());

    dispatcher.drain();
    assert_eq!(ask(operations, "GET", "/readyz", "").await.status, 503);
    let item = post(dispatcher.addr(), "/item/add", ITEM).await;
    assert_eq!(item.status, 202, "draining is not closed");
}
