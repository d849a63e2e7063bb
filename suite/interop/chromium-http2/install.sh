#!/usr/bin/env bash
# Installs Chromium, of whatever version the system has; does nothing when it is there.
set -euo pipefail
exec "$(dirname "$0")/../chromium/install.sh"
