#!/bin/sh
# haproxy as a reverse proxy for WebSocket, in the foreground: proxy.sh PORT BACKEND
set -eu
. "$(dirname "$0")/../common.sh"
haproxy_between "127.0.0.1:$1" "$2"
