#!/usr/bin/env bash
# Builds Jaeger, collector, query and a store in memory in one program, into the cache: out of its Go module of the
# pinned version, without the databases that it can keep traces in, whose clients are more than half of it. It takes
# about two minutes on two cores, once.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
[ ! -x "$JAEGER" ] || exit 0

# There whole or not at all.
made=$(mktemp -d "$CACHE/made-XXXXXX")
trap 'rm -rf "$made"' EXIT

module=github.com/jaegertracing/jaeger
sources=$(cd "$made" && go mod download -json "$module@v$JAEGER_VERSION" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
# Without the modes of Go's cache, where nothing may be written.
cp -r --no-preserve=mode "$sources" "$made/sources"
# The databases' imports, and the lines that choose them.
sed -i -E '/v1\/(badger|cassandra|elasticsearch|kafka)"$/d; /^\tcase (badger|cassandra|elasticsearch|kafka)StorageType/,+1d' \
  "$made/sources/internal/storage/v1/factory/factory.go"
mkdir "$made/bin"
CGO_ENABLED=0 go build -C "$made/sources" -mod=readonly -buildvcs=false -trimpath \
  -ldflags "-s -w -X $module/internal/version.latestVersion=v$JAEGER_VERSION" -o "$made/bin/jaeger" ./cmd/all-in-one
rm -rf "$made/sources"
chmod 755 "$made"
mv -T "$made" "$JAEGER_ROOT"
