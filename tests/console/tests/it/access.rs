//! Nothing keeps anybody out: axe-core finds no fault in any view, light or dark, wide or as narrow as a phone.

use crate::shop::{Shop, violin};
use serde_json::{Value, json};

const AUDIT: &str = "
    const done = arguments[0];
    const told = (fault) => `${fault.id}: ${fault.help}\\n  ` + fault.nodes.map((node) => node.html).join('\\n  ');
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => done(violations.map(told)), (error) => done([String(error)]));
";

#[tokio::test(flavor = "multi_thread")]
async fn no_view_keeps_anybody_out() {
    const TEST: &str = "no_view_keeps_anybody_out";
    let axe = match pawnshop_servers::axe() {
        Ok(axe) => std::fs::read_to_string(axe).unwrap(),
        Err(why) => return pawnshop_servers::skip(TEST, &why),
    };
    let Some(browser) = crate::browser(TEST).await else { return };
    let shop = Shop::up().await;
    let applied = shop.apply("/item/add", &violin()).await;
    for (action, more) in [("buy", json!({})), ("pawn", json!({"tax": 5, "limitDays": 30}))] {
        let mut body = json!({"clientId": "ada", "itemId": "violin", "price": 60_000});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.apply(&format!("/item/action/{action}"), &body).await;
    }
    shop.letter("cello").await;
    let event = format!("#/event/{}", applied["eventId"].as_str().unwrap());
    browser.opens(&shop.admin, "#/letters", "Dead letters").await;
    browser.shows("cello").await;
    let letter = browser.script("return document.querySelector('tbody a').hash", json!([])).await;
    let views = [
        ("", "At a glance", "Applied"),
        ("#/items?category=Collection", "Items", "Violin"),
        ("#/item/violin", "Item violin", "Pawned by"),
        ("#/write/pawn", "Record", "Interest"),
        (event.as_str(), "Event", "Applied"),
        ("#/letters", "Dead letters", "cello"),
        (letter.as_str().unwrap(), "Dead letter", "Attributes"),
    ];
    for (width, colours) in [(1200, "light"), (1200, "dark"), (360, "light"), (360, "dark")] {
        browser.is_like(width, 800, colours).await;
        for (view, heading, words) in &views {
            browser.opens(&shop.admin, view, heading).await;
            browser.shows(words).await;
            if heading == &"Record" {
                browser.clicks("Record it").await;
                browser.shows("The body has faults").await;
            }
            if heading == &"Dead letter" {
                browser.clicks("Drop").await;
                browser.shows("Drop this letter?").await;
            }
            browser.script(&axe, json!([])).await;
            let faults = browser.later(AUDIT).await;
            assert_eq!(faults, json!([]), "{heading}, {width} wide, {colours}: {faults:#}");
            let wider = browser.script("return document.documentElement.scrollWidth - innerWidth", json!([]));
            assert!(wider.await.as_i64() <= Some(0), "{heading} is wider than {width}");
            pictured(&browser, heading, width, colours).await;
        }
    }
    browser.is_clean().await;
}

async fn pictured(browser: &crate::Browser, heading: &str, width: u32, colours: &str) {
    match (heading, width, colours) {
        ("Item violin", 360, "light") => browser.is_pictured("item-phone").await,
        ("Dead letter", 1200, "dark") => browser.is_pictured("letter-dark").await,
        _ => {}
    }
}

/// The audit itself can fail.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_would_be_found() {
    const TEST: &str = "a_fault_would_be_found";
    let axe = match pawnshop_servers::axe() {
        Ok(axe) => std::fs::read_to_string(axe).unwrap(),
        Err(why) => return pawnshop_servers::skip(TEST, &why),
    };
    let Some(browser) = crate::browser(TEST).await else { return };
    let shop = Shop::up().await;
    browser.opens(&shop.public, "#/items", "Items").await;
    browser.script("document.querySelector('label').remove()", json!([])).await;
    browser.script(&axe, json!([])).await;
    let faults = browser.later(AUDIT).await;
    let named = |fault: &Value| fault.as_str().is_some_and(|told| told.starts_with("select-name"));
    assert!(faults.as_array().unwrap().iter().any(named), "{faults}");
}
