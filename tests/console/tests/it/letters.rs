//! Somebody looks after events that failed, at the admin listener.

use crate::page::{ENTER, ESCAPE};
use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_inspected_replayed_and_dropped_once_it_is_confirmed() {
    let Some(browser) =
        crate::browser("a_letter_is_inspected_replayed_and_dropped_once_it_is_confirmed").await
    else {
        return;
    };
    let shop = Shop::up().await;
    browser.opens(&shop.admin, "#/letters", "Dead letters").await;
    browser.shows("No dead letters.").await;
    shop.letter("cello").await;
    browser.clicks("Show").await;
    browser.shows("cello").await;
    browser.is_pictured("letters").await;
    browser.clicks("rejected").await;
    browser.shows_heading("Dead letter").await;
    browser.shows("pawnshop.item.v1").await;
    browser.clicks("Envelope").await;
    browser.shows("In base64").await;
    browser.shows("Second").await;

    browser.clicks("Replay").await;
    browser.shows("Replayed: it goes through its flow again").await;
    browser.shows("Replay once more").await;
    assert_eq!(browser.focused().await, "Replay once more", "the focus stays where it was");

    browser.clicks("Drop").await;
    browser.shows("Drop this letter?").await;
    assert_eq!(browser.focused().await, "Keep it", "the harmless answer has the focus");
    browser.types(ESCAPE).await;
    browser.until("the dialog is gone", "!document.querySelector('dialog')", serde_json::json!([])).await;
    browser.clicks("Drop").await;
    browser.shows("Drop this letter?").await;
    browser.tabs_to("Drop it for good").await;
    browser.types(ENTER).await;
    browser.shows_heading("Dead letters").await;
    browser.shows("Dropped for good").await;
    browser.is_clean().await;
}
