use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the disk is measured.
const DISK: Duration = Duration::from_millis(700);
/// What is written before each sync: a page.
const PAGE: [u8; 4096] = [7; 4096];

/// What the figures depend on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    #[serde(flatten)]
    pub(crate) base: pawnshop_bench_machine::Machine,
    /// The file system of the scratch folder.
    pub(crate) file_system: String,
    /// Appends of 4 KiB, each synced, per second (median over the rounds).
    pub(crate) syncs_per_second: f64,
}

impl Machine {
    pub(crate) fn here(scratch: &Path) -> Result<Self> {
        let mounts = "/proc/mounts";
        let mounts = std::fs::read_to_string(mounts).with_context(|| format!("cannot read {mounts}"))?;
        Ok(Self {
            base: pawnshop_bench_machine::Machine::here()?,
            file_system: file_system(&mounts, &scratch.canonicalize()?),
            syncs_per_second: 0.0,
        })
    }
}

/// How many appends of a page the disk syncs in a second, one after the other.
pub(crate) fn syncs_per_second(scratch: &Path) -> Result<f64> {
    let path = scratch.join("sync-rate");
    let mut file = std::fs::File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
    let (started, mut syncs) = (Instant::now(), 0_u32);
    while started.elapsed() < DISK {
        file.write_all(&PAGE)?;
        file.sync_data()?;
        syncs += 1;
    }
    let rate = f64::from(syncs) / started.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}

/// The type of the file system that holds a path: of the mount point that is the longest prefix.
fn file_system(mounts: &str, path: &Path) -> String {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (_, point, kind) = (fields.next()?, fields.next()?, fields.next()?);
        path.starts_with(point).then_some((point.len(), kind))
    });
    mounts.max().map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_holds_a_path() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/tmp/a")), "tmpfs");
        assert_eq!(file_system(mounts, Path::new("/tmpfile")), "ext4");
    }

    #[test]
    fn a_machine_has_cores_and_a_disk_that_syncs() {
        let scratch = tempfile::tempdir().unwrap();
        let machine = Machine::here(scratch.path()).unwrap();
        assert!(machine.base.cores > 0 && machine.file_system != "unknown");
        assert!(syncs_per_second(scratch.path()).unwrap() > 0.0);
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    }
}
