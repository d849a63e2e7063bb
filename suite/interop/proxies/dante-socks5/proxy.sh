#!/bin/sh
# Dante as a proxy for SOCKS 5, in the foreground: proxy.sh PORT BACKEND
set -eu
file=$(mktemp)
cat > "$file" <<CONF
logoutput: stderr
errorlog: stderr
internal: 127.0.0.1 port = $1
external: lo
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 command: connect }
CONF
danted -N 1 -f "$file" &
child=$!
trap 'kill "$child" 2>/dev/null; rm -f "$file"' EXIT INT TERM
wait "$child"
