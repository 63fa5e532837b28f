# Sourced by boot.sh: etcd, API server, controller manager, scheduler.

# Who wrote what: tests read this (`Cluster::writes`).
cat >audit-policy.yaml <<'EOF'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, verbs: [create, update, patch, delete, deletecollection]}
- {level: None}
EOF

# A cluster's data goes with it: nothing is worth a sync.
start etcd "$programs/etcd" --data-dir=/var/lib/etcd --unsafe-no-fsync --log-level=warn \
  --quota-backend-bytes=8589934592
start kube-apiserver "$programs/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
  --advertise-address="$node" --service-cluster-ip-range="$services" \
  --tls-cert-file=keys/apiserver.crt --tls-private-key-file=keys/apiserver.key --client-ca-file=keys/ca.crt \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
  --kubelet-certificate-authority=keys/ca.crt --kubelet-preferred-address-types=InternalIP \
  --kubelet-client-certificate=keys/admin.crt --kubelet-client-key=keys/admin.key \
  --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file=keys/service-accounts.pub --service-account-signing-key-file=keys/service-accounts.key \
  --requestheader-client-ca-file=keys/front-proxy-ca.crt --requestheader-allowed-names=front-proxy-client \
  --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
  --requestheader-extra-headers-prefix=X-Remote-Extra- --enable-aggregator-routing=true \
  --proxy-client-cert-file=keys/front-proxy-client.crt --proxy-client-key-file=keys/front-proxy-client.key \
  --audit-policy-file=audit-policy.yaml --audit-log-path=logs/audit.log --audit-log-maxsize=10000
# The node's own services need no API server to begin with.
[ "$level" = control-plane ] || source "$here/containers.sh"

ask() { curl -sf --cacert keys/ca.crt --cert keys/admin.crt --key keys/admin.key "$server$1"; }
await "an API server" ask /readyz

# Alone, they need no election, which would cost seconds. HPAs are looked at every 5 s, where 15 is the default.
alone=(--kubeconfig=kubeconfig --authentication-kubeconfig=kubeconfig --authorization-kubeconfig=kubeconfig
  --bind-address=127.0.0.1 --leader-elect=false --kube-api-qps=300 --kube-api-burst=600)
start kube-controller-manager "$programs/kube-controller-manager" "${alone[@]}" \
  --use-service-account-credentials=true --root-ca-file=keys/ca.crt \
  --service-account-private-key-file=keys/service-accounts.key --horizontal-pod-autoscaler-sync-period=5s
start kube-scheduler "$programs/kube-scheduler" "${alone[@]}"
await "a service account" ask /api/v1/namespaces/default/serviceaccounts/default
