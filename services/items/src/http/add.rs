use super::schemas;
use crate::flows::item;
use crate::model::{Category, ItemName, State};
use crate::proto::v1::ItemAdded;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use pawnshop_domain::{ItemId, Price};
use pawnshop_edge::responses::{WriteHeaders, WriteProblems, WriteSuccess};
use pawnshop_edge::{Caller, Edge, Fields, Problem, integer, parsed};
use pawnshop_events::{ContentHash, ContentHasher, Event, Payload};

const ROUTE: &str = "/item/add";

/// An item that enters the shop.
#[derive(Debug, utoipa::ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct AddItem {
    #[schema(schema_with = schemas::optional_item_id, required = false)]
    id: Option<ItemId>,
    #[schema(schema_with = schemas::item_name)]
    name: ItemName,
    #[schema(schema_with = schemas::category)]
    category: Category,
    #[schema(schema_with = schemas::price)]
    price: Price,
    #[schema(schema_with = schemas::state)]
    state: State,
    #[schema(schema_with = schemas::age_in_months)]
    age_in_months: u32,
}

/// Adds an item. Accepted is not yet applied: ask `Location`, or send `Prefer: wait=N`. The same id with the
/// same content is applied once; with other content it is rejected.
#[utoipa::path(
    post,
    path = "/item/add",
    tag = "items",
    params(WriteHeaders),
    request_body = AddItem,
    responses(WriteSuccess, WriteProblems),
)]
pub(super) async fn add_item(Shared(edge): Shared<Edge>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let caller = Caller::new(edge.shop(), &parts.method, ROUTE, &parts.headers)?;
    let add = AddItem::take(edge.read_fields(&parts.headers, body).await?)?;
    let content_hash = add.content_hash();
    let id = add.id.unwrap_or_else(|| caller.generated_id("item").into());
    let payload = ItemAdded {
        id: id.to_string(),
        name: add.name.to_string(),
        category: add.category.to_proto(),
        price: add.price.minor_units(),
        state: add.state.to_proto(),
        age_in_months: add.age_in_months,
    };
    let event = Event::new(caller.event_id(), edge.shop(), id.as_str(), content_hash, &payload);
    edge.accept(caller, item::NAME.as_str(), event).await
}

impl AddItem {
    fn take(mut fields: Fields) -> Result<Self, Problem> {
        let id = fields.optional("id", parsed);
        let name = fields.required("name", parsed);
        let category = fields.required("category", parsed);
        let price = super::action::price(&mut fields);
        let state = fields.required("state", parsed);
        let age = fields.required("ageInMonths", integer(0..=i64::from(u32::MAX)));
        let age = age.and_then(|months| u32::try_from(months).ok());
        let (Some(name), Some(category), Some(price), Some(state), Some(age_in_months)) =
            (name, category, price, state, age)
        else {
            return Err(fields.into_problem());
        };
        fields.finish()?;
        Ok(Self { id, name, category, price, state, age_in_months })
    }

    /// What "same content" compares: the request as it was asked for, without a generated id (decision D4).
    fn content_hash(&self) -> ContentHash {
        let mut hasher = ContentHasher::new(ItemAdded::EVENT_TYPE);
        if let Some(id) = &self.id {
            hasher = hasher.text("id", id.as_str());
        }
        hasher
            .text("name", self.name.as_str())
            .text("category", self.category.name())
            .number("price", self.price.minor_units())
            .text("state", self.state.name())
            .number("ageInMonths", i64::from(self.age_in_months))
            .finish()
    }
}
