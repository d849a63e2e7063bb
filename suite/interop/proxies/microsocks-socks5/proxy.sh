#!/bin/sh
# microsocks as a proxy for SOCKS 5 that demands a user and a password, in the foreground: proxy.sh PORT BACKEND
set -eu
exec microsocks -i 127.0.0.1 -p "$1" -u wsspec -P tunnel
