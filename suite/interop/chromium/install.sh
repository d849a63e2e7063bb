#!/usr/bin/env bash
# Installs Chromium, of whatever version the system has; does nothing when it is there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
command -v chromium >/dev/null || debian chromium
