//! What a fleet tells of itself, whatever it depends on.

use crate::support::{
    ALPHA, BETA, GAMMA, Shop, eventually, failing, one_pool, paused_pool, shop, shop_after,
};
use pawnshop_rpc::in_process;
use pawnshop_rpc::v1::figures_client::FiguresClient;
use pawnshop_rpc::v1::flow_figures::Backlog;
use pawnshop_rpc::v1::{FlowFigures, GetFiguresRequest, WorkerFigures};

async fn figures(shop: &Shop) -> WorkerFigures {
    let mut client = FiguresClient::new(in_process(shop.fleet.routes()));
    client.get_figures(GetFiguresRequest {}).await.unwrap().into_inner()
}

async fn alpha(shop: &Shop) -> FlowFigures {
    let told = figures(shop).await;
    told.pools[0].flows.iter().find(|flow| flow.name == ALPHA.as_str()).unwrap().clone()
}

#[tokio::test]
async fn a_fleet_tells_its_pools_its_workers_and_what_became_of_events() {
    let shop = shop(paused_pool()).await;
    let ids = shop.publish(&ALPHA, &["good", "good", "good"]).await;
    shop.publish(&ALPHA, &["reject"]).await;
    eventually("the backlog", async || alpha(&shop).await.backlog == Some(Backlog::Known(4))).await;
    let told = figures(&shop).await;
    assert_eq!((told.pools.len(), told.unavailable.len()), (1, 0));
    let pool = &told.pools[0];
    assert_eq!((pool.name.as_str(), pool.workers, pool.paused), ("all", 0, true));
    let flows: Vec<_> = pool.flows.iter().map(|flow| flow.name.as_str()).collect();
    assert_eq!(flows, [ALPHA.as_str(), BETA.as_str(), GAMMA.as_str()]);

    shop.resume();
    shop.wait_applied(&ids).await;
    eventually("all are counted", async || {
        let settled = alpha(&shop).await.settled.unwrap();
        (settled.applied, settled.rejected) == (3, 1)
    })
    .await;
    // Once the second in which they took effect is over.
    eventually("their ages", async || {
        let recent = alpha(&shop).await.recently_applied.unwrap();
        recent.events == 3 && recent.age_max_us > 0 && recent.age_sum_us >= recent.age_max_us
    })
    .await;
    let pool = figures(&shop).await.pools.remove(0);
    assert_eq!((pool.workers, pool.paused), (1, false));
    assert_eq!(pool.flows[1].settled.unwrap().applied, 0, "each flow has its own");
}

#[tokio::test]
async fn figures_are_told_while_nothing_can_be_read() {
    let shop = shop_after(one_pool(), |broker, store| {
        broker.switches().backlog.fail();
        store.fault(failing);
    })
    .await;
    assert!(!shop.fleet.can_read());
    eventually("the reason", async || matches!(alpha(&shop).await.backlog, Some(Backlog::Unknown(_)))).await;
    eventually("the store", async || figures(&shop).await.unavailable.iter().any(|what| what == "store"))
        .await;
}
