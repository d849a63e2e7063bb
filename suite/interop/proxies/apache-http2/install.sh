#!/usr/bin/env bash
# Looks for apache2, and ends with 77 where it is not there: a package of a server may start it, so installing it is left to you.
# Debian 12 has it as the package apache2.
set -euo pipefail
if ! PATH=$PATH:/usr/sbin command -v apache2 >/dev/null; then
  echo "apache2 is not installed"
  exit 77
fi
