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

status=0
cargo test --workspace --locked --no-run --message-format=json-render-diagnostics >"$scratch/messages" || {
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}
# A line for each program with tests: its package's folder, and its path.
sed -n 's|.*"manifest_path":"\([^"]*\)/Cargo.toml".*"profile":{[^}]*"test":true}.*"executable":"\([^"]*\)".*|\1\t\2|p' \
  "$scratch/messages" | sort >"$scratch/programs"
mapfile -t programs <"$scratch/programs"

# run FOLDERS ON FILTER...: the tests of the packages in folders that match, as cargo runs them. For one package alone
# cargo would choose other features, and build all that it stands on once more.
run() {
  local folders=$1 on=$2 line folder program failures=0
  shift 2
  for line in "${programs[@]}"; do
    IFS=$'\t' read -r folder program <<<"$line"
    [[ ${folder#"$PWD/"} =~ ^($folders)$ ]] || continue
    printf '\n     Running %s of %s%s\n' "${program##*/}" "${folder#"$PWD/"}" "$on"
    (cd "$folder" && "$program" "$@") </dev/null || failures=1
  done
  return "$failures"
}

# What needs a Kubernetes mostly waits for it: all else is tested meanwhile. In a process group of its own, that ends with
# this shell.
kubernetes='operator|tests/e2e'
set -m
run "$kubernetes" "" >"$scratch/kubernetes" 2>&1 &
waiting=$!
set +m
trap 'kill -- "-$waiting" 2>/dev/null; rm -rf "$scratch"' EXIT
{
  failures=0
  others=$(cut -f1 "$scratch/programs" | sed "s|^$PWD/||" | sort -u | grep -vxE "$kubernetes" | paste -sd'|')
  run "$others" "" || failures=1
  cargo test --workspace --locked --doc --no-fail-fast || failures=1
  export PAWNSHOP_RABBITMQ=4.0
  run crates/messaging/rabbitmq " on RabbitMQ 4.0" || failures=1
  run tests/servers " on RabbitMQ 4.0" rabbit guard || failures=1
  [ "$failures" -eq 0 ]
} 2>&1 | tee "$scratch/log"
[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
printf '\n     Waiting for the tests of %s\n' "${kubernetes//|/ and }"
wait "$waiting" || status=1
tee -a "$scratch/log" <"$scratch/kubernetes"

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
ran=$(grep -c '^     Running ' "$scratch/log")
if [ "$ran" -lt "${#programs[@]}" ]; then
  echo "$ran of ${#programs[@]} programs with tests ran"; failed=$((failed + 1))
fi
if [ -n "${CI:-}" ] && [ "$skipped" -gt 0 ]; then
  echo "in CI everything runs: $skipped skipped"; failed=$((failed + 1))
fi
echo; echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
