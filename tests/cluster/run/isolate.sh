# Sourced by boot.sh: mounts and network that are the cluster's own.

# A volume that a pod shares must reach the kubelet's mounts, and nothing the machine's.
mount --make-rshared /
# State, logs and sockets go to their usual places, which are the cluster's own. The folder itself, which may lie in
# one of these places, is reached as /run/cluster from here on.
mkdir lib logs
mount --bind ./lib /var/lib
mount --bind ./logs /var/log
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock /run/cluster
mount --bind . /run/cluster
cd /run/cluster
ln -s "$programs" programs

# The kubelet sets these for the whole machine unless they are what it wants: it is shown that they are.
for wanted in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  shown=/run/sysctl/${wanted%=*}
  mkdir -p "${shown%/*}"
  echo "${wanted#*=}" >"$shown"
  mount --bind "$shown" "/proc/sys/${wanted%=*}"
done

# The machine and the cluster reach each other, pods and services too, over one link, and nothing reaches further.
# All addresses are of the ranges for documentation and benchmarks (RFC 5737, RFC 2544), which no network uses: room
# for eight clusters. The name of the link's other end takes a number, for only one cluster can have it.
on_the_machine() { nsenter --net=/proc/self/fd/8 "$@"; }
number=0
until error=$(ip link add link0 type veth peer name "pawnshop$number" netns /proc/self/fd/8 2>&1); do
  ((++number < 8)) || { echo "there is no link for a cluster: $error"; exit 1; }
done
host=198.51.100.$((number * 4 + 1))
node=198.51.100.$((number * 4 + 2))
pods=198.18.$((number * 32)).0/19
services=198.19.$((number * 32)).0/19

ip link set lo up
ip addr add "$node/30" dev link0
ip link set link0 up
# What leaves for anywhere else is refused at once, where it would run into a timeout.
ip route add unreachable default
on_the_machine ip addr add "$host/30" dev "pawnshop$number"
on_the_machine ip link set "pawnshop$number" up
for range in "$pods" "$services"; do on_the_machine ip route add "$range" via "$node"; done
exec 8<&-
echo "$host" >host
