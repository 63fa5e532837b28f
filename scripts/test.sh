#!/usr/bin/env bash
# Runs every test and ends on the line `N passed, N failed, N skipped`. A test that cannot run on this machine
# notes its name and the reason in $PAWNSHOP_SKIPS; in CI a skip is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PAWNSHOP_SKIPS="$scratch/skips"
: >"$PAWNSHOP_SKIPS"

cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$scratch/log"
status=${PIPESTATUS[0]}

# once_more FOLDER FILTER...: the tests of a package on the other RabbitMQ. They are the programs that were built above:
# for one package alone cargo would choose other features, and build all that it stands on once more.
once_more() {
  local folder=$1 programs program failures=0
  shift
  programs=$(sed -n "s|.*/$folder/Cargo.toml\".*,\"test\":true}.*\"executable\":\"\([^\"]*\)\".*|\1|p" "$scratch/built")
  [ -n "$programs" ] || { echo "the tests of $folder are not built"; return 1; }
  for program in $programs; do
    printf '\n     Running %s on RabbitMQ 4.0\n' "${program##*/}"
    (cd "$folder" && PAWNSHOP_RABBITMQ=4.0 "$program" "$@") || failures=1
  done
  return "$failures"
}
{
  cargo test --workspace --locked --no-run --message-format=json >"$scratch/built" 2>/dev/null
  once_more crates/messaging/rabbitmq
  broker=$?
  once_more tests/servers rabbit guard && [ "$broker" -eq 0 ]
} 2>&1 | tee -a "$scratch/log"
[ "${PIPESTATUS[0]}" -eq 0 ] || status=1

read -r passed failed ignored < <(awk '
  /^test result:/ { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i; if ($(i+1) ~ /^ignored/) g += $i } }
  END { print p + 0, f + 0, g + 0 }' "$scratch/log")
skips=$(sort -u "$PAWNSHOP_SKIPS" | grep -c .)
if [ "$skips" -gt 0 ]; then
  echo; sort -u "$PAWNSHOP_SKIPS" | sed 's/^/skipped: /'
fi
passed=$((passed - skips)) skipped=$((skips + ignored))
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
  echo "the tests did not run to their end"; failed=1
fi
if [ -n "${CI:-}" ] && [ "$skipped" -gt 0 ]; then
  echo "in CI everything runs: $skipped skipped"; failed=$((failed + 1))
fi
echo; echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
