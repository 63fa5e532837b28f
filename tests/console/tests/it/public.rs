//! Whoever reaches the public listener has the shop, and not its administration.

use crate::shop::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_public_listener_shows_no_administration() {
    let Some(browser) = crate::browser("the_public_listener_shows_no_administration").await else { return };
    let shop = Shop::up().await;
    browser.opens(&shop.public, "", "At a glance").await;
    browser.shows("Write rate").await;
    assert!(!browser.has("Dead letters").await);
    browser.opens(&shop.public, "#/letters", "Nothing here").await;
    let asked = "const done = arguments[0]; fetch('dead-letters').then((answer) => done(answer.status))";
    assert_eq!(browser.later(asked).await, 404, "nor is it there for whoever asks without the page");
    browser.opens(&shop.admin, "", "At a glance").await;
    assert!(browser.has("Dead letters").await);
    browser.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_cannot_reach_the_admin_listener_through_the_browser() {
    let Some(browser) =
        crate::browser("another_page_cannot_reach_the_admin_listener_through_the_browser").await
    else {
        return;
    };
    let shop = Shop::up().await;
    shop.letter("cello").await;
    // The public listener's page is another origin, and its own policy would refuse; a page without one is refused here.
    browser.goes_to(&format!("{}/openapi.json", shop.public)).await;
    let asked = format!(
        "const done = arguments[0]; fetch('{}/dead-letters').then((answer) => answer.text()).then(done, () => done(null))",
        shop.admin
    );
    assert!(browser.later(&asked).await.is_null());
    let framed = format!(
        "const frame = document.createElement('iframe'); frame.src = '{}/'; document.documentElement.append(frame)",
        shop.public
    );
    browser.script(&framed, json!([])).await;
    browser
        .until("the frame is refused", "document.querySelector('iframe').contentDocument === null", json!([]))
        .await;
}
