//! A worker is deleted while others write and read.

use crate::chapter_2_open::{STOCK, Shop};
use crate::kube_api::{eventually, is_gone};
use crate::load::Load;
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;

pub(crate) async fn a_worker_is_deleted_under_load_and_no_read_fails_and_nothing_is_lost(
    stage: &Stage,
    shop: &Shop,
) {
    let workers = stage.kube.pods_of(SHOPS, STOCK).await;
    assert_eq!(workers.len(), 2, "two readers");
    let name = workers[0].name_any();
    let load = Load::begin(&shop.door, "loss");
    load.goes_on(20).await;
    stage.kube.delete::<Pod>(SHOPS, &name).await;
    // Its end takes seconds, in which it is still asked; then it is not there any more.
    let pods = stage.kube.pods(SHOPS);
    eventually(&format!("{name} is gone"), async || is_gone(&pods.get(&name).await)).await;
    eventually("another is in its place", async || {
        let deployment = stage.kube.deployments(SHOPS).get("museum-stock").await.unwrap();
        crate::pods::is_complete(&deployment)
    })
    .await;
    load.goes_on(20).await;
    load.ends_well(&shop.door, &stage.servers, &shop.database).await;
}
