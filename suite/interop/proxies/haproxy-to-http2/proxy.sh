#!/bin/sh
# haproxy as a gateway from HTTP/1.1 to HTTP/2, without TLS, in the foreground: proxy.sh PORT BACKEND
set -eu
. "$(dirname "$0")/../common.sh"
haproxy_between "127.0.0.1:$1" "$2 proto h2"
