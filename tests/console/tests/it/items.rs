//! Somebody looks for an item, whatever it is called.

use crate::shop::{Shop, violin, with_name};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn items_are_found_by_each_filter_a_page_at_a_time() {
    let Some(browser) = crate::browser("items_are_found_by_each_filter_a_page_at_a_time").await else {
        return;
    };
    let shop = Shop::up().await;
    shop.apply("/item/add", &violin()).await;
    for number in 10..35 {
        shop.apply("/item/add", &with_name(&format!("book-{number}"), "Book")).await;
    }
    browser.opens(&shop.public, "#/items", "Items").await;
    browser.fills("Exact name", "Violin").await;
    browser.clicks("Search").await;
    browser.shows("1 item on this page").await;
    browser.fills("Search by", "category").await;
    browser.fills("Category", "Collection").await;
    browser.clicks("Search").await;
    browser.shows("20 items on this page").await;
    browser.is_pictured("items").await;
    browser.clicks("Next page").await;
    browser.shows("6 items on this page").await;
    // A view is its address: loaded anew, it is the same.
    browser.reloads().await;
    browser.shows("6 items on this page").await;
    browser.clicks("Violin").await;
    browser.shows_heading("Item violin").await;
    browser.opens(&shop.public, "#/items?name=Nothing", "Items").await;
    browser.shows("No item with the name \u{201c}Nothing\u{201d}").await;
    browser.opens(&shop.public, "#/item/none", "Item none").await;
    browser.shows("There is no such item").await;
    browser.opens(&shop.public, "#/nowhere", "Nothing here").await;
    browser.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_markup_is_shown_as_it_is() {
    const NAME: &str = "<img src=x onerror=\"document.title='taken over'\">";
    let Some(browser) = crate::browser("a_name_that_is_markup_is_shown_as_it_is").await else { return };
    let shop = Shop::up().await;
    let id = "<b>a?b&c#d%";
    shop.apply("/item/add", &with_name(id, NAME)).await;
    let sale = json!({"clientId": NAME, "itemId": id, "price": 1, "profit": 0});
    shop.apply("/item/action/sell", &sale).await;
    browser.opens(&shop.admin, "#/items?category=Collection", "Items").await;
    browser.shows(NAME).await;
    browser.clicks(NAME).await;
    browser.shows_heading(&format!("Item {id}")).await;
    browser.shows(&format!("Sold to {NAME}")).await;
    let images = "return document.querySelectorAll('main img, main b > *').length";
    assert_eq!(browser.script(images, json!([])).await, 0);
    shop.letter("<i>x").await;
    browser.opens(&shop.admin, "#/letters", "Dead letters").await;
    browser.shows("<i>x").await;
    assert_ne!(browser.script("return document.title", json!([])).await, "taken over");
    browser.is_clean().await;
}
