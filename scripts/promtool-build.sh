#!/usr/bin/env bash
# Builds promtool, which checks and tests alert rules, into the cache: out of Prometheus' Go module of the pinned
# version, without the service discoveries that it needs for neither. It takes about five minutes on two cores, once.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
[ ! -x "$PROMTOOL" ] || exit 0

# There whole or not at all.
made=$(mktemp -d "$CACHE/made-XXXXXX")
trap 'rm -rf "$made"' EXIT

module=github.com/prometheus/prometheus
sources=$(cd "$made" && go mod download -json "$module@v$PROMTOOL_MODULE" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
mkdir "$made/bin"
# The module has a workspace file that names folders which are not part of it.
GOWORK=off CGO_ENABLED=0 go build -C "$sources" -mod=readonly -buildvcs=false -trimpath -tags remove_all_sd \
  -ldflags "-s -w -X github.com/prometheus/common/version.Version=$PROMTOOL_VERSION" -o "$made/bin/" ./cmd/promtool
chmod 755 "$made"
mv -T "$made" "$PROMTOOL_ROOT"
