//! Published payloads stay readable: committed bytes decode to the message that they were made from, and that
//! message still has the same bytes. A new version of a payload adds a file; none is ever changed.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic as the test may")]

use pawnshop_events::Payload;
use pawnshop_items::proto::v1::{BuyAction, Category, ItemAdded, PawnAction, SellAction, State};
use std::fmt::Debug;

#[test]
fn pawnshop_item_v1_keeps_its_bytes() {
    let item = ItemAdded {
        id: "SKU 12".to_owned(),
        name: "Peugeot 504 «Öl»".to_owned(),
        category: Category::Motor.into(),
        price: 120_000,
        state: State::Good.into(),
        age_in_months: 600,
    };
    holds(include_str!("../testdata/item.v1.hex"), &item);
    assert_eq!((ItemAdded::EVENT_TYPE, url::<ItemAdded>()), ("pawnshop.item.v1", "ItemAdded".to_owned()));
}

#[test]
fn pawnshop_buy_action_v1_keeps_its_bytes() {
    let buy = BuyAction {
        client_id: "ann".to_owned(),
        item_id: "SKU 12".to_owned(),
        price: 100_000,
        date_us: 1_769_860_800_123_456,
    };
    holds(include_str!("../testdata/buy-action.v1.hex"), &buy);
    assert_eq!(
        (BuyAction::EVENT_TYPE, url::<BuyAction>()),
        ("pawnshop.buy-action.v1", "BuyAction".to_owned())
    );
}

#[test]
fn pawnshop_sell_action_v1_keeps_its_bytes() {
    let sell = SellAction {
        client_id: "bob".to_owned(),
        item_id: "SKU 12".to_owned(),
        price: 90_000,
        date_us: -1,
        profit: -10_000,
    };
    holds(include_str!("../testdata/sell-action.v1.hex"), &sell);
    assert_eq!(
        (SellAction::EVENT_TYPE, url::<SellAction>()),
        ("pawnshop.sell-action.v1", "SellAction".to_owned())
    );
}

#[test]
fn pawnshop_pawn_action_v1_keeps_its_bytes() {
    let pawn = PawnAction {
        client_id: "eve".to_owned(),
        item_id: "SKU 12".to_owned(),
        price: i64::MAX,
        date_us: 1_769_860_800_000_000,
        tax: 12,
        limit_days: 90,
    };
    holds(include_str!("../testdata/pawn-action.v1.hex"), &pawn);
    assert_eq!(
        (PawnAction::EVENT_TYPE, url::<PawnAction>()),
        ("pawnshop.pawn-action.v1", "PawnAction".to_owned())
    );
}

fn holds<P: Payload + PartialEq + Debug>(golden: &str, payload: &P) {
    let digits: String = golden.split_whitespace().collect();
    let encoded = payload.encode_to_vec();
    let written: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(written, digits, "the bytes of a published payload have changed");

    let mut bytes: Vec<u8> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
    assert_eq!(&P::decode(bytes.as_slice()).unwrap(), payload);

    // A field from the future: number 1000, length-delimited, "new".
    bytes.extend_from_slice(&[0xc2, 0x3e, 3, b'n', b'e', b'w']);
    assert_eq!(&P::decode(bytes.as_slice()).unwrap(), payload, "with a field from the future");
}

/// The name in a payload's type URL.
fn url<P: Payload>() -> String {
    P::type_url().strip_prefix("type.googleapis.com/pawnshop.v1.").unwrap().to_owned()
}
