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
