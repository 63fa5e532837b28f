#!/usr/bin/env bash
# Installs what tests and checks need beyond the Rust toolchain: pinned, into a cache outside the checkout,
# and only what is missing. What it cannot install (no root, no pip, no Go) it names, with what is then skipped;
# in CI a skipped test is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh

say() { printf 'setup: %s\n' "$*"; }

# apt PACKAGE WITHOUT: installs a Debian package; WITHOUT tells what is lost where that cannot be done.
apt() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "$1 is missing and needs root and apt-get to install: $2"
    return
  fi
  say "installing $1 (Debian package)"
  # A package must not start its service here: the tests run servers of their own.
  { RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1" ||
    { apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1"; }; } \
    >"$CACHE/apt.log" 2>&1 || { tail -n 5 "$CACHE/apt.log"; say "$1 could not be installed: $2"; }
}

# venv FOLDER WITHOUT REQUIREMENT...: a Python environment that is there whole or not at all.
venv() {
  local folder=$1 without=$2
  shift 2
  rm -rf "$folder"
  { python3 -m venv "$folder" && "$folder/bin/pip" install -q "$@"; } || { rm -rf "$folder"; say "not installed: $without"; }
}

# built PATH NAME DOING WITHOUT COMMAND...: what is built of a Go module, where it is not there yet.
built() {
  local path=$1 name=$2 doing=$3 without=$4
  shift 4
  [ ! -x "$path" ] || return 0
  command -v go >/dev/null || { say "$name is missing and needs Go to build: $without"; return 0; }
  say "$doing"
  "$@" || say "$name could not be built: $without"
}

toxiproxy() {
  GOBIN="$TOXIPROXY_ROOT/bin" go install "github.com/Shopify/toxiproxy/v2/cmd/server@v$TOXIPROXY_VERSION" &&
    mv "$TOXIPROXY_ROOT/bin/server" "$TOXIPROXY"
}

# rabbitmq_4 FOLDER: the Debian of which RABBITMQ_4 is, with its rabbitmq-server; there whole or not at all.
rabbitmq_4() {
  local folder=$1 mirror
  # Where this machine has its own packages from, once it has fetched their lists.
  mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1; }
  mirror=$(mirror)
  [ -n "$mirror" ] || { apt-get update -q >"$CACHE/apt.log" 2>&1; mirror=$(mirror); }
  [ -n "$mirror" ] || { echo "this system's packages are not Debian's"; return 1; }
  rm -rf "$folder.part"
  # Its mounts end with it, whatever happens to it.
  unshare --mount debootstrap --variant=minbase --include=rabbitmq-server --force-check-gpg \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    "$RABBITMQ_4_SUITE" "$folder.part" "$mirror" >"$CACHE/debootstrap.log" 2>&1 &&
    rm -rf "$folder.part/var/cache/apt" && mv "$folder.part" "$folder" ||
    { tail -n 5 "$CACHE/debootstrap.log"; rm -rf "$folder.part"; return 1; }
}

# axe_core FOLDER: the one file that tests inject, out of its npm package; there whole or not at all.
axe_core() {
  local folder=$1
  rm -rf "$folder.part" && mkdir -p "$folder.part" &&
    (cd "$folder.part" && npm pack --silent "axe-core@$AXE_VERSION" >/dev/null && tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js && rm axe-core-*.tgz) &&
    rm -rf "$folder" && mv "$folder.part" "$folder" || { rm -rf "$folder.part"; return 1; }
}

compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' >/dev/null || apt libfaketime "the fault of a stepped clock will be skipped"

command -v curl >/dev/null || apt curl "the tour by curl and some tests of the program will be skipped"
type -P kill >/dev/null || apt procps "tests that end a process will fail"
python3 -c 'import venv, ensurepip' 2>/dev/null || apt python3-venv "schemathesis and SecantusDB cannot be installed"
command -v openssl >/dev/null || apt openssl "the tests over TLS and on a cluster will be skipped"
command -v strace >/dev/null || apt strace "the test of the sync before the answer will be skipped"

[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] ||
  apt rabbitmq-server "what needs a broker will be skipped, unless BROKER_URI names one"
