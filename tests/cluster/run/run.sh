#!/usr/bin/env bash
# Runs a Kubernetes cluster for as long as this process lives:
#   run.sh control-plane|node FOLDER
# FOLDER is to be empty; in it appear `kubeconfig`, `host` (the machine's address as the cluster sees it), `logs/`,
# and `up` once the cluster serves. Or tells, by its status and one line, whether that can be done here:
#   run.sh --check control-plane|node
#
# The cluster has namespaces of its own for processes, mounts and network. The kernel ends all that is in them with
# their first process (boot.sh), and that one with this one, however it ends: no process, mount, interface or rule
# of netfilter is left. What the kernel would keep, the pods' cgroups, is removed by sweep.sh, which outlives both.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../../scripts/env.sh"

level() {
  case $1 in
  control-plane | node) level=$1 ;;
  *) echo "there is no level $1: control-plane or node" >&2; exit 2 ;;
  esac
}

# Why the cluster cannot be had here; nothing when it can.
why_not() {
  [ "$(id -u)" = 0 ] || { echo "a cluster needs root"; return; }
  local program
  for program in "$CLUSTER/kube" unshare nsenter ip openssl curl; do
    command -v "$program" >/dev/null || { echo "$program is not installed: run scripts/setup.sh"; return; }
  done
  unshare --pid --mount --net --fork ip link add link0 type veth 2>/dev/null ||
    { echo "this machine makes no namespaces or virtual interfaces"; return; }
  [ "$level" = node ] || return 0
  for program in containerd ctr runc iptables /usr/lib/cni/bridge "$CLUSTER/coredns"; do
    command -v "$program" >/dev/null || { echo "$program is not installed: run scripts/setup.sh"; return; }
  done
  [ -w /sys/fs/cgroup/memory ] || [ -w /sys/fs/cgroup/cgroup.subtree_control ] ||
    echo "this machine lets nobody make cgroups"
}

if [ "$1" = --check ]; then
  level "$2"
  reason=$(why_not)
  [ -z "$reason" ] || { echo "$reason"; exit 1; }
  exit
fi

level "$1"
cd "$2"
# Its own process's number is unique for as long as this lives.
cgroup=pawnshop-cluster-$$
# Held open by the cluster's first process: the sweeper reads its end.
exec 9> >(exec setsid "$here/sweep.sh" "$cgroup" >/dev/null 2>&1)
# The network of the machine, in which the cluster's link has its other end.
exec 8</proc/self/ns/net
exec unshare --net --pid --mount --propagation private --fork --kill-child --mount-proc \
  "$here/boot.sh" "$level" "$CLUSTER" "$cgroup"
