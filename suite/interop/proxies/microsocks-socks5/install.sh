#!/usr/bin/env bash
# Looks for microsocks, and ends with 77 where it is not there: a package of a server may start it, so installing it is left to you.
# Debian 12 has it as the package microsocks.
set -euo pipefail
if ! PATH=$PATH:/usr/sbin command -v microsocks >/dev/null; then
  echo "microsocks is not installed"
  exit 77
fi
