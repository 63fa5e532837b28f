mod table;

use pawnshop_discovery::Source;
use pawnshop_domain::{FlowName, ShopName};
use pawnshop_messaging_rabbitmq::RabbitBroker;
use pawnshop_program::{broker, shop, traces};
use pawnshop_runtime::settings::{Settings, SettingsError, parse};
use pawnshop_runtime::telemetry::LogFormat;
use pawnshop_trace::TraceOptions;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use table::PROGRAM;

/// The events that a message holds at most (decision D8).
const FULL_MESSAGE: u16 = 256;

/// What a dispatcher process is to be, with nothing wrong in it.
pub(crate) struct DispatcherSettings {
    pub(crate) shop: ShopName,
    /// Connecting in the background.
    pub(crate) broker: Arc<RabbitBroker>,
    pub(crate) workers: Source,
    pub(crate) flows: Vec<FlowName>,
    pub(crate) listen: SocketAddr,
    pub(crate) admin_listen: SocketAddr,
    pub(crate) operations_listen: SocketAddr,
    pub(crate) accept_after_stop: Duration,
    pub(crate) drain_deadline: Duration,
    pub(crate) log_format: LogFormat,
    /// `None`: no tracing.
    pub(crate) tracing: Option<TraceOptions>,
}

/// Reads the settings of this process, and checks all that can be checked without a server. `--help`, `--version`
/// and unknown flags end the process.
///
/// # Errors
/// Every fault at once.
pub(crate) fn load() -> Result<DispatcherSettings, SettingsError> {
    judge(Settings::load(&PROGRAM)?)
}

fn judge(mut settings: Settings) -> Result<DispatcherSettings, SettingsError> {
    let registered = pawnshop_dispatcher::flows();
    let known = registered.iter().map(|flow| (flow.name.clone(), !flow.needs_config()));
    let flows = shop::flows(&mut settings, known);
    let shop = shop::name(&mut settings);
    let workers = settings.required("workers", str::parse::<Source>);
    let schedule = shop::schedule(&mut settings);
    let max_events = settings.optional("max-events-per-message", max_events_per_message);
    let listen = settings.value("listen", str::parse::<SocketAddr>);
    let admin_listen = settings.value("admin-listen", loopback);
    let operations_listen = settings.value("operations-listen", str::parse::<SocketAddr>);
    let accept_after_stop = settings.value("accept-after-stop", parse::duration);
    let drain_deadline = settings.value("drain-deadline", parse::some_time);
    let log_format = settings.value("log-format", parse::log_format);
    let tracing = traces::options(&mut settings, &PROGRAM);

    let broker = broker::options(&mut settings, shop.as_ref(), schedule.as_ref()).map(|mut options| {
        let most = max_events.unwrap_or(u16::MAX);
        let flows = registered.iter();
        options.max_events =
            flows.map(|flow| (flow.name.clone(), flow.max_events_per_message().min(most))).collect();
        options.connection_name = "pawnshop-dispatcher".to_owned();
        options
    });
    let broker = broker::start(broker, &mut settings);

    settings.finish(|| {
        Some(DispatcherSettings {
            shop: shop?,
            broker: broker?,
            workers: workers?,
            flows: flows?,
            listen: listen?,
            admin_listen: admin_listen?,
            operations_listen: operations_listen?,
            accept_after_stop: accept_after_stop?,
            drain_deadline: drain_deadline?,
            log_format: log_format?,
            tracing,
        })
    })
}

fn max_events_per_message(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(events @ 1..=FULL_MESSAGE) => Ok(events),
        _ => Err(format!("must be a number from 1 to {FULL_MESSAGE}")),
    }
}

/// Whoever reaches the admin API may do all of it.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|error: std::net::AddrParseError| error.to_string())?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("must be a loopback address, such as 127.0.0.1:0".to_owned()),
    }
}
