//! The images of this build, made by our own packer and loaded into the node.

use pawnshop_cluster::Cluster;
use pawnshop_e2e::PROGRAMS;
use pawnshop_image::{Name, Node, contents, layout};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What pods run.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    /// The stock image without its tag.
    pub(crate) repository: String,
    /// The tag that is installed first.
    pub(crate) tag: String,
    /// The tag that it is upgraded to.
    pub(crate) next: String,
    /// The image of the example's worker.
    pub(crate) own_worker: String,
    /// The image of the worker with a slow flow, if there is one.
    pub(crate) slow_worker: Option<String>,
    /// The image of the example's objects' service, if there is one.
    pub(crate) objects_service: Option<String>,
}

/// Images that are on no node yet.
pub(crate) struct Packed {
    images: Images,
    files: [PathBuf; 4],
    _folder: TempDir,
}

impl Packed {
    /// Loads them into the node.
    pub(crate) async fn load(self, cluster: &Cluster) -> Images {
        for file in &self.files {
            cluster.load_image(file).await.unwrap();
        }
        let images = self.images;
        let names = [&images.tag, &images.next].map(|tag| images.stock(tag));
        cluster.name_image(&names[0], &names[1]).await.unwrap();
        images
    }
}

const REPOSITORY: &str = "docker.io/pawnshop/pawnshop";
const OWN_WORKER: &str = "docker.io/pawnshop/own-worker:e2e";
const SLOW_WORKER: &str = "docker.io/pawnshop/slow-worker:e2e";
const OBJECTS_SERVICE: &str = "docker.io/pawnshop/objects-service:e2e";

impl Images {
    /// Those of this build, which is where they are packed. Both tags are of one content: what a new tag does to a shop
    /// is not the content's affair.
    pub(crate) async fn of_this_build() -> Packed {
        let images = Self {
            repository: REPOSITORY.to_owned(),
            tag: "e2e-1".to_owned(),
            next: "e2e-2".to_owned(),
            own_worker: OWN_WORKER.to_owned(),
            slow_worker: Some(SLOW_WORKER.to_owned()),
            objects_service: Some(OBJECTS_SERVICE.to_owned()),
        };
        let folder = tempfile::tempdir().unwrap();
        let stock = images.stock(&images.tag);
        let packing = tokio::task::spawn_blocking({
            let (folder, stock) = (folder.path().to_owned(), stock.clone());
            move || {
                let programs = pack(env!("CARGO_BIN_EXE_pawnshop-programs"), &PROGRAMS, &stock, &folder);
                let worker = |program, image| pack(program, &["pawnshop-worker"], image, &folder);
                let own = worker(env!("CARGO_BIN_EXE_pawnshop-own-worker-program"), OWN_WORKER);
                let slow = worker(env!("CARGO_BIN_EXE_pawnshop-slow-worker-program"), SLOW_WORKER);
                let objects = env!("CARGO_BIN_EXE_pawnshop-objects-service-program");
                let objects = pack(objects, &["objects-service"], OBJECTS_SERVICE, &folder);
                [programs, own, slow, objects]
            }
        });
        Packed { files: packing.await.unwrap(), images, _folder: folder }
    }

    /// The stock image with this tag.
    pub(crate) fn stock(&self, tag: &str) -> String {
        format!("{}:{tag}", self.repository)
    }
}

/// An image with a program under these names, as a tar file in the folder.
fn pack(program: &str, names: &[&str], image: &str, folder: &Path) -> PathBuf {
    let scratch = tempfile::tempdir_in(folder).unwrap();
    // The packer calls a program in the image as its file is called.
    let named = scratch.path().join(names[0]);
    std::os::unix::fs::symlink(program, &named).unwrap();
    let smaller = tempfile::tempdir_in(folder).unwrap();
    let mut tree = contents(&[named], smaller.path()).unwrap();
    for name in &names[1..] {
        tree.insert(Path::new(pawnshop_image::PROGRAMS).join(name), Node::Link(names[0].into()));
    }
    let name: Name = image.parse().unwrap();
    let tar = folder.join(format!("{}.tar", image.replace(['/', ':'], "-")));
    layout(&tree, &name, BufWriter::new(File::create(&tar).unwrap())).unwrap();
    tar
}
