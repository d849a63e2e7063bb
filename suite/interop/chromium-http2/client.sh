#!/usr/bin/env bash
# client.sh URL PAGE: opens PAGE in Chromium, which trusts any certificate here, until it is stopped.
set -euo pipefail
exec "$(dirname "$0")/../chromium/client.sh" "$@" --ignore-certificate-errors
