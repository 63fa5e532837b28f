//! An item, through the dispatcher's Service.

use crate::chapter_2_open::Shop;
use crate::load::item;
use serde_json::json;

pub(crate) async fn an_item_added_through_the_service_is_fetched_there(shop: &Shop) {
    let added = shop.door.post_and_wait("/item/add", &item("violin")).await.unwrap();
    assert_eq!((added.status, &added.body["outcome"]), (201, &json!("applied")), "{added:?}");
    let fetched = shop.door.get("/item/fetch/violin").await.unwrap();
    assert_eq!((fetched.status, &fetched.body["item"]["name"]), (200, &json!("Violin")), "{fetched:?}");
}
