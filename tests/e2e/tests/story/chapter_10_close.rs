//! The shop is deleted, and then the operator.

use crate::chapter_1_install::Operator;
use crate::chapter_2_open::Shop;
use crate::kube_api::eventually;
use crate::load::Load;
use crate::stage::{SHOPS, SYSTEM, Stage};
use mongodb::bson::doc;
use pawnshop_resource::PawnShop;
use std::collections::BTreeSet;

pub(crate) async fn a_deleted_shop_leaves_no_object_and_all_its_data(stage: &Stage, shop: Shop) {
    let servers = &stage.servers;
    let load = Load::begin(&shop.door, "last");
    load.goes_on(5).await;
    load.ends_well(&shop.door, servers, &shop.database).await;
    let items = servers.count(&shop.database, "items", doc! {}).await;
    let queues: BTreeSet<_> = servers.queues_of(SHOPS).await.into_iter().collect();
    let flow = |flow: &str| queues.contains(&format!("{SHOPS}.{}.{flow}", shop.name));
    assert!(flow("item") && flow("appraisals"), "{queues:?}");

    stage.kube.delete::<PawnShop>(SHOPS, shop.name).await;
    let mut left = Vec::new();
    eventually("no object of the shop is left", async || {
        left = stage.kube.objects(SHOPS).await;
        left.is_empty()
    })
    .await;
    assert_eq!(servers.count(&shop.database, "items", doc! {}).await, items);
    assert_eq!(servers.queues_of(SHOPS).await.into_iter().collect::<BTreeSet<_>>(), queues);
}

pub(crate) async fn an_uninstalled_operator_leaves_nothing_but_the_resource(
    stage: &Stage,
    operator: Operator,
) {
    operator.uninstall(stage);
    eventually("nothing of the operator is left", async || {
        let objects = stage.kube.objects(SYSTEM).await;
        objects.iter().all(|object| object.starts_with("Lease "))
    })
    .await;
    assert!(stage.kube.resource_definition().await.is_some(), "deleting it would delete every shop");
}
