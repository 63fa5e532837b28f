//! Objects that a partner calls about are looked up and remembered; no callback is missed, whatever becomes of the shop or
//! of the service that knows the objects.

use crate::harness::{Shop, answer, eventually, within};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

const PATIENCE: Duration = Duration::from_secs(60);

/// A service that knows the objects that are numbers: odd ones are online, 13 is broken, and to 17 there
/// is no way.
async fn objects(address: SocketAddr) -> (SocketAddr, AbortOnDropHandle<()>) {
    let listener = within(PATIENCE, async {
        loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
    .await;
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || "objects")).route("/objects/{id}", get(object));
    let serve = async move { axum::serve(listener, router).await.unwrap() };
    (address, AbortOnDropHandle::new(tokio::spawn(serve)))
}

async fn object(Path(id): Path<String>) -> Response {
    match id.parse::<u32>() {
        Ok(13) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Ok(17) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Ok(number) => Json(json!({"id": number, "online": number % 2 == 1})).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A shop's file, whose pool `presence` asks there.
fn file(folder: &tempfile::TempDir, address: SocketAddr, seen_for_seconds: f64) -> PathBuf {
    let file = folder.path().join("shop.yaml");
    let text = format!(
        "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {{name: downtown}}\nspec:\n  \
         retryDelays: [100ms]\n  pools:\n  - {{name: items, flows: [item], autoscaling: {{min: 1, max: 1}}}}\n  \
         - name: presence\n    flows: [presence]\n    \
         config: {{objectsUri: 'http://{address}', seenForSeconds: {seen_for_seconds}}}\n"
    );
    std::fs::write(&file, text).unwrap();
    file
}

async fn up(folder: &tempfile::TempDir, file: &std::path::Path) -> Shop {
    Shop::up(&folder.path().join("data"), &["-f", file.to_str().unwrap(), "--sweep-every", "200ms"]).await
}

async fn call_back(shop: &Shop, ids: Value) -> Value {
    let (status, body) = answer(shop.post("/callback", &json!({"object_ids": ids}))).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    body
}

/// The ids of all objects that count as seen, page by page.
async fn seen(shop: &Shop) -> BTreeSet<String> {
    let (mut all, mut path) = (BTreeSet::new(), Some("/presence?limit=100".to_owned()));
    while let Some(page) = path {
        let response = shop.get(&page).send().await.unwrap();
        path = response.headers().get("link").map(|link| {
            let link = link.to_str().unwrap();
            link[1..link.find('>').unwrap()].to_owned()
        });
        let page: Value = response.json().await.unwrap();
        all.extend(page.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
    }
    all
}

#[tokio::test]
async fn an_object_is_seen_for_a_while_and_every_other_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _service) = objects(([127, 0, 0, 1], 0).into()).await;
    let shop = up(&folder, &file(&folder, address, 600.0)).await;
    let accepted = call_back(&shop, json!([1, 2, "tag", "1", 13, 3])).await;
    assert_eq!(accepted["accepted"], 5);
    let event = |object: &str| {
        let events = accepted["events"].as_array().unwrap();
        let event = events.iter().find(|event| event["objectId"] == object).unwrap();
        format!("/event/{}?flow=presence", event["eventId"].as_str().unwrap())
    };
    eventually("both that are online are seen", PATIENCE, async || {
        seen(&shop).await == BTreeSet::from(["1".to_owned(), "3".to_owned()])
    })
    .await;
    let (status, found) = answer(shop.get("/presence/1")).await;
    assert_eq!((status, &found["id"]), (StatusCode::OK, &json!("1")), "{found}");
    for offline in ["2", "tag", "13"] {
        assert_eq!(answer(shop.get(&format!("/presence/{offline}"))).await.0, StatusCode::NOT_FOUND);
    }
    for (object, outcome, detail) in
        [("tag", "rejected", "does not know the object"), ("13", "dead-lettered", "answers 500")]
    {
        eventually("what became of it", PATIENCE, async || {
            let (_, told) = answer(shop.get(&event(object))).await;
            told["outcome"] == outcome && told["detail"].as_str().unwrap().contains(detail)
        })
        .await;
    }
    assert!(shop.terminate().await);

    // Seen once more, and for a moment.
    let shop = up(&folder, &file(&folder, address, 0.5)).await;
    assert_eq!(call_back(&shop, json!([1, 3])).await["accepted"], 2);
    eventually("nothing is seen any more", PATIENCE, async || seen(&shop).await.is_empty()).await;
    assert_eq!(answer(shop.get("/presence/1")).await.0, StatusCode::NOT_FOUND);
    assert!(shop.terminate().await);
}

#[tokio::test]
async fn an_object_that_only_a_gateway_answers_for_ends_as_a_dead_letter_and_holds_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (address, _service) = objects(([127, 0, 0, 1], 0).into()).await;
    let shop = up(&folder, &file(&folder, address, 600.0)).await;
    let accepted = call_back(&shop, json!([17])).await;
    let event = format!("/event/{}?flow=presence", accepted["events"][0]["eventId"].as_str().unwrap());
    let mut others = (101..).step_by(2);
    eventually("it is a dead letter", PATIENCE, async || {
        let other: u32 = others.next().unwrap();
        call_back(&shop, json!([other])).await;
        eventually("the other is seen", PATIENCE, async || seen(&shop).await.contains(&other.to_string()))
            .await;
        let (_, told) = answer(shop.get(&event)).await;
        told["outcome"] == "dead-lettered" && told["detail"].as_str().unwrap().contains("answers 503")
    })
    .await;
    assert!(shop.terminate().await);
}

#[tokio::test]
async fn no_callback_is_missed_while_the_service_is_away_and_the_shop_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (address, service) = objects(([127, 0, 0, 1], 0).into()).await;
    drop(service);
    let file = file(&folder, address, 600.0);
    let shop = up(&folder, &file).await;
    let ids: Vec<u32> = (0..1_000).map(|n| 2 * n + 101).collect();
    assert_eq!(call_back(&shop, json!(ids)).await, json!({"accepted": 1_000}));
    shop.kill().await;

    let shop = up(&folder, &file).await;
    call_back(&shop, json!(["1"])).await;
    let wanted: BTreeSet<String> = ids.iter().chain(&[1]).map(u32::to_string).collect();
    let (_, _service) = objects(address).await;
    eventually("all of them are seen", PATIENCE, async || seen(&shop).await == wanted).await;
    let (_, dead) = answer(shop.http.get(format!("{}/dead-letters", shop.admin))).await;
    assert_eq!(dead["letters"], json!([]), "a dead service is no event's fault");
    assert!(shop.terminate().await);
}

#[tokio::test]
async fn a_shop_without_pools_serves_no_callbacks() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Shop::up(folder.path(), &[]).await;
    let (status, problem) = answer(shop.post("/callback", &json!({"object_ids": [1]}))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("flow_not_served")));
    assert!(seen(&shop).await.is_empty());
}
