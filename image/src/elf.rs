//! What a program brings and needs, as the machine's own binutils and loader tell it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool of the machine that did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tool could not be started.
    #[error("start `{tool}`, which every machine with a C compiler has")]
    Start {
        /// Its name.
        tool: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The tool refused the program.
    #[error("`{tool} {}` failed: {said}", .program.display())]
    Run {
        /// Its name.
        tool: &'static str,
        /// The program that it was given.
        program: PathBuf,
        /// What it printed.
        said: String,
    },
    /// A library is named that the machine does not have.
    #[error("{} needs {library}, which this machine does not have", .program.display())]
    MissingLibrary {
        /// The program that names it.
        program: PathBuf,
        /// The library's name.
        library: String,
    },
}

/// Writes the program without its debug information, which is most of its size; symbols stay, for backtraces.
pub(crate) fn strip(program: &Path, to: &Path) -> Result<(), Error> {
    let mut command = Command::new("strip");
    command.arg("--strip-debug").arg("-o").arg(to);
    run("strip", command, program).map(|_| ())
}

/// The shared libraries that a program loads, and its loader: absolute paths. None for a static program.
pub(crate) fn libraries(program: &Path) -> Result<BTreeSet<PathBuf>, Error> {
    let printed = match run("ldd", Command::new("ldd"), program) {
        Err(Error::Run { said, .. }) if said.contains("not a dynamic executable") => {
            return Ok(BTreeSet::new());
        }
        printed => printed?,
    };
    let missing =
        |library: &str| Error::MissingLibrary { program: program.into(), library: library.to_owned() };
    printed.lines().filter_map(library).map(|found| found.map_err(missing)).collect()
}

/// A line of `ldd`: `libm.so.6 => /lib/libm.so.6 (0x…)`, `/lib64/ld-linux.so.2 (0x…)`, `linux-vdso.so.1 (0x…)`
/// (the kernel's own, in no file) or `libm.so.6 => not found`.
fn library(line: &str) -> Option<Result<PathBuf, &str>> {
    let line = line.trim();
    let place = match line.split_once(" => ") {
        Some((name, "not found")) => return Some(Err(name)),
        Some((_, place)) => place,
        None => line,
    };
    let path = place.split(" (").next().unwrap_or(place);
    path.starts_with('/').then(|| Ok(PathBuf::from(path)))
}

fn run(tool: &'static str, mut command: Command, program: &Path) -> Result<String, Error> {
    // Its messages are read.
    let output = command.arg(program).env("LC_ALL", "C").output();
    let output = output.map_err(|source| Error::Start { tool, source })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if !output.status.success() {
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        return Err(Error::Run { tool, program: program.to_owned(), said });
    }
    Ok(text(&output.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_a_library_the_loader_the_kernels_own_or_a_lack() {
        assert_eq!(
            library("\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)"),
            Some(Ok("/lib/x86_64-linux-gnu/libm.so.6".into()))
        );
        assert_eq!(
            library("\t/lib64/ld-linux-x86-64.so.2 (0x00007f)"),
            Some(Ok("/lib64/ld-linux-x86-64.so.2".into()))
        );
        assert_eq!(library("\tlinux-vdso.so.1 (0x00007f)"), None);
        assert_eq!(library("\tlibzstd.so.1 => not found"), Some(Err("libzstd.so.1")));
    }

    #[test]
    fn what_is_no_program_is_named() {
        let error = libraries(Path::new("/nowhere/program")).unwrap_err().to_string();
        assert!(error.contains("ldd /nowhere/program"), "{error}");
    }
}
