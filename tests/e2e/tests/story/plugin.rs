//! `kubectl pawnshop`: the program is run as kubectl would, and reaches everything through the API server.

use crate::kube_api::PATIENCE;
use crate::stage::{SHOPS, Stage};
use tokio::process::Command;
use tokio::time::timeout;

/// How the plugin ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// What it says of the shops' namespace.
pub(crate) async fn said(stage: &Stage, arguments: &[&str]) -> Said {
    let mut plugin = Command::new(env!("CARGO_BIN_EXE_pawnshop-kubectl-program"));
    plugin.args(arguments).args(["--namespace", SHOPS, "--request-timeout", "60s"]);
    plugin.env("KUBECONFIG", stage.kubeconfig()).kill_on_drop(true);
    let done = timeout(PATIENCE, plugin.output()).await.expect("the plugin ends").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
}
