use crate::outage::{SCALED, loses_its_lease, notices};
use crate::support::{World, eventually, full};
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use pawnshop_cluster::Write;
use pawnshop_operator::kind::Kind;
use pawnshop_resource::PawnShop;
use pawnshop_servers::{Proxy, Toxiproxy};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// A kubeconfig by which the API server is reached through a proxy.
async fn proxied(toxiproxy: &Toxiproxy, kubeconfig: &Path) -> (Proxy, PathBuf) {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let server = text.lines().find_map(|line| line.trim().strip_prefix("server: ")).unwrap();
    let proxy = toxiproxy.proxy("api-server", server).await.unwrap();
    let through = kubeconfig.with_extension("proxied");
    std::fs::write(&through, text.replace(server, &proxy.uri(server))).unwrap();
    (proxy, through)
}

/// Changes a shop again and again, so that there is something to write at every moment.
pub(crate) async fn keep_changing(shops: Api<PawnShop>) {
    for round in 0_u64.. {
        let change = json!({"spec": {"image": format!("example.com/pawnshop:{round}")}});
        shops.patch("town", &PatchParams::default(), &Patch::Merge(change)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_leader_that_hears_nothing_has_stopped_writing_when_another_begins_and_comes_back_with_new_watches()
{
    const TEST: &str = "partition::a_leader_that_hears_nothing_has_stopped_writing_when_another_begins_and_comes_back_with_new_watches";
    if let Err(why) = Toxiproxy::available() {
        return pawnshop_servers::skip(TEST, &why);
    }
    let Some(world) = World::new(TEST).await else { return };
    let toxiproxy = Toxiproxy::start().await.unwrap();
    let (proxy, through) = proxied(&toxiproxy, &world.account("first").await).await;
    world.apply_shop("town", &full()).await;
    let mut first = world.operator_with("first", &SCALED, &through).await;
    world.told("town", "Progressing", "RollingOut").await;
    let mut second = world.operator_with("second", &SCALED, &world.account("second").await).await;

    let is_change = |write: &Write, by: &str| write.user == world.user(by) && write.resource != "leases";
    let writes = || world.cluster.writes().unwrap();
    let busy = AbortOnDropHandle::new(tokio::spawn(keep_changing(world.shops())));
    let before = writes().len();
    eventually("the leader is busy", async || {
        writes()[before..].iter().filter(|write| is_change(write, "first")).count() > 10
    })
    .await;
    // What it asks still arrives, renewals of the lease too; no answer comes back.
    proxy.add_toxic_to("downstream", "timeout", json!({"timeout": 0})).await.unwrap();
    loses_its_lease(&mut first).await;
    eventually("the other goes on", async || {
        writes().iter().filter(|write| is_change(write, "second")).count() > 10
    })
    .await;
    drop(busy);
    let all = writes();
    let taken = all
        .iter()
        .position(|write| {
            write.user == world.user("second") && write.resource == "leases" && write.code < 300
        })
        .unwrap();
    let late: Vec<_> = all[taken..].iter().filter(|write| write.user == world.user("first")).collect();
    assert!(late.is_empty(), "{late:?}");

    // It comes back as the one that waits; then its watches are cut off without a word, and nothing of them returns.
    proxy.remove_toxics().await.unwrap();
    first.0.restart().unwrap();
    first.becomes_ready().await;
    proxy.add_toxic("timeout", json!({"timeout": 0})).await.unwrap();
    notices(&mut first).await;
    proxy.remove_toxics().await.unwrap();
    second.0.kill().await.unwrap();
    eventually("it leads again", async || first.metric("pawnshop_operator_leader").await > 0.0).await;
    world.is_quiet("first").await;
    let services = world.api(Kind::Service);
    services.delete("town-fleet", &DeleteParams::default()).await.unwrap();
    eventually("the Service is there again", async || {
        services.get_opt("town-fleet").await.unwrap().is_some()
    })
    .await;
}
