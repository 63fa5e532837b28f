use super::*;
use crate::insert::{CONTENT_HASH, EVENT_ID};
use crate::{Flow, Handler, Outcome, Pacing, Proof, Unavailable};
use async_trait::async_trait;
use bytes::Bytes;
use pawnshop_domain::{EventId, FlowName, Instant, Rejection};
use pawnshop_events::{ContentHash, Event};
use pawnshop_sqlite::DataFolder;
use pawnshop_store::Document;
use pawnshop_store_sqlite::{SqliteStore, SqliteStoreOptions};
use serde_json::{Map, json};

const BUYS: FlowName = FlowName::fixed("buys");
const ITEMS: FlowName = FlowName::fixed("items");
const BUY_DOCUMENTS: Collection = Collection { name: "buys", indexes: &[] };
const ITEM_DOCUMENTS: Collection =
    Collection { name: "items", indexes: &[Index { fields: &[EVENT_ID], unique: true }] };

struct Idle;

#[async_trait]
impl Handler for Idle {
    async fn handle(&self, events: &[Event]) -> Result<Vec<Outcome>, Unavailable> {
        Ok(vec![Outcome::Applied; events.len()])
    }
}

fn flow(name: FlowName, proof: Proof) -> Flow {
    Flow {
        name,
        event_type: "test.v1",
        proof,
        collections: &[],
        config: &[],
        pacing: Pacing::Together { max_events_per_message: 1 },
        handler: |_| Arc::new(Idle),
    }
}

/// One flow of either proof.
fn flows() -> Vec<Flow> {
    vec![flow(BUYS, Proof::DocumentId(BUY_DOCUMENTS)), flow(ITEMS, Proof::EventIdField(ITEM_DOCUMENTS))]
}

fn event(id: EventId, content: &str) -> Event {
    Event {
        id,
        source: "/shops/default/test".to_owned(),
        kind: "test.v1".to_owned(),
        subject: "thing".to_owned(),
        time: Instant::now(),
        traceparent: None,
        content_hash: ContentHash::from_text(content),
        attempt: 2,
        type_url: "type.googleapis.com/test.Thing".to_owned(),
        payload: Bytes::from_static(b"payload"),
    }
}

/// A store in a folder of its own, and the outcomes in it.
struct Shop {
    store: Arc<dyn Store>,
    outcomes: Outcomes,
    _folder: tempfile::TempDir,
}

async fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(folder.path()).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data, SqliteStoreOptions::default()).unwrap());
    store.declare(&[COLLECTION, BUY_DOCUMENTS, ITEM_DOCUMENTS]).await.unwrap();
    let outcomes = Outcomes::new(Arc::clone(&store), DEFAULT_RETENTION);
    Shop { store, outcomes, _folder: folder }
}

impl Shop {
    async fn look_up(&self, id: EventId, content: Option<&str>) -> Option<OutcomeRecord> {
        let content = content.map(ContentHash::from_text);
        self.outcomes.look_up(&flows(), id, content.as_ref()).await.unwrap()
    }

    async fn kind(&self, id: EventId) -> Option<&'static str> {
        Some(self.look_up(id, None).await?.kind.as_str())
    }

    async fn apply(&self, collection: Collection, id: &str, event: EventId, content: &str) {
        let mut body = Map::new();
        body.insert(EVENT_ID.to_owned(), json!(event));
        body.insert(CONTENT_HASH.to_owned(), json!(content));
        let inserted = self.store.insert_many(&collection, vec![Document::new(id, body)]).await.unwrap();
        assert_eq!(inserted, [pawnshop_store::Inserted::New]);
    }
}

fn rejection() -> Rejection {
    Rejection::conflict("item_already_exists", "the item exists")
}

/// The three outcomes of one event, least first.
fn ladder(event: &Event) -> [OutcomeRecord; 3] {
    [
        OutcomeRecord::retries_exhausted(&BUYS, event, "it failed".to_owned()),
        OutcomeRecord::rejected(&BUYS, event, rejection()),
        OutcomeRecord::applied(&BUYS, event),
    ]
}

#[tokio::test]
async fn of_two_outcomes_the_greater_one_stands_in_whichever_order_they_come() {
    let shop = shop().await;
    for first in 0..3 {
        for second in 0..3 {
            let (apart, together) = (event(EventId::fresh(), "v1:a"), event(EventId::fresh(), "v1:a"));
            shop.outcomes.record(vec![ladder(&apart)[first].clone()]).await.unwrap();
            shop.outcomes.record(vec![ladder(&apart)[second].clone()]).await.unwrap();
            let both = [first, second].map(|rung| ladder(&together)[rung].clone());
            shop.outcomes.record(both.to_vec()).await.unwrap();
            let stands = Some(ladder(&apart)[first.max(second)].kind.as_str());
            assert_eq!(shop.kind(apart.id).await, stands, "{first} then {second}");
            assert_eq!(shop.kind(together.id).await, stands, "{first} with {second}");
        }
    }
}

