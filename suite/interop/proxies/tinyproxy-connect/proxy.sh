#!/bin/sh
# tinyproxy as a proxy for CONNECT that demands a user and a password, in the foreground: proxy.sh PORT BACKEND
set -eu
folder=$(mktemp -d)
cat > "$folder/tinyproxy.conf" <<CONF
Listen 127.0.0.1
Port $1
Timeout 600
MaxClients 512
LogFile "$folder/tinyproxy.log"
LogLevel Critical
BasicAuth wsspec tunnel
CONF
tinyproxy -d -c "$folder/tinyproxy.conf" &
child=$!
trap 'kill "$child" 2>/dev/null; rm -rf "$folder"' EXIT INT TERM
wait "$child"
