use crate::{can_run, eventually, kubectl, node};
use pawnshop_cluster::{Cluster, Level};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

/// Set in the process that is to be killed.
const OWNER: &str = "PAWNSHOP_TEST_OWNER";
const KILLED: &str = "end::nothing_is_left_of_a_cluster_whose_owner_is_killed";
/// What the kubelet would like to be set for the whole machine.
const SETTINGS: [&str; 3] = ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"];

#[tokio::test]
async fn nothing_is_left_of_a_cluster_whose_owner_is_killed() {
    if !can_run(Level::Node, KILLED) {
        return;
    }
    if std::env::var_os(OWNER).is_some() {
        return own_a_cluster().await;
    }
    let settings = SETTINGS.map(setting);
    let scratch = tempfile::tempdir().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", KILLED, "--nocapture"])
        .envs([(OWNER, "1".as_ref()), ("TMPDIR", scratch.path().as_os_str())])
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test again");
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told: Vec<_> = lines.take_while(|line| line != "ready").collect();
    let said = |what: &str| {
        told.iter().find_map(|line| line.strip_prefix(what)).unwrap_or_else(|| panic!("{told:?}"))
    };
    let host: Ipv4Addr = said("host ").parse().unwrap();
    let pod = said("pod ").to_owned();
    assert!(linked(host) && !cgroups(&pod).is_empty() && !processes(scratch.path()).is_empty());

    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("no process is left", async || processes(scratch.path()).is_empty()).await;
    eventually("no interface is left", async || !linked(host)).await;
    eventually("no cgroup is left", async || cgroups(&pod).is_empty()).await;
    eventually("no folder is left", async || std::fs::read_dir(scratch.path()).unwrap().count() == 0).await;
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(scratch.path().to_str().unwrap()), "{mounts}");
    assert_eq!(SETTINGS.map(setting), settings);
}

/// What the owner does until it is killed.
async fn own_a_cluster() {
    let cluster = Cluster::start(Level::Node).await.unwrap();
    let namespace = cluster.namespace("killed").await.unwrap();
    node::run(&cluster, &namespace, "clerk", cluster.pod_image()).await;
    let uid = ["get", "pod", "--namespace", &namespace, "clerk", "--output=jsonpath={.metadata.uid}"];
    println!("host {}\npod {}\nready", cluster.host(), kubectl(&cluster, &uid).await);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_cluster_that_is_dropped_is_gone() {
    if !can_run(Level::ControlPlane, "end::a_cluster_that_is_dropped_is_gone") {
        return;
    }
    let cluster = Cluster::start(Level::ControlPlane).await.unwrap();
    let (host, kubeconfig) = (cluster.host(), cluster.kubeconfig());
    assert!(linked(host) && kubeconfig.exists());
    drop(cluster);
    assert!(!kubeconfig.exists());
    eventually("no interface is left", async || !linked(host)).await;
}

/// Whether the machine has an address, which it has for as long as the cluster at the link's other end lives.
fn linked(host: Ipv4Addr) -> bool {
    TcpListener::bind((host, 0)).is_ok()
}

/// The processes that have a temporary folder for their own, which every process of the cluster inherits.
fn processes(folder: &Path) -> Vec<String> {
    let mark = format!("TMPDIR={}", folder.display());
    let marked = |process: &std::fs::DirEntry| {
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten().filter(marked);
    processes.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
}

/// The cgroups of a pod: each of its processes is in one.
fn cgroups(pod: &str) -> Vec<String> {
    let found = Command::new("find").args(["/sys/fs/cgroup", "-name", &format!("*{pod}*")]).output().unwrap();
    String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()
}

/// A setting of the machine's kernel.
fn setting(name: &str) -> String {
    std::fs::read_to_string(Path::new("/proc/sys").join(name)).unwrap()
}
