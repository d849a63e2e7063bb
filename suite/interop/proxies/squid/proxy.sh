#!/bin/sh
# squid as a reverse proxy for WebSocket, in the foreground: proxy.sh PORT BACKEND
set -eu
folder=$(mktemp -d)
chmod 777 "$folder"
cat > "$folder/squid.conf" <<CONF
http_port 127.0.0.1:$1 accel defaultsite=localhost no-vhost
cache_peer ${2%:*} parent ${2##*:} 0 no-query no-digest originserver name=only
http_upgrade_request_protocols websocket allow all
http_access allow all
cache deny all
cache_log $folder/cache.log
access_log none
pid_filename none
coredump_dir $folder
netdb_filename none
shutdown_lifetime 0 seconds
CONF
squid -N -f "$folder/squid.conf" &
child=$!
trap 'kill "$child" 2>/dev/null; rm -rf "$folder"' EXIT INT TERM
wait "$child"
