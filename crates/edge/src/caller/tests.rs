use super::*;
use http::HeaderValue;

fn caller(headers: &[(&'static str, &str)]) -> Result<Caller, Problem> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    Caller::new(&ShopName::new("default", "downtown").unwrap(), &Method::POST, "/item/add", &map)
}

#[test]
fn the_same_key_gives_the_same_event_and_the_same_generated_item() {
    let (one, two) = (caller(&[("idempotency-key", "k1")]), caller(&[("Idempotency-Key", "k1")]));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.event_id(), two.event_id());
    assert_eq!(one.generated_id("item"), two.generated_id("item"));
    assert_ne!(one.generated_id("item"), one.event_id());
    assert_ne!(one.event_id(), caller(&[("idempotency-key", "k2")]).unwrap().event_id());
}

#[test]
fn without_a_key_every_request_is_an_event_of_its_own() {
    let (one, two) = (caller(&[]).unwrap(), caller(&[]).unwrap());
    assert_ne!(one.event_id(), two.event_id());
    assert_ne!(one.generated_id("item"), one.generated_id("item"));
}

#[test]
fn a_key_that_is_not_visible_ascii_of_1_to_255_characters_is_refused() {
    for good in ["a", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "~", &"k".repeat(255)] {
        assert!(caller(&[("idempotency-key", good)]).is_ok(), "{good}");
    }
    for bad in ["", "a b", "ö", "a\tb", &"k".repeat(256)] {
        let problem = caller(&[("idempotency-key", bad)]).unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (400, "invalid_header"), "{bad:?}");
    }
    let twice = caller(&[("idempotency-key", "a"), ("idempotency-key", "a")]).unwrap_err();
    assert_eq!(twice.status(), 400);
}

#[test]
fn a_well_formed_traceparent_is_kept_and_any_other_ignored() {
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
    for kept in [good, later] {
        assert_eq!(caller(&[("traceparent", kept)]).unwrap().traceparent.as_deref(), Some(kept));
    }
    for ignored in [
        "",
        "nonsense",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ] {
        assert_eq!(caller(&[("traceparent", ignored)]).unwrap().traceparent, None, "{ignored}");
    }
    assert_eq!(caller(&[("traceparent", good), ("traceparent", good)]).unwrap().traceparent, None);
}

#[test]
fn the_first_readable_wait_preference_counts() {
    let wait = |values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|value| ("prefer", *value)).collect();
        caller(&headers).unwrap().wait.map(|wait| wait.as_secs())
    };
    assert_eq!(wait(&["wait=5"]), Some(5));
    assert_eq!(wait(&["respond-async, Wait = \"7\"; foo=bar"]), Some(7));
    assert_eq!(wait(&["return=minimal", "wait=9", "wait=10"]), Some(9));
    assert_eq!(wait(&["foo=\"a, wait=1\", wait=2"]), Some(2));
    assert_eq!(wait(&["wait=99999999999999999999999"]), Some(u64::from(u32::MAX)));
    for ignored in ["wait", "wait=", "wait=0", "wait=-1", "wait=1.5", "wait=soon", "await=3"] {
        assert_eq!(wait(&[ignored]), None, "{ignored}");
    }
    assert_eq!(wait(&[]), None);
}
