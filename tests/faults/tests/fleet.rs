//! `make fleet` as a library: what it does about programs that end.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use pawnshop_faults::Programs;
use pawnshop_servers::fleet::{Fleet, FleetOptions};
use pawnshop_servers::testing::eventually;
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_is_started_again_and_one_that_ends_by_itself_ends_the_fleet() {
    const TEST: &str = "a_program_that_is_killed_is_started_again_and_one_that_ends_by_itself_ends_the_fleet";
    if let Some(why) = pawnshop_servers::missing() {
        return pawnshop_servers::skip(TEST, &why);
    }
    pawnshop_runtime::tls::install_provider();
    let programs = Programs::of(Path::new(env!("CARGO_BIN_EXE_pawnshop-soak"))).unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut fleet = Fleet::start(&FleetOptions {
        programs: programs.folder().to_owned(),
        data: data.path().to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        workers: 1,
        more: Vec::new(),
    })
    .await
    .unwrap();
    assert!(fleet.tend().unwrap().is_empty());

    signal(fleet.worker(0).unwrap().pid().unwrap(), Signal::KILL);
    eventually("the worker is started again", async || fleet.tend().unwrap() == ["worker-1"]).await;
    let add = format!("{}/item/add", fleet.api().unwrap());
    let item = json!({"id": "violin", "name": "Violin", "category": "collection", "price": 1, "state": "good", "ageInMonths": 1});
    let added = Client::new().post(add).header("prefer", "wait=10").json(&item).send().await.unwrap();
    assert_eq!(added.status(), 201, "{}", added.text().await.unwrap());

    signal(fleet.dispatcher().pid().unwrap(), Signal::TERM);
    eventually("the dispatcher's end is told", async || {
        fleet.tend().is_err_and(|error| error.to_string().contains("dispatcher ended by itself"))
    })
    .await;
}

fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}
