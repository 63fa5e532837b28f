//! The memory of the fleet's processes, over their restarts (proc(5)).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::interval;
use tokio_util::sync::{CancellationToken, DropGuard};

const EVERY: Duration = Duration::from_millis(250);

/// Process ids by the processes' names, kept by whoever starts them.
pub type Pids = Arc<Mutex<BTreeMap<String, u32>>>;

/// Looks at every process's memory until dropped.
pub struct Memory {
    peaks: Arc<Mutex<BTreeMap<String, f64>>>,
    _stop: DropGuard,
}

impl Memory {
    /// Starts looking.
    pub fn watch(pids: Pids) -> Self {
        let (stop, peaks) = (CancellationToken::new(), Arc::<Mutex<BTreeMap<String, f64>>>::default());
        tokio::spawn(stop.clone().run_until_cancelled_owned({
            let peaks = Arc::clone(&peaks);
            async move {
                let mut ticks = interval(EVERY);
                loop {
                    ticks.tick().await;
                    let now = pids.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let mut peaks = peaks.lock().unwrap_or_else(PoisonError::into_inner);
                    for (name, pid) in now {
                        let Some(peak) = peak_mib(pid) else { continue };
                        let most = peaks.entry(name).or_default();
                        *most = most.max(peak);
                    }
                }
            }
        }));
        Self { peaks, _stop: stop.drop_guard() }
    }

    /// The most that each process ever had resident, in MiB.
    pub fn peaks(&self) -> BTreeMap<String, f64> {
        self.peaks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// `VmHWM`, in MiB.
fn peak_mib(pid: u32) -> Option<f64> {
    parse_mib(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn parse_mib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_told_in_mebibytes() {
        assert_eq!(parse_mib("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n"), Some(2.0));
        assert!(peak_mib(std::process::id()).is_some_and(|mib| mib > 0.5));
    }
}
