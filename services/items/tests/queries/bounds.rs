//! However much there is, an answer is bounded, and its cursor leads to the rest.

use crate::support::{Shop, buy, category, ids, item, place};
use pawnshop_items::proto::v1::{
    ActionKind, BuyAction, Category, FetchHistoryRequest, ItemAdded, PawnAction, SellAction,
};
use pawnshop_items::queries::MAX_PAGE_BYTES;
use prost::Message;

/// The largest id there is: 128 characters of 4 bytes.
fn longest(last: char) -> String {
    "\u{1F6B2}".repeat(127) + &last.to_string()
}

#[tokio::test]
async fn a_long_history_is_cut_at_a_thousand_and_read_to_its_end_by_cursor() {
    let shop = Shop::open().await;
    // Twenty-three actions share each date, so that cursors fall between equal dates.
    let buys: Vec<_> = (0..2_300).map(|at| buy("a", at % 100)).collect();
    shop.apply("item", &[item("a")]).await;
    shop.apply("buy", &buys).await;

    let first = shop.fetch("a").await.unwrap().buys.unwrap();
    assert_eq!(first.actions.len(), 1_000);
    let (mut all, mut next) = (first.actions, first.next);
    while let Some(after) = next {
        let request = FetchHistoryRequest {
            item_id: "a".to_owned(),
            kind: ActionKind::Buy.into(),
            limit: 500,
            after: Some(after),
        };
        let page = shop.client.clone().fetch_history(request).await.unwrap().into_inner();
        all.extend(page.actions);
        next = page.next;
    }
    let places: Vec<_> = all.iter().map(place).collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(places.len(), 2_300);
    assert_eq!(places, sorted);
}

#[tokio::test]
async fn a_history_of_exactly_a_thousand_is_whole() {
    let shop = Shop::open().await;
    let buys: Vec<_> = (0..1_000).map(|at| buy("a", at)).collect();
    shop.apply("item", &[item("a")]).await;
    shop.apply("buy", &buys).await;
    let history = shop.fetch("a").await.unwrap().buys.unwrap();
    assert_eq!((history.actions.len(), history.next), (1_000, None));
}

#[tokio::test]
async fn a_page_ends_before_it_would_pass_four_mebibytes() {
    let shop = Shop::open().await;
    let all: Vec<String> = ('a'..='l').map(longest).collect();
    for id in &all {
        let heavy = BuyAction { client_id: longest('z'), ..buy(id, 0) };
        shop.apply(id, &[item(id)]).await;
        shop.apply(id, &vec![heavy; 1_000]).await;
    }
    let pages = shop.pages(category(Category::Motor), 100).await;
    assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [3, 3, 3, 3]);
    assert_eq!(pages.iter().flat_map(ids).collect::<Vec<_>>(), all);
    for page in &pages {
        let cursor = page.next.as_ref().map_or(0, |next| next.len() + 4);
        assert!(page.encoded_len() <= MAX_PAGE_BYTES + cursor, "{} bytes", page.encoded_len());
    }
}

#[tokio::test]
async fn the_largest_item_there_can_be_is_answered_whole() {
    let shop = Shop::open().await;
    let (item_id, client_id) = (longest('a'), longest('z'));
    let buy = BuyAction { client_id, item_id, price: i64::MAX, date_us: -1 };
    let sell = SellAction {
        client_id: buy.client_id.clone(),
        item_id: buy.item_id.clone(),
        price: i64::MAX,
        date_us: -1,
        profit: -1,
    };
    let pawn = PawnAction {
        client_id: buy.client_id.clone(),
        item_id: buy.item_id.clone(),
        price: i64::MAX,
        date_us: -1,
        tax: u32::MAX,
        limit_days: u32::MAX,
    };
    shop.apply("item", &[ItemAdded { name: "\u{1F6B2}".repeat(1_024), ..item(&buy.item_id) }]).await;
    shop.apply("buy", &vec![buy.clone(); 1_001]).await;
    shop.apply("sell", &vec![sell; 1_001]).await;
    shop.apply("pawn", &vec![pawn; 1_001]).await;

    let fetched = shop.fetch(&buy.item_id).await.unwrap();
    for history in [&fetched.buys, &fetched.sells, &fetched.pawns] {
        assert_eq!(history.as_ref().unwrap().actions.len(), 1_000);
        assert!(history.as_ref().unwrap().next.is_some());
    }
    let page = shop.list(category(Category::Motor), 10, "").await.unwrap();
    assert_eq!(page.items, [fetched]);
}
