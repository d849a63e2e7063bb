#!/usr/bin/env bash
# Installs the axum echo server (Rust) below target/interop; does nothing when it is there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
install_cargo
