#!/usr/bin/env bash
# Stops what up.sh started and deletes its data. The folder is the same AGENTOS_SERVICES_DIR.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/lib.sh"

STATE="${AGENTOS_SERVICES_DIR:-/tmp/agentos-services}"
[ -d "$STATE/pid" ] || exit 0

shopt -s nullglob
pids=()
for file in "$STATE"/pid/*; do pids+=("$(cat "$file")"); done

# Containers first: a daemon that is stopped leaves them behind when they do not end in time.
if [ -S "$STATE/docker/docker.sock" ] && have docker; then
  docker --host "unix://$STATE/docker/docker.sock" ps -aq 2>/dev/null |
    xargs -r docker --host "unix://$STATE/docker/docker.sock" rm -f >/dev/null 2>&1 || true
fi

for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
deadline=$((SECONDS + 15))
for pid in "${pids[@]}"; do
  while alive "$pid" && [ $SECONDS -lt $deadline ]; do sleep 0.1; done
  # A whole session is killed: `background` gave each service one of its own.
  kill -KILL -- "-$pid" 2>/dev/null || true
done

# The daemon's mounts go before its folders do.
awk -v dir="$STATE/docker/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l 2>/dev/null || true
rm -rf --one-file-system "$STATE"
