//! The queries over the gRPC contract, on a real store.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic as the test may")]

use pawnshop_domain::Instant;
use pawnshop_presence::flows::presence::PRESENCE;
use pawnshop_presence::proto::v1::presence_queries_client::PresenceQueriesClient;
use pawnshop_presence::proto::v1::{FetchPresenceRequest, ListPresencesRequest, Presence, PresencePage};
use pawnshop_presence::queries;
use pawnshop_rpc::{Channel, in_process};
use pawnshop_sqlite::{DataFolder, Synchronous};
use pawnshop_store::faulty::{Fault, FaultyStore};
use pawnshop_store::{Document, Store};
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tonic::service::Routes;
use tonic::{Code, Status};

struct Desk {
    store: Arc<FaultyStore>,
    client: PresenceQueriesClient<Channel>,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        let options = SqliteStoreOptions { synchronous: Synchronous::Off, ..SqliteStoreOptions::default() };
        let store = Arc::new(FaultyStore::over(Arc::new(SqliteStore::open(&data, options).unwrap())));
        store.declare(&[PRESENCE]).await.unwrap();
        let client = queries::client(in_process(Routes::new(queries::server(store.clone()))));
        Self { store, client, _folder: folder }
    }

    /// Remembers an object as seen then; one of whom `gone` holds has expired since.
    async fn seen(&self, id: &str, last_seen_us: i64, gone: bool) {
        let body = [("lastSeen".to_owned(), json!(last_seen_us))].into_iter().collect();
        let expires_at = Some(match gone {
            true => Instant::now().minus(Duration::from_millis(1)),
            false => Instant::now().plus(Duration::from_secs(600)),
        });
        let document = Document { expires_at, ..Document::new(id, body) };
        assert!(self.store.upsert_if_greater(&PRESENCE, document, "lastSeen").await.unwrap());
    }

    async fn fetch(&self, id: &str) -> Result<Presence, Status> {
        let request = FetchPresenceRequest { object_id: id.to_owned() };
        Ok(self.client.clone().fetch_presence(request).await?.into_inner())
    }

    async fn list(&self, limit: u32, after: Option<Presence>) -> Result<PresencePage, Status> {
        Ok(self.client.clone().list_presences(ListPresencesRequest { limit, after }).await?.into_inner())
    }
}

fn presence(id: &str, last_seen_us: i64) -> Presence {
    Presence { object_id: id.to_owned(), last_seen_us }
}

#[tokio::test]
async fn an_object_is_shown_while_it_counts_as_seen() {
    let desk = Desk::open().await;
    desk.seen("a/b", 7, false).await;
    desk.seen("gone", 8, true).await;
    assert_eq!(desk.fetch("a/b").await.unwrap(), presence("a/b", 7));
    for id in ["gone", "never"] {
        assert_eq!(desk.fetch(id).await.unwrap_err().code(), Code::NotFound, "{id}");
    }
}

#[tokio::test]
async fn pages_show_every_object_once_the_most_recent_first_and_nothing_that_is_gone() {
    let desk = Desk::open().await;
    let mut all = Vec::new();
    for at in 0..25 {
        // Five share each moment, so that cursors fall within ties.
        let one = presence(&format!("object {at:02}"), at / 5);
        desk.seen(&one.object_id, one.last_seen_us, false).await;
        desk.seen(&format!("gone {at:02}"), at / 5, true).await;
        all.push(one);
    }
    all.sort_by_key(|one| (-one.last_seen_us, one.object_id.clone()));
    for limit in [1, 7, 25, 100] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = desk.list(limit, after).await.unwrap();
            found.extend(page.presences.iter().cloned());
            after = page.presences.last().cloned();
            if !page.more {
                break;
            }
            assert_eq!(page.presences.len(), limit as usize);
        }
        assert_eq!(found, all, "limit {limit}");
    }
    assert_eq!(desk.list(25, None).await.unwrap().presences, all);
}

#[tokio::test]
async fn what_cannot_be_asked_is_an_invalid_argument() {
    let desk = Desk::open().await;
    assert_eq!(desk.fetch("..").await.unwrap_err().code(), Code::InvalidArgument);
    for (limit, after) in [(0, None), (101, None), (1, Some(presence("", 0)))] {
        assert_eq!(desk.list(limit, after).await.unwrap_err().code(), Code::InvalidArgument, "{limit}");
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_unavailable_and_a_document_that_cannot_be_read_is_named() {
    let desk = Desk::open().await;
    desk.store.insert_many(&PRESENCE, vec![Document::new("odd", serde_json::Map::new())]).await.unwrap();
    let odd = desk.fetch("odd").await.unwrap_err();
    assert_eq!(odd.code(), Code::DataLoss);
    assert!(odd.message().contains("odd"), "{odd:?}");
    desk.store.fault(|_| Some(Fault::unavailable()));
    assert_eq!(desk.fetch("a").await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(desk.list(1, None).await.unwrap_err().code(), Code::Unavailable);
}
