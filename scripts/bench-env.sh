# Sourced by the benchmark's scripts: what the fleet is measured with, pinned, and where that is cached. Versions and
# lock files are part of the paths, so that a stale cache cannot be taken for a fresh one.
source scripts/env.sh

lock_hash() { sha256sum "$1" | cut -c1-16; }

# A MongoDB-wire server on WiredTiger. It is a program of its own, started and never linked: its licence is the GPL.
SECANTUS_VERSION=0.5.3-beta.196
SECANTUS_ROOT="$CACHE/secantus-mdb-$SECANTUS_VERSION"
FASTIFY_ROOT="$CACHE/bench-fastify-$(lock_hash bench/peers/fastify/package-lock.json)"
FASTAPI_ROOT="$CACHE/bench-fastapi-$(lock_hash bench/peers/fastapi/requirements.txt)"

export PAWNSHOP_BENCH_STORE="$SECANTUS_ROOT/bin/secantusd-rs"
export PAWNSHOP_BENCH_NODE_MODULES="$FASTIFY_ROOT/node_modules"
export PAWNSHOP_BENCH_PYTHON="$FASTAPI_ROOT/bin/python"
