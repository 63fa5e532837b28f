//! `item`: an item enters the shop. Its id is the client's own or a generated one, so that another event may
//! ask for the same item: the first one applied makes it.

use super::fields::{body, item_id, price, small, text};
use crate::model::{Category, ItemName, State};
use crate::proto::v1::ItemAdded;
use pawnshop_domain::{FlowName, Rejection};
use pawnshop_events::Event;
use pawnshop_flow::insert::{EVENT_ID, ToDocument};
use pawnshop_store::{Collection, Document, Index};

/// The flow's name.
pub const NAME: FlowName = FlowName::fixed("item");

/// Every item, by item id.
pub const ITEMS: Collection = Collection {
    name: "items",
    indexes: &[
        Index { fields: &["name"], unique: false },
        Index { fields: &["category"], unique: false },
        Index { fields: &["state"], unique: false },
        Index { fields: &[EVENT_ID], unique: true },
    ],
};

impl ToDocument for ItemAdded {
    const COLLECTION: Collection = ITEMS;

    fn to_document(&self, _: &Event) -> Result<Document, Rejection> {
        let id = item_id(&self.id)?;
        let name: ItemName = self
            .name
            .parse()
            .map_err(|error| Rejection::invalid("invalid_name", format!("the name {error}")))?;
        let category = Category::from_proto(self.category)
            .ok_or_else(|| unknown("invalid_category", "category", Category::NAMES))?;
        let state =
            State::from_proto(self.state).ok_or_else(|| unknown("invalid_state", "state", State::NAMES))?;
        let fields = body([
            ("name", name.as_str().into()),
            ("category", category.name().into()),
            ("price", price(self.price)?.minor_units().into()),
            ("state", state.name().into()),
            ("ageInMonths", self.age_in_months.into()),
        ]);
        Ok(Document::new(id.as_str(), fields))
    }

    fn taken(document: &Document) -> Rejection {
        let detail = format!("the item \"{}\" exists with other content", document.id);
        Rejection::conflict("item_already_exists", detail)
    }
}

/// Reads an item's document; `None` when it is not one.
pub(crate) fn from_document(document: &Document) -> Option<ItemAdded> {
    Some(ItemAdded {
        id: document.id.clone(),
        name: text(document, "name")?,
        category: document.text("category")?.parse::<Category>().ok()?.to_proto(),
        price: document.integer("price")?,
        state: document.text("state")?.parse::<State>().ok()?.to_proto(),
        age_in_months: small(document, "ageInMonths")?,
    })
}

fn unknown(code: &'static str, field: &str, allowed: &[&str]) -> Rejection {
    Rejection::invalid(code, format!("the {field} must be one of {}", allowed.join(", ")))
}
