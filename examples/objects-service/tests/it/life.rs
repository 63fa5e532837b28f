//! How the program starts and ends.

use crate::support::{AT_ONCE, Program, client, command};
use reqwest::StatusCode;

#[tokio::test]
async fn after_a_kill_it_is_gone_and_can_be_had_again_at_the_same_address() {
    let mut program = Program::start(&AT_ONCE).await;
    let state = program.get("/objects/1").await;
    program.signal("-KILL").await;
    program.ended().await;
    let gone = client().get(program.uri()).send().await;
    assert!(gone.is_err_and(|error| error.is_connect()));
    let again = Program::start_at(&program.address(), &AT_ONCE).await;
    assert_eq!(again.count("begun").await, 0);
    assert_eq!(again.get("/objects/1").await, state);
}

#[tokio::test]
async fn it_ends_when_told_to_whoever_waits() {
    let mut program = Program::start(&["--hang-share", "1"]).await;
    assert!(program.hangs("/objects/1").await);
    let waiting = tokio::spawn(client().get(format!("{}/objects/2", program.uri())).send());
    crate::support::eventually("it waits", async || program.count("begun").await == 2).await;
    program.signal("-TERM").await;
    assert!(program.ended().await.success());
    assert!(waiting.await.unwrap().is_err());
}

#[tokio::test]
async fn settings_come_from_the_environment_too() {
    let program = Program::start(&AT_ONCE).await;
    assert_eq!(program.get("/objects/1").await.0, StatusCode::OK);
    let faulty = command(&[]).env("OBJECTS_SEED", "one").output().await.unwrap();
    assert_eq!(faulty.status.code(), Some(2));
    assert!(String::from_utf8(faulty.stderr).unwrap().contains("variable OBJECTS_SEED"));
}

#[tokio::test]
async fn all_that_is_wrong_with_its_settings_is_told_at_once() {
    let faulty =
        ["--error-share", "0.6", "--hang-share", "0.6", "--online-share", "2", "--min-latency", "5s"];
    let faulty = command(&faulty).output().await.unwrap();
    assert_eq!(faulty.status.code(), Some(2));
    let told = String::from_utf8(faulty.stderr).unwrap();
    for fault in [
        "3 faults",
        "--error-share: must be 1 at most together with hang-share and nonsense-share",
        "--online-share: \"2\": must be a number from 0 to 1",
        "--min-latency: must not be longer than max-latency",
    ] {
        assert!(told.contains(fault), "{fault} in {told}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_told() {
    let program = Program::start(&[]).await;
    let second = command(&["--listen", &program.address()]).output().await.unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(String::from_utf8(second.stderr).unwrap().contains("cannot listen on 127.0.0.1:"));
}
