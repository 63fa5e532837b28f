# Makes an authority in the folder $1, and the certificates of a server and of a client that it signed.
set -e
cd "$1"
# Authorities are told apart by their names.
owner=${1##*/}
# openssl's own defaults would make everybody an authority.
printf '[req]\ndistinguished_name = name\n[name]\n' >openssl.cnf
# issue NAME ARGUMENT...: an EC key, and a certificate that is signed by itself unless the arguments name an authority.
issue() {
  name=$1
  shift
  openssl req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 \
    -subj "/CN=$name of $owner" -keyout "$name.key" -out "$name.crt" "$@"
}
issue ca -addext "basicConstraints = critical, CA:TRUE" -addext "keyUsage = critical, keyCertSign, cRLSign"
issue server -CA ca.crt -CAkey ca.key -addext "extendedKeyUsage = serverAuth" \
  -addext "subjectAltName = IP:127.0.0.1, DNS:localhost"
issue client -CA ca.crt -CAkey ca.key -addext "extendedKeyUsage = clientAuth"
