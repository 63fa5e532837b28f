use crate::Cluster;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;

/// The test server of pods, which every node has: see `pod/` for what it answers, on port 8080, when its
/// container's arguments are `["serve"]`.
const POD_IMAGE: &str = "pawnshop.test/pod:1";

impl Cluster {
    /// The image of a server for tests of the cluster itself, which every node has.
    pub fn pod_image(&self) -> &'static str {
        POD_IMAGE
    }

    /// Loads the images of a tar (an OCI layout or what `docker save` writes) into the node. Pods name them in
    /// full, registry included, with the pull policy `IfNotPresent` or `Never`.
    ///
    /// # Errors
    /// When the tar cannot be read, or containerd does not take it: what it says.
    pub async fn load_image(&self, tar: &Path) -> Result<()> {
        let content = File::open(tar).with_context(|| format!("open the image {}", tar.display()))?;
        let mut import = self.inside(Path::new("ctr"));
        import.args(["--namespace", "k8s.io", "images", "import", "-"]).stdin(content);
        let done = import.output().await.context("run ctr")?;
        if !done.status.success() {
            bail!(
                "containerd does not take {}: {}",
                tar.display(),
                String::from_utf8_lossy(&done.stderr).trim()
            );
        }
        Ok(())
    }

    /// Gives an image of the node one more name.
    ///
    /// # Errors
    /// When the node has no such image.
    pub async fn name_image(&self, image: &str, name: &str) -> Result<()> {
        let mut tag = self.inside(Path::new("ctr"));
        tag.args(["--namespace", "k8s.io", "images", "tag", image, name]);
        let done = tag.output().await.context("run ctr")?;
        if !done.status.success() {
            bail!("{image} gets no other name: {}", String::from_utf8_lossy(&done.stderr).trim());
        }
        Ok(())
    }
}
