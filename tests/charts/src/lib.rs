//! The Helm charts of `charts/`, rendered by a real helm for tests, or installed where a kubeconfig leads.

use serde::Deserialize;
use serde_yaml::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The version of Kubernetes that charts are rendered for.
const KUBERNETES: &str = "1.34.0";

/// Why a chart was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no helm.
    #[error("{0}")]
    FindHelm(String),
    /// Helm could not be started.
    #[error("start helm: {0}")]
    StartHelm(#[from] std::io::Error),
    /// Helm refused.
    #[error("{0}")]
    Refused(String),
    /// What it rendered is no YAML.
    #[error("read what helm rendered: {0}")]
    ReadYaml(#[from] serde_yaml::Error),
}

/// A chart, and the helm that renders it.
#[derive(Debug)]
pub struct Chart {
    helm: PathBuf,
    folder: PathBuf,
}

impl Chart {
    /// The chart of this name in `charts/`.
    ///
    /// # Errors
    /// Where helm is not installed.
    pub fn named(name: &str) -> Result<Self, Error> {
        let helm = pawnshop_servers::helm().map_err(Error::FindHelm)?;
        Ok(Self { helm, folder: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts").join(name) })
    }

    /// A file of the chart.
    pub fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Helm's own judgement, with warnings as errors.
    ///
    /// # Errors
    /// What helm complains of.
    pub fn lint(&self, flags: &[&str]) -> Result<(), Error> {
        self.helm(&["lint", "--strict", "--kube-version", KUBERNETES], flags).map(|_| ())
    }

    /// All that installing it with these flags would create, as text, comments of the templates included: the release
    /// `downtown` in the namespace `shops`.
    ///
    /// # Errors
    /// When helm refuses the values.
    pub fn render(&self, flags: &[&str]) -> Result<String, Error> {
        let template = ["template", "downtown", "--namespace", "shops", "--kube-version", KUBERNETES];
        self.helm(&template, flags)
    }

    /// The same as objects.
    ///
    /// # Errors
    /// When helm refuses the values, or renders no YAML.
    pub fn objects(&self, flags: &[&str]) -> Result<Vec<Value>, Error> {
        let rendered = self.render(flags)?;
        let objects = serde_yaml::Deserializer::from_str(&rendered).map(Value::deserialize);
        let objects: Result<Vec<_>, _> = objects.collect();
        Ok(objects?.into_iter().filter(|object| !object.is_null()).collect())
    }

    /// Installs or upgrades a release of this chart in a cluster.
    ///
    /// # Errors
    /// When helm, or the API server, refuses.
    pub fn install(&self, at: &Place<'_>, flags: &[&str]) -> Result<String, Error> {
        let mut helm = at.helm(&self.helm, &["upgrade", "--install", at.release]);
        run(helm.arg(&self.folder).args(flags))
    }

    /// Takes a release back to one of its revisions.
    ///
    /// # Errors
    /// When helm, or the API server, refuses.
    pub fn roll_back(&self, at: &Place<'_>, revision: &str) -> Result<String, Error> {
        run(&mut at.helm(&self.helm, &["rollback", at.release, revision]))
    }

    /// Takes a release out of a cluster, and waits until its objects are gone.
    ///
    /// # Errors
    /// When helm, or the API server, refuses.
    pub fn uninstall(&self, at: &Place<'_>) -> Result<String, Error> {
        run(&mut at.helm(&self.helm, &["uninstall", at.release, "--wait"]))
    }

    fn helm(&self, command: &[&str], flags: &[&str]) -> Result<String, Error> {
        run(Command::new(&self.helm).args(command).arg(&self.folder).args(flags))
    }
}

/// Where a release is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What leads to the cluster.
    pub kubeconfig: &'a Path,
    /// The namespace; made where it is not there.
    pub namespace: &'a str,
    /// The release's name.
    pub release: &'a str,
}

impl Place<'_> {
    fn helm(&self, program: &Path, command: &[&str]) -> Command {
        let mut helm = Command::new(program);
        helm.env("KUBECONFIG", self.kubeconfig).args(command).args(["--namespace", self.namespace]);
        helm
    }
}

fn run(helm: &mut Command) -> Result<String, Error> {
    let Output { status, stdout, stderr } = helm.output()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if status.success() { Ok(text(stdout)) } else { Err(Error::Refused(text(stdout) + &text(stderr))) }
}
