#!/usr/bin/env bash
# Fetches the resource definitions of others that the operator knows into the cache, out of Go modules of pinned
# versions, which Go's checksum database vouches for. Nothing is built.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
[ ! -d "$CRDS" ] || exit 0

# There whole or not at all.
made=$(mktemp -d "$CACHE/made-XXXXXX")
trap 'rm -rf "$made"' EXIT

# fetch MODULE@VERSION FILE
fetch() {
  local folder
  folder=$(cd "$made" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  install -m 644 -t "$made" "$folder/$2"
}
fetch "github.com/prometheus-operator/prometheus-operator@v$PROMETHEUS_OPERATOR_VERSION" \
  example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml
fetch "sigs.k8s.io/gateway-api@v$GATEWAY_API_VERSION" config/crd/standard/gateway.networking.k8s.io_httproutes.yaml
fetch "github.com/rabbitmq/cluster-operator@v$RABBITMQ_CLUSTER_OPERATOR_VERSION" \
  config/crd/bases/rabbitmq.com_rabbitmqclusters.yaml
chmod 755 "$made"
mv -T "$made" "$CRDS"
