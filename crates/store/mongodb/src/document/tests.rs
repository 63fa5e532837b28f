use super::{decode, encode};
use mongodb::bson::{Bson, Document as Fields, RawDocumentBuf, doc, oid::ObjectId};
use pawnshop_domain::Instant;
use pawnshop_store::{Document, StoreError};
use serde_json::{Value, json};

fn document(body: Value) -> Document {
    Document::new("a", body.as_object().cloned().unwrap())
}

fn fields(document: &Document) -> Fields {
    Fields::try_from(encode(&[], document).unwrap()).unwrap()
}

fn back(document: &Document) -> Document {
    decode(&encode(&[], document).unwrap()).unwrap()
}

#[test]
fn a_document_stands_as_people_expect_it() {
    let mut document =
        document(json!({"category": "Motor", "price": 12, "tags": ["a", {"b": 1}], "none": null}));
    document.expires_at = Some(Instant::from_micros(1_700_000_000_123_456));
    let mut fields = fields(&document);
    assert!(matches!(fields.remove("_revision"), Some(Bson::Int64(_))));
    let expires_at = mongodb::bson::DateTime::from_millis(1_700_000_000_123);
    assert_eq!(
        fields,
        doc! {
            "_id": "a", "category": "Motor", "price": 12i64, "tags": ["a", {"b": 1i64}],
            "_nulls": ["none"], "_expiresAt": expires_at,
        }
    );
}

#[test]
fn a_body_comes_back_whole() {
    let body = json!({
        "a.b": 1, "$set": {"$gt": [{"x.y": null}], "_id": 7}, "": "", "%2E": "%24",
        "null": null, "deep": {"null": null}, "n": i64::MIN, "f": 1.0, "yes": true,
    });
    assert_eq!(Value::Object(back(&document(body.clone())).body), body);
}

#[test]
fn what_a_person_wrote_by_hand_is_read_as_well() {
    let id = ObjectId::new();
    let raw = RawDocumentBuf::try_from(&doc! {"_id": "a", "price": 12, "ref": id, "_new": 1}).unwrap();
    let document = decode(&raw).unwrap();
    assert_eq!(document.integer("price"), Some(12));
    assert!(document.text("ref").unwrap().contains(&id.to_hex()));
    assert_eq!(document.body.len(), 2);
    let foreign = RawDocumentBuf::try_from(&doc! {"_id": id}).unwrap();
    assert!(matches!(decode(&foreign), Err(StoreError::Refused(_))));
}

#[test]
fn every_encoding_has_a_revision_of_its_own() {
    let document = document(json!({}));
    assert_ne!(back(&document).revision, back(&document).revision);
}

#[test]
fn no_document_that_the_rules_let_pass_is_too_large_for_mongodb() {
    let most = 16 << 20;
    for (element, count) in [
        (json!(7), 1_000_000),
        (json!(""), 1_300_000),
        (json!({"....": 1}), 400_000),
        (json!([[]]), 500_000),
        (json!(null), 2_000_000),
        (json!("%".repeat(1000)), 8_000),
    ] {
        let document = document(json!({"list": vec![element.clone(); count]}));
        match encode(&[], &document) {
            Ok(raw) => assert!(raw.as_bytes().len() < most, "{element}"),
            Err(error) => assert!(matches!(error, StoreError::Refused(_)), "{element}: {error}"),
        }
    }
}

#[test]
fn the_rules_know_the_size_as_bson() {
    let near = |bytes: usize| document(json!({"list": vec!["x".repeat(bytes); 10]}));
    let limit = pawnshop_store::rules::MAX_BODY_BYTES;
    assert!(encode(&[], &near(limit / 10 - 100)).is_ok());
    assert!(matches!(encode(&[], &near(limit / 10)), Err(StoreError::Refused(_))));
}
