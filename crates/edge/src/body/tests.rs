use super::*;
use futures::stream;
use std::convert::Infallible;
use std::time::Instant;

const DEADLINE: Duration = Duration::from_millis(50);

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn chunks(chunks: &[&'static str]) -> Body {
    let chunks: Vec<_> = chunks.iter().map(|chunk| Ok::<_, Infallible>(Bytes::from(*chunk))).collect();
    Body::from_stream(stream::iter(chunks))
}

#[test]
fn json_in_utf_8_is_taken_under_all_its_names() {
    for good in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/vnd.pawnshop.v1+json",
        "application/json; profile=x",
    ] {
        assert!(require_json(&headers(&[("content-type", good)])).is_ok(), "{good}");
    }
}

#[test]
fn anything_else_is_unsupported() {
    for bad in [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/+json",
        "application/json; charset=latin-1",
    ] {
        assert_eq!(require_json(&headers(&[("content-type", bad)])).unwrap_err().status(), 415, "{bad}");
    }
    assert_eq!(require_json(&HeaderMap::new()).unwrap_err().status(), 415);
    let gzip = headers(&[("content-type", "application/json"), ("content-encoding", "gzip")]);
    assert_eq!(require_json(&gzip).unwrap_err().status(), 415);
}

#[tokio::test]
async fn a_body_is_read_whole_however_it_comes() {
    for body in [Body::from("12345678"), chunks(&["12345678"]), chunks(&["123", "", "45", "678"])] {
        assert_eq!(read(&HeaderMap::new(), body, 8, DEADLINE).await.unwrap(), "12345678");
    }
    assert_eq!(read(&HeaderMap::new(), Body::empty(), 8, DEADLINE).await.unwrap(), "");
}

#[tokio::test]
async fn one_byte_too_many_is_too_large_announced_or_not() {
    for body in [Body::from("123456789"), chunks(&["1234", "56789"])] {
        let problem = read(&HeaderMap::new(), body, 8, DEADLINE).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (413, "body_too_large"));
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_times_out() {
    let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let begun = Instant::now();
    let problem = read(&HeaderMap::new(), body, 8, DEADLINE).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (408, "body_timeout"));
    assert!(begun.elapsed() >= DEADLINE);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_requests_fault() {
    let broken = stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("reset"))]);
    let problem = read(&HeaderMap::new(), Body::from_stream(broken), 8, DEADLINE).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (400, "body_interrupted"));
}
