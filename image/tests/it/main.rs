//! What a container runtime asks of an image, and what one makes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod layout;
mod node;

use pawnshop_image::{contents, layout};
use std::path::PathBuf;

/// An image with a program of cargo's, and one of Debian's that asks the C library for hosts.
fn image() -> Vec<u8> {
    let programs = [env!("CARGO_BIN_EXE_pawnshop-image"), "/usr/bin/getent"];
    let scratch = tempfile::tempdir().unwrap();
    let tree = contents(&programs.map(PathBuf::from), scratch.path()).unwrap();
    let mut image = Vec::new();
    layout(&tree, &"docker.io/pawnshop/pawnshop:test".parse().unwrap(), &mut image).unwrap();
    image
}
