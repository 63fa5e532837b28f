//! Items and their histories as clients see them.

use super::{cursor, schemas};
use crate::model::{Category, State};
use crate::proto::v1;
use crate::proto::v1::action::Action as Content;
use pawnshop_domain::Instant;
use pawnshop_edge::Problem;
use pawnshop_edge::page::ESCAPED;
use pawnshop_edge::problem::kinds;
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use utoipa::ToSchema;

/// An item with its history, oldest action first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ItemWithHistory {
    item: Item,
    #[schema(schema_with = schemas::buys)]
    buys: Vec<Action>,
    #[schema(schema_with = schemas::sells)]
    sells: Vec<Action>,
    #[schema(schema_with = schemas::pawns)]
    pawns: Vec<Action>,
    /// Where the rest of a history is; absent when all of it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    truncated: Option<Truncated>,
}

/// An item.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[schema(schema_with = schemas::item_id)]
    id: String,
    #[schema(schema_with = schemas::item_name)]
    name: String,
    #[schema(schema_with = schemas::category)]
    category: &'static str,
    #[schema(schema_with = schemas::price)]
    price: i64,
    #[schema(schema_with = schemas::state)]
    state: &'static str,
    #[schema(schema_with = schemas::age_in_months)]
    age_in_months: u32,
}

/// An action as it was recorded; its kind decides which of the last three are there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Action {
    event_id: String,
    client_id: String,
    item_id: String,
    price: i64,
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    profit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_days: Option<u32>,
}

/// Links to the first action of each history that is not shown.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
struct Truncated {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/item/fetch/car-1/buys?after=AgAGQ")]
    buys: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sells: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pawns: Option<String>,
}

impl ItemWithHistory {
    /// From a worker's answer.
    ///
    /// # Errors
    /// 500 when the worker speaks of something that is not known here.
    pub(super) fn from_proto(found: v1::ItemWithHistory) -> Result<Self, Problem> {
        let item = found.item.ok_or_else(|| unknown("an answer without an item"))?;
        let id = item.id.clone();
        let (buys, more_buys) = history(&id, "buys", found.buys)?;
        let (sells, more_sells) = history(&id, "sells", found.sells)?;
        let (pawns, more_pawns) = history(&id, "pawns", found.pawns)?;
        let truncated = Truncated { buys: more_buys, sells: more_sells, pawns: more_pawns };
        let truncated = Some(truncated).filter(|truncated| *truncated != Truncated::default());
        Ok(Self { item: Item::from_proto(item)?, buys, sells, pawns, truncated })
    }
}

impl Item {
    fn from_proto(item: v1::ItemAdded) -> Result<Self, Problem> {
        let category = Category::from_proto(item.category).ok_or_else(|| unknown("an unknown category"))?;
        let state = State::from_proto(item.state).ok_or_else(|| unknown("an unknown state"))?;
        Ok(Self {
            id: item.id,
            name: item.name,
            category: category.name(),
            price: item.price,
            state: state.name(),
            age_in_months: item.age_in_months,
        })
    }
}

impl Action {
    /// From a worker's answer.
    ///
    /// # Errors
    /// 500 when the worker speaks of something that is not known here.
    pub(super) fn from_proto(action: v1::Action) -> Result<Self, Problem> {
        let event_id = action.event_id;
        let new = |client_id, item_id, price, date_us| Self {
            event_id,
            client_id,
            item_id,
            price,
            date: Instant::from_micros(date_us).to_string(),
            profit: None,
            tax: None,
            limit_days: None,
        };
        match action.action {
            Some(Content::Buy(buy)) => Ok(new(buy.client_id, buy.item_id, buy.price, buy.date_us)),
            Some(Content::Sell(sell)) => Ok(Self {
                profit: Some(sell.profit),
                ..new(sell.client_id, sell.item_id, sell.price, sell.date_us)
            }),
            Some(Content::Pawn(pawn)) => Ok(Self {
                tax: Some(pawn.tax),
                limit_days: Some(pawn.limit_days),
                ..new(pawn.client_id, pawn.item_id, pawn.price, pawn.date_us)
            }),
            None => Err(unknown("an action of an unknown kind")),
        }
    }
}

/// Where a history of an item goes on.
pub(super) fn history_link(item_id: &str, history: &str, next: &v1::HistoryCursor) -> String {
    let id = utf8_percent_encode(item_id, ESCAPED);
    format!("/item/fetch/{id}/{history}?after={}", cursor::encode_history(next))
}

/// A history's actions, and the link to the rest when there is more.
fn history(
    item_id: &str,
    name: &str,
    history: Option<v1::History>,
) -> Result<(Vec<Action>, Option<String>), Problem> {
    let history = history.unwrap_or_default();
    let more = history.next.map(|next| history_link(item_id, name, &next));
    let actions = history.actions.into_iter().map(Action::from_proto).collect::<Result<_, _>>()?;
    Ok((actions, more))
}

fn unknown(what: &str) -> Problem {
    tracing::error!("a worker gave {what}: is it of a later version?");
    Problem::new(kinds::INTERNAL, format!("a worker gave {what}"))
}
