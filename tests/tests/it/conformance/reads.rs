//! `GET /item/fetch` in all its forms.

use super::{buy, fresh_shop, item, with};
use crate::harness::{Shop, answer, eventually};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn actions_before_their_item_and_in_any_order_make_one_sorted_history() {
    let (_data, shop) = fresh_shop().await;
    for date in ["2026-03-01", "2026-01-01T00:00:00+01:00", "2026-02-01", "2025-12-31T23:30:00Z"] {
        shop.apply("/item/action/buy", &with(buy("v"), "date", json!(date))).await;
    }
    let sell = with(with(buy("v"), "profit", json!(7)), "date", json!("2026-05-05T05:05:05.123456Z"));
    shop.apply("/item/action/sell", &sell).await;
    let pawn = with(with(buy("v"), "tax", json!(3)), "limitDays", json!(30));
    shop.apply("/item/action/pawn", &pawn).await;
    assert_eq!(
        answer(shop.get("/item/fetch/v")).await.0,
        StatusCode::NOT_FOUND,
        "404 until the item has come"
    );

    shop.apply("/item/add", &item("v")).await;
    let (status, found) = answer(shop.get("/item/fetch/v")).await;
    assert_eq!(status, StatusCode::OK);
    let dates: Vec<&str> =
        found["buys"].as_array().unwrap().iter().map(|buy| buy["date"].as_str().unwrap()).collect();
    assert_eq!(
        dates,
        ["2025-12-31T23:00:00Z", "2025-12-31T23:30:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]
    );
    let sold = &found["sells"][0];
    assert_eq!((&sold["profit"], &sold["date"]), (&json!(7), &json!("2026-05-05T05:05:05.123456Z")));
    let pawned = &found["pawns"][0];
    assert_eq!(
        (&pawned["tax"], &pawned["limitDays"], &pawned["clientId"]),
        (&json!(3), &json!(30), &json!("ada"))
    );
    let mut expected = item("v");
    expected["id"] = json!("v");
    assert_eq!(found["item"], expected);
    assert_eq!(found.get("truncated"), None);
    assert_eq!(answer(shop.get("/item/fetch?id=v")).await.1, found, "the query form says the same");
}

#[tokio::test]
async fn lists_filter_page_and_end() {
    let (_data, shop) = fresh_shop().await;
    for number in 0..25 {
        let body =
            with(item(&format!("i{number:02}")), "state", json!(if number % 2 == 0 { "New" } else { "Bad" }));
        shop.post("/item/add", &body).send().await.unwrap();
    }
    shop.apply("/item/add", &with(with(item("other"), "name", json!("Other")), "category", json!("Motor")))
        .await;
    eventually("all items are there", Duration::from_secs(20), async || {
        list(&shop, "/item/fetch?name=Violin&limit=100").await.0.len() == 25
    })
    .await;

    let (page, _) = list(&shop, "/item/fetch?category=collection").await;
    assert_eq!(page.len(), 10, "ten unless asked otherwise");
    assert_eq!(list(&shop, "/item/fetch?state=new&limit=100").await.0.len(), 13);
    assert_eq!(list(&shop, "/item/fetch?name=Nobody").await, (vec![], None));

    let (mut ids, mut next, mut pages) = (Vec::new(), Some("/item/fetch?name=Violin&limit=10".to_owned()), 0);
    while let Some(path) = next {
        let (page, following) = list(&shop, &path).await;
        ids.extend(page.iter().map(|entry| entry["item"]["id"].as_str().unwrap().to_owned()));
        (next, pages) = (following, pages + 1);
    }
    let expected: Vec<String> = (0..25).map(|number| format!("i{number:02}")).collect();
    assert_eq!((ids, pages), (expected, 3), "every item once, in id order");
}

#[tokio::test]
async fn a_long_history_is_cut_and_can_be_followed() {
    let (_data, shop) = fresh_shop().await;
    shop.apply("/item/add", &item("v")).await;
    let writes =
        (0..1003).map(|price| shop.post("/item/action/buy", &with(buy("v"), "price", json!(price))).send());
    for response in futures::future::join_all(writes).await {
        assert_eq!(response.unwrap().status(), StatusCode::ACCEPTED);
    }
    let first = std::cell::RefCell::new(Value::Null);
    eventually("a thousand buys and more are there", Duration::from_secs(30), async || {
        let (_, found) = answer(shop.get("/item/fetch/v")).await;
        let mut rest = 0;
        if let Some(link) = found["truncated"]["buys"].as_str() {
            rest = list(&shop, link).await.0.len();
        }
        *first.borrow_mut() = found;
        rest == 3
    })
    .await;
    let first = first.into_inner();
    assert_eq!(first["buys"].as_array().unwrap().len(), 1000);
    let (rest, next) = list(&shop, first["truncated"]["buys"].as_str().unwrap()).await;
    assert_eq!((rest.len(), next), (3, None));
    let mut prices: Vec<u64> = first["buys"]
        .as_array()
        .unwrap()
        .iter()
        .chain(&rest)
        .map(|buy| buy["price"].as_u64().unwrap())
        .collect();
    prices.sort_unstable();
    assert_eq!(prices, (0..1003).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_read_needs_exactly_one_filter_and_sane_bounds() {
    let (_data, shop) = fresh_shop().await;
    for query in [
        "",
        "?name=a&state=New",
        "?id=a&name=b",
        "?limit=5",
        "?name=a&limit=0",
        "?name=a&limit=101",
        "?name=a&limit=x",
        "?category=Toys",
        "?state=",
        "?name=a&after=%00%00",
        "?name=a&name=b",
    ] {
        let (status, problem) = answer(shop.get(&format!("/item/fetch{query}"))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query:?}: {problem}");
        assert!(problem["detail"].is_string() || problem["errors"].is_array(), "{query:?}: {problem}");
    }
    let (_, problem) = answer(shop.get("/item/fetch?category=Toys")).await;
    assert!(problem.to_string().contains("Electronics"), "it lists what is allowed: {problem}");
}

/// A list and the path of its next page.
async fn list(shop: &Shop, path: &str) -> (Vec<Value>, Option<String>) {
    let response = shop.get(path).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let next = response.headers().get("link").map(|link| {
        let link = link.to_str().unwrap();
        let (target, relation) = link.split_once('>').unwrap();
        assert!(relation.contains("rel=\"next\""), "{link}");
        target.trim_start_matches('<').to_owned()
    });
    (response.json().await.unwrap(), next)
}
