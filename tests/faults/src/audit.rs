//! What the store holds in the end, read past the shop: every document and every outcome.

use crate::kind::Kind;
use crate::ledger::{Found, Ledger, Outcome, Stored};
use crate::shop::{Shop, mark_of};
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::{Client, Database};
use pawnshop_domain::EventId;
use serde_json::Value;

/// Reads all that a run left behind.
pub async fn stored(store_uri: &str, database: &str, run: &str) -> Result<Stored> {
    let client = Client::with_uri_str(store_uri).await.context("connect to the store")?;
    let database = client.database(database);
    let mut stored = Stored::default();
    for kind in Kind::ALL {
        documents(&database, kind, run, &mut stored).await.with_context(|| kind.collection())?;
    }
    outcomes(&database, &mut stored).await.context("outcomes")?;
    client.shutdown().await;
    Ok(stored)
}

async fn documents(database: &Database, kind: Kind, run: &str, stored: &mut Stored) -> Result<()> {
    let fields = doc! {"itemId": 1, "price": 1, "eventId": 1};
    let mut all = database.collection::<Document>(kind.collection()).find(doc! {}).projection(fields).await?;
    while let Some(document) = all.try_next().await? {
        match found(kind, run, &document) {
            Some(found) => stored.documents.push(found),
            None => stored.strangers += 1,
        }
    }
    Ok(())
}

fn found(kind: Kind, run: &str, document: &Document) -> Option<Found> {
    let id = document.get_str("_id").ok()?;
    let (item, event) = match kind {
        Kind::Item => (id, document.get_str("eventId").ok()?),
        _ => (document.get_str("itemId").ok()?, id),
    };
    let price = match document.get("price")? {
        Bson::Int64(price) => *price,
        Bson::Int32(price) => i64::from(*price),
        _ => return None,
    };
    Some(Found { kind, mark: mark_of(run, item, price)?, event: event.parse().ok()? })
}

async fn outcomes(database: &Database, stored: &mut Stored) -> Result<()> {
    let mut all = database.collection::<Document>("outcomes").find(doc! {}).await?;
    while let Some(document) = all.try_next().await? {
        let text = |field: &str| document.get_str(field).unwrap_or_default().to_owned();
        let Ok(id) = text("_id").parse::<EventId>() else { bail!("an outcome has a strange id: {document}") };
        let envelope = match document.get("envelope") {
            Some(Bson::String(text)) => Some(STANDARD.decode(text).context("an envelope is not base64")?),
            Some(Bson::Binary(binary)) => Some(binary.bytes.clone()),
            _ => None,
        };
        stored.outcomes.insert(id, Outcome { kind: text("outcome"), code: text("code"), envelope });
    }
    Ok(())
}

/// Asks the shop itself what became of some of the acknowledged events; what it says that it should not.
pub async fn through_the_api(shop: &Shop, ledger: &Ledger, sample: usize) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (kind, event) in ledger.sample(sample) {
        let url = shop.url(&format!("/event/{event}?flow={}", kind.flow()));
        let answer = shop.http().get(&url).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        let outcome = body["outcome"].as_str().unwrap_or_default();
        let contested = kind == Kind::Item && outcome == "rejected";
        if outcome != "applied" && !contested {
            faults.push(format!("GET /event/{event} ({}): {status} {body}", kind.flow()));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Mark;

    #[test]
    fn items_and_actions_are_read_back_to_their_events() {
        let event = EventId::fresh();
        let action = doc! {"_id": event.to_string(), "itemId": "r-w3-64", "price": 70_i64};
        let item = doc! {"_id": "r-w3-9", "eventId": event.to_string(), "price": 9_i32};
        let buy = found(Kind::Buy, "r", &action).unwrap();
        assert_eq!((buy.mark, buy.event), (Mark { writer: 3, number: 70 }, event));
        assert_eq!(found(Kind::Item, "r", &item).unwrap().mark, Mark { writer: 3, number: 9 });
        assert!(found(Kind::Buy, "other", &action).is_none());
    }
}
