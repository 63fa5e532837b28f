//! What can be set, and what it makes.

mod table;

use crate::client::ApiTimes;
use crate::defaults::Defaults;
use crate::external_metrics::{CertificateTimes, ExternalMetricsOptions, ServiceName};
use crate::leader::{Candidate, Timing};
use crate::watches::Scope;
use pawnshop_runtime::settings::{Settings, SettingsError, parse};
use pawnshop_runtime::telemetry::LogFormat;
use std::net::SocketAddr;
use std::time::Duration;
use table::PROGRAM;
use uuid::Uuid;

/// The most shops that may be worked on at once.
const MOST_AT_ONCE: u16 = 1000;

/// The longest watch: kube's watcher takes none of 295 s or more.
const LONGEST_WATCH: Duration = Duration::from_secs(290);

/// What an operator process is to be, with nothing wrong in it.
pub struct Options {
    /// Which namespaces it is for.
    pub scope: Scope,
    /// What every shop gets.
    pub defaults: Defaults,
    /// Who it is among its replicas.
    pub candidate: Candidate,
    /// The times of the API server.
    pub api: ApiTimes,
    /// Shops that are worked on at once, at most.
    pub concurrency: u16,
    /// How often what shops refer to is read anew.
    pub reread: Duration,
    /// How often each broker is asked.
    pub broker_poll: Duration,
    /// How often the queues of a pool that sleeps are looked at.
    pub asleep_poll: Duration,
    /// Where KEDA asks.
    pub scaler_listen: SocketAddr,
    /// Where probes and metrics are served.
    pub operations_listen: SocketAddr,
    /// Whether and how external metrics are served.
    pub external_metrics: ExternalMetricsOptions,
    /// How log lines are written.
    pub log_format: LogFormat,
}

impl Options {
    /// Reads the settings of this process. `--help`, `--version` and unknown flags end it.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn load() -> Result<Self, SettingsError> {
        judge(Settings::load(&PROGRAM)?)
    }
}

fn judge(mut settings: Settings) -> Result<Options, SettingsError> {
    let watched = settings.optional("watch-namespace", parse::text);
    let namespace = settings.required("namespace", parse::text);
    let pod = settings.value("pod-name", parse::text);
    let image = settings.value("image", parse::text);
    let role = settings.value("dispatcher-role", str::parse);
    let lease_name = settings.value("lease-name", parse::text);
    let lease = settings.value("lease-duration", parse::some_time);
    let renew_deadline = settings.value("lease-renew-deadline", parse::some_time);
    let retry = settings.value("lease-retry-period", parse::some_time);
    if let (Some(lease), Some(deadline)) = (lease, renew_deadline)
        && lease < deadline + LEAST_MARGIN
    {
        let margin = LEAST_MARGIN.as_secs();
        settings
            .fault("lease-renew-deadline", format!("must be {margin} s shorter than lease-duration or more"));
    }
    if let (Some(deadline), Some(retry)) = (renew_deadline, retry)
        && deadline < retry * 2
    {
        settings.fault("lease-retry-period", "must be at most half of lease-renew-deadline");
    }
    let answer = settings.value("api-answer-deadline", parse::some_time);
    let watch = settings.value("api-watch-duration", whole_seconds);
    let discovery = settings.value("api-discovery-interval", parse::some_time);
    let concurrency = settings.value("concurrency", at_once);
    let reread = settings.value("secrets-interval", parse::some_time);
    let broker_poll = settings.value("broker-poll-interval", parse::some_time);
    let asleep_poll = settings.value("asleep-poll-interval", parse::some_time);
    let scaler_listen = settings.value("scaler-listen", str::parse::<SocketAddr>);
    let scaler_address = settings.optional("scaler-address", parse::text);
    let operations_listen = settings.value("operations-listen", str::parse::<SocketAddr>);
    let external_metrics = external_metrics(&mut settings, namespace.clone());
    let log_format = settings.value("log-format", parse::log_format);
    settings.finish(|| {
        let namespace = namespace?;
        Some(Options {
            scope: watched.map_or(Scope::Cluster, Scope::Namespace),
            defaults: Defaults {
                image: image?,
                dispatcher_role: role?,
                operator_namespace: namespace.clone(),
                scaler_address,
            },
            candidate: Candidate {
                lease_namespace: namespace,
                lease_name: lease_name?,
                identity: format!("{}_{}", pod?, Uuid::now_v7()),
                timing: Timing { lease: lease?, renew_deadline: renew_deadline?, retry: retry? },
            },
            api: ApiTimes { answer: answer?, watch: watch?, discovery: discovery? },
            concurrency: concurrency?,
            reread: reread?,
            broker_poll: broker_poll?,
            asleep_poll: asleep_poll?,
            scaler_listen: scaler_listen?,
            operations_listen: operations_listen?,
            external_metrics: external_metrics?,
            log_format: log_format?,
        })
    })
}

fn external_metrics(settings: &mut Settings, namespace: Option<String>) -> Option<ExternalMetricsOptions> {
    let enabled = settings.value("external-metrics", str::parse::<bool>);
    let listen = settings.value("metrics-listen", str::parse::<SocketAddr>);
    let service = settings.value("metrics-service", parse::text);
    let secret = settings.value("metrics-secret", parse::text);
    let owner = settings.optional("metrics-owner", parse::text);
    let lifetime = settings.value("metrics-certificate-lifetime", parse::some_time);
    let renewal = settings.value("metrics-certificate-renewal", parse::some_time);
    let settle = settings.value("metrics-certificate-settle", parse::some_time);
    if let (Some(lifetime), Some(renewal), Some(settle)) = (lifetime, renewal, settle)
        && lifetime < renewal + settle * 2
    {
        let least =
            "must be as long as metrics-certificate-renewal and twice metrics-certificate-settle together";
        settings.fault("metrics-certificate-lifetime", least);
    }
    if let (Some(renewal), Some(settle)) = (renewal, settle)
        && renewal < settle * 2
    {
        settings.fault("metrics-certificate-settle", "must be at most half of metrics-certificate-renewal");
    }
    Some(ExternalMetricsOptions {
        enabled: enabled?,
        listen: listen?,
        service: ServiceName { namespace: namespace?, name: service? },
        secret: secret?,
        owner,
        certificates: CertificateTimes { lifetime: lifetime?, renewal: renewal?, settle: settle? },
    })
}

/// What must lie between the renew deadline and the end of the lease, for writes that are under way.
const LEAST_MARGIN: Duration = Duration::from_secs(3);

/// The API server takes no fractions.
fn whole_seconds(text: &str) -> Result<Duration, String> {
    match parse::some_time(text)? {
        time if time.subsec_nanos() == 0 && time <= LONGEST_WATCH => Ok(time),
        _ => Err(format!("must be whole seconds, {} at most", LONGEST_WATCH.as_secs())),
    }
}

fn at_once(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(shops) if (1..=MOST_AT_ONCE).contains(&shops) => Ok(shops),
        _ => Err(format!("must be a number from 1 to {MOST_AT_ONCE}")),
    }
}
