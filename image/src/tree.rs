use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file system to be: paths relative to its root, in an order that only the paths decide.
#[derive(Debug, Default)]
pub struct Tree(BTreeMap<PathBuf, Node>);

/// What is at a path.
#[derive(Debug)]
pub enum Node {
    /// A directory of these permissions.
    Folder(u32),
    /// A file that everyone reads.
    Text(Vec<u8>),
    /// A file that everyone reads and executes, with the contents of this one.
    Program(PathBuf),
    /// A symbolic link to this path, as seen from its own folder.
    Link(PathBuf),
}

impl Tree {
    /// Puts a node at a path, in place of what was there, and the folders above it.
    pub fn insert(&mut self, path: impl AsRef<Path>, node: Node) {
        let path = path.as_ref();
        let path = path.strip_prefix("/").unwrap_or(path);
        for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            self.0.entry(folder.to_owned()).or_insert(Node::Folder(0o755));
        }
        self.0.insert(path.to_owned(), node);
    }

    /// Folders before what is in them.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Node)> {
        self.0.iter().map(|(path, node)| (path.as_path(), node))
    }
}
