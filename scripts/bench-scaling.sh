#!/usr/bin/env bash
# Builds and runs the comparison of the operator's scaling with KEDA's, with the arguments given.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

case " $* " in
  *" --help "* | *" -h "*) ;;
  *) scripts/setup.sh >&2 ;;
esac

cargo build --release --locked -p pawnshop-operator -p pawnshop-bench-scaling
target=$(cargo metadata --format-version 1 --no-deps --locked | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')
# In place of this shell, so that a signal reaches it and it tidies up. RabbitMQ 4, unless somebody chooses.
PAWNSHOP_RABBITMQ=${PAWNSHOP_RABBITMQ-4.0} exec "$target/release/pawnshop-bench-scaling" "$@"
