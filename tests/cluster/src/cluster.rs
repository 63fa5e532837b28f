use crate::logs;
use anyhow::{Context, Result};
use pawnshop_servers::{Folder, Launch, Process, until_ready};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tokio::process::Command;
use tokio::sync::OnceCell;

const RUN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/run/run.sh");

static CONTROL_PLANE: OnceCell<Cluster> = OnceCell::const_new();
static NODE: OnceCell<Cluster> = OnceCell::const_new();

/// How much there is of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// etcd, API server, controller manager, scheduler: objects are kept and controllers act on them, but no
    /// pod ever runs. About five seconds to start.
    ControlPlane,
    /// The control plane and one node, `node`: pods run, services and their names work. About two seconds more.
    Node,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::ControlPlane => "control-plane",
            Self::Node => "node",
        }
    }
}

/// A Kubernetes of this process. It ends with this value, and with the process, however that ends.
#[derive(Debug)]
pub struct Cluster {
    // The process goes first, then its files.
    process: Process,
    folder: Folder,
    host: Ipv4Addr,
}

impl Cluster {
    /// Whether a cluster can be had here; the error tells why not.
    pub fn available(level: Level) -> Result<(), String> {
        let check = std::process::Command::new(RUN).args(["--check", level.name()]).output();
        let check = check.map_err(|error| format!("{RUN} cannot be run: {error}"))?;
        match check.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&check.stdout).trim().to_owned()),
        }
    }

    /// The control plane that all tests of this process share; started now, ends with the process.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn control_plane() -> Result<&'static Self> {
        CONTROL_PLANE.get_or_try_init(|| Self::start(Level::ControlPlane)).await
    }

    /// The cluster with a node that all tests of this process share; started now, ends with the process.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn node() -> Result<&'static Self> {
        NODE.get_or_try_init(|| Self::start(Level::Node)).await
    }

    /// Starts a cluster of one's own. When it does not serve, and when a test fails, the logs of all its parts
    /// are kept, and standard error says where.
    ///
    /// # Errors
    /// When it does not serve in time, with the end of the guilty part's log.
    pub async fn start(level: Level) -> Result<Self> {
        let folder = Folder::temporary("cluster")?;
        let home = folder.path().join("cluster");
        std::fs::create_dir(&home)?;
        logs::keep_when_a_test_fails(folder.path());
        let launch = Launch {
            name: "Kubernetes".to_owned(),
            program: RUN.into(),
            arguments: vec![level.name().into(), home.clone().into()],
            environment: Vec::new(),
            log: folder.path().join("cluster.log"),
            scratch: folder.scratch(),
        };
        let mut process = Process::start(launch)?;
        let up = home.join("up");
        let serves = until_ready(&mut process, async |_| up.exists()).await;
        serves.inspect_err(|_| logs::keep())?;
        let host = std::fs::read_to_string(home.join("host"))?;
        let host = host.trim().parse().with_context(|| format!("{host:?} is no address"))?;
        Ok(Self { process, folder, host })
    }

    /// Its files: `kubeconfig`, `keys/`, `logs/`, `programs/`.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    /// Where its logs are: one for each part, `audit.log`, and in `pods/` those of pods.
    pub fn logs(&self) -> PathBuf {
        self.home().join("logs")
    }

    /// The address under which pods and the API server reach this machine; see also [`Cluster::relay`].
    pub fn host(&self) -> Ipv4Addr {
        self.host
    }

    /// `kubectl`, as the administrator.
    pub fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(self.program("kubectl"));
        kubectl.env("KUBECONFIG", self.kubeconfig()).kill_on_drop(true);
        kubectl
    }

    /// A program that the cluster consists of, or the test server of its pods (`pod`).
    pub fn program(&self, name: &str) -> PathBuf {
        self.home().join("programs").join(name)
    }

    /// The process whose children's namespace is that of the cluster's processes.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.pid()
    }

    /// A program in the cluster's mounts and network.
    pub(crate) fn inside(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.process.pid().to_string(), "--mount", "--net", "--"]).arg(program);
        command.kill_on_drop(true);
        command
    }
}
