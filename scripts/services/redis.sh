# Redis 7 from Debian.
have redis-server && have redis-cli || redis_apt=(redis-server)

redis_install() { :; }

redis_start() {
  local port
  port="$(free_port)"
  mkdir -p "$STATE/redis"
  background redis redis-server --bind 127.0.0.1 --port "$port" --dir "$STATE/redis" --save '' --appendonly no --daemonize no
  answers redis 30 redis_pings "$port"
  publish TEST_REDIS_URL "redis://127.0.0.1:$port"
}

redis_pings() { [ "$(redis-cli -h 127.0.0.1 -p "$1" ping)" = PONG ]; }
