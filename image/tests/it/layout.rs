use crate::image;
use flate2::read::GzDecoder;
use oci_spec::image::{Descriptor, ImageConfiguration, ImageIndex, ImageManifest, MediaType, OciLayout};
use pawnshop_image::{Node, Tree, layout};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;
use tar::Archive;

/// The files of the layout.
fn files(image: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = Archive::new(image);
    let file = |mut entry: tar::Entry<'_, &[u8]>| {
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().display().to_string(), bytes)
    };
    archive.entries().unwrap().map(|entry| file(entry.unwrap())).collect()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a descriptor leads to, when its digest and size are those of what is there.
fn blob<'a>(files: &'a BTreeMap<String, Vec<u8>>, descriptor: &Descriptor) -> &'a [u8] {
    let hash = descriptor.digest().digest();
    let blob = files.get(&format!("blobs/sha256/{hash}")).unwrap_or_else(|| panic!("no blob {hash}"));
    assert_eq!(sha256(blob), hash);
    assert_eq!(blob.len() as u64, descriptor.size());
    blob
}

/// The image as a runtime reads it: its settings, and its layer's tar file.
fn read(image: &[u8]) -> (ImageConfiguration, Vec<u8>) {
    let files = files(image);
    let layout = OciLayout::from_reader(files["oci-layout"].as_slice()).unwrap();
    assert_eq!(layout.image_layout_version(), "1.0.0");
    let index = ImageIndex::from_reader(files["index.json"].as_slice()).unwrap();
    let [of_image] = index.manifests().as_slice() else { panic!("{index:?}") };
    assert_eq!(of_image.media_type(), &MediaType::ImageManifest);
    let annotations = of_image.annotations().as_ref().unwrap();
    assert_eq!(annotations["io.containerd.image.name"], "docker.io/pawnshop/pawnshop:test");
    assert_eq!(annotations["org.opencontainers.image.ref.name"], "test");
    let manifest = ImageManifest::from_reader(blob(&files, of_image)).unwrap();
    let config = ImageConfiguration::from_reader(blob(&files, manifest.config())).unwrap();
    let [of_layer] = manifest.layers().as_slice() else { panic!("{manifest:?}") };
    assert_eq!(of_layer.media_type(), &MediaType::ImageLayerGzip);
    let mut layer = Vec::new();
    GzDecoder::new(blob(&files, of_layer)).read_to_end(&mut layer).unwrap();
    assert_eq!(config.rootfs().diff_ids(), &[format!("sha256:{}", sha256(&layer))]);
    assert_eq!(files.len(), 5, "nothing else is in it: {:?}", files.keys());
    (config, layer)
}

#[test]
fn the_layout_is_whole_and_its_settings_are_for_a_restricted_pod() {
    let (settings, layer) = read(&image());
    let config = settings.config().as_ref().unwrap();
    assert_eq!(config.user().as_deref(), Some("65532:65532"));
    assert_eq!(config.env().as_deref(), Some(["PATH=/usr/local/bin".to_owned()].as_slice()));
    assert!(config.entrypoint().is_none(), "a command names the program");
    let modes: BTreeMap<_, _> = Archive::new(layer.as_slice())
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (0, 0, 0));
            (entry.path().unwrap().display().to_string(), header.mode().unwrap())
        })
        .collect();
    for program in ["usr/local/bin/pawnshop-image", "usr/local/bin/getent"] {
        assert_eq!(modes.get(program), Some(&0o755), "{program} is there, and anyone may run it");
    }
    assert_eq!(modes.get("tmp/"), Some(&0o1777));
    let writable: Vec<_> =
        modes.iter().filter(|(path, mode)| *mode & 0o022 != 0 && *path != "tmp/").collect();
    assert!(writable.is_empty(), "only root may write: {writable:?}");
}

#[test]
fn the_same_programs_make_the_same_bytes() {
    assert!(image() == image(), "the images differ");
}

#[test]
fn the_authorities_are_those_of_the_crate() {
    let (_, layer) = read(&image());
    let root = unpack(&layer);
    let authorities = fs::read(root.path().join("etc/ssl/certs/ca-certificates.crt")).unwrap();
    let read = pem::parse_many(authorities).unwrap();
    assert_eq!(read.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
}

#[test]
fn a_link_leads_to_what_is_beside_it() {
    let mut tree = Tree::default();
    tree.insert("usr/local/bin/pawnshop", Node::Text("a program".into()));
    tree.insert("usr/local/bin/another-name", Node::Link("pawnshop".into()));
    let mut image = Vec::new();
    layout(&tree, &"docker.io/pawnshop/pawnshop:test".parse().unwrap(), &mut image).unwrap();
    let root = unpack(&read(&image).1);
    assert_eq!(fs::read_to_string(root.path().join("usr/local/bin/another-name")).unwrap(), "a program");
}

#[test]
fn the_programs_run_with_nothing_but_the_image() {
    if !rustix::process::geteuid().is_root() {
        pawnshop_servers::skip("the_programs_run_with_nothing_but_the_image", "chroot needs root");
        return;
    }
    let (_, layer) = read(&image());
    let root = unpack(&layer);
    fs::write(root.path().join("etc/hosts"), "192.0.2.7 broker.example\n").unwrap();
    let help = run(root.path(), &["pawnshop-image", "--help"]);
    assert!(help.contains("Makes the container image"), "{help}");
    let host = run(root.path(), &["getent", "hosts", "broker.example"]);
    assert_eq!(host.split_whitespace().collect::<Vec<_>>(), ["192.0.2.7", "broker.example"]);
}

fn unpack(layer: &[u8]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let mut archive = Archive::new(Cursor::new(layer));
    archive.set_preserve_permissions(true);
    archive.unpack(root.path()).unwrap();
    // A temporary folder is its owner's alone.
    fs::set_permissions(root.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    root
}

/// Runs a program of the image as its user.
fn run(root: &Path, command: &[&str]) -> String {
    let mut chroot = Command::new("chroot");
    chroot.arg("--userspec=65532:65532").arg(root).args(command);
    let output = chroot.env_clear().env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}
