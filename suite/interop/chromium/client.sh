#!/usr/bin/env bash
# client.sh URL PAGE: opens PAGE in Chromium without a window, with an empty profile, until it is stopped.
set -euo pipefail
page=${2:?usage: client.sh URL PAGE}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --disable-quic --user-data-dir="$profile" "$page" &
browser=$!
trap 'kill "$browser"' TERM
wait "$browser" || true
wait "$browser" || true
