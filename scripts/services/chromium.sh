# Headless Chromium from Debian. Not a server: "start" proves once that it renders a page here.
have chromium || chromium_apt=(chromium)

chromium_install() { :; }

chromium_start() {
  local page='data:text/html,<title>answers</title>' profile="$STATE/chromium"
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$profile" --dump-dom "$page" \
    </dev/null 2>"$STATE/log/chromium.log" | grep -q answers || die "chromium renders nothing: see $STATE/log/chromium.log"
  rm -rf "$profile"
  say 'chromium answers'
  publish TEST_CHROMIUM "$(command -v chromium)"
}
