# Shared by the service files of this folder; sourced by bash, never run.
#
# A service file <name>.sh defines
#   <name>_apt      array of Debian packages it needs and that are missing on this machine
#   <name>_install  gets the rest (from other package registries), into $CACHE
#   <name>_start    starts it on 127.0.0.1, waits until it answers, calls `publish VARIABLE value`
# $STATE is the folder of one run: data, logs, process ids, exports. $CACHE outlives runs and lies outside the repository.

set -euo pipefail

CACHE="${AGENTOS_SERVICES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/agentos-ci}"
PYTHON_VENV="$CACHE/venv"

say() { printf '[services] %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# Only root may install: a developer without root is told what to install by hand.
apt_install() {
  [ $# -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "missing Debian packages: $* (install them, or run as root)"
  say "apt-get install $*"
  # RUNLEVEL=1 keeps package scripts from starting services of their own on the default ports.
  local attempt
  for attempt in 1 2; do
    if apt-get update -qq >"$STATE/log/apt.log" 2>&1 &&
      DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >>"$STATE/log/apt.log" 2>&1; then
      return 0
    fi
    say "apt-get failed (attempt $attempt): $(tail -n 3 "$STATE/log/apt.log" | tr '\n' ' ')"
    sleep 3
  done
  die "apt-get install failed twice: see $STATE/log/apt.log"
}

# pip_install <marker> <requirement...>: into one virtual environment, once per set of requirements.
pip_install() {
  local marker="$CACHE/pip-$1"; shift
  if [ -e "$marker" ]; then return 0; fi
  (
    flock 9
    [ -x "$PYTHON_VENV/bin/pip" ] || /usr/bin/python3 -m venv "$PYTHON_VENV"
    "$PYTHON_VENV/bin/pip" install -q --disable-pip-version-check "$@" ||
      { sleep 3; "$PYTHON_VENV/bin/pip" install -q --disable-pip-version-check "$@"; }
    touch "$marker"
  ) 9>"$CACHE/pip.lock" </dev/null >>"$STATE/log/pip.log" 2>&1 || die "pip install $* failed: see $STATE/log/pip.log"
}

site_packages() { echo "$PYTHON_VENV"/lib/python3*/site-packages; }

# A process that ended counts as gone also where nobody reaps it (a container whose first process does not).
alive() { [ -r "/proc/$1/stat" ] && ! grep -q '^[^)]*) Z' "/proc/$1/stat"; }

# A port nobody listens on now. Node is the one interpreter that is always there.
free_port() {
  node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# background <name> <command...>: a session of its own, no stdin, its log and process id kept under $STATE.
background() {
  local name="$1"; shift
  (
    # A service outlives this script: it must not hold the caller's pipes and locks open.
    for fd in /proc/$BASHPID/fd/*; do
      fd="${fd##*/}"
      [ "$fd" -le 2 ] || eval "exec $fd>&-"
    done
    exec setsid "$@"
  ) </dev/null >"$STATE/log/$name.log" 2>&1 &
  echo $! >"$STATE/pid/$name"
}

# answers <name> <seconds> <command...>: waits until the command succeeds; says why when it never does.
answers() {
  local name="$1" deadline=$((SECONDS + $2)); shift 2
  until "$@" >/dev/null 2>&1; do
    if ! alive "$(cat "$STATE/pid/$name")" || [ $SECONDS -ge $deadline ]; then
      tail -n 20 "$STATE/log/$name.log" >&2 || true
      die "$name does not answer: see $STATE/log/$name.log"
    fi
    sleep 0.1
  done
  say "$name answers"
}

# publish VARIABLE value: one line of the environment that tests read.
publish() { printf 'export %s=%q\n' "$1" "$2" >>"$STATE/env.d/$SERVICE"; }

random_secret() { node -p 'require("crypto").randomBytes(18).toString("hex")'; }
