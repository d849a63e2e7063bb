# What several install.sh and proxy.sh here share; sourced, never run.

# present COMMAND: ends with 77 where it is not there: a package of a server may start it, so installing it is left to you.
present() {
  if ! PATH=$PATH:/usr/sbin command -v "$1" >/dev/null; then
    echo "$1 is not installed"
    exit 77
  fi
}

# haproxy_between LISTEN SERVER: haproxy between these, an address and options each, in the foreground.
haproxy_between() {
  file=$(mktemp)
  cat > "$file" <<CONF
global
  maxconn 2048
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 60s
frontend front
  bind $1
  default_backend back
backend back
  server only $2
CONF
  haproxy -db -f "$file" &
  child=$!
  trap 'kill "$child" 2>/dev/null; rm -f "$file"' EXIT INT TERM
  wait "$child"
}
