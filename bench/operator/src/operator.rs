use crate::world::{OPERATOR, PATIENCE, World};
use anyhow::{Context, Result, bail};
use pawnshop_bench_machine::process;
use pawnshop_servers::{Folder, Launch, Process};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How often it is asked how far it is.
const OFTEN: Duration = Duration::from_millis(100);

/// The operator that is measured.
pub(crate) struct Operator {
    process: Process,
    http: reqwest::Client,
    uri: String,
    _folder: Folder,
}

/// What an operator has counted so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) reconciles: f64,
    pub(crate) errors: f64,
    pub(crate) reads: f64,
    pub(crate) watches: f64,
    pub(crate) writes: f64,
    /// Whether it leads: 1 or 0.
    pub(crate) leads: f64,
}

impl Operator {
    /// Starts one for all namespaces; it listens, and may not know anything yet.
    pub(crate) async fn start(world: &World, program: &Path, concurrency: usize) -> Result<Self> {
        let folder = Folder::temporary("operator")?;
        let launch = Launch {
            name: "the operator".to_owned(),
            program: program.to_owned(),
            arguments: vec![
                format!("--namespace={OPERATOR}").into(),
                format!("--concurrency={concurrency}").into(),
                "--operations-listen=127.0.0.1:0".into(),
            ],
            environment: vec![
                ("KUBECONFIG".to_owned(), world.kubeconfig.clone().into()),
                ("RUST_LOG".to_owned(), "warn".into()),
            ],
            log: folder.path().join("operator.log"),
            scratch: folder.scratch(),
        };
        let process = Process::start(launch)?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
        let mut operator = Self { process, http, uri: String::new(), _folder: folder };
        operator.uri = operator.listens().await?;
        Ok(operator)
    }

    async fn listens(&mut self) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.process.check()?;
            let output = self.process.output();
            if let Some(uri) = output.lines().find_map(|line| line.strip_prefix("operations ")) {
                return Ok(uri.to_owned());
            }
            sleep(Duration::from_millis(10)).await;
        }
        bail!("the operator does not say where it listens")
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let answer = self.http.get(format!("{}/readyz", self.uri)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    pub(crate) async fn counts(&mut self) -> Result<Counts> {
        self.process.check()?;
        let answer = self.http.get(format!("{}/metrics", self.uri)).send().await?;
        let text = answer.text().await.context("the operator's metrics")?;
        let requests =
            |kind: &str| sum(&text, &format!("pawnshop_operator_api_requests_total{{kind=\"{kind}\"}}"));
        Ok(Counts {
            reconciles: sum(&text, "pawnshop_operator_reconciles_total"),
            errors: sum(&text, "pawnshop_operator_errors_total"),
            reads: requests("read"),
            watches: requests("watch"),
            writes: requests("write"),
            leads: sum(&text, "pawnshop_operator_leader"),
        })
    }

    /// Waits until this holds of its counts; when it did.
    pub(crate) async fn until(&mut self, holds: impl Fn(&Counts) -> bool) -> Result<Instant> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if holds(&self.counts().await?) {
                return Ok(Instant::now());
            }
            sleep(OFTEN).await;
        }
        bail!("the operator does not get done: {:?}\n{}", self.counts().await?, self.process.last_words())
    }

    /// Waits until it has written nothing for a while; when it did the last time. It never stops to read: of many
    /// shops, some Secret's five minutes are always over.
    pub(crate) async fn quiet(&mut self, calm: Duration) -> Result<Instant> {
        let end = Instant::now() + PATIENCE;
        let (mut last, mut since) = (f64::NAN, Instant::now());
        while Instant::now() < end {
            let now = self.counts().await?.writes;
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() >= calm {
                return Ok(since);
            }
            sleep(OFTEN).await;
        }
        bail!("the operator comes to no rest")
    }

    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        process::cpu(self.process.pid()).map(|time| time.as_secs_f64())
    }

    pub(crate) fn resident_mib(&self) -> Result<f64> {
        process::resident_mib(self.process.pid())
    }

    pub(crate) fn peak_mib(&self) -> Result<f64> {
        process::peak_mib(self.process.pid())
    }

    pub(crate) async fn kill(mut self) -> Result<()> {
        self.process.kill().await
    }
}

/// The sum of the series that begin so.
fn sum(text: &str, series: &str) -> f64 {
    let is_it = |line: &&str| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(['{', ' ']));
    text.lines().filter(is_it).filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn series_are_summed_over_their_labels_and_not_over_longer_names() {
        let text = "a_total{x=\"1\"} 2\na_total{x=\"2\"} 3\na_total_more 7\na 1\n";
        assert_eq!((sum(text, "a_total"), sum(text, "a_total{x=\"2\"}"), sum(text, "a")), (5.0, 3.0, 1.0));
    }
}
