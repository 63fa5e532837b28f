//! The program behind `make image`.

use anyhow::Context;
use clap::Parser;
use pawnshop_image::{Name, contents, layout};
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

/// Makes the container image from built programs, without a container runtime.
#[derive(Parser)]
struct Arguments {
    /// A program to put in; given once for each
    #[arg(required = true)]
    programs: Vec<PathBuf>,
    /// The image's name in full
    #[arg(long, default_value = concat!("docker.io/pawnshop/pawnshop:", env!("CARGO_PKG_VERSION")))]
    name: Name,
    /// The tar file to write, an OCI image layout
    #[arg(long, default_value = "pawnshop-image.tar")]
    out: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let scratch = tempfile::tempdir().context("make a temporary folder")?;
    let tree = contents(&arguments.programs, scratch.path())?;
    let out = &arguments.out;
    let file = File::create(out).with_context(|| format!("create {}", out.display()))?;
    layout(&tree, &arguments.name, BufWriter::new(file))
        .with_context(|| format!("write {}", out.display()))?;
    println!("{} holds {}", out.display(), arguments.name);
    Ok(())
}
