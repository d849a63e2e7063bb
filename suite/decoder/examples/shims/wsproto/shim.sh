#!/usr/bin/env bash
# Runs the wsproto shim on standard input and output.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
exec "$dir/venv/bin/python" "$here/shim.py"
