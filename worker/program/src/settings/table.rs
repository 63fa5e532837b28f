use pawnshop_runtime::settings::{Program, Setting};

/// What the program is called, and all that can be set.
pub(super) const PROGRAM: Program = Program {
    name: "pawnshop-worker",
    version: env!("CARGO_PKG_VERSION"),
    about: "Applies a shop's events and serves its reads, on RabbitMQ and MongoDB",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    with_default("shop", "PAWNSHOP_SHOP", "NAMESPACE/NAME", "The shop", "default/shop"),
    secret("broker-uri", "BROKER_URI", "RabbitMQ: amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps://"),
    secret(
        "broker-management-uri",
        "BROKER_MANAGEMENT_URI",
        "RabbitMQ's management API, for backlog figures",
    ),
    optional("broker-ca-file", "PAWNSHOP_BROKER_CA_FILE", "FILE", "Authorities to trust for amqps (PEM)"),
    optional(
        "broker-certificate-file",
        "PAWNSHOP_BROKER_CERTIFICATE_FILE",
        "FILE",
        "Certificate for amqps (PEM)",
    ),
    optional("broker-key-file", "PAWNSHOP_BROKER_KEY_FILE", "FILE", "Key of the certificate (PEM)"),
    secret("store-uri", "STORE_URI", "MongoDB: mongodb://USER:PASSWORD@HOST:PORT/, or mongodb+srv://"),
    optional(
        "store-database",
        "PAWNSHOP_STORE_DATABASE",
        "NAME",
        "The shop's database [default: NAMESPACE-NAME of the shop]",
    ),
    optional("store-ca-file", "PAWNSHOP_STORE_CA_FILE", "FILE", "Authorities to trust for the store (PEM)"),
    with_default("pool", "PAWNSHOP_POOL", "NAME", "The pool's name, in metrics", "default"),
    optional("flows", "PAWNSHOP_FLOWS", "FLOW,...", "The flows to consume [default: every flow]"),
    with_default("concurrency", "PAWNSHOP_CONCURRENCY", "CONSUMERS", "Batches handled side by side", "2"),
    with_default("batch", "PAWNSHOP_BATCH", "EVENTS", "The most events in a batch", "500"),
    with_default("linger", "PAWNSHOP_LINGER", "DURATION", "How long a batch may wait to fill", "0ms"),
    optional(
        "prefetch",
        "PAWNSHOP_PREFETCH",
        "MESSAGES",
        "Messages a consumer holds [default: by the batch]",
    ),
    with_default(
        "retry-delays",
        "PAWNSHOP_RETRY_DELAYS",
        "DURATION,...",
        "The delays of an event that fails; the same for every program of the shop",
        "1s,10s,60s,10min",
    ),
    with_default(
        "handler-deadline",
        "PAWNSHOP_HANDLER_DEADLINE",
        "DURATION",
        "How long a batch may be handled",
        "30s",
    ),
    with_default(
        "outcome-retention",
        "PAWNSHOP_OUTCOME_RETENTION",
        "DURATION",
        "How long outcomes and dead letters are kept",
        "30d",
    ),
    with_default(
        "drain-deadline",
        "PAWNSHOP_DRAIN_DEADLINE",
        "DURATION",
        "How long batches may take to end at a stop",
        "25s",
    ),
    with_default(
        "serve-reads-after-stop",
        "PAWNSHOP_SERVE_READS_AFTER_STOP",
        "DURATION",
        "How long reads are served at least once a stop has begun",
        "5s",
    ),
    with_default("listen", "PAWNSHOP_LISTEN", "ADDR", "Where reads are served, over gRPC", "0.0.0.0:7070"),
    with_default(
        "operations-listen",
        "PAWNSHOP_OPERATIONS_LISTEN",
        "ADDR",
        "Where /healthz, /readyz and /metrics are",
        "0.0.0.0:9090",
    ),
    with_default("log-format", "PAWNSHOP_LOG_FORMAT", "text|json", "How the log is written", "text"),
];

const fn optional(
    key: &'static str,
    env: &'static str,
    value_name: &'static str,
    help: &'static str,
) -> Setting {
    Setting { key, env, value_name, help, default: None, secret: false }
}

const fn with_default(
    key: &'static str,
    env: &'static str,
    value_name: &'static str,
    help: &'static str,
    default: &'static str,
) -> Setting {
    Setting { default: Some(default), ..optional(key, env, value_name, help) }
}

const fn secret(key: &'static str, env: &'static str, help: &'static str) -> Setting {
    Setting { secret: true, ..optional(key, env, "URI", help) }
}
