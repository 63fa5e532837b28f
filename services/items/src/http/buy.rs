use super::action::Common;
use super::schemas;
use crate::flows::buy_actions;
use crate::proto::v1::BuyAction;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use pawnshop_edge::responses::{WriteHeaders, WriteProblems, WriteSuccess};
use pawnshop_edge::{Caller, Edge, Fields, Problem};
use pawnshop_events::{ContentHash, Event};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const ROUTE: &str = "/item/action/buy";

pub(super) struct Buy {
    common: Common,
}

/// The shop buys an item from a client. The item may come later: the history is complete in the end, whatever
/// the order.
#[utoipa::path(
    post,
    path = "/item/action/buy",
    tag = "actions",
    params(WriteHeaders),
    request_body = Buy,
    responses(WriteSuccess, WriteProblems),
)]
pub(super) async fn buy(Shared(edge): Shared<Edge>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = Caller::new(edge.shop(), &parts.method, ROUTE, &parts.headers)?;
    let buy = Buy::take(edge.read_fields(&parts.headers, body).await?)?;
    let payload = BuyAction {
        client_id: buy.common.client_id.to_string(),
        item_id: buy.common.item_id.to_string(),
        price: buy.common.price.minor_units(),
        date_us: buy.common.date_us(),
    };
    let item_id = buy.common.item_id.as_str();
    let event = Event::new(caller.event_id(), edge.shop(), item_id, buy.content_hash(), &payload);
    edge.accept(caller, buy_actions::NAME.as_str(), event).await
}

impl Buy {
    fn take(mut fields: Fields) -> Result<Self, Problem> {
        let Some(common) = Common::take(&mut fields) else { return Err(fields.into_problem()) };
        fields.finish()?;
        Ok(Self { common })
    }

    fn content_hash(&self) -> ContentHash {
        self.common.hasher::<BuyAction>().finish()
    }
}

impl ToSchema for Buy {}

impl PartialSchema for Buy {
    fn schema() -> RefOr<Schema> {
        schemas::action([])
    }
}
