//! What every action on an item has in common.

use pawnshop_domain::{ClientId, Instant, ItemId, Price};
use pawnshop_edge::{Fields, ValueFault, integer, parsed};
use pawnshop_events::{ContentHasher, Payload};

/// The fields of every action.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) client_id: ClientId,
    pub(super) item_id: ItemId,
    pub(super) price: Price,
    pub(super) date: Option<Instant>,
}

impl Common {
    /// Takes the common fields; `None` means that a fault was noted.
    pub(super) fn take(fields: &mut Fields) -> Option<Self> {
        let client_id = fields.required("clientId", parsed);
        let item_id = fields.required("itemId", parsed);
        let price = price(fields);
        let date = fields.optional("date", parsed);
        Some(Self { client_id: client_id?, item_id: item_id?, price: price?, date })
    }

    /// Begins the hash of the action that carries these fields: a date that was not given is not part of it,
    /// so that a retried request has the same content.
    pub(super) fn hasher<P: Payload>(&self) -> ContentHasher {
        let hasher = ContentHasher::new(P::EVENT_TYPE)
            .text("clientId", self.client_id.as_str())
            .text("itemId", self.item_id.as_str())
            .number("price", self.price.minor_units());
        match self.date {
            Some(date) => hasher.number("date", date.as_micros()),
            None => hasher,
        }
    }

    /// When it was done, in microseconds since the Unix epoch; now, unless the client said otherwise.
    pub(super) fn date_us(&self) -> i64 {
        self.date.unwrap_or_else(Instant::now).as_micros()
    }
}

/// Takes the price, in minor units.
pub(super) fn price(fields: &mut Fields) -> Option<Price> {
    fields.required("price", |value| {
        let minor_units = integer(0..=i64::MAX)(value)?;
        Price::new(minor_units).map_err(|error| ValueFault::new("range", error.to_string()))
    })
}
