//! Keeps browsers out: a page from elsewhere can reach a loopback address, by a name that it lets point there
//! (DNS rebinding), or by a form (CSRF).

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, Uri};
use pawnshop_edge::Problem;
use pawnshop_edge::problem::kinds;
use std::net::IpAddr;

/// Lets a request pass when its `Host` is a loopback name, its `Origin`, if any, is the same, and a write says
/// that it is JSON, which no form can.
pub(super) async fn require(request: Request, next: Next) -> Result<Response, Problem> {
    let headers = request.headers();
    let Some(host) = host(headers) else {
        return Err(Problem::new(kinds::FORBIDDEN, "Host must be localhost or a loopback address"));
    };
    if !origin_is(headers, &host) {
        return Err(Problem::new(kinds::FORBIDDEN, "Origin must be this listener itself"));
    }
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    if !reads && !is_json(headers) {
        return Err(Problem::new(kinds::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json"));
    }
    Ok(next.run(request).await)
}

/// The one `Host`, when it is a name of this machine; its port may be that of a forwarding.
fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut given = headers.get_all(HOST).iter();
    let host = Authority::try_from(given.next()?.as_bytes()).ok()?;
    let alone = given.next().is_none() && !host.as_str().contains('@');
    (alone && is_loopback(host.host())).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn origin_is(headers: &HeaderMap, host: &Authority) -> bool {
    headers.get_all(ORIGIN).iter().all(|origin| {
        let uri = Uri::try_from(origin.as_bytes());
        uri.is_ok_and(|uri| uri.scheme_str() == Some("http") && uri.authority() == Some(host))
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}
