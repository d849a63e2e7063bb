#!/bin/sh
# lighttpd as a gateway from HTTP/2, without TLS, to a server of HTTP/1.1, in the foreground: proxy.sh PORT BACKEND
set -eu
file=$(mktemp)
cat > "$file" <<CONF
server.document-root = "/nonexistent"
server.bind = "127.0.0.1"
server.port = $1
server.modules = ("mod_proxy")
server.feature-flags = ("server.h2proto" => "enable", "server.h2c" => "enable")
server.max-connections = 2048
proxy.server = ("" => (("host" => "${2%:*}", "port" => ${2##*:})))
proxy.header = ("upgrade" => "enable")
CONF
lighttpd -D -f "$file" &
child=$!
trap 'kill "$child" 2>/dev/null; rm -f "$file"' EXIT INT TERM
wait "$child"
