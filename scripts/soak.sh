#!/usr/bin/env bash
# Builds and runs the long run of faults with the arguments given, on the faster of SecantusDB's two programs: on two
# cores the other one is at its limit before the fleet is. Only the other one has fail points; FAIL_POINTS=1 takes it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
source scripts/bench-env.sh
if [ -z "${FAIL_POINTS:-}" ]; then
  scripts/bench-setup.sh store
  export SECANTUSDB="$PAWNSHOP_BENCH_STORE"
fi
exec cargo run --release --locked -p pawnshop-faults --bin pawnshop-soak -- "$@"
