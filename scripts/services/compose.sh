# Not a service: the tool that checks docker-compose.yml.
have docker-compose || docker compose version >/dev/null 2>&1 || compose_apt=(docker-compose)

compose_install() { :; }
compose_start() {
  if have docker-compose; then publish TEST_COMPOSE docker-compose; else publish TEST_COMPOSE 'docker compose'; fi
}
