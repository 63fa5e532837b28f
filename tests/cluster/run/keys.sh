# Sourced by boot.sh: every key, certificate and kubeconfig of a cluster, in keys/. Parts of the control plane act
# as the administrator; only the kubelet has a name of its own, which its node's rights hang on.
umask 077
mkdir keys
server=https://$node:6443

# openssl's own defaults would make everybody an authority.
printf '[req]\ndistinguished_name = name\n[name]\n' >keys/openssl.cnf

# issue NAME SUBJECT EXTENSION...: an EC key and a certificate, signed by itself unless $signer names an authority.
issue() {
  local name=$1 subject=$2 extension arguments=()
  shift 2
  for extension in "$@"; do arguments+=(-addext "$extension"); done
  [ -z "${signer:-}" ] || arguments+=(-CA "keys/$signer.crt" -CAkey "keys/$signer.key")
  openssl req -x509 -config keys/openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj "$subject" "${arguments[@]}" -keyout "keys/$name.key" -out "keys/$name.crt" 2>logs/openssl.log ||
    { cat logs/openssl.log; exit 1; }
}
authority=("basicConstraints = critical, CA:TRUE" "keyUsage = critical, keyCertSign, cRLSign, digitalSignature")
client="extendedKeyUsage = clientAuth"

# kubeconfig NAME FILE: access as the owner of a certificate.
kubeconfig() {
  cat >"$2" <<EOF
apiVersion: v1
kind: Config
current-context: pawnshop
contexts: [{name: pawnshop, context: {cluster: pawnshop, user: $1}}]
clusters:
- name: pawnshop
  cluster: {server: "$server", certificate-authority-data: $(base64 -w0 keys/ca.crt)}
users:
- name: $1
  user: {client-certificate-data: $(base64 -w0 "keys/$1.crt"), client-key-data: $(base64 -w0 "keys/$1.key")}
EOF
}

issue ca /CN=kubernetes "${authority[@]}"
issue front-proxy-ca /CN=front-proxy "${authority[@]}"
signer=ca
# The first address of the services' range is the API server's.
issue apiserver /CN=kube-apiserver "extendedKeyUsage = serverAuth" \
  "subjectAltName = IP:$node, IP:127.0.0.1, IP:${services%.0/*}.1, DNS:localhost, DNS:kubernetes.default.svc"
issue admin /O=system:masters/CN=admin "$client"
issue kubelet /O=system:nodes/CN=system:node:node "extendedKeyUsage = clientAuth, serverAuth" \
  "subjectAltName = IP:$node, DNS:node"
signer=front-proxy-ca
issue front-proxy-client /CN=front-proxy-client "$client"
openssl ecparam -name prime256v1 -genkey -noout -out keys/service-accounts.key
openssl ec -in keys/service-accounts.key -pubout -out keys/service-accounts.pub 2>logs/openssl.log

kubeconfig admin kubeconfig
kubeconfig kubelet keys/kubelet.kubeconfig
umask 022
