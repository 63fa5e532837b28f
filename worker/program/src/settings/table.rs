use pawnshop_program::rows;
use pawnshop_runtime::settings::{Program, Setting};

/// What the program is called, and all that can be set.
pub(crate) const PROGRAM: Program = Program {
    name: "pawnshop-worker",
    version: env!("CARGO_PKG_VERSION"),
    about: "Applies a shop's events and serves its reads, on RabbitMQ and MongoDB",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    rows::SHOP,
    rows::BROKER_URI,
    rows::BROKER_MANAGEMENT_URI,
    rows::BROKER_CA_FILE,
    rows::BROKER_CERTIFICATE_FILE,
    rows::BROKER_KEY_FILE,
    Setting::secret_uri(
        "store-uri",
        "STORE_URI",
        "MongoDB: mongodb://USER:PASSWORD@HOST:PORT/, or mongodb+srv://",
    ),
    Setting::optional(
        "store-database",
        "PAWNSHOP_STORE_DATABASE",
        "NAME",
        "The shop's database [default: NAMESPACE-NAME of the shop]",
    ),
    Setting::optional(
        "store-ca-file",
        "PAWNSHOP_STORE_CA_FILE",
        "FILE",
        "Authorities to trust for the store (PEM)",
    ),
    Setting::with_default("pool", "PAWNSHOP_POOL", "NAME", "The pool's name, in metrics", "default"),
    Setting::optional(
        "flows",
        "PAWNSHOP_FLOWS",
        "FLOW,...",
        "The flows to consume [default: every flow that needs no config]",
    ),
    Setting::optional(
        "pool-config",
        "PAWNSHOP_POOL_CONFIG",
        "JSON",
        "What the pool's flows are told, an object: `config` of the pool in the resource",
    ),
    Setting::optional(
        "concurrency",
        "PAWNSHOP_CONCURRENCY",
        "CONSUMERS",
        "Batches handled side by side [default: 2; 1 where a flow's events are handled each alone]",
    ),
    Setting::with_default("batch", "PAWNSHOP_BATCH", "EVENTS", "The most events in a batch", "500"),
    Setting::with_default(
        "linger",
        "PAWNSHOP_LINGER",
        "DURATION",
        "How long a batch may wait to fill",
        "0ms",
    ),
    Setting::optional(
        "prefetch",
        "PAWNSHOP_PREFETCH",
        "MESSAGES",
        "Messages a consumer holds [default: by the batch]",
    ),
    rows::RETRY_DELAYS,
    Setting::with_default(
        "handler-deadline",
        "PAWNSHOP_HANDLER_DEADLINE",
        "DURATION",
        "How long a batch may be handled",
        "30s",
    ),
    Setting::with_default(
        "outcome-retention",
        "PAWNSHOP_OUTCOME_RETENTION",
        "DURATION",
        "How long outcomes and dead letters are kept",
        "30d",
    ),
    Setting::with_default(
        "drain-deadline",
        "PAWNSHOP_DRAIN_DEADLINE",
        "DURATION",
        "How long batches may take to end at a stop",
        "25s",
    ),
    Setting::with_default(
        "serve-reads-after-stop",
        "PAWNSHOP_SERVE_READS_AFTER_STOP",
        "DURATION",
        "How long reads are served at least once a stop has begun",
        "5s",
    ),
    Setting::with_default(
        "listen",
        "PAWNSHOP_LISTEN",
        "ADDR",
        "Where reads are served, over gRPC",
        "0.0.0.0:7070",
    ),
    Setting::with_default(
        "operations-listen",
        "PAWNSHOP_OPERATIONS_LISTEN",
        "ADDR",
        "Where /healthz, /readyz and /metrics are",
        "0.0.0.0:9090",
    ),
    Setting::with_default("log-format", "PAWNSHOP_LOG_FORMAT", "text|json", "How the log is written", "text"),
    rows::OTLP_ENDPOINT,
    rows::OTLP_HEADERS,
    rows::TRACES_SAMPLER,
    rows::TRACES_SAMPLER_ARG,
    rows::OTEL_SERVICE_NAME,
];
