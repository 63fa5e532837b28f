//! A process's memory over time, and its group (proc(5)).

use anyhow::{Context, Result};
use pawnshop_bench_machine::process::{peak_mib, resident_mib};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often memory is looked at.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// The process group that a process belongs to.
pub(crate) fn group(pid: u32) -> Result<u32> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let group = text.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(2)?.parse().ok());
    group.with_context(|| format!("{path} is not understood"))
}

/// A process's memory while something went on.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Memory {
    /// The most that was ever resident (`VmHWM`), in MiB.
    pub(crate) peak_mib: f64,
    /// The median of what was resident in the second quarter of the time, in MiB: the first one is warm-up.
    pub(crate) early_mib: f64,
    /// The median of what was resident in the last quarter, in MiB.
    pub(crate) late_mib: f64,
}

/// Looks at a process's memory until it is asked.
#[derive(Debug)]
pub(crate) struct MemorySampler {
    pid: u32,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<f64>>,
}

impl MemorySampler {
    pub(crate) fn start(pid: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut resident = Vec::new();
            let mut next = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                if let Ok(mib) = resident_mib(pid) {
                    resident.push(mib);
                }
                next += SAMPLE_EVERY;
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            resident
        });
        Self { pid, stop, thread }
    }

    pub(crate) fn finish(self) -> Result<Memory> {
        let peak_mib = peak_mib(self.pid)?;
        self.stop.store(true, Ordering::Relaxed);
        let resident = self.thread.join().ok().context("the memory sampler failed")?;
        let quarter = resident.len() / 4;
        Ok(Memory {
            peak_mib,
            early_mib: crate::statistics::median(&resident[quarter..quarter * 2]).unwrap_or(peak_mib),
            late_mib: crate::statistics::median(&resident[quarter * 3..]).unwrap_or(peak_mib),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_the_sampler_sees_it() {
        let sampler = MemorySampler::start(std::process::id());
        std::thread::sleep(Duration::from_millis(450));
        let memory = sampler.finish().unwrap();
        assert!(memory.peak_mib > 0.5 && memory.late_mib > 0.5, "{memory:?}");
        assert!(group(std::process::id()).unwrap() > 0);
    }
}
