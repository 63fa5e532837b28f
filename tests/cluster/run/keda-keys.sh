#!/usr/bin/env bash
# Makes the certificate of KEDA's programs in a folder: ca.crt, tls.crt and tls.key, where both look for them.
#   keda-keys.sh FOLDER
# Each shows it to the other, and the adapter shows it to the API server, which knows the adapter by its Service.
set -euo pipefail
cd "$1"

# openssl's own defaults would make everybody an authority.
printf '[req]\ndistinguished_name = name\n[name]\n' >openssl.cnf
# issue NAME ARGUMENT...: an EC key, and a certificate that is signed by itself unless the arguments name an authority.
issue() {
  openssl req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
    -subj "/CN=keda $1" -keyout "$1.key" -out "$1.crt" "${@:2}"
}
issue ca -addext "basicConstraints = critical, CA:TRUE" -addext "keyUsage = critical, keyCertSign, cRLSign"
issue tls -CA ca.crt -CAkey ca.key -addext "extendedKeyUsage = serverAuth, clientAuth" \
  -addext "subjectAltName = DNS:localhost, DNS:keda-metrics-apiserver.keda.svc"