if [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v dpkg-query >/dev/null; then
  say "rabbitmq-server $(dpkg-query -W -f '${Version}' rabbitmq-server 2>/dev/null || echo of an unknown version)"
fi

without="the tests on RabbitMQ 4.0 will be skipped"
if [ ! -d "$RABBITMQ_4" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "RabbitMQ 4.0 is missing and needs root and apt-get to install: $without"
  else
    command -v debootstrap >/dev/null || apt debootstrap "$without"
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || apt debian-archive-keyring "$without"
    say "installing RabbitMQ 4.0 (of Debian $RABBITMQ_4_SUITE, in a folder of its own, 350 MB, about a minute)"
    rabbitmq_4 "$RABBITMQ_4" || say "RabbitMQ 4.0 could not be installed: $without"
  fi
fi
if [ -d "$RABBITMQ_4" ] && command -v dpkg-query >/dev/null; then
  say "rabbitmq-server $(dpkg-query --admindir="$RABBITMQ_4/var/lib/dpkg" -W -f '${Version}' rabbitmq-server 2>/dev/null || echo of an unknown version), with PAWNSHOP_RABBITMQ=4.0"
fi

if [ ! -x "$SCHEMATHESIS" ]; then
  say "installing schemathesis $SCHEMATHESIS_VERSION (PyPI)"
  venv "$SCHEMATHESIS_VENV" "the test of the OpenAPI document will be skipped" "schemathesis==$SCHEMATHESIS_VERSION"
fi

if [ ! -x "$SECANTUSDB" ]; then
  say "installing SecantusDB $SECANTUSDB_VERSION (PyPI)"
  venv "$SECANTUSDB_VENV" "what needs a MongoDB will be skipped, unless STORE_URI names one" \
    --no-deps -r scripts/secantusdb-requirements.txt
fi

built "$TOXIPROXY" "toxiproxy" "building toxiproxy $TOXIPROXY_VERSION (Go module)" \
  "the tests of a bad network will be skipped" toxiproxy

GOBIN="$HELM_ROOT/bin" built "$HELM" "helm" "building helm $HELM_VERSION (Go module, about a minute)" \
  "the tests of the charts will be skipped" go install "helm.sh/helm/v3/cmd/helm@v$HELM_VERSION"

# Both are needed, and of one version: Debian has them from one source.
command -v chromium >/dev/null || apt chromium "the tests of the console in a browser will be skipped"
command -v chromedriver >/dev/null || apt chromium-driver "the tests of the console in a browser will be skipped"
if [ ! -f "$AXE" ]; then
  if command -v npm >/dev/null; then
    say "fetching axe-core $AXE_VERSION (npm)"
    axe_core "${AXE%/*}" || say "axe-core could not be fetched: the console's accessibility will not be tested"
  else
    say "axe-core is missing and needs npm to fetch: the console's accessibility will not be tested"
  fi
fi

built "$PROMTOOL" "promtool" "building promtool $PROMTOOL_VERSION (Go module, about 5 minutes, once)" \
  "the tests of the alert rules will be skipped" scripts/promtool-build.sh

built "$JAEGER" "Jaeger" "building Jaeger $JAEGER_VERSION (Go module, about 2 minutes, once)" \
  "the tests of traces will be skipped" scripts/jaeger-build.sh

if [ ! -d "$CRDS" ]; then
  if command -v go >/dev/null; then
    say "fetching the resource definitions of others (Go modules)"
    scripts/crds.sh || say "they could not be fetched: the tests of ServiceMonitor, HTTPRoute and RabbitmqCluster will be skipped"
  else
    say "resource definitions of others need Go to be fetched: the tests of ServiceMonitor, HTTPRoute and RabbitmqCluster will be skipped"
  fi
fi

if [ "$(id -u)" != 0 ]; then
  say "not root: the tests on a cluster will be skipped"
else
  built "$CLUSTER/kube" "Kubernetes" "building Kubernetes for test clusters (Go modules, about 7 minutes, once)" \
    "the tests on a cluster will be skipped" scripts/cluster-build.sh
  built "$KEDA" "KEDA" "building KEDA $KEDA_VERSION (Go module, about 8 minutes, once)" \
    "the tests with it will be skipped" scripts/keda-build.sh
  for package in iproute2:ip containerd:containerd runc:runc iptables:iptables; do
    command -v "${package#*:}" >/dev/null || apt "${package%:*}" "the tests on a cluster will be skipped"
  done
  [ -x /usr/lib/cni/bridge ] || apt containernetworking-plugins "the tests on a cluster will be skipped"
fi
