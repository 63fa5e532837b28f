//! Lists: a page of items in id order, each with its histories.
//!
//! A page of 100 items may have 300,000 actions behind it, and shows at most 4 MiB of them. So a page begins with
//! a glance at all its histories, which is nearly always all there is; a longer one is read whole when its
//! item's turn comes, and none is once the page is full.

use super::{MAX_ITEMS, MAX_PAGE_BYTES, Queries, item_id, read_item};
use crate::flows::item::ITEMS;
use crate::model::{Category, State};
use crate::proto::v1::list_items_request;
use crate::proto::v1::{ItemAdded, ItemPage, ItemWithHistory, ListItemsRequest};
use pawnshop_queries::refused;
use pawnshop_store::{After, Filter, Find, Order};
use prost::Message;
use tonic::Status;

/// How many actions of each history a glance takes.
const GLANCE: usize = 32;

/// Checks a request: exactly one filter, a limit, and a cursor or none.
pub(super) fn query(request: ListItemsRequest) -> Result<Find, Status> {
    use list_items_request::Filter as Asked;
    let (field, value) = match request.filter {
        None => return Err(Status::invalid_argument("a filter is needed")),
        Some(Asked::Name(name)) => ("name", name.into()),
        Some(Asked::Category(number)) => match Category::from_proto(number) {
            Some(category) => ("category", category.name().into()),
            None => return Err(Status::invalid_argument("unknown category")),
        },
        Some(Asked::State(number)) => match State::from_proto(number) {
            Some(state) => ("state", state.name().into()),
            None => return Err(Status::invalid_argument("unknown state")),
        },
    };
    if !(1..=MAX_ITEMS).contains(&request.limit) {
        return Err(Status::invalid_argument(format!("the limit must be 1 to {MAX_ITEMS}")));
    }
    let after = match request.after.as_str() {
        "" => None,
        id => Some(After { value: 0, id: item_id(id)?.as_str().to_owned() }),
    };
    let limit = request.limit as usize;
    Ok(Find { filter: Some(Filter { field, value }), order: Order::Id, after, limit })
}

impl Queries {
    /// Answers a checked request.
    pub(super) async fn page(&self, query: Find) -> Result<ItemPage, Status> {
        // One more than is shown tells whether there are more.
        let found = self
            .store
            .find(&ITEMS, &Find { limit: query.limit + 1, ..query.clone() })
            .await
            .map_err(refused)?;
        let more = found.len() > query.limit;
        let items = found.iter().take(query.limit).map(read_item).collect::<Result<Vec<_>, _>>()?;
        let mut histories = self.histories(&items, GLANCE).await?;
        let mut page = Page::default();
        for item in items {
            let item = self.completed(histories.join(item)).await?;
            if !page.takes(item) {
                return Ok(page.ended(true));
            }
        }
        Ok(page.ended(more))
    }
}

/// A page that fills up.
#[derive(Default)]
struct Page {
    items: Vec<ItemWithHistory>,
    bytes: usize,
}

impl Page {
    /// Takes an item unless the page would grow too large; always the first, so that every page gets on.
    fn takes(&mut self, item: ItemWithHistory) -> bool {
        let size = item.encoded_len();
        // As a field of the page: behind its tag and its length.
        let size = 1 + prost::length_delimiter_len(size) + size;
        let fits = self.items.is_empty() || self.bytes + size <= MAX_PAGE_BYTES;
        if fits {
            self.bytes += size;
            self.items.push(item);
        }
        fits
    }

    fn ended(self, more: bool) -> ItemPage {
        let last = self.items.last().and_then(|item| item.item.as_ref());
        let next = last.filter(|_| more).map(|item: &ItemAdded| item.id.clone());
        ItemPage { items: self.items, next }
    }
}
