#!/usr/bin/env bash
# Installs undici and a Node.js that is new enough for it below target/interop; does nothing when they are there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "needs Node.js 22.19, which is installed here for Linux on x86-64 only"
  exit 77
fi
install_npm
