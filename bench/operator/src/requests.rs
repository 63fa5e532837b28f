//! What the API server itself has counted.

use anyhow::{Context, Result};
use kube::Client;
use std::collections::BTreeMap;

/// How many requests of each verb it has answered so far, whoever asked. A watch counts when it ends.
pub(crate) async fn answered(client: &Client) -> Result<BTreeMap<String, f64>> {
    let request = http::Request::get("/metrics").body(Vec::new())?;
    let text = client.request_text(request).await.context("the API server's metrics")?;
    Ok(by_verb(&text))
}

fn by_verb(text: &str) -> BTreeMap<String, f64> {
    let mut verbs = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("apiserver_request_total{")) {
        let verb = line.split_once("verb=\"").and_then(|(_, rest)| rest.split('"').next());
        let value = line.rsplit_once(' ').and_then(|(_, value)| value.parse::<f64>().ok());
        if let (Some(verb), Some(value)) = (verb, value) {
            *verbs.entry(verb.to_owned()).or_default() += value;
        }
    }
    verbs
}

#[cfg(test)]
mod tests {
    use super::by_verb;

    #[test]
    fn requests_are_summed_by_verb() {
        let text = "apiserver_request_total{code=\"200\",verb=\"GET\"} 2\napiserver_request_total{code=\"404\",verb=\"GET\"} 1\nother{verb=\"GET\"} 9\n";
        assert_eq!(by_verb(text), [("GET".to_owned(), 3.0)].into());
    }
}
