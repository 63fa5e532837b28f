//! `POST /item/add` and `POST /item/action/*`.

use super::{buy, fresh_shop, item, with, without};
use crate::harness::answer;
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn every_write_is_accepted_with_its_ids_and_where_to_ask() {
    let (_data, shop) = fresh_shop().await;
    let writes = [
        ("/item/add", item("violin"), "item"),
        ("/item/action/buy", buy("violin"), "buy-actions"),
        ("/item/action/sell", with(buy("violin"), "profit", json!(-5)), "sell-actions"),
        (
            "/item/action/pawn",
            with(with(buy("violin"), "tax", json!(3)), "limitDays", json!(30)),
            "pawn-actions",
        ),
    ];
    for (path, body, flow) in writes {
        let response = shop.post(path, &body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED, "{path}");
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let accepted: Value = response.json().await.unwrap();
        assert_eq!(accepted["itemId"], "violin", "{path}");
        assert_eq!(location, format!("/event/{}?flow={flow}", accepted["eventId"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn an_item_without_an_id_gets_one() {
    let (_data, shop) = fresh_shop().await;
    let (status, created) = shop.apply("/item/add", &without(item(""), "id")).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let id = created["itemId"].as_str().unwrap();
    let (status, found) = answer(shop.get(&format!("/item/fetch/{id}"))).await;
    assert_eq!((status, found["item"]["name"].as_str()), (StatusCode::OK, Some("Violin")));
}

#[tokio::test]
async fn enums_are_case_insensitive_in_and_canonical_out() {
    let (_data, shop) = fresh_shop().await;
    let body = with(with(item("v"), "category", json!("cOLLECTION")), "state", json!("GOOD"));
    assert_eq!(shop.apply("/item/add", &body).await.0, StatusCode::CREATED);
    let (_, found) = answer(shop.get("/item/fetch/v")).await;
    assert_eq!((&found["item"]["category"], &found["item"]["state"]), (&json!("Collection"), &json!("Good")));
}

#[tokio::test]
async fn the_same_key_is_the_same_event_and_the_same_generated_id() {
    let (_data, shop) = fresh_shop().await;
    let body = without(item(""), "id");
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(
            answer(
                shop.post("/item/add", &body)
                    .header("idempotency-key", "till-7/42")
                    .header("prefer", "wait=20"),
            )
            .await,
        );
    }
    assert_eq!(answers[0].0, StatusCode::CREATED);
    assert_eq!(answers[0].1["eventId"], answers[2].1["eventId"]);
    assert_eq!(answers[0].1["itemId"], answers[1].1["itemId"]);
    let (_, list) = answer(shop.get("/item/fetch?name=Violin")).await;
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_repeated_key_applies_an_action_once() {
    let (_data, shop) = fresh_shop().await;
    shop.apply("/item/add", &item("v")).await;
    for _ in 0..5 {
        let request = shop
            .post("/item/action/buy", &buy("v"))
            .header("idempotency-key", "k")
            .header("prefer", "wait=20");
        assert_eq!(answer(request).await.0, StatusCode::CREATED);
    }
    let (_, found) = answer(shop.get("/item/fetch/v")).await;
    assert_eq!(found["buys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_reused_for_another_content_is_422_and_the_first_stays() {
    let (_data, shop) = fresh_shop().await;
    let post = |body: Value| {
        answer(
            shop.post("/item/action/buy", &body).header("idempotency-key", "k").header("prefer", "wait=20"),
        )
    };
    assert_eq!(post(buy("v")).await.0, StatusCode::CREATED);
    let (status, problem) = post(with(buy("v"), "price", json!(1))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(post(buy("v")).await.0, StatusCode::CREATED, "the first is still what the key means");
    let (_, letters) = answer(shop.http.get(format!("{}/dead-letters", shop.admin))).await;
    assert_eq!(letters["letters"].as_array().unwrap().len(), 1, "kept beside the dead letters: {letters}");
}

#[tokio::test]
async fn the_same_item_twice_is_applied_once_and_another_content_is_a_conflict() {
    let (_data, shop) = fresh_shop().await;
    assert_eq!(shop.apply("/item/add", &item("v")).await.0, StatusCode::CREATED);
    assert_eq!(shop.apply("/item/add", &item("v")).await.0, StatusCode::CREATED);
    let (status, problem) = shop.apply("/item/add", &with(item("v"), "price", json!(1))).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("item_already_exists")),
        "{problem}"
    );
    let (_, found) = answer(shop.get("/item/fetch/v")).await;
    assert_eq!(found["item"]["price"], 125_000);
}

#[tokio::test]
async fn boundary_values_pass_whole() {
    let (_data, shop) = fresh_shop().await;
    let id = "é ".to_owned() + &"x".repeat(126);
    let body = with(with(item(&id), "price", json!(i64::MAX)), "ageInMonths", json!(0));
    assert_eq!(shop.apply("/item/add", &body).await.0, StatusCode::CREATED);
    let sell = with(with(buy(&id), "profit", json!(i64::MIN)), "price", json!(0));
    assert_eq!(shop.apply("/item/action/sell", &sell).await.0, StatusCode::CREATED);
    let (_, found) = answer(shop.get("/item/fetch").query(&[("id", &id)])).await;
    assert_eq!(found["item"]["price"], i64::MAX);
    assert_eq!(found["sells"][0]["profit"], i64::MIN);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let (_data, shop) = fresh_shop().await;
    let (status, _) = shop.apply("/item/add", &with(item("v"), "colour", json!("brown"))).await;
    assert_eq!(status, StatusCode::CREATED);
}
