mod group;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const GUARD: &str = include_str!("guard.sh");
/// How many lines of a log an error shows.
const LAST_LINES: usize = 30;
/// How long a killed process may take to be gone.
const GONE: Duration = Duration::from_secs(10);

/// How to start a process.
#[derive(Clone, Debug)]
pub struct Launch {
    /// What messages call it.
    pub name: String,
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What is added to the environment.
    pub environment: Vec<(String, OsString)>,
    /// The file that its output is appended to.
    pub log: PathBuf,
    /// A folder that is removed when this process is killed before the child ended.
    pub scratch: Option<PathBuf>,
}

/// A process and everything it started. It ends with this value, and with the process that holds it, however
/// that ends.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    /// The shell that stands guard; it ends with the status of what it guards.
    guard: Child,
    group: Pid,
    /// Where this run begins in the log.
    log_start: u64,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no shell. A program that cannot be started ends at once instead, and its log says why.
    pub fn start(launch: Launch) -> Result<Self> {
        let log_start = std::fs::metadata(&launch.log).map_or(0, |log| log.len());
        let scratch = launch.scratch.clone().unwrap_or_default();
        let mut guard = Command::new("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .args([&scratch, &launch.log, &launch.program])
            .args(&launch.arguments)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal is for the owner, who ends this in good order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("start a shell for {}", launch.name))?;
        match group_of(&mut guard) {
            Ok(group) => Ok(Self { launch, guard, group, log_start }),
            Err(error) => {
                let _ = guard.kill();
                Err(error.context(format!("start {}", launch.name)))
            }
        }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.launch.name
    }

    /// The id of the process itself, which is also that of the group of all it started.
    pub fn pid(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.guard.try_wait().ok().flatten()
    }

    /// An error when it ended.
    ///
    /// # Errors
    /// How it ended, and its last words.
    pub fn check(&mut self) -> Result<()> {
        match self.ended() {
            Some(status) => bail!("{} ended by itself: {status}\n{}", self.launch.name, self.last_words()),
            None => Ok(()),
        }
    }

    /// SIGKILL to all of it; returns when it is gone.
    ///
    /// # Errors
    /// When it is not gone in time.
    pub async fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL);
        self.wait(GONE).await.map(|_| ())
    }

    /// SIGTERM to the process itself, and SIGKILL to all of it when `patience` is over; what it started does not
    /// outlive it.
    ///
    /// # Errors
    /// When it had to be killed.
    pub async fn stop(&mut self, patience: Duration) -> Result<ExitStatus> {
        if self.ended().is_none() {
            // Whether it is still there shows below.
            let _ = kill_process(self.group, Signal::TERM);
        }
        let ended = self.wait(patience).await;
        if ended.is_err() {
            self.kill().await?;
        }
        ended
    }

    /// SIGSTOP to all of it; returns when all of it stands still, which a thread that runs does a moment later.
    pub fn pause(&mut self) {
        self.signal(Signal::STOP);
        let deadline = Instant::now() + GONE;
        while !group::stands_still(self.group) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// SIGCONT to all of it.
    pub fn resume(&mut self) {
        self.signal(Signal::CONT);
    }

    /// The same again, after it ended: program, arguments, environment, log.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn restart(&mut self) -> Result<()> {
        *self = Self::start(self.launch.clone())?;
        Ok(())
    }

    /// What it wrote since its start.
    pub fn output(&self) -> String {
        let log = std::fs::read(&self.launch.log).unwrap_or_default();
        let start = usize::try_from(self.log_start).unwrap_or(usize::MAX);
        String::from_utf8_lossy(log.get(start..).unwrap_or_default()).into_owned()
    }

    /// The end of its log, for error messages.
    pub fn last_words(&self) -> String {
        let output = self.output();
        let lines: Vec<_> = output.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
        format!("the end of its log ({}):\n{}", self.launch.log.display(), last.join("\n"))
    }

    /// Signals the whole group, unless it has ended and its number may be another's.
    fn signal(&mut self, signal: Signal) {
        if self.ended().is_none() && kill_process_group(self.group, signal).is_err() {
            // In its first moment it is not yet the head of a group; an error says that it is gone.
            let _ = kill_process(self.group, signal);
        }
    }

    async fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("{} did not end within {patience:?}\n{}", self.launch.name, self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        // The guard has nothing left to wait for; collected here, it is no zombie.
        let _ = self.guard.wait();
    }
}

/// The first line that the guard writes.
fn group_of(guard: &mut Child) -> Result<Pid> {
    let output = guard.stdout.take().context("the guard has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let number = line.trim().parse().with_context(|| format!("the guard said {line:?}"))?;
    Pid::from_raw(number).context("the guard named no process")
}

/// The place of a log in a folder.
pub(crate) fn log_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}
