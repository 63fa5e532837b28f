//! The console in Debian's Chromium: journeys of the people who use it, on a shop in one process and on a fleet.
//! `browser` drives, `shop` starts what is looked at, and every other file is a journey.
//!
//! With `PAWNSHOP_SCREENSHOTS=docs/console` the journeys write the pictures that the documentation shows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod access;
mod browser;
mod events;
mod fleet;
mod glance;
mod items;
mod letters;
mod page;
mod public;
mod record;
mod shop;
mod words;

use browser::Browser;

/// A browser, or nothing and a word why.
async fn browser(test: &str) -> Option<Browser> {
    match pawnshop_servers::browser() {
        Ok((chromium, driver)) => Some(Browser::open(&chromium, &driver).await),
        Err(why) => {
            pawnshop_servers::skip(test, &why);
            None
        }
    }
}
