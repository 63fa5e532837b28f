# Runs a server and stands guard over it: when standard input closes, because its owner ended or was killed,
# the server and all it started are killed. Usage: guard SCRATCH LOG PROGRAM ARGUMENT...
# SCRATCH is a folder to remove in that case, or empty. The first line of output is the server's process group.
scratch=$1 log=$2
shift 2
exec 3<&0
# A session of its own: a signal to the server's group, a stop above all, must not reach the guard.
setsid "$@" </dev/null >>"$log" 2>&1 3<&- &
server=$!
# In its first moment it is not yet the head of a group.
trap 'abandoned=1; kill -KILL "-$server" || kill -KILL "$server"' USR1
{ read -r _ <&3; kill -USR1 $$; } 2>/dev/null &
watch=$!
echo "$server"
wait "$server"
status=$?
[ -z "${abandoned:-}" ] || wait "$server"
trap '' USR1
# What the server leaves behind goes with it.
kill -KILL "-$server"
if [ -n "${abandoned:-}" ] && [ -n "$scratch" ]; then
  rm -rf -- "$scratch" || { sleep 1; rm -rf -- "$scratch"; }
fi
kill "$watch"
exit "$status"
