//! What Linux says about a process: processor time and memory (proc(5)).

use anyhow::{Context, Result};
use std::time::Duration;

/// Clock ticks per second of the times in `/proc/PID/stat`: 100 on every architecture that Linux still has.
const TICKS: u64 = 100;

/// Processor time that a process has used so far, in user and kernel mode.
///
/// # Errors
/// When there is no such process; so are the others.
pub fn cpu(pid: u32) -> Result<Duration> {
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

/// What of a process is resident now (`VmRSS`), in MiB.
///
/// # Errors
/// See [`cpu`].
pub fn resident_mib(pid: u32) -> Result<f64> {
    memory_mib(pid, "VmRSS:")
}

/// The most that ever was (`VmHWM`), in MiB.
///
/// # Errors
/// See [`cpu`].
pub fn peak_mib(pid: u32) -> Result<f64> {
    memory_mib(pid, "VmHWM:")
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
        assert!(resident_mib(std::process::id()).is_ok() && cpu(std::process::id()).is_ok());
        assert_eq!(parse_mib("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n", "VmRSS:"), Some(1.0));
    }
}
