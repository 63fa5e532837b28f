//! Histories: what was done with an item, oldest first, by date and then event id.

use super::{MAX_ACTIONS, Queries, refused, unreadable};
use crate::flows::buy_actions::{self, BUYS};
use crate::flows::pawn_actions::{self, PAWNS};
use crate::flows::sell_actions::{self, SELLS};
use crate::proto::v1::action::Action as Content;
use crate::proto::v1::{Action, ActionKind, History, HistoryCursor, HistoryPage, ItemAdded, ItemWithHistory};
use pawnshop_domain::ItemId;
use pawnshop_store::{After, Collection, Document, Filter, Find, Order, Store};
use std::collections::HashMap;
use tonic::Status;

/// One kind of action: where it is kept, and how it is read.
pub(super) struct Kind {
    collection: Collection,
    read: fn(&Document) -> Option<Content>,
}

const BUY: Kind =
    Kind { collection: BUYS, read: |document| buy_actions::from_document(document).map(Content::Buy) };
const SELL: Kind =
    Kind { collection: SELLS, read: |document| sell_actions::from_document(document).map(Content::Sell) };
const PAWN: Kind =
    Kind { collection: PAWNS, read: |document| pawn_actions::from_document(document).map(Content::Pawn) };

impl Kind {
    /// The kind of a protobuf field; `None` when it is unspecified or unknown.
    pub(super) fn of(number: i32) -> Option<Self> {
        match ActionKind::try_from(number).ok()? {
            ActionKind::Unspecified => None,
            ActionKind::Buy => Some(BUY),
            ActionKind::Sell => Some(SELL),
            ActionKind::Pawn => Some(PAWN),
        }
    }
}

/// A page of one history, from a cursor on.
pub(super) async fn page(
    store: &dyn Store,
    kind: Kind,
    id: &ItemId,
    limit: u32,
    after: Option<HistoryCursor>,
) -> Result<HistoryPage, Status> {
    let query = Find {
        filter: Some(Filter { field: "itemId", value: id.as_str().into() }),
        order: Order::Ascending("date"),
        after: after.map(|cursor| After { value: cursor.date_us, id: cursor.event_id }),
        limit: limit as usize + 1,
    };
    let found = store.find(&kind.collection, &query).await.map_err(refused)?;
    let History { actions, next } = cut(&kind, found, limit as usize)?;
    Ok(HistoryPage { actions, next })
}

impl Queries {
    /// Adds their histories to a few items: one grouped query per action collection.
    pub(super) async fn with_histories(&self, items: Vec<ItemAdded>) -> Result<Vec<ItemWithHistory>, Status> {
        let permits = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let _permits =
            self.histories.acquire_many(permits).await.map_err(|_| Status::cancelled("closing"))?;
        let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
        let (mut buys, mut sells, mut pawns) = tokio::try_join!(
            self.grouped(&BUY, &ids),
            self.grouped(&SELL, &ids),
            self.grouped(&PAWN, &ids),
        )?;
        let with_histories = items.into_iter().map(|item| ItemWithHistory {
            buys: Some(buys.remove(&item.id).unwrap_or_default()),
            sells: Some(sells.remove(&item.id).unwrap_or_default()),
            pawns: Some(pawns.remove(&item.id).unwrap_or_default()),
            item: Some(item),
        });
        Ok(with_histories.collect())
    }

    async fn grouped(&self, kind: &Kind, ids: &[String]) -> Result<HashMap<String, History>, Status> {
        let limit = MAX_ACTIONS as usize;
        // One more than is shown tells whether there are more.
        let found = self
            .store
            .find_grouped(&kind.collection, "itemId", ids, Order::Ascending("date"), limit + 1)
            .await
            .map_err(refused)?;
        found.into_iter().map(|(id, documents)| Ok((id, cut(kind, documents, limit)?))).collect()
    }
}

/// The first `limit` actions, and where to go on when there are more.
fn cut(kind: &Kind, mut documents: Vec<Document>, limit: usize) -> Result<History, Status> {
    let more = documents.len() > limit;
    documents.truncate(limit);
    let next = documents.last().filter(|_| more).map(|last| HistoryCursor {
        date_us: last.integer("date").unwrap_or_default(),
        event_id: last.id.clone(),
    });
    let read = |document: Document| match (kind.read)(&document) {
        Some(action) => Ok(Action { event_id: document.id, action: Some(action) }),
        None => Err(unreadable(&kind.collection, &document)),
    };
    let actions = documents.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(History { actions, next })
}
