//! What it tells of objects.

use crate::support::{AT_ONCE, Program};
use pawnshop_objects_service::{Behaviour, Object, ObjectId};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test]
async fn an_object_is_told_by_the_id_that_was_asked_for() {
    let program = Program::start(&AT_ONCE).await;
    for (path, id) in
        [("/objects/1", json!(1)), ("/objects/007", json!("007")), ("/objects/a%20lamp", json!("a lamp"))]
    {
        let (status, object) = program.get(path).await;
        assert_eq!((status, &object["id"]), (StatusCode::OK, &id), "{object}");
        assert!(object["online"].is_boolean(), "{object}");
    }
}

#[tokio::test]
async fn states_follow_from_the_seed() {
    let [program, again, other] =
        [["--seed", "7"], ["--seed", "7"], ["--seed", "8"]].map(|seed| [&seed[..], &AT_ONCE].concat());
    let (program, again) = (Program::start(&program).await, Program::start(&again).await);
    let other = Program::start(&other).await;
    let behaviour = Behaviour { seed: 7, ..Behaviour::at_once() };
    let mut differ = 0;
    for id in 1..=30 {
        let path = format!("/objects/{id}");
        let (_, object) = program.get(&path).await;
        let Object::Known { online } = behaviour.object(&ObjectId::from(id)) else {
            panic!("{id} is not known")
        };
        assert_eq!(object, json!({"id": id, "online": online}));
        assert_eq!(again.get(&path).await.1, object);
        differ += usize::from(other.get(&path).await.1 != object);
    }
    assert!(differ > 0, "another seed gives other states");
}

#[tokio::test]
async fn its_base_uri_answers_while_it_is_alive() {
    let program = Program::start(&["--error-share", "1"]).await;
    assert_eq!(program.get("/").await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_takes_as_long_as_it_is_to() {
    let program = Program::start(&["--min-latency", "200ms", "--max-latency", "400ms"]).await;
    for id in 1..=5 {
        let start = Instant::now();
        assert_eq!(program.get(&format!("/objects/{id}")).await.0, StatusCode::OK);
        let took = start.elapsed();
        // The upper bound is the machine's affair as well.
        assert!((Duration::from_millis(200)..Duration::from_secs(10)).contains(&took), "{took:?}");
    }
}

#[tokio::test]
async fn look_ups_are_counted() {
    let program = Program::start(&AT_ONCE).await;
    for path in ["/objects/1", "/objects/1", "/objects/2"] {
        program.get(path).await;
    }
    let counts: Value = json!({"begun": 3, "answered": 3, "inFlight": 0, "mostAtOnce": 1, "distinct": 2});
    assert_eq!(program.get("/stats").await.1, counts);
}
