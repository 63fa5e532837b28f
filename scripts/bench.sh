#!/usr/bin/env bash
# Builds and runs the benchmark with the arguments given. Servers and peers are installed first, unless the fleet
# is not measured.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/bench-env.sh

case " $* " in
  *" --mode embedded "* | *" --mode=embedded "* | *" --help "* | *" -h "*) ;;
  *) scripts/bench-setup.sh ;;
esac

cargo build --release --locked -p pawnshop-bench -p pawnshop-dispatcher-program -p pawnshop-worker-program
target=$(cargo metadata --format-version 1 --no-deps --locked | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')
# In place of this shell, so that a signal reaches it and it tidies up.
exec "$target/release/pawnshop-bench" "$@"
