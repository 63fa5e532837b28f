//! Every way to be refused: the status, the headers, the problem document. And that the shop shrugs it off.

use super::{buy, fresh_shop, item, with, without};
use crate::harness::{Shop, answer};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn every_fault_of_a_body_comes_back_at_once_with_its_pointer() {
    let (_data, shop) = fresh_shop().await;
    let body = json!({"id": "a/b", "name": 7, "category": "Toys", "price": -1, "ageInMonths": 1.5});
    let response = shop.post("/item/add", &body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    let mut pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        ["#/ageInMonths", "#/category", "#/id", "#/name", "#/price", "#/state"],
        "{problem}"
    );
    assert_eq!(problem["status"], 422);
    assert!(
        problem.to_string().contains("Electronics"),
        "an unknown category lists the allowed ones: {problem}"
    );
}

#[tokio::test]
async fn a_bad_field_is_422_and_names_the_field() {
    let (_data, shop) = fresh_shop().await;
    let pawn = || with(with(buy("v"), "tax", json!(3)), "limitDays", json!(30));
    let sell = || with(buy("v"), "profit", json!(3));
    let too_long = "x".repeat(129);
    let cases = [
        ("/item/add", with(item("v"), "id", json!("")), "id"),
        ("/item/add", with(item("v"), "id", json!("..")), "id"),
        ("/item/add", with(item("v"), "id", json!(too_long)), "id"),
        ("/item/add", with(item("v"), "id", json!("a\u{0}b")), "id"),
        ("/item/add", with(item("v"), "id", json!(5)), "id"),
        ("/item/add", without(item("v"), "name"), "name"),
        ("/item/add", with(item("v"), "name", json!("")), "name"),
        ("/item/add", with(item("v"), "name", json!(null)), "name"),
        ("/item/add", with(item("v"), "state", json!("Mint")), "state"),
        ("/item/add", with(item("v"), "price", json!("12")), "price"),
        ("/item/add", with(item("v"), "price", json!(9.5)), "price"),
        ("/item/add", with(item("v"), "price", json!(9_223_372_036_854_775_808u64)), "price"),
        ("/item/add", with(item("v"), "price", json!(1e300)), "price"),
        ("/item/add", with(item("v"), "ageInMonths", json!(-1)), "ageInMonths"),
        ("/item/action/buy", without(buy("v"), "clientId"), "clientId"),
        ("/item/action/buy", without(buy("v"), "itemId"), "itemId"),
        ("/item/action/buy", with(buy("v"), "date", json!("31.1.2026")), "date"),
        ("/item/action/buy", with(buy("v"), "date", json!("2026-02-30")), "date"),
        ("/item/action/buy", with(buy("v"), "date", json!("2026-01-31T12:00:00")), "date"),
        ("/item/action/buy", with(buy("v"), "date", json!(1_700_000_000)), "date"),
        ("/item/action/sell", without(sell(), "profit"), "profit"),
        ("/item/action/sell", with(sell(), "price", json!(-1)), "price"),
        ("/item/action/pawn", without(pawn(), "tax"), "tax"),
        ("/item/action/pawn", with(pawn(), "tax", json!(-1)), "tax"),
        ("/item/action/pawn", with(pawn(), "tax", json!(0.5)), "tax"),
        ("/item/action/pawn", with(pawn(), "limitDays", json!(0)), "limitDays"),
    ];
    for (path, body, field) in cases {
        let (status, problem) = answer(shop.post(path, &body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], format!("#/{field}"), "{path} {body}: {problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{path} {body}: {problem}");
    }
}

#[tokio::test]
async fn malformed_json_is_400_with_line_and_column() {
    let (_data, shop) = fresh_shop().await;
    for body in [
        "",
        "{",
        "{\"name\": }",
        "{\n  \"name\": \"a\",\n  oops\n}",
        "{} {}",
        "\u{feff}{}",
        "{'a': 1}",
        "NaN",
    ] {
        let request =
            shop.request(Method::POST, "/item/add").header(CONTENT_TYPE, "application/json").body(body);
        let (status, problem) = answer(request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body:?}: {problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("line") && detail.contains("column"), "{body:?}: {problem}");
    }
    let invalid_utf8 = shop
        .request(Method::POST, "/item/add")
        .header(CONTENT_TYPE, "application/json")
        .body(vec![b'"', 0xff, b'"']);
    assert_eq!(answer(invalid_utf8).await.0, StatusCode::BAD_REQUEST);
    let deep = shop
        .request(Method::POST, "/item/add")
        .header(CONTENT_TYPE, "application/json")
        .body("[".repeat(100_000));
    assert_eq!(answer(deep).await.0, StatusCode::BAD_REQUEST, "deeply nested");
}

