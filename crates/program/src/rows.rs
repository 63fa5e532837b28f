//! The rows of the tables of settings that read the same in every program.

use pawnshop_runtime::settings::Setting;

/// The shop's namespace and name.
pub const SHOP: Setting =
    Setting::with_default("shop", "PAWNSHOP_SHOP", "NAMESPACE/NAME", "The shop", "default/shop");

/// The broker.
pub const BROKER_URI: Setting = Setting::secret_uri(
    "broker-uri",
    "BROKER_URI",
    "RabbitMQ: amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps://",
);

/// Where the broker's figures come from.
pub const BROKER_MANAGEMENT_URI: Setting = Setting::secret_uri(
    "broker-management-uri",
    "BROKER_MANAGEMENT_URI",
    "RabbitMQ's management API, for backlog figures",
);

/// Who may vouch for the broker.
pub const BROKER_CA_FILE: Setting = Setting::optional(
    "broker-ca-file",
    "PAWNSHOP_BROKER_CA_FILE",
    "FILE",
    "Authorities to trust for amqps and https, besides the system's (PEM)",
);

/// Who the program is to the broker.
pub const BROKER_CERTIFICATE_FILE: Setting = Setting::optional(
    "broker-certificate-file",
    "PAWNSHOP_BROKER_CERTIFICATE_FILE",
    "FILE",
    "Certificate for amqps and https (PEM)",
);

/// What proves it.
pub const BROKER_KEY_FILE: Setting =
    Setting::optional("broker-key-file", "PAWNSHOP_BROKER_KEY_FILE", "FILE", "Key of the certificate (PEM)");

/// The tiers of retries.
pub const RETRY_DELAYS: Setting = Setting::with_default(
    "retry-delays",
    "PAWNSHOP_RETRY_DELAYS",
    "DURATION,...",
    "The delays of an event that fails; the same for every program of the shop",
    "1s,10s,60s,10min",
);

/// Where spans go.
pub const OTLP_ENDPOINT: Setting = Setting::secret_uri(
    "otlp-endpoint",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "The collector that traces go to, by OTLP over HTTP: http://HOST:4318; without it there are none",
);

/// What is sent with them.
pub const OTLP_HEADERS: Setting = Setting {
    secret: true,
    ..Setting::optional(
        "otlp-headers",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "NAME=VALUE,...",
        "Headers for the collector, such as authorization=Bearer%20TOKEN",
    )
};

/// Which requests are traced.
pub const TRACES_SAMPLER: Setting = Setting::with_default(
    "traces-sampler",
    "OTEL_TRACES_SAMPLER",
    "NAME",
    "Which requests are traced: always_on, always_off or traceidratio, or parentbased_ and one of these to follow callers",
    "parentbased_traceidratio",
);

/// How many of them.
pub const TRACES_SAMPLER_ARG: Setting = Setting::with_default(
    "traces-sampler-arg",
    "OTEL_TRACES_SAMPLER_ARG",
    "RATIO",
    "The ratio of traceidratio, from 0 to 1",
    "0.1",
);

/// Whose spans they are.
pub const OTEL_SERVICE_NAME: Setting = Setting::optional(
    "otel-service-name",
    "OTEL_SERVICE_NAME",
    "NAME",
    "What the program is called in traces [default: its own name]",
);
