use crate::elf;
use crate::tree::{Node, Tree};
use crate::{PROGRAMS, USER};
use pem::{EncodeConfig, LineEnding, Pem};
use std::path::{Path, PathBuf};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// Why an image's contents cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path of a program has no last part.
    #[error("{} is not the path of a program", .0.display())]
    Name(PathBuf),
    /// A program could not be made smaller.
    #[error("take the debug information off {}", .program.display())]
    Strip {
        /// The program.
        program: PathBuf,
        /// Why.
        source: elf::Error,
    },
    /// What a program loads could not be found out.
    #[error("find the libraries of {}", .program.display())]
    Libraries {
        /// The program.
        program: PathBuf,
        /// Why.
        source: elf::Error,
    },
}

/// The image's file system, with these programs; `scratch` keeps their smaller copies until the layer is written.
pub fn contents(programs: &[PathBuf], scratch: &Path) -> Result<Tree, Error> {
    let mut tree = base();
    for program in programs {
        let name = program.file_name().ok_or_else(|| Error::Name(program.clone()))?;
        let small = scratch.join(name);
        elf::strip(program, &small).map_err(|source| Error::Strip { program: program.clone(), source })?;
        let libraries = elf::libraries(program)
            .map_err(|source| Error::Libraries { program: program.clone(), source })?;
        for library in libraries {
            tree.insert(&library, Node::Program(library.clone()));
        }
        tree.insert(Path::new(PROGRAMS).join(name), Node::Program(small));
    }
    Ok(tree)
}

/// What is there whatever the programs are.
fn base() -> Tree {
    let users = format!(
        "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/home/nonroot:/sbin/nologin\n"
    );
    let mut tree = Tree::default();
    tree.insert("etc/passwd", Node::Text(users.into()));
    tree.insert("etc/group", Node::Text(format!("root:x:0:\nnonroot:x:{USER}:\n").into()));
    // glibc's own order without the file differs between its versions.
    tree.insert("etc/nsswitch.conf", Node::Text("hosts: files dns\n".into()));
    tree.insert("etc/ssl/certs/ca-certificates.crt", Node::Text(authorities().into()));
    tree.insert("tmp", Node::Folder(0o1777));
    tree
}

/// Mozilla's authorities, from the crate: those of the machine may have been added to.
fn authorities() -> String {
    let pems: Vec<_> =
        TLS_SERVER_ROOT_CERTS.iter().map(|der| Pem::new("CERTIFICATE", der.as_ref())).collect();
    pem::encode_many_config(&pems, EncodeConfig::new().set_line_ending(LineEnding::LF))
}