#[tokio::test]
async fn json_that_is_no_object_is_refused() {
    let (_data, shop) = fresh_shop().await;
    for body in [json!([]), json!("a"), json!(1), json!(null)] {
        let (status, problem) = answer(shop.post("/item/add", &body)).await;
        assert!(status.is_client_error(), "{body}: {status} {problem}");
        assert!(problem.to_string().contains("object"), "{body}: {problem}");
    }
}

#[tokio::test]
async fn the_frame_of_http_is_kept() {
    let (_data, shop) = fresh_shop().await;
    let big = with(item("v"), "name", json!("x".repeat(300 * 1024)));
    assert_eq!(answer(shop.post("/item/add", &big)).await.0, StatusCode::PAYLOAD_TOO_LARGE);

    let plain = shop
        .request(Method::POST, "/item/add")
        .header(CONTENT_TYPE, "text/plain")
        .body(item("v").to_string());
    assert_eq!(answer(plain).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let untyped = shop.request(Method::POST, "/item/add").body(item("v").to_string());
    assert_eq!(answer(untyped).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    for path in
        ["/nothing", "/item", "/item/fetch/", "/item/add/", "/item/fetch/a/b/c", "/item/fetch/a/loans"]
    {
        let response = shop.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json", "{path}");
    }
    for (method, path, allowed) in [
        (Method::GET, "/item/add", "POST"),
        (Method::DELETE, "/item/action/buy", "POST"),
        (Method::POST, "/item/fetch/a", "GET"),
        (Method::PUT, "/event/0197a0c0-0000-7000-8000-000000000000", "GET"),
    ] {
        let response = shop.request(method, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(response.headers()["allow"].to_str().unwrap().contains(allowed), "{path}");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json", "{path}");
    }
    let bad_key = shop.post("/item/action/buy", &buy("v")).header("idempotency-key", "x".repeat(300));
    assert_eq!(answer(bad_key).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn bytes_that_are_not_http_harm_nobody() {
    let (_data, shop) = fresh_shop().await;
    let address = shop.url.trim_start_matches("http://").to_owned();
    let garbage: [&[u8]; 5] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"POST /item/add HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: -5\r\n\r\n{}",
        b"POST /item/add HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"na",
        b"GET /item/fetch/%ff%fe HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(
            !answer.starts_with(b"HTTP/1.1 2") && !answer.starts_with(b"HTTP/1.1 5"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    still_works(&shop).await;
}

#[tokio::test]
async fn a_flow_without_a_pool_is_503_and_never_accepted() {
    let data = tempfile::tempdir().unwrap();
    let yaml = data.path().join("shop.yaml");
    std::fs::write(
        &yaml,
        "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {name: downtown}\nspec:\n  pools:\n    - {name: items, flows: [item]}\n",
    )
    .unwrap();
    let shop = Shop::up(&data.path().join("data"), &["-f", yaml.to_str().unwrap()]).await;
    let (status, problem) = answer(shop.post("/item/action/buy", &buy("v"))).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("flow_not_served")),
        "{problem}"
    );
    still_works(&shop).await;
}

#[tokio::test]
async fn the_admin_listener_trusts_no_stranger() {
    let (_data, shop) = fresh_shop().await;
    let letters = format!("{}/dead-letters", shop.admin);
    assert_eq!(answer(shop.http.get(&letters)).await.0, StatusCode::OK);
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
        let status = answer(shop.http.get(&letters).header(name, value)).await.0;
        assert!(status.is_client_error(), "{name}: {value} was let in: {status}");
    }
    let form = shop
        .http
        .post(format!("{letters}/0197a0c0-0000-7000-8000-000000000000/replay"))
        .header(CONTENT_TYPE, "text/plain");
    assert_eq!(answer(form.body("{}")).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let (status, _) = answer(shop.get("/dead-letters")).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "not on the public listener");
}

/// The shop serves on, whatever was sent before.
async fn still_works(shop: &Shop) {
    let (status, created) = shop.apply("/item/add", &item("still-works")).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
}
