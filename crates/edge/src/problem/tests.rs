use super::*;
use http_body_util::BodyExt;
use std::collections::HashSet;

#[tokio::test]
async fn a_problem_is_written_as_rfc_9457_says() {
    let problem = Problem::new(kinds::INVALID_BODY, "2 faults").with_errors(vec![
        Fault { place: Place::Pointer("#/price".into()), code: "range", detail: "must be 0 or more".into() },
        Fault { place: Place::Parameter("limit".into()), code: "range", detail: "too many".into() },
    ]);
    let response = problem.into_response();
    assert_eq!(response.status(), 422);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    assert!(!response.headers().contains_key(RETRY_AFTER));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "type": "urn:pawnshop:problem:invalid_body",
            "title": "The body has faults",
            "status": 422,
            "detail": "2 faults",
            "code": "invalid_body",
            "errors": [
                {"pointer": "#/price", "code": "range", "detail": "must be 0 or more"},
                {"parameter": "limit", "code": "range", "detail": "too many"},
            ],
        })
    );
}

#[test]
fn a_rejection_is_409_when_it_conflicts_and_422_when_it_is_invalid() {
    let conflict = Problem::rejected(Rejection::conflict("item_already_exists", "it exists"));
    assert_eq!((conflict.status(), conflict.code()), (StatusCode::CONFLICT, "item_already_exists"));
    let invalid = Problem::rejected(Rejection::invalid("key_reused", "it was used"));
    assert_eq!((invalid.status(), invalid.code()), (StatusCode::UNPROCESSABLE_ENTITY, "key_reused"));
}

#[test]
fn codes_are_unique_and_every_429_and_503_says_when_to_come_back() {
    let codes: HashSet<_> = kinds::ALL.iter().map(|kind| kind.code).collect();
    assert_eq!(codes.len(), kinds::ALL.len());
    for kind in kinds::ALL {
        if [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&kind.status) {
            assert!(kind.retry_after.is_some(), "{}", kind.code);
        }
    }
}
