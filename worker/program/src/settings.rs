mod table;

use crate::backends::{self, Backends};
use pawnshop_domain::FlowName;
use pawnshop_flow::{Flow, Pacing, PoolConfig};
use pawnshop_messaging::RetrySchedule;
use pawnshop_program::{broker, shop, traces};
use pawnshop_runtime::settings::{Settings, SettingsError, parse};
use pawnshop_runtime::telemetry::LogFormat;
use pawnshop_store_mongodb::MongoOptions;
use pawnshop_trace::TraceOptions;
use pawnshop_worker::Service;
use std::net::SocketAddr;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::time::Duration;

pub(crate) use table::PROGRAM;

/// What a worker process is to be, with nothing wrong in it.
pub(crate) struct WorkerSettings {
    pub(crate) services: Vec<Service>,
    pub(crate) backends: Backends,
    pub(crate) pool: String,
    pub(crate) flows: Vec<FlowName>,
    pub(crate) config: PoolConfig,
    pub(crate) schedule: RetrySchedule,
    pub(crate) concurrency: NonZeroU32,
    pub(crate) batch: usize,
    pub(crate) linger: Duration,
    pub(crate) outcome_retention: Duration,
    pub(crate) handler_deadline: Duration,
    pub(crate) drain_deadline: Duration,
    pub(crate) serve_reads_after_stop: Duration,
    pub(crate) listen: SocketAddr,
    pub(crate) operations_listen: SocketAddr,
    pub(crate) log_format: LogFormat,
    /// `None`: no tracing.
    pub(crate) tracing: Option<TraceOptions>,
}

/// Reads the settings of this process, and checks all that can be checked without a server. `--help`, `--version`
/// and unknown flags end the process.
///
/// # Errors
/// Every fault at once.
pub(crate) fn load(services: Vec<Service>) -> Result<WorkerSettings, SettingsError> {
    judge(Settings::load(&PROGRAM)?, services)
}

fn judge(mut settings: Settings, services: Vec<Service>) -> Result<WorkerSettings, SettingsError> {
    let known = services.iter().flat_map(|service| &service.flows);
    let flows = shop::flows(&mut settings, known.map(|flow| (flow.name.clone(), !flow.needs_config())));
    let shop = shop::name(&mut settings);
    let pool = settings.value("pool", pool_name);
    let config = config(&mut settings, flows.as_deref(), &services);
    let schedule = shop::schedule(&mut settings);
    let concurrency = settings.optional("concurrency", str::parse::<NonZeroU32>);
    let batch = settings.value("batch", str::parse::<NonZeroUsize>).map(NonZeroUsize::get);
    let prefetch = settings.optional("prefetch", str::parse::<NonZeroU16>).map(NonZeroU16::get);
    let linger = settings.value("linger", parse::duration);
    let outcome_retention = settings.value("outcome-retention", parse::duration);
    let handler_deadline = settings.value("handler-deadline", parse::some_time);
    let drain_deadline = settings.value("drain-deadline", parse::some_time);
    let serve_reads_after_stop = settings.value("serve-reads-after-stop", parse::duration);
    let listen = settings.value("listen", str::parse::<SocketAddr>);
    let operations_listen = settings.value("operations-listen", str::parse::<SocketAddr>);
    let log_format = settings.value("log-format", parse::log_format);
    let tracing = traces::options(&mut settings, &PROGRAM);

    let broker = broker::options(&mut settings, shop.as_ref(), schedule.as_ref());
    let store_uri = settings.required("store-uri", parse::secret);
    let database = match settings.is_given("store-database") {
        true => settings.optional("store-database", parse::text),
        false => shop.as_ref().map(|shop| format!("{}-{}", shop.namespace(), shop.name())),
    };
    let store_ca_file = settings.optional("store-ca-file", parse::path);

    // The backends say what is wrong with their URIs and files, and are not needed where something is.
    let broker = broker.and_then(|mut options| {
        options.max_events = backends::max_events(&services);
        options.connection_name = format!("pawnshop-worker {}", pool.as_deref()?);
        options.write_batch = batch?;
        options.prefetch = prefetch;
        Some(options)
    });
    let store = (|| {
        let mut options = MongoOptions::new(store_uri?, database?);
        options.tls.ca_file = store_ca_file;
        options.app_name = format!("pawnshop-worker {}", pool.as_deref()?);
        Some(options)
    })();
    let backends = Backends::start(broker, store, &mut settings);

    settings.finish(|| {
        Some(WorkerSettings {
            backends: backends?,
            pool: pool?,
            concurrency: concurrency.unwrap_or_else(|| consumers(&services, flows.as_deref())),
            flows: flows?,
            config: config?,
            schedule: schedule?,
            batch: batch?,
            linger: linger?,
            outcome_retention: outcome_retention?,
            handler_deadline: handler_deadline?,
            drain_deadline: drain_deadline?,
            serve_reads_after_stop: serve_reads_after_stop?,
            listen: listen?,
            operations_listen: operations_listen?,
            log_format: log_format?,
            tracing,
            services,
        })
    })
}

/// How many consumers a worker of these flows has unless somebody says: each has as many events in hand as a flow whose
/// events are handled alone may have, so that one is all that it may.
fn consumers(services: &[Service], flows: Option<&[FlowName]>) -> NonZeroU32 {
    let mut its = services.iter().flat_map(|service| &service.flows);
    let is_alone = its.any(|flow| {
        matches!(flow.pacing, Pacing::Alone { .. }) && flows.is_some_and(|flows| flows.contains(&flow.name))
    });
    if is_alone { NonZeroU32::MIN } else { NonZeroU32::MIN.saturating_add(1) }
}

/// What the pool's flows are told. `None`: it is no object, which is noted, as is everything in it that they do not read.
fn config(settings: &mut Settings, flows: Option<&[FlowName]>, services: &[Service]) -> Option<PoolConfig> {
    const KEY: &str = "pool-config";
    let config = match settings.is_given(KEY) {
        true => settings.optional(KEY, str::parse::<PoolConfig>)?,
        false => PoolConfig::default(),
    };
    // Without the flows nobody can tell.
    let served = flows?;
    let all = services.iter().flat_map(|service| &service.flows);
    let flows: Vec<Flow> = all.filter(|flow| served.contains(&flow.name)).cloned().collect();
    for fault in config.faults(&flows) {
        settings.fault(KEY, fault);
    }
    Some(config)
}

/// A label of metrics and a name in lists, so a word.
fn pool_name(text: &str) -> Result<String, &'static str> {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match text.len() {
        1..=63 if text.bytes().all(word) => Ok(text.to_owned()),
        _ => Err("must be 1 to 63 of a-z, 0-9 and -"),
    }
}
