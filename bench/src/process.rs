//! What Linux says about a process: processor time and memory (proc(5)).

use anyhow::{Context, Result};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Clock ticks per second of the times in `/proc/PID/stat`: 100 on every architecture that Linux still has.
const TICKS: u64 = 100;
/// How often memory is looked at.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// Processor time that a process has used so far, in user and kernel mode.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_cpu(&text).with_context(|| format!("{path} is not understood"))
}

fn parse_cpu(stat: &str) -> Option<Duration> {
    // The name may hold anything, parentheses too; what follows the last one are numbers from the third on.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 1000 / TICKS))
}

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
                if let Ok(mib) = memory_mib(pid, "VmRSS:") {
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
        let peak_mib = memory_mib(self.pid, "VmHWM:")?;
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

fn memory_mib(pid: u32, key: &str) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    parse_mib(&text, key).with_context(|| format!("{path} has no {key}"))
}

fn parse_mib(status: &str, key: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_past_a_name_with_parentheses() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0";
        assert_eq!(parse_cpu(stat), Some(Duration::from_secs(3)));
    }

    #[test]
    fn memory_is_told_in_mebibytes() {
        assert_eq!(parse_mib("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n", "VmRSS:"), Some(1.0));
    }

    #[test]
    fn this_process_has_memory_and_the_sampler_sees_it() {
        let sampler = MemorySampler::start(std::process::id());
        std::thread::sleep(Duration::from_millis(450));
        let memory = sampler.finish().unwrap();
        assert!(memory.peak_mib > 0.5 && memory.late_mib > 0.5, "{memory:?}");
        assert!(cpu(std::process::id()).is_ok() && group(std::process::id()).unwrap() > 0);
    }
}
