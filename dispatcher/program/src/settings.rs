mod table;

use pawnshop_discovery::Source;
use pawnshop_domain::{FlowName, IdError, ShopName};
use pawnshop_messaging::RetrySchedule;
use pawnshop_messaging_rabbitmq::{RabbitBroker, RabbitOptions, StartError, Tls};
use pawnshop_runtime::settings::{Settings, SettingsError, parse};
use pawnshop_runtime::telemetry::LogFormat;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use table::PROGRAM;

/// How alike two names must be for one to be suggested for the other.
const ALIKE: f64 = 0.7;

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
    let known: Vec<FlowName> = registered.iter().map(|(name, _)| name.clone()).collect();
    let flows = match settings.is_given("flows") {
        true => settings.optional("flows", parse::list(|name| known_flow(name, &known))),
        false => Some(known.clone()),
    };
    if let Some(twice) = flows.as_deref().and_then(repeated) {
        settings.fault("flows", format!("\"{twice}\" is listed twice"));
    }
    let shop = settings.value("shop", shop_name);
    let workers = settings.required("workers", str::parse::<Source>);
    let schedule = settings.value("retry-delays", parse::list(parse::duration)).map(RetrySchedule::new);
    let max_events = settings.optional("max-events-per-message", max_events_per_message);
    let listen = settings.value("listen", str::parse::<SocketAddr>);
    let admin_listen = settings.value("admin-listen", loopback);
    let operations_listen = settings.value("operations-listen", str::parse::<SocketAddr>);
    let accept_after_stop = settings.value("accept-after-stop", parse::duration);
    let drain_deadline = settings.value("drain-deadline", parse::some_time);
    let log_format = settings.value("log-format", parse::log_format);

    let uri = settings.required("broker-uri", parse::secret);
    let management_uri = settings.optional("broker-management-uri", parse::secret);
    let tls = Tls {
        ca_file: settings.optional("broker-ca-file", parse::path),
        certificate_file: settings.optional("broker-certificate-file", parse::path),
        key_file: settings.optional("broker-key-file", parse::path),
    };
    // The broker says what is wrong with its URI and files.
    let broker = (|| {
        let mut options = RabbitOptions::new(uri?, shop.clone()?);
        options.tls = tls;
        options.management_uri = management_uri;
        options.schedule = schedule?;
        let most = max_events.unwrap_or(u16::MAX);
        options.max_events = registered.into_iter().map(|(flow, own)| (flow, own.min(most))).collect();
        // As many events may await their confirms as do in full messages.
        options.outstanding *= usize::from(FULL_MESSAGE / most.min(FULL_MESSAGE));
        options.connection_name = "pawnshop-dispatcher".to_owned();
        Some(RabbitBroker::start(options))
    })();
    let broker = broker
        .and_then(|started| started.map_err(|fault| settings.fault(broker_key(&fault), fault)).ok())
        .map(Arc::new);

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
        })
    })
}

fn broker_key(fault: &StartError) -> &'static str {
    match fault {
        StartError::ManagementUri(_) => "broker-management-uri",
        StartError::Uri(_) | StartError::TlsFile { .. } | StartError::Tls(_) | StartError::Runtime(_) => {
            "broker-uri"
        }
    }
}

fn known_flow(name: &str, known: &[FlowName]) -> Result<FlowName, String> {
    let flow: FlowName = name.parse().map_err(|error: IdError| error.to_string())?;
    if known.contains(&flow) {
        return Ok(flow);
    }
    let alike = known.iter().map(|known| (strsim::jaro_winkler(name, known.as_str()), known));
    let closest = alike.filter(|(likeness, _)| *likeness > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    match closest {
        Some((_, closest)) => Err(format!("there is no such flow; did you mean {closest}?")),
        None => {
            let known = known.iter().map(FlowName::as_str).collect::<Vec<_>>().join(", ");
            Err(format!("there is no such flow; there are {known}"))
        }
    }
}

fn repeated(flows: &[FlowName]) -> Option<FlowName> {
    let twice = |(index, flow): &(usize, &FlowName)| flows[..*index].contains(flow);
    flows.iter().enumerate().find(twice).map(|(_, flow)| flow.clone())
}

fn shop_name(text: &str) -> Result<ShopName, String> {
    let (namespace, name) =
        text.split_once('/').ok_or_else(|| "must be NAMESPACE/NAME, such as default/downtown".to_owned())?;
    ShopName::new(namespace, name).map_err(|error| error.to_string())
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