#[tokio::test]
async fn writers_at_the_same_time_leave_the_greatest_outcome() {
    let shop = shop().await;
    let event = event(EventId::fresh(), "v1:a");
    let writes = (0..12).map(|turn| {
        let (outcomes, record) = (shop.outcomes.clone(), ladder(&event)[turn % 3].clone());
        tokio::spawn(async move { outcomes.record(vec![record]).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    assert_eq!(shop.kind(event.id).await, Some("applied"));
}

#[tokio::test]
async fn an_outcome_is_read_back_as_it_was_written() {
    let shop = shop().await;
    for rung in 0..3 {
        let event = event(EventId::fresh(), "v1:a");
        let record = ladder(&event)[rung].clone();
        shop.outcomes.record(vec![record.clone()]).await.unwrap();
        assert_eq!(shop.look_up(event.id, Some("v1:a")).await, Some(record));
    }
}

#[tokio::test]
async fn a_flows_proof_wins_over_any_document() {
    let shop = shop().await;
    let event = event(EventId::fresh(), "v1:a");
    shop.outcomes.record(vec![ladder(&event)[0].clone()]).await.unwrap();
    shop.apply(BUY_DOCUMENTS, &event.id.to_string(), event.id, "v1:a").await;
    assert_eq!(shop.kind(event.id).await, Some("applied"));
}

#[tokio::test]
async fn an_event_is_found_by_the_field_that_proves_it() {
    let shop = shop().await;
    let id = EventId::fresh();
    assert_eq!(shop.kind(id).await, None);
    shop.apply(ITEM_DOCUMENTS, "an item", id, "v1:a").await;
    let found = shop.look_up(id, Some("v1:a")).await.unwrap();
    assert_eq!((found.kind, found.flow), (OutcomeKind::Applied, ITEMS));
    let only_buys = &flows()[..1];
    assert_eq!(shop.outcomes.look_up(only_buys, id, None).await.unwrap(), None);
}

#[tokio::test]
async fn a_reused_key_answers_for_itself() {
    let shop = shop().await;
    let id = EventId::fresh();
    shop.apply(BUY_DOCUMENTS, &id.to_string(), id, "v1:first").await;
    assert_eq!(shop.look_up(id, Some("v1:second")).await, None, "not known until it was handled");

    let second = event(id, "v1:second");
    shop.outcomes.record(vec![OutcomeRecord::key_reused(&BUYS, &second)]).await.unwrap();
    let answer = shop.look_up(id, Some("v1:second")).await.unwrap();
    assert_eq!(answer.id, EventId::derived(&[&id.to_string(), "v1:second"]));
    assert_eq!(answer.event_id, id);
    assert!(matches!(answer.kind, OutcomeKind::Rejected(why) if why.code == CODE_KEY_REUSED));
    for first in [Some("v1:first"), None] {
        assert_eq!(shop.look_up(id, first).await.unwrap().kind, OutcomeKind::Applied);
    }
}

#[tokio::test]
async fn two_contents_under_one_id_end_beside_each_other() {
    let shop = shop().await;
    let id = EventId::fresh();
    let records =
        ["v1:a", "v1:b"].map(|content| OutcomeRecord::rejected(&BUYS, &event(id, content), rejection()));
    for record in records {
        shop.outcomes.record(vec![record]).await.unwrap();
    }
    for content in ["v1:a", "v1:b"] {
        let answer = shop.look_up(id, Some(content)).await.unwrap();
        assert_eq!(answer.content_hash, Some(ContentHash::from_text(content)));
    }
}

#[tokio::test]
async fn letters_are_listed_in_id_order_page_by_page_and_by_flow() {
    let shop = shop().await;
    let mut ids = Vec::new();
    for turn in 0..5 {
        let event = event(EventId::fresh(), "v1:a");
        let flow = if turn == 0 { ITEMS } else { BUYS };
        let letter = OutcomeRecord::retries_exhausted(&flow, &event, "it failed".to_owned());
        let no_letter = OutcomeRecord::rejected(&flow, &self::event(EventId::fresh(), "v1:a"), rejection());
        ids.push(letter.id);
        shop.outcomes.record(vec![letter, no_letter]).await.unwrap();
    }
    let listed = async |flow: Option<&FlowName>, after: Option<EventId>, limit| {
        let after = after.map(|id| id.to_string());
        let page = shop.outcomes.letters(flow, after, limit).await.unwrap();
        page.into_iter().map(|letter| letter.record.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None, 2).await, ids[..2]);
    assert_eq!(listed(None, Some(ids[1]), 10).await, ids[2..]);
    assert_eq!(listed(Some(&BUYS), None, 10).await, ids[1..]);
    assert_eq!(listed(Some(&ITEMS), None, 10).await, ids[..1]);
}

#[tokio::test]
async fn bytes_that_are_no_event_are_one_letter_however_often_they_come() {
    let shop = shop().await;
    let bytes = Bytes::from_static(b"\xff no event");
    let error = Event::decode(bytes.clone()).unwrap_err();
    let record = OutcomeRecord::undecodable(&BUYS, bytes.clone(), &error);
    shop.outcomes.record(vec![record.clone(), record.clone()]).await.unwrap();
    shop.outcomes.record(vec![record.clone()]).await.unwrap();
    let letters = shop.outcomes.letters(None, None, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].record.envelope.as_ref(), Some(&bytes));
    assert_eq!(shop.outcomes.letter(record.id).await.unwrap().as_ref(), letters.first());
}

#[tokio::test]
async fn a_letter_that_came_back_meanwhile_is_not_marked_as_replayed() {
    let shop = shop().await;
    let event = event(EventId::fresh(), "v1:a");
    shop.outcomes.record(vec![ladder(&event)[0].clone()]).await.unwrap();
    let letter = shop.outcomes.letter(event.id).await.unwrap().unwrap();
    let again = OutcomeRecord::retries_exhausted(&BUYS, &event, "it failed again".to_owned());
    shop.outcomes.record(vec![again.clone()]).await.unwrap();
    assert!(!shop.outcomes.mark_replayed(&letter, Instant::now()).await.unwrap());

    let letter = shop.outcomes.letter(event.id).await.unwrap().unwrap();
    assert_eq!(letter.record, again);
    let now = Instant::now();
    assert!(shop.outcomes.mark_replayed(&letter, now).await.unwrap());
    let marked = shop.outcomes.letter(event.id).await.unwrap().unwrap();
    assert_eq!(marked.record.replayed, Some(now));
    assert!(shop.outcomes.drop_letter(&marked).await.unwrap());
    assert_eq!(shop.kind(event.id).await, None);
}

#[tokio::test]
async fn dropping_a_letter_leaves_the_outcome_that_its_event_had_meanwhile() {
    let shop = shop().await;
    let event = event(EventId::fresh(), "v1:a");
    shop.outcomes.record(vec![ladder(&event)[0].clone()]).await.unwrap();
    let letter = shop.outcomes.letter(event.id).await.unwrap().unwrap();
    shop.outcomes.record(vec![ladder(&event)[1].clone()]).await.unwrap();
    assert!(!shop.outcomes.drop_letter(&letter).await.unwrap());
    assert_eq!(shop.kind(event.id).await, Some("rejected"));
    assert_eq!(shop.outcomes.letter(event.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_outcome_counts_the_failures_until_it_a_dead_letters_last_included() {
    let event = event(EventId::fresh(), "v1:a");
    assert_eq!(ladder(&event).map(|record| record.attempts), [3, 2, 2]);
    assert_eq!(OutcomeRecord::key_reused(&BUYS, &event).attempts, 2);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_read_stands_in_nobodys_way() {
    let shop = shop().await;
    let mut events: Vec<_> = (0..4).map(|_| event(EventId::fresh(), "v1:a")).collect();
    events.sort_by_key(|event| event.id.to_string());
    let body = Map::from_iter([
        ("outcome".to_owned(), json!("of a later version")),
        ("letter".to_owned(), json!(1)),
    ]);
    let unreadable = Document::new(events[1].id.to_string(), body.clone());
    shop.store.insert_many(&COLLECTION, vec![unreadable]).await.unwrap();

    shop.outcomes.record(events.iter().map(|event| ladder(event)[0].clone()).collect()).await.unwrap();
    assert_eq!(shop.kind(events[1].id).await, None);
    assert_eq!(shop.outcomes.letter(events[1].id).await.unwrap(), None);
    let page = shop.outcomes.letters(None, None, 2).await.unwrap();
    assert_eq!([page[0].record.id, page[1].record.id], [events[0].id, events[2].id]);
    let all = shop.outcomes.letters(None, None, 10).await.unwrap();
    assert_eq!(all.len(), 3);
    let kept = shop.store.get_many(&COLLECTION, &[events[1].id.to_string()]).await.unwrap();
    assert_eq!(kept[0].body, body, "left alone");
}

#[tokio::test]
async fn outcomes_are_gone_when_their_retention_is_over() {
    let shop = shop().await;
    let old = Outcomes::new(Arc::clone(&shop.store), Duration::ZERO);
    let event = event(EventId::fresh(), "v1:a");
    old.record(vec![ladder(&event)[1].clone()]).await.unwrap();
    assert_eq!(shop.kind(event.id).await, None);
    assert!(DEFAULT_RETENTION == Duration::from_secs(30 * 86_400));
}

#[tokio::test]
async fn a_reason_of_any_length_is_kept_as_a_sentence() {
    let shop = shop().await;
    let event = event(EventId::fresh(), "v1:a");
    let record = OutcomeRecord::retries_exhausted(&BUYS, &event, "ä".repeat(1_000_000));
    shop.outcomes.record(vec![record]).await.unwrap();
    let kept = shop.look_up(event.id, None).await.unwrap();
    assert!(matches!(kept.kind, OutcomeKind::DeadLettered { detail, .. } if detail.len() < 3_000));
}
