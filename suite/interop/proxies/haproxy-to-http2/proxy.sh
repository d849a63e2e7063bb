#!/bin/sh
# haproxy as a gateway from HTTP/1.1 to HTTP/2, without TLS, in the foreground: proxy.sh PORT BACKEND
set -eu
file=$(mktemp)
cat > "$file" <<CONF
global
  maxconn 2048
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 60s
frontend front
  bind 127.0.0.1:$1
  default_backend back
backend back
  server only $2 proto h2
CONF
haproxy -db -f "$file" &
child=$!
trap 'kill "$child" 2>/dev/null; rm -f "$file"' EXIT INT TERM
wait "$child"
