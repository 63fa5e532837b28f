#!/usr/bin/env bash
# Installs what tests and checks need beyond the Rust toolchain: pinned, into a cache outside the checkout,
# and only what is missing. Without root or pip it says what it could not install; the tests that need it
# are then skipped by name (in CI that is an error).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

say() { printf 'setup: %s\n' "$*"; }

if ! command -v strace >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing strace (Debian package)"
    { apt-get install -y -q strace || { apt-get update -q && apt-get install -y -q strace; }; } >"$CACHE/apt.log" 2>&1 ||
      { tail -n 5 "$CACHE/apt.log"; say "strace could not be installed"; }
  else
    say "strace is missing and needs root to install: the test of the sync before the answer will be skipped"
  fi
fi

if [ ! -x "$SCHEMATHESIS" ]; then
  say "installing schemathesis $SCHEMATHESIS_VERSION (PyPI)"
  rm -rf "$SCHEMATHESIS_VENV"
  { python3 -m venv "$SCHEMATHESIS_VENV" && "$SCHEMATHESIS_VENV/bin/pip" install -q "schemathesis==$SCHEMATHESIS_VERSION"; } ||
    say "schemathesis could not be installed: the test of the OpenAPI document will be skipped"
fi
