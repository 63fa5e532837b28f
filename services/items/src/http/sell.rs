use super::action::Common;
use super::schemas;
use crate::flows::sell_actions;
use crate::proto::v1::SellAction;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use pawnshop_edge::responses::{WriteHeaders, WriteProblems, WriteSuccess};
use pawnshop_edge::{Caller, Edge, Fields, Problem, integer};
use pawnshop_events::{ContentHash, Event};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const ROUTE: &str = "/item/action/sell";

pub(super) struct Sell {
    common: Common,
    profit: i64,
}

/// The shop sells an item to a client. The item may come later: the history is complete in the end, whatever
/// the order.
#[utoipa::path(
    post,
    path = "/item/action/sell",
    tag = "actions",
    params(WriteHeaders),
    request_body = Sell,
    responses(WriteSuccess, WriteProblems),
)]
pub(super) async fn sell(Shared(edge): Shared<Edge>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = Caller::new(edge.shop(), &parts.method, ROUTE, &parts.headers)?;
    let sell = Sell::take(edge.read_fields(&parts.headers, body).await?)?;
    let payload = SellAction {
        client_id: sell.common.client_id.to_string(),
        item_id: sell.common.item_id.to_string(),
        price: sell.common.price.minor_units(),
        date_us: sell.common.date_us(),
        profit: sell.profit,
    };
    let item_id = sell.common.item_id.as_str();
    let event = Event::new(caller.event_id(), edge.shop(), item_id, sell.content_hash(), &payload);
    edge.accept(caller, sell_actions::NAME.as_str(), event).await
}

impl Sell {
    fn take(mut fields: Fields) -> Result<Self, Problem> {
        let common = Common::take(&mut fields);
        let profit = fields.required("profit", integer(i64::MIN..=i64::MAX));
        let (Some(common), Some(profit)) = (common, profit) else { return Err(fields.into_problem()) };
        fields.finish()?;
        Ok(Self { common, profit })
    }

    fn content_hash(&self) -> ContentHash {
        self.common.hasher::<SellAction>().number("profit", self.profit).finish()
    }
}

impl ToSchema for Sell {}

impl PartialSchema for Sell {
    fn schema() -> RefOr<Schema> {
        schemas::action([("profit", schemas::profit())])
    }
}
