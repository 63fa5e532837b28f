use crate::defaults;
use pawnshop_runtime::settings::{Program, Setting};

/// What the program is called, and all that can be set.
pub(super) const PROGRAM: Program = Program {
    name: "pawnshop-operator",
    version: env!("CARGO_PKG_VERSION"),
    about: "Keeps what runs in Kubernetes equal to what each PawnShop says",
    settings: SETTINGS,
};

const SETTINGS: &[Setting] = &[
    Setting::optional(
        "watch-namespace",
        "PAWNSHOP_WATCH_NAMESPACE",
        "NAMESPACE",
        "The one namespace whose shops are kept [default: all of them]",
    ),
    Setting::optional(
        "namespace",
        "POD_NAMESPACE",
        "NAMESPACE",
        "Where the operator itself runs, and keeps its Lease",
    ),
    Setting::with_default(
        "pod-name",
        "POD_NAME",
        "NAME",
        "The operator's pod, as the Lease and events name it",
        "pawnshop-operator",
    ),
    Setting::with_default(
        "image",
        "PAWNSHOP_IMAGE",
        "IMAGE",
        "The image of shops and pools that name none",
        defaults::IMAGE,
    ),
    Setting::with_default(
        "dispatcher-role",
        "PAWNSHOP_DISPATCHER_ROLE",
        "KIND/NAME",
        "The role that dispatchers are bound to: ClusterRole/NAME or Role/NAME",
        defaults::DISPATCHER_ROLE,
    ),
    Setting::with_default(
        "lease-name",
        "PAWNSHOP_LEASE_NAME",
        "NAME",
        "The Lease by which one of the operator's replicas leads",
        "pawnshop-operator",
    ),
    Setting::with_default(
        "lease-duration",
        "PAWNSHOP_LEASE_DURATION",
        "DURATION",
        "How long the others wait for a leader that says nothing",
        "10s",
    ),
    Setting::with_default(
        "lease-renew-deadline",
        "PAWNSHOP_LEASE_RENEW_DEADLINE",
        "DURATION",
        "How long after its last renewal a leader still writes",
        "7s",
    ),
    Setting::with_default(
        "lease-retry-period",
        "PAWNSHOP_LEASE_RETRY_PERIOD",
        "DURATION",
        "The pause between tries to renew or take the Lease",
        "2s",
    ),
    Setting::with_default(
        "api-answer-deadline",
        "PAWNSHOP_API_ANSWER_DEADLINE",
        "DURATION",
        "How long the API server may take to answer",
        "30s",
    ),
    Setting::with_default(
        "api-watch-duration",
        "PAWNSHOP_API_WATCH_DURATION",
        "DURATION",
        "How long one watch lasts; one that hangs is noticed 5 s after its end",
        "60s",
    ),
    Setting::with_default(
        "api-discovery-interval",
        "PAWNSHOP_API_DISCOVERY_INTERVAL",
        "DURATION",
        "How often the API server is asked for kinds of others that come and go",
        "60s",
    ),
    Setting::with_default(
        "concurrency",
        "PAWNSHOP_CONCURRENCY",
        "N",
        "The shops that are worked on at once, at most",
        "8",
    ),
    Setting::with_default(
        "secrets-interval",
        "PAWNSHOP_SECRETS_INTERVAL",
        "DURATION",
        "How often what shops refer to is read anew, to notice rotated secrets",
        "5min",
    ),
    Setting::with_default(
        "broker-poll-interval",
        "PAWNSHOP_BROKER_POLL_INTERVAL",
        "DURATION",
        "How often each broker's management API is asked",
        "10s",
    ),
    Setting::with_default(
        "scaler-listen",
        "PAWNSHOP_SCALER_LISTEN",
        "ADDR",
        "Where KEDA asks for the backlog of pools that it scales",
        "0.0.0.0:6000",
    ),
    Setting::optional(
        "scaler-address",
        "PAWNSHOP_SCALER_ADDRESS",
        "HOST:PORT",
        "The same as KEDA reaches it: the Service of all replicas [default: KEDA is not used]",
    ),
    Setting::with_default(
        "operations-listen",
        "PAWNSHOP_OPERATIONS_LISTEN",
        "ADDR",
        "Where probes and metrics are served",
        "0.0.0.0:9090",
    ),
    Setting::with_default(
        "log-format",
        "PAWNSHOP_LOG_FORMAT",
        "text|json",
        "How log lines are written",
        "text",
    ),
];
