#!/usr/bin/env bash
# Installs what the fleet is measured with and against: pinned, into a cache outside the checkout, and only what is
# missing. Takes 5 minutes the first time, most of them for the document store. `bench-setup.sh store`: that alone.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/bench-env.sh

say() { printf 'bench-setup: %s\n' "$*" >&2; }

# debian PROGRAM PACKAGE: installs the package where the program is missing.
debian() {
  command -v "$1" >/dev/null && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "$1 is missing and needs root and apt-get to install (Debian package $2)"
    exit 1
  fi
  say "installing $2 (Debian package)"
  { apt-get install -y -q "$2" || { apt-get update -q && apt-get install -y -q "$2"; }; } >"$CACHE/apt.log" 2>&1 ||
    { tail -n 5 "$CACHE/apt.log" >&2; say "$2 could not be installed"; exit 1; }
}

PATH="$PATH:/usr/sbin"
if [ ! -x "$PAWNSHOP_BENCH_STORE" ]; then
  debian cmake cmake
  say "building secantus-mdb $SECANTUS_VERSION (crates.io, about 5 minutes, once)"
  CARGO_TARGET_DIR="$CACHE/build-secantus" cargo install -q --locked --ignore-rust-version --root "$SECANTUS_ROOT" \
    --version "$SECANTUS_VERSION" secantus-mdb
  rm -rf "$CACHE/build-secantus"
fi
[ "${1:-all}" = all ] || exit 0

debian rabbitmq-server rabbitmq-server
debian node nodejs
debian npm npm
debian python3 python3-venv

# A folder is named as finished only once it is: what an interrupted run left is made anew.
if [ ! -d "$FASTIFY_ROOT" ]; then
  say "installing Fastify and amqplib (npm)"
  rm -rf "$FASTIFY_ROOT.new" && mkdir -p "$FASTIFY_ROOT.new"
  cp bench/peers/fastify/package.json bench/peers/fastify/package-lock.json "$FASTIFY_ROOT.new"
  (cd "$FASTIFY_ROOT.new" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  mv "$FASTIFY_ROOT.new" "$FASTIFY_ROOT"
fi

if [ ! -e "$FASTAPI_ROOT/complete" ]; then
  say "installing FastAPI and aio-pika (PyPI)"
  rm -rf "$FASTAPI_ROOT"
  python3 -m venv "$FASTAPI_ROOT"
  "$FASTAPI_ROOT/bin/pip" install -q --disable-pip-version-check --require-hashes -r bench/peers/fastapi/requirements.txt >&2
  touch "$FASTAPI_ROOT/complete"
fi
