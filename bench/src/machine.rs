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
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) memory_gib: f64,
    pub(crate) kernel: String,
    /// The file system of the scratch folder.
    pub(crate) file_system: String,
    /// Processes that ran or waited when the run began (1 min average): 0 is a quiet machine.
    pub(crate) load_before: f64,
    /// Appends of 4 KiB, each synced, per second (median over the rounds).
    pub(crate) syncs_per_second: f64,
}

impl Machine {
    pub(crate) fn here(scratch: &Path) -> Result<Self> {
        let read = |path: &str| std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo")?, "MemTotal").unwrap_or_default();
        let kib: f64 = memory.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0.0);
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            processor: field(&read("/proc/cpuinfo")?, "model name").unwrap_or_else(|| "unknown".to_owned()),
            memory_gib: kib / 1024.0 / 1024.0,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            file_system: file_system(&read("/proc/mounts")?, &scratch.canonicalize()?),
            load_before: read("/proc/loadavg")?.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0),
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
        assert!(machine.cores > 0 && machine.memory_gib > 0.0);
        assert!(syncs_per_second(scratch.path()).unwrap() > 0.0);
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    }
}
