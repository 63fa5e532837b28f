//! One shop's public API, as a client of this suite sees it.

use crate::findings::Findings;
use crate::kind::Kind;
use crate::ledger::Mark;
use pawnshop_domain::EventId;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a client waits for an answer: longer than the shop may take for one (G4).
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Talks to one dispatcher. Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    http: Client,
    url: String,
    run: String,
    findings: Arc<Findings>,
    slowest_micros: Arc<AtomicU64>,
}

/// What an answer says about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Durable.
    Accepted(EventId),
    /// In effect.
    Applied(EventId),
    /// Nothing was accepted.
    Refused,
    /// No answer, or one that says that it is not known.
    Unknown,
}

/// How a write is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// With an `Idempotency-Key`.
    pub keyed: bool,
    /// With `Prefer: wait`, in seconds.
    pub wait: Option<u32>,
    /// The number in the item's id; several events share an item.
    pub item: u32,
}

impl Shop {
    /// The shop at this URL. `run` marks this run's documents.
    pub fn new(url: String, run: String, findings: Arc<Findings>) -> anyhow::Result<Self> {
        let http = Client::builder().timeout(PATIENCE).pool_max_idle_per_host(256).no_proxy().build()?;
        Ok(Self { http, url, run, findings, slowest_micros: Arc::default() })
    }

    /// The client, for requests of other shapes.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The shop's URL with this path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What marks this run's documents.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The longest that any answer took.
    pub fn slowest_answer(&self) -> Duration {
        Duration::from_micros(self.slowest_micros.load(Ordering::Relaxed))
    }

    /// The id of the item that events of this writer are about.
    pub fn item_id(&self, writer: u32, item: u32) -> String {
        format!("{}-w{writer}-{item}", self.run)
    }

    /// Sends one event.
    pub async fn send(&self, kind: Kind, mark: Mark, manner: Manner) -> Answered {
        let mut request = self.http.post(self.url(kind.path())).json(&self.body(kind, mark, manner.item));
        if manner.keyed {
            request =
                request.header("idempotency-key", format!("{}/{}/{}", self.run, mark.writer, mark.number));
        }
        if let Some(seconds) = manner.wait {
            request = request.header("prefer", format!("wait={seconds}"));
        }
        let asked = Instant::now();
        let answer = async {
            let response = request.send().await?;
            let retry = response.headers().contains_key("retry-after");
            let status = response.status();
            // A body that breaks off belongs to an answer that never came whole.
            Ok::<_, reqwest::Error>((status, retry, response.text().await?))
        }
        .await;
        let took = asked.elapsed().saturating_sub(Duration::from_secs(u64::from(manner.wait.unwrap_or(0))));
        self.slowest_micros.fetch_max(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        match answer {
            Ok((status, retry, body)) => self.read(status, retry, &body),
            Err(error) => {
                if error.is_timeout() {
                    self.findings.add(format!("{}: no answer within {PATIENCE:?}", kind.path()));
                }
                Answered::Unknown
            }
        }
    }

    fn read(&self, status: StatusCode, retry: bool, body: &str) -> Answered {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let id = body["eventId"].as_str().and_then(|id| id.parse().ok());
        match (status.as_u16(), id) {
            (202, Some(id)) => Answered::Accepted(id),
            (201, Some(id)) => Answered::Applied(id),
            (503 | 429, _) => {
                if !retry {
                    self.findings.add(format!("{status} without Retry-After: {body}"));
                }
                let unconfirmed = body["code"] == "queue_unconfirmed" || !body["code"].is_string();
                if unconfirmed { Answered::Unknown } else { Answered::Refused }
            }
            _ => {
                self.findings.add(format!("a good write was answered {status}: {body}"));
                Answered::Unknown
            }
        }
    }

    fn body(&self, kind: Kind, mark: Mark, item: u32) -> Value {
        let (item, price) = (self.item_id(mark.writer, item), mark.number);
        let date = "2026-01-31T10:00:00Z";
        match kind {
            Kind::Item => json!({"id": item, "name": "Under fault", "category": "Motor", "price": price,
                "state": "Good", "ageInMonths": 1}),
            Kind::Buy => json!({"clientId": "faults", "itemId": item, "price": price, "date": date}),
            Kind::Sell => {
                json!({"clientId": "faults", "itemId": item, "price": price, "date": date, "profit": -1})
            }
            Kind::Pawn => {
                json!({"clientId": "faults", "itemId": item, "price": price, "date": date, "tax": 5, "limitDays": 30})
            }
        }
    }
}

/// Whose effect a document is, by its item's id and its price.
pub fn mark_of(run: &str, item_id: &str, price: i64) -> Option<Mark> {
    let (writer, _) = item_id.strip_prefix(run)?.strip_prefix("-w")?.split_once('-')?;
    Some(Mark { writer: writer.parse().ok()?, number: u32::try_from(price).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_whose_effect_it_is() {
        pawnshop_runtime::tls::install_provider();
        let shop = Shop::new("http://127.0.0.1:1".to_owned(), "r1".to_owned(), Arc::default()).unwrap();
        let mark = Mark { writer: 12, number: 345 };
        assert_eq!(mark_of("r1", &shop.item_id(mark.writer, 9), 345), Some(mark));
        assert_eq!(mark_of("r2", &shop.item_id(mark.writer, 9), 345), None);
        assert_eq!(mark_of("r1", "r1-w12-9", -1), None);
    }

    #[test]
    fn answers_are_told_apart() {
        pawnshop_runtime::tls::install_provider();
        let findings = Arc::new(Findings::default());
        let shop = Shop::new("http://127.0.0.1:1".to_owned(), "r1".to_owned(), findings.clone()).unwrap();
        let id = EventId::fresh();
        let body = format!(r#"{{"eventId":"{id}"}}"#);
        let read = |status, body: &str| shop.read(StatusCode::from_u16(status).unwrap(), true, body);
        assert_eq!(read(202, &body), Answered::Accepted(id));
        assert_eq!(read(201, &body), Answered::Applied(id));
        assert_eq!(read(503, r#"{"code":"queue_unavailable"}"#), Answered::Refused);
        assert_eq!(read(503, r#"{"code":"queue_unconfirmed"}"#), Answered::Unknown);
        assert!(findings.take().is_empty());
        assert_eq!(read(500, "oops"), Answered::Unknown);
        assert_eq!(findings.take().len(), 1, "a good write must never be answered 500");
    }
}
