#!/usr/bin/env bash
# Runs the wslay shim on standard input and output.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
exec "$dir/shim"
