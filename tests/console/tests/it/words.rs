//! How the console writes values, and draws what is not known: its own modules, asked in the browser.

use crate::shop::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn values_are_written_for_people_and_exactly() {
    let Some(browser) = crate::browser("values_are_written_for_people_and_exactly").await else { return };
    let shop = Shop::up().await;
    browser.opens(&shop.public, "", "At a glance").await;
    let written = "const done = arguments[0]; import('/console/format.js').then((write) => done([
        write.money(125000), write.money(5), write.money(-5), write.money(0n), write.money(9223372036854775807n),
        write.rate(0), write.rate(0.25), write.rate(1234.6),
        write.duration(0.0214), write.duration(3.04), write.duration(180), write.duration(7200),
        write.count(1, 'event'), write.count(2000, 'event'),
    ].map((text) => text.replaceAll('\\u202f', ' '))))";
    let expected = json!([
        "1 250.00",
        "0.05",
        "\u{2212}0.05",
        "0.00",
        "92 233 720 368 547 758.07",
        "0",
        "0.3",
        "1 235",
        "21 ms",
        "3.0 s",
        "3 min",
        "2 h",
        "1 event",
        "2 000 events"
    ]);
    assert_eq!(browser.later(written).await, expected);
    browser.is_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_a_gap_in_a_plot_and_said_to_be() {
    let Some(browser) = crate::browser("what_is_not_known_is_a_gap_in_a_plot_and_said_to_be").await else {
        return;
    };
    let shop = Shop::up().await;
    browser.opens(&shop.public, "", "At a glance").await;
    let drawn = "const done = arguments[0]; import('/console/plot.js').then(({ plot }) => {
        const drawn = [[1, 3, 2], [1, null, 3], [1, 2, null], [null]].map((values) => {
            const { node, draw } = plot('Backlog', String);
            draw(values);
            return [node.querySelector('.line').getAttribute('d').split('M').length - 1, node.getAttribute('aria-label')];
        });
        done(drawn);
    })";
    let label = |told: &str| format!("Backlog, last two minutes: {told}");
    let expected = json!([
        [1, label("now 2, lowest 1, highest 3")],
        [2, label("now 3, lowest 1, highest 3")],
        [1, label("now not known, lowest 1, highest 2")],
        [0, label("not known")]
    ]);
    assert_eq!(browser.later(drawn).await, expected);
    browser.is_clean().await;
}
