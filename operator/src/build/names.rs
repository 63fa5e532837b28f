//! What a shop's objects are called. With names bounded as the resource bounds them, none is longer than 63
//! characters (decision K8).

use super::labels::Component;
use crate::validate::Validated;

/// The Deployment of a component and all that goes with it.
pub(super) fn component(shop: &Validated, component: Component<'_>) -> String {
    match component {
        Component::Dispatcher => dispatcher(shop),
        Component::Worker { pool } => format!("{}-{pool}", shop.shop.name()),
    }
}

/// All that belongs to the dispatchers.
pub(super) fn dispatcher(shop: &Validated) -> String {
    format!("{}-dispatcher", shop.shop.name())
}

/// What belongs to the workers of all pools.
pub(super) fn worker(shop: &Validated) -> String {
    format!("{}-worker", shop.shop.name())
}

/// The Service that finds the workers of all pools.
pub(super) fn fleet(shop: &Validated) -> String {
    format!("{}-fleet", shop.shop.name())
}

/// The Service that finds every pod's metrics.
pub(super) fn operations(shop: &Validated) -> String {
    format!("{}-operations", shop.shop.name())
}
