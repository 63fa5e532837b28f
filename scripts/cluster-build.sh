#!/usr/bin/env bash
# Builds what test clusters run (see tests/cluster/README.md) into the cache: Kubernetes with etcd, CoreDNS, and the
# program in the pods. It takes about seven minutes on two cores and three gigabytes of Go's build cache, once; after
# a change of the modules only what that touches.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/env.sh
[ ! -x "$CLUSTER/kube" ] || exit 0

# There whole or not at all.
mkdir -p "${CLUSTER%/*}"
made=$(mktemp -d "${CLUSTER%/*}/made-XXXXXX")
trap 'rm -rf "$made"' EXIT

# build MODULE [LINKER-FLAGS]
build() {
  CGO_ENABLED=0 go build -C "tests/cluster/$1" -mod=readonly -buildvcs=false -trimpath \
    -ldflags "-s -w ${2:-}" -o "$made/$1" .
}
version=$(cd tests/cluster/kube && go list -mod=readonly -m -f '{{.Version}}' k8s.io/kubernetes)
IFS=. read -r major minor _ <<<"${version#v}"
named=k8s.io/component-base/version
build pod
"$made/pod" image pawnshop.test/pod:1 "$made/pod" "$made/pod.tar"
build coredns
build kube "-X $named.gitVersion=$version -X $named.gitMajor=$major -X $named.gitMinor=$minor"
for part in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
  ln -s kube "$made/$part"
done
chmod 755 "$made"
mv -T "$made" "$CLUSTER"
