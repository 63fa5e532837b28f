use crate::tree::{Node, Tree};
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Write};
use tar::{Builder, EntryType, Header};

/// A layer of an image: its file system as a compressed tar file.
pub(crate) struct Layer {
    /// What is stored.
    pub(crate) compressed: Vec<u8>,
    /// The digest of the tar file before compression, by which a runtime knows an unpacked layer.
    pub(crate) diff_id: String,
}

impl Layer {
    /// Packs a tree: no time, no owner and no order of the machine goes in.
    pub(crate) fn pack(tree: &Tree) -> io::Result<Self> {
        let compressor = GzEncoder::new(Vec::new(), flate2::Compression::default());
        let mut archive = Builder::new(Hashed { to: compressor, hash: Sha256::new() });
        for (path, node) in tree.iter() {
            match node {
                Node::Folder(mode) => {
                    let folder = format!("{}/", path.display());
                    archive.append_data(&mut header(EntryType::Directory, *mode, 0), folder, io::empty())?;
                }
                Node::Text(text) => {
                    let mut header = header(EntryType::Regular, 0o644, text.len() as u64);
                    archive.append_data(&mut header, path, text.as_slice())?;
                }
                Node::Link(to) => {
                    archive.append_link(&mut header(EntryType::Symlink, 0o777, 0), path, to)?;
                }
                Node::Program(from) => {
                    let file = File::open(from)?;
                    let mut header = header(EntryType::Regular, 0o755, file.metadata()?.len());
                    archive.append_data(&mut header, path, file)?;
                }
            }
        }
        let Hashed { to, hash } = archive.into_inner()?;
        Ok(Self { compressed: to.finish()?, diff_id: named(hash) })
    }
}

/// A digest as OCI documents write it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    named(Sha256::new().chain_update(bytes))
}

/// The header of an entry that root owns and no clock has seen.
pub(crate) fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn named(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
        // A String takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hashes what passes through.
struct Hashed<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
