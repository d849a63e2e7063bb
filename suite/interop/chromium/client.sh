#!/usr/bin/env bash
# client.sh URL [PAGE [OPTION...]]: opens PAGE in Chromium without a window, with an empty profile, until it is stopped; without one, a
# page that sends back what URL sends.
set -euo pipefail
url=${1:?usage: client.sh URL [PAGE]}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
cat >"$profile/echo.html" <<END
<script>
  const socket = new WebSocket("$url");
  socket.binaryType = "arraybuffer";
  socket.onmessage = message => socket.send(message.data);
</script>
END
page=${2:-file://$profile/echo.html}
chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --disable-quic --user-data-dir="$profile" "${@:3}" "$page" &
browser=$!
trap 'kill "$browser"' TERM
wait "$browser" || true
wait "$browser" || true
