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
