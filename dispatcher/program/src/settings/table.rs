use pawnshop_runtime::settings::{Program, Setting};

/// What the program is called, and all that can be set.
pub(crate) const PROGRAM: Program = Program {
    name: "pawnshop-dispatcher",
    version: env!("CARGO_PKG_VERSION"),
    about: "Serves a shop's HTTP API: writes go to RabbitMQ, reads to the workers",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting::with_default("shop", "PAWNSHOP_SHOP", "NAMESPACE/NAME", "The shop", "default/shop"),
    Setting::secret_uri(
        "broker-uri",
        "BROKER_URI",
        "RabbitMQ: amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps://",
    ),
    Setting::secret_uri(
        "broker-management-uri",
        "BROKER_MANAGEMENT_URI",
        "RabbitMQ's management API, for backlog figures",
    ),
    Setting::optional(
        "broker-ca-file",
        "PAWNSHOP_BROKER_CA_FILE",
        "FILE",
        "Authorities to trust for amqps (PEM)",
    ),
    Setting::optional(
        "broker-certificate-file",
        "PAWNSHOP_BROKER_CERTIFICATE_FILE",
        "FILE",
        "Certificate for amqps (PEM)",
    ),
    Setting::optional("broker-key-file", "PAWNSHOP_BROKER_KEY_FILE", "FILE", "Key of the certificate (PEM)"),
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
        "The flows that some pool serves [default: every flow]",
    ),
    Setting::with_default(
        "retry-delays",
        "PAWNSHOP_RETRY_DELAYS",
        "DURATION,...",
        "The delays of an event that fails; the same for every program of the shop",
        "1s,10s,60s,10min",
    ),
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
];
