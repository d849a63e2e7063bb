#!/usr/bin/env bash
# Looks for nginx, and ends with 77 where it is not there: a package of a server may start it, so installing it is left to you.
# Debian 12 has it as the package nginx.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
present nginx
