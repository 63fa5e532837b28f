//! The service within a test's own process.

use crate::support::{client, get};
use pawnshop_objects_service::{Behaviour, ObjectsService, Share, Stats};
use reqwest::StatusCode;
use serde_json::json;

#[tokio::test]
async fn it_answers_and_counts_until_it_is_dropped() {
    let behaviour = Behaviour { online: Share::ALL, ..Behaviour::at_once() };
    let service = ObjectsService::start(behaviour).unwrap();
    let client = client();
    let object = format!("{}/objects/1", service.uri());
    assert_eq!(get(&client, &object).await, (StatusCode::OK, json!({"id": 1, "online": true})));
    let stats = Stats { begun: 1, answered: 1, in_flight: 0, most_at_once: 1, distinct: 1 };
    assert_eq!(service.stats(), stats);

    let address = service.address();
    drop(service);
    assert!(client.get(&object).send().await.is_err());
    let behaviour = Behaviour { unknown: Share::ALL, ..Behaviour::at_once() };
    let service = ObjectsService::start_at(address, behaviour).unwrap();
    assert_eq!(get(&client, &object).await.0, StatusCode::NOT_FOUND);
    assert_eq!(service.stats().begun, 1);
}
