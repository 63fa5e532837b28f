//! The same page, on a fleet: its figures come from every worker.

use crate::page::ENTER;
use crate::shop::{applied, client, program, reused_key, violin};
use pawnshop_faults::Programs;
use pawnshop_servers::fleet::{Fleet, FleetOptions};
use serde_json::json;
use tempfile::TempDir;

/// A fleet of its own, whose programs take these flags as well; nothing where its servers cannot be had.
async fn fleet(test: &str, workers: u16, more: &[&str]) -> Option<(Fleet, Programs, TempDir)> {
    if let Some(why) = pawnshop_servers::missing() {
        pawnshop_servers::skip(test, &why);
        return None;
    }
    pawnshop_runtime::tls::install_provider();
    let programs = Programs::of(program()).unwrap();
    let data = tempfile::tempdir().unwrap();
    let options = FleetOptions {
        programs: programs.folder().to_owned(),
        data: data.path().to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        workers,
        more: more.iter().map(|&flag| flag.to_owned()).collect(),
    };
    Some((Fleet::start(&options).await.unwrap(), programs, data))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_seen_and_worked_in_as_one_process_is() {
    const TEST: &str = "a_fleet_is_seen_and_worked_in_as_one_process_is";
    let Some(browser) = crate::browser(TEST).await else { return };
    let Some((mut fleet, _programs, _data)) = fleet(TEST, 2, &[]).await else { return };
    let (public, admin, http) = (fleet.api().unwrap(), fleet.admin().unwrap(), client());
    applied(&http, &public, "/item/add", &violin()).await;
    let sale = json!({"clientId": "ada", "itemId": "violin", "price": 130_000, "profit": 5_000});
    applied(&http, &public, "/item/action/sell", &sale).await;

    browser.opens(&admin, "", "At a glance").await;
    browser.shows("4 workers in 2 processes").await;
    browser.shows("2 since it started").await;
    // As soon as the broker's statistics are there.
    let backlog = "document.querySelector('.pool .value').textContent === '0'";
    browser.until("the backlog", backlog, json!([])).await;
    let sold = "[...document.querySelectorAll('tbody tr')].some((row) =>
        row.cells[0].textContent === 'sell-actions' && row.cells[2].textContent === '1')";
    browser.until("the count of both workers", sold, json!([])).await;

    browser.opens(&admin, "#/item/violin", "Item violin").await;
    browser.shows("Sold to ada for 1 300.00").await;

    reused_key(&http, &public, "cello").await;
    browser.opens(&admin, "#/letters", "Dead letters").await;
    browser.clicks("rejected").await;
    browser.clicks("Replay").await;
    browser.shows("Replayed: it goes through its flow again").await;
    browser.clicks("Drop").await;
    browser.shows("Drop this letter?").await;
    browser.tabs_to("Drop it for good").await;
    browser.types(ENTER).await;
    browser.shows("Dropped for good").await;
    browser.shows_heading("Dead letters").await;

    browser.opens(&admin, "", "At a glance").await;
    browser.shows("in 2 processes").await;
    fleet.worker(1).unwrap().kill().await.unwrap();
    browser.shows("1 of 2 worker processes told their figures").await;
    browser.shows("2 workers").await;
    fleet.worker(0).unwrap().kill().await.unwrap();
    browser.shows("asleep, or away").await;
    browser.shows("no worker of this pool answers").await;
    let unknown = "[...document.querySelectorAll('.pool tbody tr')].every((row) => row.cells[1].textContent === 'unknown')";
    browser.until("nothing unknown is shown as zero", unknown, json!([])).await;
    browser.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_that_nobody_can_read_is_shown_as_unknown_and_why() {
    const TEST: &str = "a_backlog_that_nobody_can_read_is_shown_as_unknown_and_why";
    let Some(browser) = crate::browser(TEST).await else { return };
    let nobody = "--broker-management-uri=http://127.0.0.1:1";
    let Some((fleet, _programs, _data)) = fleet(TEST, 1, &[nobody]).await else { return };
    browser.opens(&fleet.api().unwrap(), "", "At a glance").await;
    browser.shows("2 workers").await;
    browser.shows("some pool's backlog cannot be read").await;
    let unknown = "[...document.querySelectorAll('.pool tbody tr')].every((row) => row.cells[1].textContent === 'unknown')
        && document.querySelector('.pool .value').textContent === 'unknown'";
    browser.until("the backlog", unknown, json!([])).await;
    browser.is_pictured("unknown").await;
    browser.is_clean().await;
}
