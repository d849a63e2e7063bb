#!/usr/bin/env bash
# Checks ws in process, then fuzzes it with jsfuzz for SECONDS_TO_FUZZ (default: 10). WSSPEC_LIB names the folder of
# libwsspec_decoder_c.so. Exits with 77 if there is no Node.js.
set -euo pipefail
cd "$(dirname "$0")"
command -v npm >/dev/null || exit 77
WSSPEC_LIBRARY=$(cd "${WSSPEC_LIB:?}" && pwd)/libwsspec_decoder_c.so
export WSSPEC_LIBRARY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp ./*.js* "$work/"
cd "$work"
npm ci --no-audit --no-fund --loglevel=error
node ws.fuzz.js
node ws.fuzz.js --write corpus
status=0
timeout "${SECONDS_TO_FUZZ:-10}" npx jsfuzz ws.fuzz.js corpus || status=$?
# It has no end of its own.
[ "$status" = 124 ] || exit 1
