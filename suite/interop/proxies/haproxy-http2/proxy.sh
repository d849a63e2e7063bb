#!/bin/sh
# haproxy as a gateway from HTTP/2, without TLS, to a server of HTTP/1.1, in the foreground: proxy.sh PORT BACKEND
set -eu
. "$(dirname "$0")/../common.sh"
haproxy_between "127.0.0.1:$1 proto h2" "$2"
