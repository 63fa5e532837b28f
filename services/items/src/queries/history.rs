//! Histories: what was done with an item, oldest first, by date and then event id.

use super::{MAX_ACTIONS, Queries};
use crate::flows::buy_actions::{self, BUYS};
use crate::flows::pawn_actions::{self, PAWNS};
use crate::flows::sell_actions::{self, SELLS};
use crate::proto::v1::action::Action as Content;
use crate::proto::v1::{Action, ActionKind, History, HistoryCursor, HistoryPage, ItemAdded, ItemWithHistory};
use pawnshop_domain::ItemId;
use pawnshop_queries::{refused, unreadable};
use pawnshop_store::{After, Collection, Document, Filter, Find, Order, Store};
use std::collections::HashMap;
use tokio::try_join;
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
    /// An item with its histories; all of it is asked for at once, as the store may be a network away.
    pub(super) async fn with_histories(&self, id: &ItemId) -> Result<ItemWithHistory, Status> {
        let ids = [id.to_string()];
        let grouped = async |kind| self.grouped(&kind, &ids, MAX_ACTIONS as usize).await;
        let (item, buys, sells, pawns) =
            try_join!(self.item(id), grouped(BUY), grouped(SELL), grouped(PAWN))?;
        Ok(Histories { buys, sells, pawns }.join(item))
    }

    /// The first `limit` actions of each history of these items: one grouped query per action collection, one
    /// after the other, so that documents of only one collection are in hand.
    pub(super) async fn histories(&self, items: &[ItemAdded], limit: usize) -> Result<Histories, Status> {
        let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
        Ok(Histories {
            buys: self.grouped(&BUY, &ids, limit).await?,
            sells: self.grouped(&SELL, &ids, limit).await?,
            pawns: self.grouped(&PAWN, &ids, limit).await?,
        })
    }

    /// Reads those histories of an item again that were cut at fewer actions than are shown.
    pub(super) async fn completed(&self, mut item: ItemWithHistory) -> Result<ItemWithHistory, Status> {
        let ids: Vec<String> = item.item.iter().map(|item| item.id.clone()).collect();
        for (kind, history) in [(BUY, &mut item.buys), (SELL, &mut item.sells), (PAWN, &mut item.pawns)] {
            if history.as_ref().is_some_and(|history| history.next.is_some()) {
                *history = self.grouped(&kind, &ids, MAX_ACTIONS as usize).await?.into_values().next();
            }
        }
        Ok(item)
    }

    async fn grouped(
        &self,
        kind: &Kind,
        ids: &[String],
        limit: usize,
    ) -> Result<HashMap<String, History>, Status> {
        // One more than is shown tells whether there are more.
        let found = self
            .store
            .find_grouped(&kind.collection, "itemId", ids, Order::Ascending("date"), limit + 1)
            .await
            .map_err(refused)?;
        found.into_iter().map(|(id, documents)| Ok((id, cut(kind, documents, limit)?))).collect()
    }
}

/// Histories by item id; an item without actions of a kind is absent from its map.
pub(super) struct Histories {
    buys: HashMap<String, History>,
    sells: HashMap<String, History>,
    pawns: HashMap<String, History>,
}

impl Histories {
    /// Hands an item its histories.
    pub(super) fn join(&mut self, item: ItemAdded) -> ItemWithHistory {
        ItemWithHistory {
            buys: Some(self.buys.remove(&item.id).unwrap_or_default()),
            sells: Some(self.sells.remove(&item.id).unwrap_or_default()),
            pawns: Some(self.pawns.remove(&item.id).unwrap_or_default()),
            item: Some(item),
        }
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
