//! What is asked of the workers, and how their answers are shown.

use super::support::{EVENT, Shop, cursor};
use crate::http::cursor::encode_list;
use crate::proto::v1::{self, list_items_request::Filter};
use serde_json::json;

#[tokio::test]
async fn an_item_is_shown_with_its_histories_and_a_link_to_what_is_cut_off() {
    let shop = Shop::new();
    for uri in ["/item/fetch/car-1", "/item/fetch?id=car-1"] {
        let (status, _, body) = shop.get(uri).await;
        assert_eq!(status, 200);
        let link = body["truncated"]["sells"].as_str().unwrap().to_owned();
        assert_eq!(
            body,
            json!({
                "item": {"id": "car-1", "name": "Beetle", "category": "Motor", "price": 90000,
                         "state": "Good", "ageInMonths": 480},
                "buys": [],
                "sells": [{"eventId": EVENT, "clientId": "ada", "itemId": "car-1", "price": 95000,
                           "date": "1970-01-01T00:00:01Z", "profit": -5}],
                "pawns": [],
                "truncated": {"sells": link},
            })
        );
        let (status, headers, rest) = shop.get(&link).await;
        assert_eq!((status.as_u16(), rest.as_array().unwrap().len()), (200, 1));
        assert!(!headers.contains_key("link"));
        assert_eq!(shop.workers.histories.lock().unwrap().pop().unwrap().after, Some(cursor()));
    }
}

#[tokio::test]
async fn ids_are_percent_decoded() {
    let shop = Shop::new();
    for uri in ["/item/fetch/%C3%B6l%2050%25", "/item/fetch?id=%C3%B6l+50%25"] {
        let (status, _, body) = shop.get(uri).await;
        assert_eq!((status.as_u16(), &body["item"]["id"]), (200, &json!("öl 50%")));
        assert!(
            body["truncated"]["sells"].as_str().unwrap().starts_with("/item/fetch/%C3%B6l%2050%25/sells?")
        );
    }
}

#[tokio::test]
async fn a_list_is_walked_by_its_links() {
    let shop = Shop::new();
    for (uri, filter, limit) in [
        ("/item/fetch?name=a%26b+%C3%B6", Filter::Name("a&b ö".into()), 10),
        ("/item/fetch?category=MOTOR&limit=100", Filter::Category(v1::Category::Motor.into()), 100),
        ("/item/fetch?limit=1&state=good&x=y", Filter::State(v1::State::Good.into()), 1),
    ] {
        let (status, headers, body) = shop.get(uri).await;
        assert_eq!((status.as_u16(), body.as_array().unwrap().len()), (200, 1), "{body}");
        let link = headers["link"].to_str().unwrap();
        let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        let (status, headers, body) = shop.get(next).await;
        assert_eq!((status.as_u16(), body), (200, json!([])));
        assert!(!headers.contains_key("link"));
        let asked = std::mem::take(&mut *shop.workers.lists.lock().unwrap());
        let wanted =
            |after: &str| v1::ListItemsRequest { filter: Some(filter.clone()), limit, after: after.into() };
        assert_eq!(asked, [wanted(""), wanted("car-1")]);
    }
}

#[tokio::test]
async fn a_history_is_walked_by_its_links() {
    let shop = Shop::new();
    let (status, headers, body) = shop.get("/item/fetch/car-1/sells?limit=7").await;
    assert_eq!((status.as_u16(), &body[0]["profit"]), (200, &json!(-5)));
    let link = headers["link"].to_str().unwrap();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let (_, headers, _) = shop.get(next).await;
    assert!(!headers.contains_key("link"));
    let asked = std::mem::take(&mut *shop.workers.histories.lock().unwrap());
    assert_eq!(asked.iter().map(|asked| asked.limit).collect::<Vec<_>>(), [7, 7]);
    assert_eq!(asked[1].after, Some(cursor()));
    assert_eq!(asked[0].kind(), v1::ActionKind::Sell);
}

#[tokio::test]
async fn every_fault_of_a_read_has_its_status() {
    let shop = Shop::new();
    let list_cursor = encode_list("car-1");
    for (uri, status, told) in [
        ("/item/fetch", 400, "one of id, name, category, state"),
        ("/item/fetch?colour=red", 400, "one of id, name, category, state"),
        ("/item/fetch?name=a&state=Good", 400, "only one of"),
        ("/item/fetch?id=a&name=b", 400, "only one of"),
        ("/item/fetch?id=car-1&limit=1", 400, "stands alone"),
        ("/item/fetch?id=", 400, "printable"),
        ("/item/fetch?name=a&name=b", 400, "more than once"),
        ("/item/fetch?name=%FF", 400, "UTF-8"),
        ("/item/fetch?category=Spaceships", 400, "Reading, Collection, Decoration, Clothing, Jewelry"),
        ("/item/fetch?state=Mint", 400, "New, Good, Bad, Fatal"),
        ("/item/fetch?name=a&limit=0", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=101", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=%2B5", 400, "1 to 100"),
        ("/item/fetch?name=a&limit=ten", 400, "1 to 100"),
        ("/item/fetch?name=a&after=nonsense!", 400, "cursor"),
        ("/item/fetch/a%2Fb", 400, "printable"),
        ("/item/fetch/%FF", 400, "UTF-8"),
        ("/item/fetch/none", 404, "no item \"none\""),
        ("/item/fetch?id=none", 404, "no item \"none\""),
        ("/item/fetch/none/buys", 404, "no item \"none\""),
        ("/item/fetch/car-1/gifts", 404, "buys, sells and pawns"),
        ("/item/fetch/car-1/buys?limit=1001", 400, "1 to 1000"),
        (&format!("/item/fetch/car-1/buys?after={list_cursor}"), 400, "cursor"),
        ("/item/fetch/down", 503, "no worker"),
        ("/item/fetch/odd", 500, "without an item"),
    ] {
        let (got, headers, problem) = shop.get(uri).await;
        assert_eq!(got.as_u16(), status, "{uri}: {problem}");
        assert_eq!(headers["content-type"], "application/problem+json", "{uri}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{uri}: {problem}");
        assert_eq!(headers.contains_key("retry-after"), status == 503, "{uri}");
    }
}
