//! Somebody looks at the shop while it works.

use crate::page::pictures;
use crate::shop::{Shop, with_name};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_is_seen_live_at_a_glance() {
    let Some(browser) = crate::browser("the_shop_is_seen_live_at_a_glance").await else { return };
    let shop = Shop::up().await;
    browser.opens(&shop.admin, "", "At a glance").await;
    browser.shows("Live").await;
    browser.shows("nothing took effect in the last 10 s").await;
    browser.shows("1 worker").await;
    for number in 0..40 {
        shop.apply("/item/add", &with_name(&format!("item-{number}"), "Item")).await;
    }
    // Without a reload.
    browser.shows("40 since it started").await;
    browser.shows("from acceptance to effect").await;
    let applied = "[...document.querySelectorAll('tbody tr')].some((row) =>
        row.cells[0].textContent === 'item' && row.cells[2].textContent === '40')";
    browser.until("the count of applied items", applied, json!([])).await;
    let plots = "[...document.querySelectorAll('svg[role=img]')].every((plot) => plot.getAttribute('aria-label').includes('last two minutes'))";
    browser.until("every plot in words", plots, json!([])).await;
    browser.clicks("The last two minutes in figures").await;
    browser.shows("Writes per second").await;
    browser.is_clean().await;
    if pictures().is_some() {
        browser.clicks("The last two minutes in figures").await;
        waves(&shop).await;
        browser.is_pictured("glance").await;
    }
}

/// Two minutes of a shop at work, so that there is something to see.
async fn waves(shop: &Shop) {
    for second in 0..120_u32 {
        let crowd = 12.0 + 10.0 * (f64::from(second) / 9.0).sin();
        let next = tokio::time::sleep(Duration::from_secs(1));
        for customer in 0..crowd as u32 {
            shop.send("/item/add", &with_name(&format!("wave-{second}-{customer}"), "Item")).await;
            let loan =
                json!({"clientId": "ada", "itemId": "item-1", "price": 100, "tax": 5, "limitDays": 30});
            shop.send("/item/action/pawn", &loan).await;
        }
        next.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_is_gone_is_said_to_be_and_found_again_is_live() {
    let Some(browser) = crate::browser("a_shop_that_is_gone_is_said_to_be_and_found_again_is_live").await
    else {
        return;
    };
    let mut shop = Shop::up().await;
    browser.opens(&shop.public, "#/write/item", "Record").await;
    browser.shows("Live").await;
    shop.ends().await;
    browser.shows("Reconnecting").await;
    browser.fills("Name", "Violin").await;
    browser.clicks("Record it").await;
    browser.shows("The shop does not answer").await;
    browser.shows("recorded once however often you try").await;
    shop.is_open_again().await;
    browser.shows("Live").await;
}
