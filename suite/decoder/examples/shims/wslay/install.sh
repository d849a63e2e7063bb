#!/usr/bin/env bash
# Installs wslay (Debian) and builds the shim below target/interop; does nothing if it is already there.
set -euo pipefail
source "$(dirname "$0")/../common.sh"
command -v cc >/dev/null || debian gcc libc6-dev
echo '#include <wslay/wslay.h>' | cc -fsyntax-only -xc - 2>/dev/null || debian libwslay-dev
installed shim.c test -x "$dir/shim" && exit
cc -Wall -Wextra -Werror -O1 -g -o "$dir/shim" "$here/shim.c" -lwslay
record shim.c
