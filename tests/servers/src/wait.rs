use crate::process::Process;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// How long any server may take to be ready, on a machine that does much else.
pub(crate) const READY: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_millis(50);

/// Waits until a process answers.
///
/// # Errors
/// When it ended, or does not answer in time: its last words.
pub async fn until_ready(process: &mut Process, mut ready: impl AsyncFnMut(&Process) -> bool) -> Result<()> {
    let deadline = Instant::now() + READY;
    while !ready(process).await {
        process.check()?;
        if Instant::now() > deadline {
            bail!("{} is not ready after {READY:?}\n{}", process.name(), process.last_words());
        }
        tokio::time::sleep(STEP).await;
    }
    Ok(())
}
