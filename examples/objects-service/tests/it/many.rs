//! As many look-ups at once as the presence service makes.

use crate::support::{Program, client, eventually};
use tokio::task::JoinSet;

const MANY: u64 = 1_000;

/// Far less than a test machine has, and far more than a thousand connections need.
const MEMORY_KIB: u64 = 128 << 10;

#[tokio::test]
async fn a_thousand_look_ups_wait_at_once() {
    pawnshop_objects_service::raise_file_limit();
    let program = Program::start(&["--hang-share", "1"]).await;
    let client = client();
    let mut look_ups = JoinSet::new();
    for id in 0..MANY {
        look_ups.spawn(client.get(format!("{}/objects/{id}", program.uri())).send());
    }
    eventually("all of them wait", async || program.count("inFlight").await == MANY).await;
    assert_eq!((program.count("mostAtOnce").await, program.count("distinct").await), (MANY, MANY));
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.pid())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(resident < MEMORY_KIB, "{resident} KiB");
    look_ups.abort_all();
    eventually("none waits", async || program.count("inFlight").await == 0).await;
}
