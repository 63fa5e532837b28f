//! What is asked for is what is answered.

use crate::support::{Shop, buy, category, ids, item, place};
use pawnshop_items::proto::v1::action::Action as Content;
use pawnshop_items::proto::v1::list_items_request::Filter;
use pawnshop_items::proto::v1::{
    ActionKind, Category, FetchHistoryRequest, HistoryCursor, ItemAdded, ListItemsRequest, PawnAction,
    SellAction, State,
};
use tonic::Code;

#[tokio::test]
async fn an_item_is_fetched_with_all_that_was_done_with_it() {
    let shop = Shop::open().await;
    let sell =
        SellAction { client_id: "bob".to_owned(), item_id: "a".to_owned(), price: 9, date_us: 5, profit: -3 };
    let pawn = PawnAction {
        client_id: "eve".to_owned(),
        item_id: "a".to_owned(),
        price: 7,
        date_us: 6,
        tax: 12,
        limit_days: 90,
    };
    shop.apply("item", &[item("a"), item("b")]).await;
    shop.apply("buy", &[buy("a", 1), buy("b", 2)]).await;
    shop.apply("sell", std::slice::from_ref(&sell)).await;
    shop.apply("pawn", std::slice::from_ref(&pawn)).await;

    let fetched = shop.fetch("a").await.unwrap();
    assert_eq!(fetched.item, Some(item("a")));
    let contents = [fetched.buys, fetched.sells, fetched.pawns].map(|history| {
        let history = history.unwrap();
        assert_eq!(history.next, None);
        history.actions.into_iter().map(|action| action.action.unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(
        contents,
        [vec![Content::Buy(buy("a", 1))], vec![Content::Sell(sell)], vec![Content::Pawn(pawn)]]
    );
}

#[tokio::test]
async fn actions_that_came_first_and_in_any_order_make_a_sorted_history() {
    let shop = Shop::open().await;
    let dates = [7, -3, 7, 0, 12, 7, i64::MIN, i64::MAX, 0];
    shop.apply("buy", &dates.map(|date| buy("a", date))).await;
    assert_eq!(shop.fetch("a").await.unwrap_err().code(), Code::NotFound);

    shop.apply("item", &[item("a")]).await;
    let history = shop.fetch("a").await.unwrap().buys.unwrap();
    let places: Vec<_> = history.actions.iter().map(place).collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!(places, sorted);
    assert_eq!(places.len(), dates.len());
}

#[tokio::test]
async fn lists_take_exactly_what_matches() {
    let shop = Shop::open().await;
    let named = |id, name: &str| ItemAdded { name: name.to_owned(), ..item(id) };
    let worn = ItemAdded { category: Category::Clothing.into(), state: State::Bad.into(), ..item("d") };
    shop.apply("item", &[named("c", "Saw"), named("a", "Saw"), named("b", "saw"), worn]).await;

    assert_eq!(ids(&shop.list(Filter::Name("Saw".to_owned()), 10, "").await.unwrap()), ["a", "c"]);
    assert_eq!(ids(&shop.list(category(Category::Motor), 10, "").await.unwrap()), ["a", "b", "c"]);
    assert_eq!(ids(&shop.list(Filter::State(State::Bad.into()), 10, "").await.unwrap()), ["d"]);

    let none = shop.list(Filter::Name("Sa".to_owned()), 10, "").await.unwrap();
    assert_eq!((none.items, none.next), (vec![], None));
}

#[tokio::test]
async fn pages_show_every_item_once_in_id_order() {
    let shop = Shop::open().await;
    let all: Vec<String> = (0..25).map(|at| format!("item {at:02}")).collect();
    let items: Vec<_> = all.iter().rev().map(|id| item(id)).collect();
    shop.apply("item", &items).await;
    for (limit, sizes) in [(10, vec![10, 10, 5]), (5, vec![5; 5]), (25, vec![25]), (100, vec![25])] {
        let pages = shop.pages(category(Category::Motor), limit).await;
        assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), sizes, "limit {limit}");
        assert_eq!(pages.iter().flat_map(ids).collect::<Vec<_>>(), all, "limit {limit}");
    }
}

#[tokio::test]
async fn a_list_shows_each_item_as_a_fetch_does() {
    let shop = Shop::open().await;
    for (id, actions) in [("a", 0), ("b", 31), ("c", 32), ("d", 33), ("e", 500)] {
        shop.apply(id, &[item(id)]).await;
        shop.apply(id, &(0..actions).map(|at| buy(id, at)).collect::<Vec<_>>()).await;
    }
    let page = shop.list(category(Category::Motor), 10, "").await.unwrap();
    for (item, actions) in page.items.iter().zip([0, 31, 32, 33, 500]) {
        let id = &item.item.as_ref().unwrap().id;
        assert_eq!(item.buys.as_ref().unwrap().actions.len(), actions, "{id}");
        assert_eq!(*item, shop.fetch(id).await.unwrap(), "{id}");
    }
}

#[tokio::test]
async fn a_cursor_of_an_item_that_is_not_there_goes_on_behind_its_place() {
    let shop = Shop::open().await;
    shop.apply("item", &[item("a"), item("c")]).await;
    assert_eq!(ids(&shop.list(category(Category::Motor), 10, "b").await.unwrap()), ["c"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_an_invalid_argument() {
    let shop = Shop::open().await;
    shop.apply("item", &[item("a")]).await;
    assert_eq!(shop.fetch("a/b").await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(shop.fetch("").await.unwrap_err().code(), Code::InvalidArgument);

    let good = ListItemsRequest { filter: Some(category(Category::Motor)), limit: 1, after: String::new() };
    for bad in [
        ListItemsRequest { filter: None, ..good.clone() },
        ListItemsRequest { filter: Some(Filter::Category(0)), ..good.clone() },
        ListItemsRequest { filter: Some(Filter::State(99)), ..good.clone() },
        ListItemsRequest { limit: 0, ..good.clone() },
        ListItemsRequest { limit: 101, ..good.clone() },
        ListItemsRequest { after: "..".to_owned(), ..good.clone() },
    ] {
        let status = shop.client.clone().list_items(bad.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{bad:?}");
    }

    let good =
        FetchHistoryRequest { item_id: "a".to_owned(), kind: ActionKind::Buy.into(), limit: 1, after: None };
    let cursor = HistoryCursor { date_us: 0, event_id: "first".to_owned() };
    for bad in [
        FetchHistoryRequest { item_id: String::new(), ..good.clone() },
        FetchHistoryRequest { kind: 0, ..good.clone() },
        FetchHistoryRequest { kind: 9, ..good.clone() },
        FetchHistoryRequest { limit: 0, ..good.clone() },
        FetchHistoryRequest { limit: 1_001, ..good.clone() },
        FetchHistoryRequest { after: Some(cursor), ..good.clone() },
    ] {
        let status = shop.client.clone().fetch_history(bad.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{bad:?}");
    }
    let nowhere = FetchHistoryRequest { item_id: "nowhere".to_owned(), ..good };
    assert_eq!(shop.client.clone().fetch_history(nowhere).await.unwrap_err().code(), Code::NotFound);
}
