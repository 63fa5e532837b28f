#!/usr/bin/env bash
# Builds and runs the operator's benchmark with the arguments given.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

case " $* " in
  *" --help "* | *" -h "*) ;;
  *) scripts/setup.sh >&2 ;;
esac

cargo build --release --locked -p pawnshop-operator -p pawnshop-bench-operator
target=$(cargo metadata --format-version 1 --no-deps --locked | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')
# In place of this shell, so that a signal reaches it and it tidies up.
exec "$target/release/pawnshop-bench-operator" "$@"
