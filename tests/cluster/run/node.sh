# Sourced by boot.sh: kubelet, kube-proxy and the names of services.

# The node's pods have a cgroup of their own, for kubelets remove all pods' cgroups that they do not know.
hierarchies=(/sys/fs/cgroup/)
[ -e /sys/fs/cgroup/cgroup.controllers ] || hierarchies=(/sys/fs/cgroup/*/)
for hierarchy in "${hierarchies[@]}"; do
  mkdir -p "$hierarchy$cgroup"
done
# A cpuset of cgroup v1 holds no process until it has these.
for file in /sys/fs/cgroup/cpuset/cpuset.{cpus,mems}; do
  [ ! -e "$file" ] || cat "$file" >"${file%/*}/$cgroup/${file##*/}"
done

cat >kubelet.yaml <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
maxPods: 250
serializeImagePulls: false
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /run/cluster/keys/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: /run/cluster/keys/kubelet.crt
tlsPrivateKeyFile: /run/cluster/keys/kubelet.key
clusterDNS: [$node]
clusterDomain: cluster.local
resolvConf: ""
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
EOF
cat >kube-proxy.yaml <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: kubeconfig}
clusterCIDR: $pods
hostnameOverride: node
conntrack: {maxPerCore: 0, min: 0}
oomScoreAdj: 0
EOF
# Pods ask the node itself: no service stands between, and no pod has to run first.
cat >Corefile <<EOF
.:53 {
  bind $node
  errors
  ready 127.0.0.1:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig kubeconfig pawnshop
    ttl 1
  }
}
EOF
start coredns "$programs/coredns" -conf Corefile
start kube-proxy "$programs/kube-proxy" --config=kube-proxy.yaml
await "containerd" ctr version
await "the image of pods" ctr --namespace k8s.io images import "$programs/pod.tar"
start kubelet "$programs/kubelet" --config=kubelet.yaml --kubeconfig=keys/kubelet.kubeconfig \
  --hostname-override=node --node-ip="$node"

node_is_ready() {
  [ "$("$programs/kubectl" --kubeconfig=kubeconfig get node node \
    --output='jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]
}
await "a node" node_is_ready
await "names" curl -sf http://127.0.0.1:8181/ready
