#!/usr/bin/env bash
# The first process of a cluster's namespaces; see run.sh, which starts it in the cluster's folder. Starts the
# parts of the cluster, makes the file `up` when they serve, and ends when one of them does.
#   boot.sh LEVEL PROGRAMS CGROUP
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
level=$1 programs=$2 cgroup=$3

# The parts that run, by the numbers of their processes.
declare -A parts

# start NAME COMMAND...: a part with its own log.
start() {
  keep "$@" </dev/null >"logs/$1.log" 2>&1 9>&- &
  parts[$!]=$1
}

# keep NAME COMMAND...: a part until it ends by itself. One that a test takes away (src/parts.rs) is run again as soon
# as the test lets it.
keep() {
  local name=$1
  shift
  while :; do
    "$@" &
    echo $! >"parts/$name"
    wait $! || true
    [ -e "away/$name" ] || exit 1
    while [ -e "away/$name" ]; do sleep 0.05; done
  done
}

# await WHAT COMMAND...: until it succeeds. Whoever waits for the cluster has the deadline.
await() {
  local what=$1 part
  shift
  until "$@" >/dev/null 2>&1; do
    for part in "${!parts[@]}"; do
      [ -d "/proc/$part" ] || lost "$part" "before there was $what"
    done
    sleep 0.05
  done
  echo "$what after $((SECONDS)) s"
}

# lost PART WHEN: the end of the cluster.
lost() {
  local name=${parts[$1]}
  echo "$name ended $2; the end of its log:"
  tail -n 20 "logs/$name.log"
  exit 1
}

source "$here/isolate.sh"
mkdir parts away
source "$here/keys.sh"
source "$here/control-plane.sh"
[ "$level" = control-plane ] || source "$here/node.sh"

touch up
ended=
wait -n -p ended "${!parts[@]}" || true
lost "$ended" "by itself"
