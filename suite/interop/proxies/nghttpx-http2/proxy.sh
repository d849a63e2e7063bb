#!/bin/sh
# nghttpx as a gateway from HTTP/2, without TLS, to a server of HTTP/1.1, in the foreground: proxy.sh PORT BACKEND
set -eu
nghttpx --conf=/dev/null --single-process --errorlog-file=/dev/stderr --accesslog-file=/dev/null \
  --frontend="127.0.0.1,$1;no-tls" --backend="${2%:*},${2##*:};;proto=http/1.1" &
child=$!
trap 'kill "$child" 2>/dev/null' EXIT INT TERM
wait "$child"
