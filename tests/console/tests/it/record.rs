//! Somebody at the till records items and actions.

use crate::page::ENTER;
use crate::shop::{Shop, violin};

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_added_by_keyboard_alone() {
    let Some(browser) = crate::browser("an_item_is_added_by_keyboard_alone").await else { return };
    let shop = Shop::up().await;
    browser.opens(&shop.public, "", "At a glance").await;
    browser.tabs_to("Skip to the content").await;
    browser.tabs_to("Record").await;
    browser.types(ENTER).await;
    browser.shows_heading("Record").await;
    assert_eq!(browser.focused().await, "Record", "the heading of a view has the focus when it is shown");
    for (label, keys) in [
        ("Name", "Cello"),
        ("Category", "Mot"),
        ("Price", "99000"),
        ("State", "Good"),
        ("Age", "12"),
        ("Item id", "cello"),
    ] {
        browser.tabs_to(label).await;
        browser.types(keys).await;
    }
    browser.shows("That is 990.00").await;
    browser.types(ENTER).await;
    browser.shows("It is in effect.").await;
    browser.tabs_to("Show the item").await;
    browser.types(ENTER).await;
    browser.shows_heading("Item cello").await;
    for words in ["Cello", "Motor", "990.00", "12 months", "Nothing was done with it yet."] {
        browser.shows(words).await;
    }
    browser.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_says_is_wrong_stands_at_its_fields() {
    let Some(browser) = crate::browser("what_the_api_says_is_wrong_stands_at_its_fields").await else {
        return;
    };
    let shop = Shop::up().await;
    browser.opens(&shop.public, "#/write/item", "Record").await;
    browser.fills("Price", "-1").await;
    browser.fills("Age", "old").await;
    browser.clicks("Record it").await;
    browser.shows("The body has faults").await;
    assert_eq!(browser.wrong_at("Price").await, "Price must be 0 or more.");
    assert_eq!(browser.wrong_at("Name").await, "Name is required.");
    assert!(browser.wrong_at("Age").await.contains("must be"), "{}", browser.wrong_at("Age").await);
    assert_eq!(browser.wrong_at("Category").await, "");
    assert_eq!(browser.focused().await, "Name", "the first that can be mended has the focus");
    browser.is_pictured("record").await;

    browser.fills("Name", "Violin").await;
    browser.fills("Price", "125000").await;
    browser.fills("Age", "240").await;
    browser.fills("Item id", "violin").await;
    browser.clicks("Record it").await;
    browser.shows("It is in effect.").await;
    assert_eq!(browser.wrong_at("Price").await, "", "what was mended is no longer accused");

    // What is wrong with the whole of it has no field.
    browser.fills("Name", "Another violin").await;
    browser.fills("Price", "1").await;
    browser.fills("Age", "1").await;
    browser.fills("Item id", "violin").await;
    browser.clicks("Record it").await;
    browser.shows("exists with other content").await;
    browser.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_and_a_loan_are_seen_in_the_items_history() {
    let Some(browser) = crate::browser("a_sale_and_a_loan_are_seen_in_the_items_history").await else {
        return;
    };
    let shop = Shop::up().await;
    shop.apply("/item/add", &violin()).await;
    browser.opens(&shop.public, "#/item/violin", "Item violin").await;
    browser.clicks("Record a loan").await;
    browser.shows_heading("Record").await;
    browser.fills("Client id", "ada").await;
    browser.fills("Price", "60000").await;
    browser.fills("Interest", "5").await;
    browser.fills("Days", "30").await;
    browser.fills("Date", "2026-01-31").await;
    browser.clicks("Record it").await;
    browser.shows("It is in effect.").await;
    browser.clicks("A sale").await;
    browser.shows("Profit, in cents").await;
    browser.fills("Client id", "niccolo").await;
    browser.fills("Price", "130000").await;
    // Exact, although no number of JavaScript is.
    browser.fills("Profit", "-9007199254740993").await;
    browser.fills("Date", "2026-02-28T12:00:00Z").await;
    browser.clicks("Record it").await;
    browser.shows("It is in effect.").await;
    browser.clicks("Show the item").await;
    for words in
        ["Pawned by ada for 600.00", "Interest 5 %, lapses after 30 days", "Sold to niccolo for 1 300.00"]
    {
        browser.shows(words).await;
    }
    browser.shows("Profit \u{2212}90 071 992 547 409.93").await;
    let order = "const text = document.querySelector('.timeline').innerText;
        return text.indexOf('Pawned') < text.indexOf('Sold')";
    assert_eq!(browser.script(order, serde_json::json!([])).await, true, "the oldest comes first");
    browser.is_pictured("item").await;
    browser.is_clean().await;
}
