//! Somebody has an event's id and wants to know what became of it.

use crate::shop::{Shop, violin};

const NEVER: &str = "01890dd5-ea3f-7746-8d3e-6a1a8f3d2c10";

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_an_event_is_looked_up() {
    let Some(browser) = crate::browser("the_outcome_of_an_event_is_looked_up").await else { return };
    let shop = Shop::up().await;
    let applied = shop.apply("/item/add", &violin()).await;
    let id = applied["eventId"].as_str().unwrap();
    browser.opens(&shop.public, "#/event", "Event").await;
    browser.fills("Event id", id).await;
    browser.clicks("Look up").await;
    browser.shows("Applied: it is in effect").await;
    browser.fills("Event id", "not an id").await;
    browser.clicks("Look up").await;
    browser.shows("A parameter of the request is at fault").await;
    browser.fills("Event id", NEVER).await;
    browser.clicks("Look up").await;
    browser.shows("Looking again").await;
    browser.is_clean().await;
}
