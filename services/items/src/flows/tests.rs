use super::*;
use crate::proto::v1::{Category, State};
use pawnshop_domain::{EventId, RejectionKind, ShopName};
use pawnshop_events::{ContentHash, Event};
use pawnshop_flow::insert::EVENT_ID;
use pawnshop_store::Document;

fn item() -> ItemAdded {
    ItemAdded {
        id: "SKU 12".to_owned(),
        name: "Peugeot 504".to_owned(),
        category: Category::Motor.into(),
        price: 120_000,
        state: State::Good.into(),
        age_in_months: 600,
    }
}

fn buy() -> BuyAction {
    BuyAction { client_id: "ann".to_owned(), item_id: "SKU 12".to_owned(), price: 7, date_us: -1 }
}

fn sell() -> SellAction {
    SellAction { client_id: "bob".to_owned(), item_id: "SKU 12".to_owned(), price: 9, date_us: 2, profit: -3 }
}

fn pawn() -> PawnAction {
    PawnAction {
        client_id: "eve".to_owned(),
        item_id: "SKU 12".to_owned(),
        price: i64::MAX,
        date_us: i64::MIN,
        tax: u32::MAX,
        limit_days: 1,
    }
}

fn event_of<T: ToDocument>(payload: &T) -> Event {
    let shop = ShopName::new("default", "downtown").unwrap();
    Event::new(EventId::derived(&["test"]), &shop, "SKU 12", ContentHash::from_text("v1:00"), payload)
}

fn document_of<T: ToDocument>(payload: &T) -> Result<Document, pawnshop_domain::Rejection> {
    payload.to_document(&event_of(payload))
}

#[test]
fn every_payload_survives_its_document() {
    assert_eq!(item::from_document(&document_of(&item()).unwrap()), Some(item()));
    assert_eq!(buy_actions::from_document(&document_of(&buy()).unwrap()), Some(buy()));
    assert_eq!(sell_actions::from_document(&document_of(&sell()).unwrap()), Some(sell()));
    assert_eq!(pawn_actions::from_document(&document_of(&pawn()).unwrap()), Some(pawn()));
}

#[test]
fn an_items_document_has_the_items_id_and_an_actions_its_events() {
    assert_eq!(document_of(&item()).unwrap().id, "SKU 12");
    assert_eq!(document_of(&sell()).unwrap().id, EventId::derived(&["test"]).to_string());
}

#[test]
fn documents_are_written_in_words_and_plain_numbers() {
    let written = serde_json::Value::Object(document_of(&item()).unwrap().body);
    assert_eq!(
        written,
        serde_json::json!({
            "name": "Peugeot 504", "category": "Motor", "price": 120_000, "state": "Good", "ageInMonths": 600
        })
    );
    let written = serde_json::Value::Object(document_of(&pawn()).unwrap().body);
    assert_eq!(
        written,
        serde_json::json!({
            "itemId": "SKU 12", "clientId": "eve", "price": i64::MAX, "date": i64::MIN, "tax": u32::MAX,
            "limitDays": 1
        })
    );
}

#[test]
fn what_the_queue_brings_is_checked_again() {
    fn code<T: ToDocument>(payload: T) -> String {
        let rejection = document_of(&payload).unwrap_err();
        assert_eq!(rejection.kind, RejectionKind::Invalid);
        rejection.code.into_owned()
    }
    assert_eq!(code(ItemAdded { id: "a/b".to_owned(), ..item() }), "invalid_item_id");
    assert_eq!(code(ItemAdded { name: String::new(), ..item() }), "invalid_name");
    assert_eq!(code(ItemAdded { category: 0, ..item() }), "invalid_category");
    assert_eq!(code(ItemAdded { category: 99, ..item() }), "invalid_category");
    assert_eq!(code(ItemAdded { state: 0, ..item() }), "invalid_state");
    assert_eq!(code(ItemAdded { price: -1, ..item() }), "invalid_price");
    assert_eq!(code(BuyAction { client_id: String::new(), ..buy() }), "invalid_client_id");
    assert_eq!(code(BuyAction { item_id: "..".to_owned(), ..buy() }), "invalid_item_id");
    assert_eq!(code(SellAction { price: -1, ..sell() }), "invalid_price");
    assert_eq!(code(PawnAction { limit_days: 0, ..pawn() }), "invalid_limit_days");
}

#[test]
fn an_unknown_category_is_told_the_allowed_ones() {
    let rejection = document_of(&ItemAdded { category: 99, ..item() }).unwrap_err();
    assert_eq!(
        rejection.detail,
        "the category must be one of Reading, Collection, Decoration, Clothing, Jewelry, Motor, Electronics"
    );
}

#[test]
fn a_document_that_lacks_a_field_is_read_as_none() {
    let whole = document_of(&pawn()).unwrap();
    for field in whole.body.keys() {
        let mut broken = whole.clone();
        broken.body.remove(field);
        assert_eq!(pawn_actions::from_document(&broken), None, "without {field}");
    }
}

#[test]
fn every_flow_proves_its_effect_where_it_writes() {
    let names: Vec<_> = flows().into_iter().map(|flow| flow.name.to_string()).collect();
    assert_eq!(names, ["item", "buy-actions", "sell-actions", "pawn-actions"]);
    for flow in flows() {
        assert_eq!(flow.event_type, format!("pawnshop.{}.v1", flow.name.as_str().trim_end_matches('s')));
        let by_event_id = |collection: &pawnshop_store::Collection| {
            collection.indexes.iter().any(|index| index.unique && index.fields == [EVENT_ID])
        };
        match flow.proof {
            Proof::EventIdField(collection) => {
                assert_eq!(flow.collections, [collection]);
                assert!(by_event_id(&collection));
            }
            Proof::DocumentId(collection) => {
                assert_eq!(flow.collections, [collection]);
                assert!(!by_event_id(&collection));
            }
            Proof::Unrecorded => panic!("{} records nothing", flow.name),
        }
    }
}
