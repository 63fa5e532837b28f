use pawnshop_domain::{FlowName, ShopName};
use std::time::Duration;

/// What a shop's exchanges and queues are called. Shop and flow names hold no dots, so that joined names are unique.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    shop: String,
}

impl Names {
    pub(crate) fn new(shop: &ShopName) -> Self {
        Self { shop: shop.to_string() }
    }

    /// The shop's topic exchange; the routing key is the flow's name.
    pub(crate) fn exchange(&self) -> &str {
        &self.shop
    }

    /// A flow's queue.
    pub(crate) fn queue(&self, flow: &FlowName) -> String {
        format!("{}.{flow}", self.shop)
    }

    /// A delay tier: both its exchange and its queue.
    pub(crate) fn tier(&self, delay: Duration) -> String {
        format!("{}.delay.{}ms", self.shop, delay.as_millis())
    }

    /// What the broker itself gave up of a flow (decision D3).
    pub(crate) fn dead(&self, flow: &FlowName) -> String {
        format!("{}.{flow}.dead", self.shop)
    }

    /// Bodies of a flow that are too large to be filed in the store.
    pub(crate) fn oversized(&self, flow: &FlowName) -> String {
        format!("{}.{flow}.oversized", self.shop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_shop_s_with_the_flow_or_the_delay() {
        let names = Names::new(&ShopName::new("default", "downtown").unwrap());
        let flow = FlowName::fixed("buy-actions");
        assert_eq!(names.exchange(), "default.downtown");
        assert_eq!(names.queue(&flow), "default.downtown.buy-actions");
        assert_eq!(names.dead(&flow), "default.downtown.buy-actions.dead");
        assert_eq!(names.oversized(&flow), "default.downtown.buy-actions.oversized");
        assert_eq!(names.tier(Duration::from_secs(10)), "default.downtown.delay.10000ms");
    }
}
