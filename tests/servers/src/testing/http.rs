use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// The status and the body of an answer: JSON, or the text of any other.
///
/// # Panics
/// When there is no answer.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
