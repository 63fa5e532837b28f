//! A worker is deleted while others write and read.

use crate::chapter_2_open::{STOCK, Shop};
use crate::kube_api::{eventually, is_gone};
use crate::load::Load;
use crate::stage::{SHOPS, Stage};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use std::process::Output;
use tokio::process::Command;
use tokio_util::task::AbortOnDropHandle;

pub(crate) async fn a_worker_is_deleted_under_load_and_no_read_fails_and_nothing_is_lost(
    stage: &Stage,
    shop: &Shop,
) {
    let workers = stage.kube.pods_of(SHOPS, STOCK).await;
    assert_eq!(workers.len(), 2, "two readers");
    let name = workers[0].name_any();
    let load = Load::begin(&shop.door, "loss");
    let program =
        shop.door.url().map(|url| AbortOnDropHandle::new(tokio::spawn(pawnshop_load(url.to_owned()))));
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
    // Through the API server the program has no way.
    if let Some(program) = program {
        let Output { status, stdout, stderr } = program.await.unwrap();
        let [out, err] = [stdout, stderr].map(|said| String::from_utf8(said).unwrap());
        assert!(status.success() && out.contains("errors            0"), "{out}{err}");
    }
}

/// What anybody would load a shop with: it fails where a request was not answered well, or what was acknowledged is not
/// there.
async fn pawnshop_load(url: String) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pawnshop-programs"));
    program.args(["load", "--url", &url, "--rate", "20", "--read-share", "0.3", "--duration", "30s"]);
    program.kill_on_drop(true).output().await.unwrap()
}
