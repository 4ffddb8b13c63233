#!/usr/bin/env bash
# Starts the real services that tests use, on loopback, with empty data, and waits until each answers.
#
#   scripts/services/up.sh [postgres redis docker s3 chromium compose git]    (default: all of them)
#   source "$AGENTOS_SERVICES_DIR/services.env"                           (default folder: /tmp/agentos-services)
#   scripts/services/down.sh
#
# Installs what is missing: Debian packages (as root), Python wheels and one Go program, kept in $AGENTOS_SERVICES_CACHE
# (default: ~/.cache/agentos-ci).
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source "$here/lib.sh"

STATE="${AGENTOS_SERVICES_DIR:-/tmp/agentos-services}"
services=("$@")
[ $# -gt 0 ] || services=(postgres redis docker s3 chromium compose git)

mkdir -p "$STATE"/{log,pid,env.d} "$CACHE"
chmod 711 "$STATE" # the database runs as another user and must pass through

packages=()
for SERVICE in "${services[@]}"; do
  source "$here/$SERVICE.sh" || die "no such service: $SERVICE"
  declare -n missing="${SERVICE}_apt" 2>/dev/null
  packages+=("${missing[@]:-}")
  unset -n missing
done
# shellcheck disable=SC2207 # package names have no spaces
packages=($(printf '%s\n' "${packages[@]}" | sort -u))
apt_install "${packages[@]}"

# Each service installs the rest and starts by itself: the slow one (a Go build) holds up none of the others.
declare -A jobs
for SERVICE in "${services[@]}"; do
  if [ -e "$STATE/pid/$SERVICE" ] && alive "$(cat "$STATE/pid/$SERVICE")"; then
    say "$SERVICE is up already"
    continue
  fi
  rm -f "$STATE/env.d/$SERVICE"
  ("${SERVICE}_install"; "${SERVICE}_start") &
  jobs[$SERVICE]=$!
done

failed=()
for SERVICE in "${!jobs[@]}"; do
  wait "${jobs[$SERVICE]}" || failed+=("$SERVICE")
done
cat "$STATE"/env.d/* >"$STATE/services.env" 2>/dev/null || true
[ ${#failed[@]} = 0 ] || die "not up: ${failed[*]}"
say "up: ${services[*]}; source $STATE/services.env"
