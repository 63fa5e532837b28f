//! Parts of a cluster that fall silent, go away and come back, as a test says.

use crate::Cluster;
use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

/// How long the API server may take to serve again, and any command here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A part of the control plane that a test may take away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What everybody talks to.
    ApiServer,
    /// What makes pods of Deployments, collects what has no owner, gives namespaces their accounts.
    ControllerManager,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
        }
    }
}

impl Cluster {
    /// Lets a part stand still (SIGSTOP): its connections hang, and new ones are taken by the kernel and hang too.
    ///
    /// # Errors
    /// When there is no such process.
    pub async fn pause(&self, part: Part) -> Result<()> {
        self.signal(part, "STOP").await
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When there is no such process.
    pub async fn resume(&self, part: Part) -> Result<()> {
        self.signal(part, "CONT").await
    }

    /// Kills a part, which stays away: its connections are cut, and new ones are refused.
    ///
    /// # Errors
    /// When there is no such process.
    pub async fn take_away(&self, part: Part) -> Result<()> {
        std::fs::write(self.away(part), "")?;
        self.signal(part, "KILL").await
    }

    /// Starts a part anew that was taken away, and returns once the API server serves.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn bring_back(&self, part: Part) -> Result<()> {
        std::fs::remove_file(self.away(part)).context("it was not taken away")?;
        let serves = async {
            while !self.kubectl().args(["get", "--raw=/readyz"]).output().await?.status.success() {
                sleep(Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, serves).await.map_err(|_| anyhow!("no API server after {PATIENCE:?}"))?
    }

    /// Deletes an object from etcd, past the API server, which may be away: `kind` is as in etcd's keys, `services/specs`
    /// or `deployments`, say.
    ///
    /// # Errors
    /// When etcd has no such object.
    pub async fn delete_from_etcd(&self, kind: &str, namespace: &str, name: &str) -> Result<()> {
        let key = BASE64_STANDARD.encode(format!("/registry/{kind}/{namespace}/{name}"));
        let mut ask = self.inside(Path::new("curl"));
        ask.args(["-sf", "--data", &json!({"key": key}).to_string()])
            .arg("http://127.0.0.1:2379/v3/kv/deleterange");
        let answer: serde_json::Value = serde_json::from_slice(&done(ask).await?.stdout)?;
        ensure!(answer["deleted"] == "1", "etcd has no {kind} {namespace}/{name}: {answer}");
        Ok(())
    }

    fn away(&self, part: Part) -> PathBuf {
        self.home().join("away").join(part.name())
    }

    async fn signal(&self, part: Part, signal: &str) -> Result<()> {
        let number = std::fs::read_to_string(self.home().join("parts").join(part.name()))?;
        // Its number is one of the cluster's own namespace.
        let namespace = format!("--pid=/proc/{}/ns/pid_for_children", self.process_id());
        let mut kill = Command::new("nsenter");
        kill.args([&namespace, "--", "/bin/sh", "-c", &format!("kill -{signal} {}", number.trim())]);
        done(kill).await.map(|_| ())
    }
}

async fn done(mut command: Command) -> Result<Output> {
    let done = timeout(PATIENCE, command.kill_on_drop(true).output()).await??;
    let error = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "{command:?}: {}: {}", done.status, error.trim());
    Ok(done)
}
