use super::representation::ItemWithHistory;
use super::{cursor, fetch, parameters};
use crate::model::{Category, ItemName, State};
use crate::proto::v1::ListItemsRequest;
use crate::proto::v1::list_items_request::Filter;
use crate::queries;
use axum::Json;
use axum::extract::{RawQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use pawnshop_domain::ItemId;
use pawnshop_edge::page::{ESCAPED, limit_up_to, with_next};
use pawnshop_edge::responses::ReadProblems;
use pawnshop_edge::{Edge, Problem, Query};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use utoipa::ToSchema;

const DEFAULT_LIMIT: u32 = 10;

/// One item, or a page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Found {
    /// With `id`.
    Item(Box<ItemWithHistory>),
    /// With any other filter.
    Page(Vec<ItemWithHistory>),
}

/// Items by exactly one of id, name, category and state, each with its history. By id it is the item itself;
/// else an array in id order, with a `Link` to the next page where there is one.
#[utoipa::path(
    get,
    path = "/item/fetch",
    tag = "items",
    params(parameters::ListQuery),
    responses(
        (
            status = 200,
            description = "With `id` the item, else a page: possibly empty, and at most 4 MiB",
            body = Found,
            headers(("Link" = Option<String>, description = "Where the next page is: `<…>; rel=\"next\"`")),
        ),
        parameters::ItemNotFound,
        ReadProblems,
    ),
)]
pub(super) async fn list_items(
    Shared(edge): Shared<Edge>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    match Asked::take(Query::parse(query.as_deref())?)? {
        Asked::Item(id) => {
            let item = fetch::item(&edge, &id).await?;
            Ok(Json(Found::Item(Box::new(item))).into_response())
        }
        Asked::Page { filter, limit, after } => page(&edge, &filter, limit, after).await,
    }
}

/// What a query asks for.
enum Asked {
    Item(ItemId),
    Page { filter: Filter, limit: u32, after: Option<ItemId> },
}

impl Asked {
    fn take(mut query: Query) -> Result<Self, Problem> {
        let id = query.optional("id", str::parse::<ItemId>);
        let name = query
            .optional("name", |text| text.parse::<ItemName>().map(|name| Filter::Name(name.to_string())));
        let category = query.optional("category", |text| {
            text.parse::<Category>().map(|category| Filter::Category(category.to_proto()))
        });
        let state = query
            .optional("state", |text| text.parse::<State>().map(|state| Filter::State(state.to_proto())));
        let limit = query.optional("limit", limit_up_to(queries::MAX_ITEMS));
        let after = query.optional("after", cursor::decode_list);

        let given = ["id", "name", "category", "state"].into_iter().filter(|name| query.has(name)).count();
        match given {
            0 => query.fault("name", "or another filter is required: one of id, name, category, state"),
            1 => {}
            _ => query.fault(
                "name",
                "must not be given with another filter: only one of id, name, category, state",
            ),
        }
        if query.has("id") && (query.has("limit") || query.has("after")) {
            query.fault("id", "stands alone, without limit and after");
        }
        match (id, name.or(category).or(state)) {
            (Some(id), _) => query.finish().map(|()| Self::Item(id)),
            (None, Some(filter)) => {
                query.finish()?;
                Ok(Self::Page { filter, limit: limit.unwrap_or(DEFAULT_LIMIT), after })
            }
            (None, None) => Err(query.into_problem()),
        }
    }
}

async fn page(edge: &Edge, filter: &Filter, limit: u32, after: Option<ItemId>) -> Result<Response, Problem> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let request = ListItemsRequest { filter: Some(filter.clone()), limit, after };
    let page = edge
        .read(|workers| {
            let request = request.clone();
            async move { queries::client(workers).list_items(request).await }
        })
        .await?;
    let items = page.items.into_iter().map(ItemWithHistory::from_proto).collect::<Result<_, _>>()?;
    let response = Json(Found::Page(items)).into_response();
    let Some(next) = page.next else { return Ok(response) };
    let after = cursor::encode_list(&next);
    Ok(with_next(response, format_args!("/item/fetch?{}&limit={limit}&after={after}", parameter(filter))))
}

/// The filter as it stands in a query.
fn parameter(filter: &Filter) -> String {
    match filter {
        Filter::Name(name) => format!("name={}", utf8_percent_encode(name, ESCAPED)),
        Filter::Category(number) => {
            format!("category={}", Category::from_proto(*number).map_or("", Category::name))
        }
        Filter::State(number) => format!("state={}", State::from_proto(*number).map_or("", State::name)),
    }
}
