#!/bin/sh
# squid as a proxy for CONNECT that demands a user and a password, in the foreground: proxy.sh PORT BACKEND
set -eu
folder=$(mktemp -d)
chmod 777 "$folder"
printf 'wsspec:%s\n' "$(openssl passwd -apr1 tunnel)" > "$folder/users"
cat > "$folder/squid.conf" <<CONF
http_port 127.0.0.1:$1
auth_param basic program /usr/lib/squid/basic_ncsa_auth $folder/users
auth_param basic children 2 startup=1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
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
