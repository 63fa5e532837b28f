//! Three flows whose handler does what each event's subject says.

use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant, Rejection};
use pawnshop_events::{ContentHash, Event};
use pawnshop_flow::insert::CONTENT_HASH;
use pawnshop_flow::{Flow, Handler, Outcome, Pacing, Proof, Unavailable, World};
use pawnshop_store::{Collection, Document, Store};
use pawnshop_worker::Service;
use serde_json::{Map, json};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const ALPHA: FlowName = FlowName::fixed("alpha");
pub(crate) const BETA: FlowName = FlowName::fixed("beta");
/// The flow whose events are handled alone, so many at once.
pub(crate) const GAMMA: FlowName = FlowName::fixed("gamma");
pub(crate) const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(4).unwrap();
const TOGETHER: Pacing = Pacing::Together { max_events_per_message: 256 };
const ALONE: Pacing = Pacing::Alone { concurrency: |_| CONCURRENCY };

/// What was applied, by event id.
pub(crate) const THINGS: Collection = Collection { name: "things", indexes: &[] };
/// What tests and handlers tell each other.
pub(crate) const MARKS: Collection = Collection { name: "marks", indexes: &[] };

const EVENT_TYPE: &str = "test.thing.v1";

pub(crate) fn service() -> Service {
    Service {
        flows: vec![flow(ALPHA, TOGETHER), flow(BETA, TOGETHER), flow(GAMMA, ALONE)],
        queries: |_, _| {},
        descriptors: &[],
    }
}

fn flow(name: FlowName, pacing: Pacing) -> Flow {
    Flow {
        name,
        event_type: EVENT_TYPE,
        proof: Proof::DocumentId(THINGS),
        collections: &[THINGS, MARKS],
        config: &[],
        pacing,
        handler: |World { store, .. }| Arc::new(Scripted(Arc::clone(store))),
    }
}

pub(crate) fn event(flow: &FlowName, subject: &str) -> Event {
    Event {
        id: EventId::fresh(),
        source: "/shops/default/test".to_owned(),
        kind: if subject == "other type" { "test.other.v1" } else { EVENT_TYPE }.to_owned(),
        subject: subject.to_owned(),
        time: Instant::now(),
        traceparent: None,
        content_hash: ContentHash::from_text(format!("v1:{subject}")),
        attempt: 0,
        type_url: "type.googleapis.com/test.Thing".to_owned(),
        payload: Bytes::from(format!("payload of {flow}")),
    }
}

struct Scripted(Arc<dyn Store>);

#[async_trait]
impl Handler for Scripted {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        let any = |subject: &str| events.iter().any(|event| event.subject == subject);
        assert!(!any("panic"), "told to panic");
        if any("hang") {
            std::future::pending::<()>().await;
        }
        if any("refused") {
            return Err(Unavailable { dependency: "mailer", reason: "not this one".to_owned() });
        }
        if any("mail") && self.marked("mailer down").await? {
            return Err(Unavailable { dependency: "mailer", reason: "told so".to_owned() });
        }
        if any("together") {
            let mark = format!("{} together", events.len());
            self.0.insert_many(&MARKS, vec![Document::new(mark, Map::new())]).await?;
        }
        if any("wait") {
            let begun = events.iter().map(|event| Document::new(format!("begun {}", event.id), Map::new()));
            self.0.insert_many(&MARKS, begun.collect()).await?;
            while !self.marked("go on").await? {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        if any("slow") {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let mut outcomes = Vec::new();
        for event in events {
            outcomes.push(match event.subject.as_str() {
                "poison" => Outcome::Retry("told to fail".to_owned()),
                "until fixed" if !self.marked("fixed").await? => Outcome::Retry("not fixed".to_owned()),
                "reject" => Outcome::Rejected(Rejection::conflict("taken", "told to reject")),
                "repeat" => Outcome::Repeated,
                _ => Outcome::Applied,
            });
        }
        let applied: Vec<&Event> =
            events.iter().zip(&outcomes).filter(|(_, o)| **o == Outcome::Applied).map(|(e, _)| e).collect();
        self.apply(&applied).await?;
        self.find_reused_keys(events, &mut outcomes).await?;
        if any("miscount") {
            outcomes.pop();
        }
        Ok(outcomes)
    }

    async fn ping(&self, dependency: &'static str) -> Result<(), String> {
        match self.marked("mailer down").await {
            Ok(true) => Err(format!("{dependency} is down")),
            _ => Ok(()),
        }
    }
}

impl Scripted {
    async fn marked(&self, mark: &str) -> Result<bool, Unavailable> {
        Ok(!self.0.get_many(&MARKS, &[mark.to_owned()]).await?.is_empty())
    }

    async fn apply(&self, events: &[&Event]) -> Result<(), Unavailable> {
        let document = |event: &&Event| {
            let mut body = Map::new();
            body.insert("attempt".to_owned(), json!(event.attempt));
            body.insert(CONTENT_HASH.to_owned(), json!(event.content_hash.as_str()));
            Document::new(event.id.to_string(), body)
        };
        self.0.insert_many(&THINGS, events.iter().map(document).collect()).await?;
        Ok(())
    }

    async fn find_reused_keys(&self, events: &[Event], outcomes: &mut [Outcome]) -> Result<(), Unavailable> {
        let ids: Vec<String> = events.iter().map(|event| event.id.to_string()).collect();
        let stored = self.0.get_many(&THINGS, &ids).await?;
        for (event, outcome) in events.iter().zip(outcomes) {
            let other = |document: &Document| {
                document.id == event.id.to_string()
                    && document.text(CONTENT_HASH) != Some(event.content_hash.as_str())
            };
            if stored.iter().any(other) {
                *outcome = Outcome::KeyReused;
            }
        }
        Ok(())
    }
}
