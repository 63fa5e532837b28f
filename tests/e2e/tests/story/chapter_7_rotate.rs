//! The passwords of the broker and the store are changed as the operating manual says: a second account first, then the
//! Secrets, and the first account goes when every pod has the second.

use crate::chapter_2_open::{ALL, Shop, keep_passwords};
use crate::kube_api::PATIENCE;
use crate::load::Load;
use crate::pods::identities;
use crate::stage::{SHOPS, Stage};

pub(crate) async fn passwords_are_rotated_and_writes_go_on(stage: &mut Stage, shop: &Shop) {
    let before = identities(&stage.kube.pods_of(SHOPS, ALL).await);
    let load = Load::begin(&shop.door, "rotation");
    load.goes_on(10).await;
    let first = stage.accounts.rotate(&stage.servers).await;
    keep_passwords(stage).await;
    stage.kube.replaced(SHOPS, ALL, &before).await;
    // Nobody has it any more: its going is noticed by none.
    stage.servers.expel(&first).await;
    load.goes_on(20).await;
    load.ends_well(&shop.door, &stage.servers, &shop.database).await;
    stage.kube.told(SHOPS, shop.name, "Ready=True", PATIENCE).await;
    shop.was_never_anything_but_ready();
}
