#!/usr/bin/env bash
# Looks for haproxy, and ends with 77 where it is not there: a package of a server may start it, so installing it is left to you.
# Debian 12 has it as the package haproxy.
set -euo pipefail
if ! PATH=$PATH:/usr/sbin command -v haproxy >/dev/null; then
  echo "haproxy is not installed"
  exit 77
fi
