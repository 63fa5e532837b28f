//! `buy-actions`: the shop buys an item from a client.

use super::fields::{HISTORY, body, client_id, item_id, price, text};
use crate::proto::v1::BuyAction;
use pawnshop_domain::{FlowName, Rejection};
use pawnshop_events::Event;
use pawnshop_flow::insert::ToDocument;
use pawnshop_store::{Collection, Document};

/// The flow's name.
pub const NAME: FlowName = FlowName::fixed("buy-actions");

/// Every purchase, by event id.
pub const BUYS: Collection = Collection { name: "buys", indexes: HISTORY };

impl ToDocument for BuyAction {
    const COLLECTION: Collection = BUYS;

    fn to_document(&self, event: &Event) -> Result<Document, Rejection> {
        let fields = body([
            ("itemId", item_id(&self.item_id)?.as_str().into()),
            ("clientId", client_id(&self.client_id)?.as_str().into()),
            ("price", price(self.price)?.minor_units().into()),
            ("date", self.date_us.into()),
        ]);
        Ok(Document::new(event.id.to_string(), fields))
    }
}

/// Reads a purchase's document; `None` when it is not one.
pub(crate) fn from_document(document: &Document) -> Option<BuyAction> {
    Some(BuyAction {
        client_id: text(document, "clientId")?,
        item_id: text(document, "itemId")?,
        price: document.integer("price")?,
        date_us: document.integer("date")?,
    })
}
