#!/usr/bin/env bash
# Builds all programs and packs them into the container image, without a container runtime; arguments go to the packer.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

programs=(pawnshop pawnshop-dispatcher pawnshop-worker pawnshop-operator kubectl-pawnshop)
cargo build --release --locked -p pawnshop-cli -p pawnshop-dispatcher-program -p pawnshop-worker-program \
  -p pawnshop-operator -p pawnshop-kubectl -p pawnshop-image
target=$(cargo metadata --format-version 1 --no-deps --locked | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')
exec "$target/release/pawnshop-image" "$@" "${programs[@]/#/$target/release/}"
