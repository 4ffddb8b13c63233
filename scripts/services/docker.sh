# A Docker daemon of our own, with gVisor as a second runtime, beside whatever daemon the machine may have.
docker_apt=()
have dockerd || docker_apt+=(docker.io)
have docker || docker_apt+=(docker.io)
have runsc || docker_apt+=(runsc)
have mmdebstrap || docker_apt+=(mmdebstrap)
have bwrap || docker_apt+=(bubblewrap)
have unshare && have prlimit || docker_apt+=(util-linux)
# Debian's debootstrap tools verify package signatures with these keys.
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || docker_apt+=(debian-archive-keyring)

docker_install() { :; }

docker_start() {
  local home="$STATE/docker"
  mkdir -p "$home"
  printf '{"runtimes":{"runsc":{"path":"%s","runtimeArgs":["--network=none"]}}}\n' "$(command -v runsc)" >"$home/daemon.json"
  # No bridge and no firewall rules: sandboxes have no network, and the daemon touches nothing of the machine's.
  background docker dockerd --config-file "$home/daemon.json" --bridge=none --iptables=false --data-root "$home/data" \
    --exec-root "$home/exec" --host "unix://$home/docker.sock" --pidfile "$home/docker.pid"
  answers docker 60 docker --host "unix://$home/docker.sock" version
  publish TEST_DOCKER_HOST "unix://$home/docker.sock"
}
