//! The payloads' codec: what it writes it reads, inside an event too, and no bytes make it panic.

#![allow(clippy::unwrap_used, reason = "the helpers of a test may panic as the test may")]

use pawnshop_domain::{EventId, ShopName};
use pawnshop_events::{ContentHash, Event, Payload};
use pawnshop_items::proto::v1::{BuyAction, ItemAdded, PawnAction, SellAction};
use proptest::prelude::*;
use std::fmt::Debug;

prop_compose! {
    fn item()(
        (id, name) in (".*", ".*"),
        (category, state) in any::<(i32, i32)>(),
        price in any::<i64>(),
        age_in_months in any::<u32>(),
    ) -> ItemAdded {
        ItemAdded { id, name, category, price, state, age_in_months }
    }
}

prop_compose! {
    fn buy()((client_id, item_id) in (".*", ".*"), (price, date_us) in any::<(i64, i64)>()) -> BuyAction {
        BuyAction { client_id, item_id, price, date_us }
    }
}

prop_compose! {
    fn sell()(
        (client_id, item_id) in (".*", ".*"),
        (price, date_us, profit) in any::<(i64, i64, i64)>(),
    ) -> SellAction {
        SellAction { client_id, item_id, price, date_us, profit }
    }
}

prop_compose! {
    fn pawn()(
        (client_id, item_id) in (".*", ".*"),
        (price, date_us) in any::<(i64, i64)>(),
        (tax, limit_days) in any::<(u32, u32)>(),
    ) -> PawnAction {
        PawnAction { client_id, item_id, price, date_us, tax, limit_days }
    }
}

proptest! {
    #[test]
    fn every_payload_survives_its_event(item in item(), buy in buy(), sell in sell(), pawn in pawn()) {
        survives(&item)?;
        survives(&buy)?;
        survives(&sell)?;
        survives(&pawn)?;
    }

    #[test]
    fn arbitrary_bytes_are_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = ItemAdded::decode_from(&bytes);
        let _ = BuyAction::decode_from(&bytes);
        let _ = SellAction::decode_from(&bytes);
        let _ = PawnAction::decode_from(&bytes);
    }
}

fn survives<P: Payload + PartialEq + Debug>(payload: &P) -> Result<(), TestCaseError> {
    let shop = ShopName::new("default", "downtown").unwrap();
    let event = Event::new(EventId::fresh(), &shop, "subject", ContentHash::from_text("v1:00"), payload);
    let received = Event::decode(event.encode()).unwrap();
    prop_assert_eq!(&received.kind, P::EVENT_TYPE);
    prop_assert_eq!(&received.payload::<P>().unwrap(), payload);
    Ok(())
}

/// Decodes as the worker does: from an event's payload.
trait DecodeFrom: Payload {
    fn decode_from(bytes: &[u8]) -> Option<Self> {
        let shop = ShopName::new("default", "downtown").unwrap();
        let mut event =
            Event::new(EventId::fresh(), &shop, "subject", ContentHash::from_text("v1:00"), &Self::default());
        event.payload = bytes.to_vec().into();
        event.payload().ok()
    }
}

impl<P: Payload> DecodeFrom for P {}
