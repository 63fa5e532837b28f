use crate::layer::{Layer, digest, header};
use crate::tree::Tree;
use crate::{PROGRAMS, USER};
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use tar::{Builder, EntryType};

/// Why an image cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The architecture has no name in OCI documents here.
    #[error("no image can be made on {0}: only on x86_64 and aarch64")]
    Architecture(&'static str),
    /// The file system could not be packed.
    #[error("pack the layer")]
    Pack(#[source] io::Error),
    /// The tar file could not be written.
    #[error("write the layout")]
    Write(#[source] io::Error),
}

/// An image's name in full, `registry/repository:tag`: what container runtimes keep it under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    repository: String,
    tag: String,
}

impl FromStr for Name {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, ""));
        let host = repository.split_once('/').map_or("", |(host, _)| host);
        if tag.is_empty() || tag.contains('/') || !host.contains(['.', ':']) {
            return Err(format!(
                "{name:?} must name registry, repository and tag, as docker.io/pawnshop/pawnshop:1.0.0 does"
            ));
        }
        Ok(Self { repository: repository.to_owned(), tag: tag.to_owned() })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.repository, self.tag)
    }
}

/// Writes an image of one layer as an OCI image layout in a tar file
/// (<https://github.com/opencontainers/image-spec/blob/main/image-layout.md>).
pub fn layout(tree: &Tree, name: &Name, to: impl Write) -> Result<(), Error> {
    let layer = Layer::pack(tree).map_err(Error::Pack)?;
    let config = config(&layer)?.to_string().into_bytes();
    let manifest = manifest(&config, &layer).to_string().into_bytes();
    let index = index(&manifest, name)?.to_string().into_bytes();
    write(&index, [&manifest, &config, &layer.compressed], to).map_err(Error::Write)
}

fn write(index: &[u8], blobs: [&[u8]; 3], to: impl Write) -> io::Result<()> {
    let mut archive = Builder::new(to);
    let mut put = |path: &str, bytes: &[u8]| {
        archive.append_data(&mut header(EntryType::Regular, 0o644, bytes.len() as u64), path, bytes)
    };
    put("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    put("index.json", index)?;
    for blob in blobs {
        put(&format!("blobs/{}", digest(blob).replace(':', "/")), blob)?;
    }
    archive.into_inner()?.flush()
}

/// No entry point: the image has several programs, and a command names one.
fn config(layer: &Layer) -> Result<Value, Error> {
    Ok(json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": architecture()?,
        "os": "linux",
        "config": {
            "User": format!("{USER}:{USER}"),
            "Env": [format!("PATH=/{PROGRAMS}")],
            "Cmd": ["pawnshop", "help"],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.title": "pawnshop",
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
                "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
    }))
}

fn manifest(config: &[u8], layer: &Layer) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &layer.compressed)],
    })
}

fn index(manifest: &[u8], name: &Name) -> Result<Value, Error> {
    let mut of_image = descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
    of_image["platform"] = json!({"architecture": architecture()?, "os": "linux"});
    of_image["annotations"] = json!({
        // Read by containerd and docker; the next by skopeo and podman.
        "io.containerd.image.name": name.to_string(),
        "org.opencontainers.image.ref.name": name.tag,
    });
    Ok(json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [of_image],
    }))
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(bytes), "size": bytes.len()})
}

/// The machine's, since the programs were built on it.
fn architecture() -> Result<&'static str, Error> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => Err(Error::Architecture(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_full_or_refused() {
        for good in ["docker.io/pawnshop/pawnshop:0.1.0", "localhost:5000/pawnshop:dev"] {
            assert!(good.parse::<Name>().is_ok(), "{good}");
        }
        for bad in [
            "pawnshop",
            "pawnshop:1",
            "pawnshop/pawnshop:1",
            "docker.io/pawnshop/pawnshop",
            "localhost:5000/pawnshop",
        ] {
            assert!(bad.parse::<Name>().is_err_and(|told| told.contains(bad)), "{bad}");
        }
    }
}
