#!/usr/bin/env bash
# A Kubernetes on this machine that stays until it is ended:
#   cluster.sh up [control-plane|node]   start it in ./pawnshop-cluster, and print how to use it
#   cluster.sh down                      end it, and remove the folder
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
folder=$PWD/pawnshop-cluster
patience=120

runs() { [ -s "$folder/pid" ] && [ -d "/proc/$(cat "$folder/pid")" ]; }

down() {
  # With its first process the kernel ends the rest.
  ! runs || kill -KILL "$(cat "$folder/pid")"
  while runs; do sleep 0.1; done
  rm -rf "$folder"
}

up() {
  local level=${1:-node} reason
  reason=$(tests/cluster/run/run.sh --check "$level") || { echo "no cluster here: $reason" >&2; exit 1; }
  ! runs || { echo "a cluster runs already; end it with: make cluster-down" >&2; exit 1; }
  rm -rf "$folder"
  mkdir -p "$folder"/{cluster,bin}
  setsid tests/cluster/run/run.sh "$level" "$folder/cluster" </dev/null >"$folder/log" 2>&1 &
  echo $! >"$folder/pid"
  until [ -e "$folder/cluster/up" ]; do
    runs && ((SECONDS < patience)) || { cat "$folder/log" >&2; down; exit 1; }
    sleep 0.1
  done
  cat <<EOF
Kubernetes $("$CLUSTER/kubectl" --kubeconfig="$folder/cluster/kubeconfig" version --output=json |
    sed -nE 's/.*"gitVersion": "(.*)".*/\1/p' | tail -1) is up ($level). To use it:

  export KUBECONFIG=$folder/cluster/kubeconfig PATH=$CLUSTER:\$PATH
  kubectl get nodes,pods --all-namespaces

Pods and services are reached from this machine by their addresses, and this machine from pods as $(cat "$folder/cluster/host").
An image in an OCI or docker tar is loaded by:

  nsenter --target $(cat "$folder/pid") --mount ctr --namespace k8s.io images import "\$PWD/IMAGE.tar"

Logs: $folder/cluster/logs. To end it: make cluster-down
EOF
}

case ${1:-} in
up) up "${2:-}" ;;
down) down ;;
*) sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
