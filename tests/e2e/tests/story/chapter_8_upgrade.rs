//! `helm upgrade` to another tag of the image, which is the shops' as well: they name none.

use crate::chapter_1_install::Operator;
use crate::chapter_2_open::{ALL, STOCK, Shop};
use crate::kube_api::PATIENCE;
use crate::load::Load;
use crate::pods::identities;
use crate::stage::{SHOPS, Stage};
use std::collections::BTreeSet;

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
    let load = Load::begin(&shop.door, "upgrade");
    load.goes_on(10).await;
    operator.run(stage, &stage.images.next).await;
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
