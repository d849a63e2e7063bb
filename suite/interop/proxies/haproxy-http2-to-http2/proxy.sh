#!/bin/sh
# haproxy as a gateway with HTTP/2 at both ends, without TLS, in the foreground: proxy.sh PORT BACKEND
set -eu
. "$(dirname "$0")/../common.sh"
haproxy_between "127.0.0.1:$1 proto h2" "$2 proto h2"
