use pawnshop_program::rows;
use pawnshop_runtime::settings::{Program, Setting};

/// What the program is called, and all that can be set.
pub(crate) const PROGRAM: Program = Program {
    name: "pawnshop-dispatcher",
    version: env!("CARGO_PKG_VERSION"),
    about: "Serves a shop's HTTP API: writes go to RabbitMQ, reads to the workers",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    rows::SHOP,
    rows::BROKER_URI,
    rows::BROKER_MANAGEMENT_URI,
    rows::BROKER_CA_FILE,
    rows::BROKER_CERTIFICATE_FILE,
    rows::BROKER_KEY_FILE,
    Setting::optional(
        "workers",
        "PAWNSHOP_WORKERS",
        "SOURCE",
        "Where the workers are: static:HOST:PORT,..., dns:HOST:PORT or kubernetes:NAMESPACE/SERVICE:PORT-NAME",
    ),
    Setting::optional(
        "flows",
        "PAWNSHOP_FLOWS",
        "FLOW,...",
        "The flows that some pool serves [default: every flow that needs no config]",
    ),
    rows::RETRY_DELAYS,
    Setting::optional(
        "max-events-per-message",
        "PAWNSHOP_MAX_EVENTS_PER_MESSAGE",
        "N",
        "The events that share a broker message at most, 1 to 256 [default: each flow's own maximum]",
    ),
    Setting::with_default("listen", "PAWNSHOP_LISTEN", "ADDR", "Where the API listens", "0.0.0.0:8080"),
    Setting::with_default(
        "admin-listen",
        "PAWNSHOP_ADMIN_LISTEN",
        "ADDR",
        "Where the admin API listens: a loopback address",
        "127.0.0.1:0",
    ),
    Setting::with_default(
        "operations-listen",
        "PAWNSHOP_OPERATIONS_LISTEN",
        "ADDR",
        "Where probes and metrics are served",
        "0.0.0.0:9090",
    ),
    Setting::with_default(
        "accept-after-stop",
        "PAWNSHOP_ACCEPT_AFTER_STOP",
        "DURATION",
        "How long new connections are still taken once a stop has begun, for load balancers to notice",
        "2s",
    ),
    Setting::with_default(
        "drain-deadline",
        "PAWNSHOP_DRAIN_DEADLINE",
        "DURATION",
        "How long requests under way may take to end after that",
        "25s",
    ),
    Setting::with_default(
        "log-format",
        "PAWNSHOP_LOG_FORMAT",
        "text|json",
        "How log lines are written",
        "text",
    ),
    rows::OTLP_ENDPOINT,
    rows::OTLP_HEADERS,
    rows::TRACES_SAMPLER,
    rows::TRACES_SAMPLER_ARG,
    rows::OTEL_SERVICE_NAME,
];
