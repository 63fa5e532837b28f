# Sourced by the other scripts: pinned versions, and where the tools are cached. The versions are part of the
# paths, so that a stale cache cannot be taken for a fresh one.
CACHE="${PAWNSHOP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pawnshop}"
mkdir -p "$CACHE"

CARGO_DENY_VERSION=0.20.2
CARGO_DENY_ROOT="$CACHE/cargo-deny-$CARGO_DENY_VERSION"
CARGO_DENY="$CARGO_DENY_ROOT/bin/cargo-deny"

SCHEMATHESIS_VERSION=4.32.5
SCHEMATHESIS_VENV="$CACHE/schemathesis-$SCHEMATHESIS_VERSION"
SCHEMATHESIS="$SCHEMATHESIS_VENV/bin/schemathesis"
export SCHEMATHESIS

# The servers of tests/servers, which finds them by these variables or, run by cargo alone, at the same places.
# RabbitMQ is Debian's package (3.10.8 in bookworm), and that of a later Debian (4.0.5 in trixie) in a system folder of
# its own, which PAWNSHOP_RABBITMQ=4.0 chooses. SecantusDB is a process of its own, never linked: it is GPL.
RABBITMQ_4_SUITE=trixie
RABBITMQ_4_VERSION=4.0-trixie
RABBITMQ_4="$CACHE/rabbitmq-$RABBITMQ_4_VERSION"
export RABBITMQ_4

SECANTUSDB_VERSION=0.7.0b3
SECANTUSDB_VENV="$CACHE/secantusdb-$SECANTUSDB_VERSION"
SECANTUSDB="$SECANTUSDB_VENV/bin/secantusd-py"
export SECANTUSDB

TOXIPROXY_VERSION=2.5.0
TOXIPROXY_ROOT="$CACHE/toxiproxy-$TOXIPROXY_VERSION"
TOXIPROXY="$TOXIPROXY_ROOT/bin/toxiproxy-server"
export TOXIPROXY

# Installs the charts in tests. The oldest line of helm that the charts promise to work with.
HELM_VERSION=3.22.0
HELM_ROOT="$CACHE/helm-$HELM_VERSION"
HELM="$HELM_ROOT/bin/helm"
export HELM

# Checks and tests the operator's alert rules. Version 3.14.0 of Prometheus is version 0.314.0 of its Go module.
PROMTOOL_VERSION=3.14.0
PROMTOOL_MODULE=0.314.0
PROMTOOL_ROOT="$CACHE/promtool-$PROMTOOL_VERSION"
PROMTOOL="$PROMTOOL_ROOT/bin/promtool"
export PROMTOOL

# Looks for what keeps people out of the console. It is injected by a test, never served: it is MPL-2.0.
AXE_VERSION=4.14.1
AXE="$CACHE/axe-$AXE_VERSION/axe.min.js"
export AXE

# What traces are sent to in tests, and asked for. The last of the line in one small program, with the traces in memory.
JAEGER_VERSION=1.76.0
JAEGER_ROOT="$CACHE/jaeger-$JAEGER_VERSION"
JAEGER="$JAEGER_ROOT/bin/jaeger"
export JAEGER

# The kinds of others that the operator knows: their definitions, out of their projects' Go modules.
PROMETHEUS_OPERATOR_VERSION=0.85.0
GATEWAY_API_VERSION=1.4.0
RABBITMQ_CLUSTER_OPERATOR_VERSION=1.14.0
CRDS="$CACHE/crds-$PROMETHEUS_OPERATOR_VERSION-$GATEWAY_API_VERSION-$RABBITMQ_CLUSTER_OPERATOR_VERSION"
export CRDS

# What others scale by: KEDA, for the tests with it and the comparison (make bench-scaling).
KEDA_VERSION=2.21.0
KEDA="$CACHE/keda-$KEDA_VERSION"
export KEDA

# Kubernetes for tests, from the Go modules in tests/cluster: they pin the versions, and what they hold is the key.
CLUSTER_SOURCES="$(cd "${BASH_SOURCE[0]%/*}/../tests/cluster" && pwd)"
CLUSTER="$CACHE/cluster-$(cat "$CLUSTER_SOURCES"/{kube,coredns,pod}/* | sha256sum | cut -c1-16)/bin"
