#!/usr/bin/env bash
# Waits for the end of standard input, and removes a cgroup with all that it contains, of every hierarchy.
#   sweep.sh CGROUP
cat >/dev/null
for cgroup in /sys/fs/cgroup/{,*/}"$1"; do
  # A cgroup is busy until the last process in it is reaped.
  for _ in {1..50}; do
    [ -d "$cgroup" ] || break
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
  done
done
