use pawnshop_servers::{Mongo, Rabbit, skip};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Set in the process that is to be killed.
const OWNER: &str = "PAWNSHOP_TEST_OWNER";
const TEST: &str = "guard::servers_and_their_folders_are_gone_when_their_owner_is_killed";

#[tokio::test]
async fn servers_and_their_folders_are_gone_when_their_owner_is_killed() {
    if let Some(why) = [Rabbit::installed(), Mongo::installed()].into_iter().find_map(Result::err) {
        return skip(TEST, &why);
    }
    if std::env::var_os(OWNER).is_some() {
        return own_servers().await;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .envs([(OWNER, "1".as_ref()), ("TMPDIR", scratch.path().as_os_str())])
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test again");
    let lines = BufReader::new(owner.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let told: Vec<_> = lines.take_while(|line| line != "ready").collect();
    let addresses: Vec<_> = told.iter().filter_map(|line| line.strip_prefix("serves ")).collect();
    assert_eq!(addresses.len(), 3, "{told:?}");
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_ok()));
    assert!(runs_in(scratch.path()));

    // The broker stands still, and is to go all the same.
    owner.kill().expect("killed");
    owner.wait().expect("gone");
    super::eventually("nobody listens", Duration::from_secs(10), async || {
        addresses.iter().all(|address| TcpStream::connect(address).is_err())
    })
    .await;
    super::eventually("no process is left", Duration::from_secs(10), async || !runs_in(scratch.path())).await;
    super::eventually("no folder is left", Duration::from_secs(10), async || {
        std::fs::read_dir(scratch.path()).is_ok_and(|entries| entries.count() == 0)
    })
    .await;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("a list of mounts");
    assert!(!mounts.contains("rabbitmq-4"), "the other RabbitMQ's system is mounted:\n{mounts}");
}

/// What the owner does until it is killed.
async fn own_servers() {
    let mut rabbit = Rabbit::start().await.expect("a broker");
    let mongo = Mongo::start().await.expect("a store");
    for uri in [Some(rabbit.uri()), rabbit.management_uri(), Some(mongo.uri())] {
        let address = uri.and_then(|uri| uri.rsplit(['/', '@']).find(|part| part.contains(':')));
        println!("serves {}", address.expect("an address"));
    }
    rabbit.pause().expect("paused");
    println!("ready");
    std::future::pending::<()>().await;
}

/// Whether any process has a temporary folder for its own: every child of the owner inherits that.
fn runs_in(folder: &Path) -> bool {
    let mark = format!("TMPDIR={}", folder.display());
    let processes = std::fs::read_dir("/proc").expect("a list of processes").flatten();
    let mut environments = processes.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
    environments.any(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()))
}
