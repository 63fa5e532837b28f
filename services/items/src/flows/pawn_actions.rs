//! `pawn-actions`: the shop lends on an item.

use super::fields::{HISTORY, body, client_id, item_id, price, small, text};
use crate::proto::v1::PawnAction;
use pawnshop_domain::{FlowName, Rejection};
use pawnshop_events::Event;
use pawnshop_flow::insert::ToDocument;
use pawnshop_store::{Collection, Document};

/// The flow's name.
pub const NAME: FlowName = FlowName::fixed("pawn-actions");

/// Every loan, by event id.
pub const PAWNS: Collection = Collection { name: "pawns", indexes: HISTORY };

impl ToDocument for PawnAction {
    const COLLECTION: Collection = PAWNS;

    fn to_document(&self, event: &Event) -> Result<Document, Rejection> {
        if self.limit_days == 0 {
            return Err(Rejection::invalid("invalid_limit_days", "the limit must be 1 day or more"));
        }
        let fields = body([
            ("itemId", item_id(&self.item_id)?.as_str().into()),
            ("clientId", client_id(&self.client_id)?.as_str().into()),
            ("price", price(self.price)?.minor_units().into()),
            ("date", self.date_us.into()),
            ("tax", self.tax.into()),
            ("limitDays", self.limit_days.into()),
        ]);
        Ok(Document::new(event.id.to_string(), fields))
    }
}

/// Reads a loan's document; `None` when it is not one.
pub(crate) fn from_document(document: &Document) -> Option<PawnAction> {
    Some(PawnAction {
        client_id: text(document, "clientId")?,
        item_id: text(document, "itemId")?,
        price: document.integer("price")?,
        date_us: document.integer("date")?,
        tax: small(document, "tax")?,
        limit_days: small(document, "limitDays")?,
    })
}
