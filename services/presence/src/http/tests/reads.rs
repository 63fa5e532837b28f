//! What is asked of the workers, and how their answers are shown.

use super::support::{Shop, seen};
use serde_json::json;

#[tokio::test]
async fn an_object_that_was_seen_is_shown_with_the_time() {
    let shop = Shop::new();
    for (path, id) in [("1", "1"), ("a%2Fb", "a/b"), ("%C3%B6l%2050%25", "öl 50%")] {
        let (status, _, body) = shop.get(&format!("/presence/{path}")).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body, json!({"id": id, "lastSeen": "1970-01-01T00:00:01.000001Z"}));
    }
}

#[tokio::test]
async fn a_list_is_walked_by_its_links() {
    let shop = Shop::new();
    for (uri, limit) in [("/presence", 10), ("/presence?limit=2&x=y", 2)] {
        let (status, headers, body) = shop.get(uri).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body[0], json!({"id": "1", "lastSeen": "1970-01-01T00:00:01.000001Z"}));
        let link = headers["link"].to_str().unwrap();
        let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
        let (status, headers, body) = shop.get(next).await;
        assert_eq!((status.as_u16(), body), (200, json!([])));
        assert!(!headers.contains_key("link"));
        let asked = std::mem::take(&mut *shop.workers.lists.lock().unwrap());
        assert_eq!(asked.iter().map(|asked| asked.limit).collect::<Vec<_>>(), [limit, limit]);
        assert_eq!((&asked[0].after, &asked[1].after), (&None, &Some(seen("öl 50%"))));
    }
}

#[tokio::test]
async fn every_fault_of_a_read_has_its_status() {
    let shop = Shop::new();
    for (uri, status, told) in [
        ("/presence/never", 404, "was not seen of late"),
        ("/presence/%2E%2E", 400, "must be 1 to 200 characters"),
        ("/presence/a%0Ab", 400, "must be 1 to 200 characters"),
        ("/presence/%FF", 400, "UTF-8"),
        ("/presence/down", 503, "no worker"),
        ("/presence?limit=0", 400, "1 to 100"),
        ("/presence?limit=101", 400, "1 to 100"),
        ("/presence?limit=ten&after=nonsense!", 400, "cursor"),
        ("/presence?after=AQ", 400, "cursor"),
    ] {
        let (got, headers, problem) = shop.get(uri).await;
        assert_eq!(got.as_u16(), status, "{uri}: {problem}");
        assert_eq!(headers["content-type"], "application/problem+json", "{uri}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{uri}: {problem}");
    }
}
