//! Each way to fail, at its whole share; that lesser shares are kept is tested where they are drawn.

use crate::support::{AT_ONCE, Program, eventually};
use reqwest::StatusCode;

async fn failing(share: &str) -> Program {
    Program::start(&[&AT_ONCE[..], &[share, "1"]].concat()).await
}

#[tokio::test]
async fn look_ups_fail() {
    let program = failing("--error-share").await;
    for _ in 0..3 {
        assert_eq!(program.get("/objects/1").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[tokio::test]
async fn a_look_up_that_failed_may_pass_when_it_is_made_again() {
    let program = Program::start(&[&AT_ONCE[..], &["--error-share", "0.5"]].concat()).await;
    for id in 1..=10 {
        let path = format!("/objects/{id}");
        eventually("it passes", async || program.get(&path).await.0 == StatusCode::OK).await;
    }
}

#[tokio::test]
async fn objects_fail_always() {
    let program = failing("--broken-share").await;
    for _ in 0..10 {
        assert_eq!(program.get("/objects/1").await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[tokio::test]
async fn objects_are_unknown() {
    let program = failing("--unknown-share").await;
    assert_eq!(program.get("/objects/1").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_make_no_sense() {
    let program = failing("--nonsense-share").await;
    for id in 1..=50 {
        let (status, object) = program.get(&format!("/objects/{id}")).await;
        let told = status == StatusCode::OK && object["id"] == id && object["online"].is_boolean();
        assert!(!told, "{status} {object}");
    }
}

#[tokio::test]
async fn look_ups_hang_until_they_are_given_up() {
    let program = failing("--hang-share").await;
    assert!(program.hangs("/objects/1").await);
    eventually("it is seen that nobody waits", async || program.count("inFlight").await == 0).await;
    assert_eq!((program.count("begun").await, program.count("answered").await), (1, 0));
}
