#!/usr/bin/env bash
# Everything about the tree that is not a test: formatting, lints, licences, walls, generated files.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

step() { printf '\ncheck: %s\n' "$*"; }

step "formatting"
cargo fmt --all --check

step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings

step "dependencies: licences, bans, sources"
if [ ! -x "$CARGO_DENY" ]; then
  echo "building cargo-deny $CARGO_DENY_VERSION (crates.io, about 3 minutes, once)"
  CARGO_TARGET_DIR="$CACHE/build" cargo install -q --locked --root "$CARGO_DENY_ROOT" --version "$CARGO_DENY_VERSION" cargo-deny
  rm -rf "$CACHE/build"
fi
"$CARGO_DENY" --log-level error check bans licenses sources

step "walls between crates"
# wall CRATE PATTERN: no normal dependency of CRATE may match.
wall() {
  local found
  # shellcheck disable=SC2086 # features may follow the name
  found=$(cargo tree --locked -p $1 -e normal --prefix none --format '{p}' | awk '{print $1}' | sort -u | grep -Ex "$2" || true)
  if [ -n "$found" ]; then echo "$1 must not depend on: $found"; exit 1; fi
  echo "$1 is free of $2"
}
embedded='rusqlite|libsqlite3-sys|pawnshop-sqlite|pawnshop-store-sqlite|pawnshop-messaging-embedded'
mongodb='mongodb|bson|pawnshop-store-mongodb'
rabbitmq='lapin|amq-protocol|pawnshop-messaging-rabbitmq'
wall pawnshop-dispatcher "$embedded|$mongodb|$rabbitmq|pawnshop-worker"
wall pawnshop-dispatcher-program "$embedded|$mongodb|pawnshop-worker|pawnshop-worker-program"
wall pawnshop-worker "$embedded|$mongodb|$rabbitmq|pawnshop-dispatcher"
wall pawnshop-worker-program "$embedded|pawnshop-dispatcher|pawnshop-dispatcher-program"
wall pawnshop-program "$embedded|$mongodb|pawnshop-dispatcher|pawnshop-worker"
wall pawnshop-runtime "$embedded|$mongodb|$rabbitmq|pawnshop-store|pawnshop-messaging"
wall pawnshop-items "$embedded|$mongodb|$rabbitmq|pawnshop-dispatcher|pawnshop-worker"
wall pawnshop-discovery "$embedded|$mongodb|$rabbitmq|pawnshop-dispatcher|pawnshop-worker"
wall pawnshop-messaging-rabbitmq "$embedded|$mongodb|pawnshop-store"
wall pawnshop-store-mongodb "$embedded|$rabbitmq|pawnshop-messaging"
wall pawnshop-presence "$embedded|$mongodb|$rabbitmq|pawnshop-dispatcher|pawnshop-worker"
wall pawnshop-queries "$embedded|$mongodb|$rabbitmq|pawnshop-messaging"
wall pawnshop-cli "kube-client|kube-runtime|tokio-tungstenite|$mongodb|$rabbitmq"
# What the program renders is the operator's pure half: no client of Kubernetes, no HTTP client. The program itself has
# one, as its workers ask the objects' service.
wall "pawnshop-operator --no-default-features" 'kube-client|kube-runtime|reqwest|tokio-tungstenite'
# Spans are made and sent by one crate; whoever uses it need not know what they are.
for crate in opentelemetry opentelemetry_sdk tracing-opentelemetry; do
  found=$(cargo tree --locked --workspace -e normal --invert "$crate" --depth 1 --prefix none --format '{p}' | awk '{print $1}' | grep '^pawnshop' | grep -vx pawnshop-trace || true)
  if [ -n "$found" ]; then echo "only pawnshop-trace may depend on $crate, not: $found"; exit 1; fi
done
echo "pawnshop-trace alone knows OpenTelemetry"
# One provider of TLS, ring: a second one compiled in makes rustls ask which is meant.
for program in pawnshop-cli pawnshop-kubectl pawnshop-dispatcher-program pawnshop-worker-program; do wall "$program" 'aws-lc-rs|aws-lc-sys|openssl|openssl-sys|native-tls'; done
wall pawnshop-domain 'tokio|axum|tonic|rusqlite|hyper'
wall pawnshop-scaling 'tokio|axum|tonic|rusqlite|hyper'

step "the operator's pure half stands alone"
cargo check --quiet --locked -p pawnshop-cli

step "generated files are up to date"
cargo run --locked --quiet -p pawnshop-worker --example flows -- --check crates/resource/flows.json
cargo run --locked --quiet -p pawnshop-resource --example crds -- --check crds
cargo run --locked --quiet -p pawnshop-resource --example reference -- --check docs/RESOURCE.md
cargo run --locked --quiet -p pawnshop-resource --example crds -- --check charts/pawnshop-operator/files/crds

echo; echo "check: all good"
