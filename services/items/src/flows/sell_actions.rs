//! `sell-actions`: the shop sells an item to a client.

use super::fields::{HISTORY, body, client_id, item_id, price, text};
use crate::proto::v1::SellAction;
use pawnshop_domain::{FlowName, Rejection};
use pawnshop_events::Event;
use pawnshop_flow::insert::ToDocument;
use pawnshop_store::{Collection, Document};

/// The flow's name.
pub const NAME: FlowName = FlowName::fixed("sell-actions");

/// Every sale, by event id.
pub const SELLS: Collection = Collection { name: "sells", indexes: HISTORY };

impl ToDocument for SellAction {
    const COLLECTION: Collection = SELLS;

    fn to_document(&self, event: &Event) -> Result<Document, Rejection> {
        let fields = body([
            ("itemId", item_id(&self.item_id)?.as_str().into()),
            ("clientId", client_id(&self.client_id)?.as_str().into()),
            ("price", price(self.price)?.minor_units().into()),
            ("date", self.date_us.into()),
            ("profit", self.profit.into()),
        ]);
        Ok(Document::new(event.id.to_string(), fields))
    }
}

/// Reads a sale's document; `None` when it is not one.
pub(crate) fn from_document(document: &Document) -> Option<SellAction> {
    Some(SellAction {
        client_id: text(document, "clientId")?,
        item_id: text(document, "itemId")?,
        price: document.integer("price")?,
        date_us: document.integer("date")?,
        profit: document.integer("profit")?,
    })
}
