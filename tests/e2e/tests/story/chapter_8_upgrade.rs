//! `helm upgrade` to another tag of the image, which is the shops' as well: they name none.

use crate::chapter_1_install::Operator;
use crate::chapter_2_open::{ALL, STOCK, Shop};
use crate::kube_api::{PATIENCE, eventually};
use crate::load::Load;
use crate::metric::Asking;
use crate::pods::identities;
use crate::stage::{SHOPS, SYSTEM, Stage};
use std::collections::BTreeSet;
use std::time::Duration;

/// The operator's pods.
const OPERATORS: &str = "app.kubernetes.io/name=pawnshop-operator";

/// How long nobody may know a backlog meanwhile: a replica that has just begun takes an empty queue for empty when its
/// statistics have said so for 10 s, and may be asked before; there are two of them.
const AT_MOST: Duration = Duration::from_secs(20);

pub(crate) async fn the_operator_is_upgraded_and_the_shop_goes_on(
    stage: &Stage,
    operator: &Operator,
    shop: &Shop,
) {
    let stock = format!("{STOCK},app.kubernetes.io/component=worker");
    let dispatchers = format!("{ALL},app.kubernetes.io/component=dispatcher");
    let own = format!("{ALL},pawnshop.dev/pool=appraisals");
    let mut before = BTreeSet::new();
    for replaced in [&stock, &dispatchers] {
        before.extend(identities(&stage.kube.pods_of(SHOPS, replaced).await));
    }
    let kept = identities(&stage.kube.pods_of(SHOPS, &own).await);
    let asking = Asking::of(stage, shop.name, "appraisals");
    let load = Load::begin(&shop.door, "upgrade");
    load.goes_on(10).await;
    operator.run(stage, &stage.images.next).await;
    eventually("the last of the old operators is gone", async || {
        stage.kube.pods_of(SYSTEM, OPERATORS).await.len() == 2
    })
    .await;
    let told = asking.told();
    eprintln!("    while the operator was replaced: {told:?}");
    assert!(told.failed.is_empty() && told.longest_without < AT_MOST, "the metric was not served: {told:?}");
    for replaced in [&stock, &dispatchers] {
        stage.kube.replaced(SHOPS, replaced, &before).await;
    }
    load.goes_on(20).await;
    load.ends_well(&shop.door, &stage.servers, &shop.database).await;
    let image = stage.images.stock(&stage.images.next);
    for pod in stage.kube.pods_of(SHOPS, ALL).await {
        let is_own = identities(std::slice::from_ref(&pod)).is_subset(&kept);
        let runs = pod.spec.unwrap().containers[0].image.clone().unwrap();
        assert_eq!(runs, if is_own { stage.images.own_worker.clone() } else { image.clone() });
    }
    let still = identities(&stage.kube.pods_of(SHOPS, &own).await);
    assert_eq!(still, kept, "a pool with an image of its own is no affair of the upgrade");
    stage.kube.told(SHOPS, shop.name, "Ready=True", PATIENCE).await;
    shop.was_never_anything_but_ready();
}
