#!/bin/sh
# Apache httpd as a gateway from HTTP/2, without TLS, to a server of HTTP/1.1, in the foreground: proxy.sh PORT BACKEND
set -eu
folder=$(mktemp -d)
modules=/usr/lib/apache2/modules
cat > "$folder/httpd.conf" <<CONF
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$1
PidFile $folder/httpd.pid
DefaultRuntimeDir $folder
ErrorLog /dev/stderr
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule http2_module $modules/mod_http2.so
LoadModule proxy_module $modules/mod_proxy.so
LoadModule proxy_http_module $modules/mod_proxy_http.so
StartServers 1
ServerLimit 1
ThreadsPerChild 256
MaxRequestWorkers 256
ThreadLimit 256
Protocols h2c http/1.1
H2WebSockets on
H2MinWorkers 256
H2MaxWorkers 256
ProxyPass / http://$2/ upgrade=websocket
CONF
apache2 -f "$folder/httpd.conf" -DFOREGROUND &
child=$!
trap 'kill "$child" 2>/dev/null; rm -rf "$folder"' EXIT INT TERM
wait "$child"
